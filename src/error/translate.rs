//! The errors of the use cases, the protocol, the network and the API.

use super::Failure;
use crate::auth::{self, CredentialsFileError, RefreshFailure};
use crate::exit::ExitCode;
use crate::oauth::{self, CallbackError, Class, ErrorCode};
use crate::sys::{env, files};
use crate::ui::{OutputError, PromptError, sanitize, sanitize_to};
use crate::{api, http, render};

const LOGIN: &str = "datumctl login";

fn failure(exit: ExitCode, code: &'static str, error: &dyn std::error::Error) -> Failure {
    Failure::new(exit, code, error.to_string()).caused_by(error)
}

impl From<auth::Error> for Failure {
    fn from(error: auth::Error) -> Self {
        use auth::Error;
        match error {
            Error::Api(error) => error.into(),
            Error::Cancelled => Self::new(ExitCode::Interrupted, "CANCELLED", "cancelled"),
            Error::CodeSpent(_) => {
                failure(ExitCode::Unavailable, "UNAVAILABLE", &error).hint("log in again: datumctl login")
            }
            Error::Config(error) => error.into(),
            Error::Context(problem) => problem.into(),
            Error::CredentialGone { .. } => failure(ExitCode::LoginRequired, "CREDENTIAL_GONE", &error).hint(LOGIN),
            Error::CredentialsFile(error) => error.into(),
            Error::File(error) => error.into(),
            Error::ForeignHost { .. } => failure(ExitCode::Security, "FOREIGN_HOST", &error).hint("datumctl auth list"),
            Error::Host { origin, text, source } => {
                Self::usage(format!("{origin} \"{}\": {source}", sanitize_to(&text, 100)))
            }
            Error::Http(error) => error.into(),
            Error::KeyFileGone { .. } => {
                failure(ExitCode::Store, "KEY_FILE_GONE", &error).hint("datumctl login --credentials FILE")
            }
            Error::KeyFileUnusable { .. } => {
                failure(ExitCode::Store, "KEY_FILE_UNUSABLE", &error).hint("datumctl login --credentials FILE")
            }
            Error::KeyRejected { ref description, .. } => key_rejected(&error, description.as_deref()),
            Error::Kubeconfig(error) => error.into(),
            Error::Lock(error) => error.into(),
            Error::NoRuntime(error) => Self::no_runtime(&error),
            Error::MissingClaim { .. } => failure(ExitCode::Security, "MISSING_CLAIM", &error)
                .hint("the identity provider must share your email address with datumctl"),
            Error::NoAccountAt { .. } => failure(ExitCode::LoginRequired, "NOT_LOGGED_IN", &error)
                .hint("datumctl login --hostname HOST --api-hostname HOST"),
            Error::NoApiHost { .. } => {
                failure(ExitCode::Usage, "USAGE", &error).hint("name it with --api-hostname HOST")
            }
            Error::NoClientId { .. } => failure(ExitCode::Usage, "USAGE", &error).hint("name it with --client-id ID"),
            Error::NoTerminal => failure(ExitCode::Usage, "NO_TERMINAL", &error)
                .hint("on another device: datumctl login --no-browser")
                .hint("as a service account: datumctl login --credentials FILE"),
            Error::NoneActive => {
                failure(ExitCode::LoginRequired, "NO_ACTIVE_ACCOUNT", &error).hint("datumctl auth switch")
            }
            Error::NotLoggedIn => failure(ExitCode::LoginRequired, "NOT_LOGGED_IN", &error)
                .hint(LOGIN)
                .hint(format!("in scripts and CI, set {} to a credentials file", env::DATUM_CREDENTIALS_FILE)),
            Error::NotRefreshable { .. } => failure(ExitCode::LoginRequired, "AUTH_EXPIRED", &error).hint(LOGIN),
            Error::Oauth(error) => error.into(),
            Error::PassingCredentials { .. } => failure(ExitCode::Usage, "USAGE", &error)
                .hint("keep the credentials in a file, or log in: datumctl login --credentials FILE"),
            Error::ProgramPath { .. } => failure(ExitCode::Usage, "USAGE", &error).hint("install datumctl elsewhere"),
            Error::Refresh(error) => error.into(),
            Error::ScopeRejected(_) => failure(ExitCode::LoginRequired, "SCOPE_REJECTED", &error)
                .hint("a service account asks for the scope in its credentials file: correct it there"),
            Error::Session(error) => error.into(),
            Error::SessionProblem(problem) => problem.into(),
            Error::SeveralAccountsAt { ref names, .. } => {
                let names: Vec<_> = names.iter().map(|name| sanitize(name).into_owned()).collect();
                failure(ExitCode::Usage, "USAGE", &error).hint(format!("choose with --session: {}", names.join(", ")))
            }
            Error::TwoScopes { .. } => failure(ExitCode::Usage, "USAGE", &error).hint("name one of them"),
            Error::Trust { .. } => failure(ExitCode::Usage, "USAGE", &error),
            Error::UnknownSession { name, origin, known } => unknown_session(&name, origin, &known),
        }
    }
}

fn key_rejected(error: &auth::Error, description: Option<&str>) -> Failure {
    let mut failure = failure(ExitCode::LoginRequired, "KEY_REJECTED", error);
    failure.causes.extend(description.map(str::to_owned));
    failure.hint(
        "the key or its account was disabled or revoked (or deleted), or belongs to another environment (--hostname)",
    )
}

fn unknown_session(name: &str, origin: &str, known: &[String]) -> Failure {
    let failure = Failure::usage(format!("{origin}: there is no session {:?}", sanitize_to(name, 100)));
    if known.is_empty() {
        return failure.hint(LOGIN);
    }
    let names: Vec<_> = known.iter().map(|name| sanitize(name).into_owned()).collect();
    failure.hint(format!("sessions: {}", names.join(", ")))
}

impl From<RefreshFailure> for Failure {
    fn from(error: RefreshFailure) -> Self {
        match &error {
            RefreshFailure::CutOff => failure(ExitCode::LoginRequired, "REFRESH_CUT_OFF", &error)
                .hint("try again; if that fails, log in again: datumctl login"),
            RefreshFailure::Denied { description, .. } => {
                let mut failure = failure(ExitCode::LoginRequired, "REFRESH_DENIED", &error);
                failure.causes.extend(description.clone());
                failure.hint("the session is kept; if this stays, log in again: datumctl login")
            }
            RefreshFailure::GrantExpired { description } => {
                let mut failure = Failure::new(ExitCode::LoginRequired, "AUTH_EXPIRED", "the session has ended");
                failure.causes.extend(description.clone());
                failure.hint(LOGIN)
            }
            RefreshFailure::NoRoom { .. } => failure(ExitCode::Store, "NO_ROOM", &error)
                .hint("free some space or make the directory writable; nothing was lost"),
            RefreshFailure::Rejected { .. } => {
                failure(ExitCode::Security, "SECURITY", &error).hint("if this stays, log in again: datumctl login")
            }
            RefreshFailure::Security { .. } => failure(ExitCode::Security, "SECURITY", &error),
            RefreshFailure::SignedOut => failure(ExitCode::LoginRequired, "NOT_LOGGED_IN", &error).hint(LOGIN),
            RefreshFailure::Store { .. } => failure(ExitCode::Store, "STORE", &error),
            RefreshFailure::Unavailable { .. } => failure(ExitCode::Unavailable, "UNAVAILABLE", &error)
                .hint("check the connection and try again; the session is kept"),
        }
    }
}

impl From<CredentialsFileError> for Failure {
    fn from(error: CredentialsFileError) -> Self {
        match error {
            CredentialsFileError::Unreadable(error @ files::Error::Untrusted { .. }) => error.into(),
            CredentialsFileError::ForeignTokenEndpoint { .. } => {
                failure(ExitCode::Security, "FOREIGN_CREDENTIALS", &error)
                    .hint("name the right identity server with --hostname (or DATUM_AUTH_HOSTNAME)")
            }
            _ => failure(ExitCode::Usage, "CREDENTIALS_FILE", &error),
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        match &error {
            http::Error::Setup(_) => failure(ExitCode::Usage, "CONNECTION_SETUP", &error)
                .hint("check SSL_CERT_FILE, SSL_CERT_DIR and HTTPS_PROXY"),
            http::Error::Untrusted { .. } => failure(ExitCode::Security, "UNTRUSTED_SERVER", &error)
                .hint("if a company proxy is in between, point SSL_CERT_FILE at its certificate authority"),
            _ => failure(ExitCode::Unavailable, "UNAVAILABLE", &error).hint("check the connection and try again"),
        }
    }
}

impl From<oauth::Error> for Failure {
    fn from(error: oauth::Error) -> Self {
        match error {
            oauth::Error::Http(error) => return error.into(),
            oauth::Error::Callback(CallbackError::Listen(_) | CallbackError::PortTaken { .. }) => {
                return failure(ExitCode::Usage, "LISTEN", &error)
                    .hint("choose another --port, or: datumctl login --no-browser");
            }
            oauth::Error::Callback(CallbackError::TimedOut { .. }) => {
                return failure(ExitCode::LoginRequired, "LOGIN_TIMEOUT", &error)
                    .hint("start again, or sign in on another device: datumctl login --no-browser");
            }
            _ => {}
        }
        let denied = || failure(ExitCode::LoginRequired, "DENIED", &error);
        match error.class() {
            Class::Security => failure(ExitCode::Security, "SECURITY", &error),
            Class::Unavailable => failure(ExitCode::Unavailable, "UNAVAILABLE", &error).hint("try again in a moment"),
            Class::Denied => match error.code() {
                Some(ErrorCode::InvalidClient | ErrorCode::UnauthorizedClient) => {
                    denied().hint("check --client-id and --hostname")
                }
                _ => denied().hint("start again: datumctl login"),
            },
            Class::Usage => failure(ExitCode::Usage, "USAGE", &error),
            Class::Unsupported => failure(ExitCode::Failed, "UNSUPPORTED", &error),
            Class::Setup => failure(ExitCode::Usage, "CONNECTION_SETUP", &error),
        }
    }
}

impl From<api::Error> for Failure {
    fn from(error: api::Error) -> Self {
        use api::Error;
        match error {
            Error::Http(error) => error.into(),
            // The token came from our own use cases: their error says more than "no token".
            Error::Token(error) => match error.downcast::<auth::Error>() {
                Ok(error) => error.into(),
                Err(error) => Self::new(ExitCode::Failed, "TOKEN", error.to_string()),
            },
            Error::Unauthorized { .. } => failure(ExitCode::LoginRequired, "UNAUTHORIZED", &error).hint(LOGIN),
            Error::Forbidden { .. } => failure(ExitCode::Failed, "FORBIDDEN", &error),
            Error::NotFound { .. } => failure(ExitCode::Failed, "NOT_FOUND", &error),
            Error::Conflict { ref causes, .. } => match api::managed_by_others(causes) {
                fields if fields.is_empty() => failure(ExitCode::Failed, "CONFLICT", &error),
                fields => Self::managed_by_others(&fields),
            },
            Error::Invalid { .. } => failure(ExitCode::Failed, "INVALID", &error),
            Error::ServerFailure { message: Some(ref message), .. } => {
                let mut failure = failure(ExitCode::Unavailable, "UNAVAILABLE", &error).hint("try again in a moment");
                failure.causes.push(message.clone());
                failure
            }
            Error::TooManyRequests { .. } | Error::ServerFailure { .. } | Error::WebPage { .. } => {
                failure(ExitCode::Unavailable, "UNAVAILABLE", &error).hint("try again in a moment")
            }
            Error::Redirected { .. } => failure(ExitCode::Security, "REDIRECTED", &error)
                .hint("name the API server itself with --api-hostname at login"),
            Error::ForeignPath { .. } => failure(ExitCode::Security, "FOREIGN_PATH", &error).hint(
                "name a path such as /apis, and the control plane with --project, --organization, --platform-wide",
            ),
            Error::UnusableName { .. } | Error::Parameters(_) => failure(ExitCode::Usage, "USAGE", &error),
            Error::Type(problem) => problem.into(),
            Error::Gone { .. } => failure(ExitCode::Failed, "EXPIRED", &error).hint("ask again from the beginning"),
            Error::Refused { .. }
            | Error::Malformed { .. }
            | Error::EndlessList { .. }
            | Error::TooManyItems { .. } => failure(ExitCode::Failed, "API", &error),
        }
    }
}

impl From<api::TypeProblem> for Failure {
    fn from(problem: api::TypeProblem) -> Self {
        let unknown = failure(ExitCode::Usage, "UNKNOWN_TYPE", &problem);
        match &problem {
            api::TypeProblem::Unknown { similar, .. } if !similar.is_empty() => {
                let names: Vec<_> = similar.iter().map(|name| sanitize(name)).collect();
                unknown.hint(format!("did you mean {}?", names.join(", ")))
            }
            _ => unknown.hint(
                "datumctl api-resources lists what this control plane has; --project, --organization choose another",
            ),
        }
    }
}

impl From<render::ExplainError> for Failure {
    fn from(error: render::ExplainError) -> Self {
        match &error {
            render::ExplainError::NoSchema { .. } => failure(ExitCode::Failed, "NO_SCHEMA", &error),
            render::ExplainError::NoField { similar, .. } => {
                let unknown = failure(ExitCode::Usage, "UNKNOWN_FIELD", &error);
                let names: Vec<_> = similar.iter().map(|name| sanitize(name)).collect();
                if names.is_empty() { unknown } else { unknown.hint(format!("did you mean {}?", names.join(", "))) }
            }
        }
    }
}

impl From<render::FormatError> for Failure {
    fn from(error: render::FormatError) -> Self {
        let refused = failure(ExitCode::Usage, "USAGE", &error);
        match &error {
            render::FormatError::Template(_) | render::FormatError::Columns(_) => refused,
            render::FormatError::NoTemplate => {
                refused.hint("write it behind the format, as in -o jsonpath='{.metadata.name}'")
            }
            render::FormatError::GoTemplate => {
                refused.hint("jsonpath='{.metadata.name}' and custom-columns=NAME:.metadata.name pick fields as well")
            }
            render::FormatError::Unknown { .. } => refused.hint(
                "formats: table, wide, json, yaml, name, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE, \
                 jsonpath-file=FILE, custom-columns=HEADING:PATH,..., custom-columns-file=FILE",
            ),
        }
    }
}

impl From<render::TemplateError> for Failure {
    fn from(error: render::TemplateError) -> Self {
        render::FormatError::from(error).into()
    }
}

impl From<render::EvaluationError> for Failure {
    fn from(error: render::EvaluationError) -> Self {
        failure(ExitCode::Usage, "USAGE", &error)
    }
}

impl From<render::OrderError> for Failure {
    fn from(error: render::OrderError) -> Self {
        failure(ExitCode::Usage, "USAGE", &error)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match &error {
            OutputError::ReaderGone => Self::silent(ExitCode::Done),
            OutputError::Closed | OutputError::Io(_) => failure(ExitCode::Failed, "OUTPUT", &error),
            OutputError::Format(_) => failure(ExitCode::Bug, "OUTPUT_FORMAT", &error),
        }
    }
}

impl From<PromptError> for Failure {
    fn from(error: PromptError) -> Self {
        match &error {
            PromptError::Cancelled => Self::new(ExitCode::Interrupted, "CANCELLED", "cancelled"),
            PromptError::NotInteractive => {
                failure(ExitCode::Usage, "NO_TERMINAL", &error).hint("name what you mean on the command line")
            }
            PromptError::Io(_) => failure(ExitCode::Failed, "TERMINAL", &error),
        }
    }
}

//! Why a use case failed. `error.rs` at the root says it to people.

use crate::{api, config, http, kubeconfig, oauth, session, sys};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The API refused or was out of reach.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// The person gave up, or the terminal's input ended.
    #[error("cancelled")]
    Cancelled,
    /// The config could not be read or written.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// A context was asked for that cannot be resolved.
    #[error(transparent)]
    Context(#[from] config::ContextProblem),
    /// The metadata knows the session, but no store has its credential.
    #[error("the credentials of {account} are gone from the credential store")]
    CredentialGone {
        /// The session's name.
        account: String,
    },
    /// The credentials file cannot be used.
    #[error(transparent)]
    CredentialsFile(#[from] super::credentials_file::Error),
    /// A file of ours could not be read or written.
    #[error(transparent)]
    File(#[from] sys::files::Error),
    /// The account belongs to another API server than the one named.
    #[error("{account} does not belong to {host}: its tokens go nowhere else")]
    ForeignHost {
        /// The API server asked for.
        host: String,
        /// The session's name.
        account: String,
    },
    /// A HOST is malformed.
    #[error("{origin}: {text:?} is {source}")]
    Host {
        /// The flag or variable.
        origin: &'static str,
        /// What it said.
        text: String,
        /// What is wrong with it.
        #[source]
        source: http::HostError,
    },
    /// The config says about the certificate of a session's API server what cannot be done.
    #[error("the config of {account}: {problem}")]
    Trust {
        /// The session's name.
        account: String,
        /// What cannot be done.
        problem: &'static str,
    },
    /// No answer from a server.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// A service account's key file is not where it was.
    #[error("the service account's key file {} is gone", path.display())]
    KeyFileGone {
        /// Where it was.
        path: std::path::PathBuf,
    },
    /// A service account's key file holds something else now.
    #[error("the service account's key file {} cannot be used: {source}", path.display())]
    KeyFileUnusable {
        /// Where it is.
        path: std::path::PathBuf,
        /// What is wrong with its content.
        #[source]
        source: oauth::KeyError,
    },
    /// The identity server does not accept the service account's key.
    #[error("the identity server does not accept key {key_id} of {account}")]
    KeyRejected {
        /// The service account.
        account: String,
        /// The key's id.
        key_id: String,
        /// The server's words, unsanitised.
        description: Option<String>,
    },
    /// The identity server does not grant a service account the scope that its credentials ask for.
    #[error(transparent)]
    ScopeRejected(oauth::Error),
    /// The operating system did not let us wait for input and output.
    #[error("the system has no resources left: {0}")]
    NoRuntime(std::io::Error),
    /// A kubeconfig could not be read or changed.
    #[error(transparent)]
    Kubeconfig(#[from] kubeconfig::Error),
    /// A lock could not be taken.
    #[error(transparent)]
    Lock(#[from] sys::lock::Error),
    /// The login's ID token lacks something we need.
    #[error("the identity server sent no {claim} for this account")]
    MissingClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// Nobody is logged in to an API server.
    #[error("nobody is logged in to {host}")]
    NoAccountAt {
        /// The API server asked for.
        host: String,
    },
    /// The API host cannot be derived.
    #[error("the API host of {auth} is unknown")]
    NoApiHost {
        /// The identity server.
        auth: String,
    },
    /// No browser may be opened here.
    #[error("a browser login needs a terminal")]
    NoTerminal,
    /// The client id is unknown.
    #[error("the client id for {auth} is unknown")]
    NoClientId {
        /// The identity server.
        auth: String,
    },
    /// There are sessions, but none of them is the active one.
    #[error("no account is active")]
    NoneActive,
    /// An expired session that cannot be refreshed.
    #[error("the session of {account} has expired and cannot be refreshed")]
    NotRefreshable {
        /// The session's name.
        account: String,
    },
    /// Nobody is logged in.
    #[error("not logged in")]
    NotLoggedIn,
    /// The answer to the code was lost, and a code works once.
    #[error(transparent)]
    CodeSpent(oauth::Error),
    /// The credentials file is a pipe: nobody can read it again.
    #[error("{} is not a file that kubectl could read again", path.display())]
    PassingCredentials {
        /// What `DATUM_CREDENTIALS_FILE` says.
        path: std::path::PathBuf,
    },
    /// The path of this program cannot be told to others.
    #[error("the path of this program cannot be written down: {reason}")]
    ProgramPath {
        /// Why.
        reason: String,
    },
    /// The protocol failed.
    #[error(transparent)]
    Oauth(#[from] oauth::Error),
    /// The refresh in the surviving process failed.
    #[error(transparent)]
    Refresh(#[from] super::refresh::Failure),
    /// The credential store failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// The config's sessions leave open which one is meant.
    #[error(transparent)]
    SessionProblem(#[from] config::SessionProblem),
    /// Several accounts belong to an API server.
    #[error("several accounts belong to {host}")]
    SeveralAccountsAt {
        /// The API server asked for.
        host: String,
        /// The sessions' names.
        names: Vec<String>,
    },
    /// `--session` or `DATUM_SESSION` names none.
    #[error("there is no session {name:?}")]
    UnknownSession {
        /// What was asked for.
        name: String,
        /// The flag or variable that asked.
        origin: &'static str,
        /// The names there are.
        known: Vec<String>,
    },
    /// Two scopes at once.
    #[error("{first} and {second} cannot be used together")]
    TwoScopes {
        /// A flag or variable.
        first: &'static str,
        /// Another one.
        second: &'static str,
    },
}

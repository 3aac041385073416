//! The errors of service accounts, their keys and their roles.

use super::Failure;
use crate::exit::ExitCode;
use crate::machine::{Error, Home, TakenBack};
use crate::sys::files;
use crate::ui::sanitize;

fn failure(exit: ExitCode, code: &'static str, error: &Error) -> Failure {
    Failure::new(exit, code, error.to_string()).caused_by(error)
}

fn did_you_mean(failure: Failure, similar: &[String], otherwise: &str) -> Failure {
    match similar.iter().take(3).map(|name| sanitize(name).into_owned()).collect::<Vec<_>>() {
        names if names.is_empty() => failure.hint(otherwise),
        names => failure.hint(format!("did you mean {}?", names.join(", "))),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::AnswerLost { ref home, ref appeared, ref reason }
                if appeared.as_ref().is_some_and(Vec::is_empty) =>
            {
                Self::new(ExitCode::Unavailable, "UNAVAILABLE", format!("no key has appeared so far: {reason}"))
                    .hint(format!("look again before you repeat it: {}", command("keys list", None, home)))
            }
            Error::AnswerLost { ref home, ref appeared, .. } => {
                answer_lost(failure(ExitCode::Unavailable, "ANSWER_LOST", &error), home, appeared.as_deref())
            }
            Error::Api(error) => error.into(),
            Error::Auth(error) => error.into(),
            Error::BindingNotReady { .. } => failure(ExitCode::Unavailable, "NOT_READY", &error)
                .hint("it may still come; service-accounts roles shows it"),
            Error::Credentials(error) => error.into(),
            Error::File(error @ files::Error::Exists { .. }) => {
                Self::from(error).hint("nothing was made; --force replaces the file, or name another one")
            }
            Error::File(error) => error.into(),
            Error::Lock(error) => error.into(),
            Error::PublicKey { .. } => Self::new(ExitCode::Usage, "PUBLIC_KEY", error.to_string()),
            Error::ForeignKey { .. } => failure(ExitCode::Usage, "FOREIGN_KEY", &error),
            Error::KeysNotServed { .. } | Error::NotServed => failure(ExitCode::Failed, "NOT_SERVED", &error),
            Error::NoAccount { ref similar, .. } => did_you_mean(
                failure(ExitCode::Failed, "NOT_FOUND", &error),
                similar,
                "datumctl service-accounts list; --project ID looks in another project",
            ),
            Error::NoEmail { .. } => {
                failure(ExitCode::Unavailable, "NOT_READY", &error).hint("the platform is still at it: try again")
            }
            Error::NoKey { .. } => {
                failure(ExitCode::Failed, "NOT_FOUND", &error).hint("datumctl service-accounts keys list")
            }
            Error::NoPrivateHalf { .. } | Error::UnreadableAnswer => failure(ExitCode::Failed, "API", &error),
            Error::NoProject => {
                failure(ExitCode::Usage, "USAGE", &error).hint("name it with --project ID; datumctl projects list")
            }
            Error::NoRole { ref similar, .. } => did_you_mean(
                failure(ExitCode::Failed, "NOT_FOUND", &error),
                similar,
                "datumctl get roles -n datum-cloud --organization ORG",
            ),
            Error::NotKept { .. } => failure(ExitCode::Store, "FILE", &error),
            Error::NotProven(refused) => {
                let refused = Self::from(*refused);
                let refused = match refused.code {
                    "KEY_REJECTED" => Self { exit: ExitCode::Failed, ..refused },
                    // It is not about anybody's login.
                    _ if refused.exit == ExitCode::LoginRequired => {
                        Self { exit: ExitCode::Failed, hints: Vec::new(), ..refused }
                    }
                    _ => refused,
                };
                Self { message: format!("{NOT_PROVEN}: {}", refused.message), ..refused }
            }
            Error::OtherAccount { .. } => failure(ExitCode::Usage, "OTHER_ACCOUNT", &error)
                .hint("name that account with --account, or another file with --output-file"),
            Error::Patience { ref name, ref project, .. } => {
                Self::new(ExitCode::Unavailable, "TIMEOUT", error.to_string()).hint(format!(
                    "it goes on without us; look again: datumctl service-accounts get {} --project {}",
                    sanitize(name),
                    sanitize(project)
                ))
            }
            Error::SessionsNotRenewed(_) => failure(ExitCode::Store, "SESSIONS_NOT_RENEWED", &error)
                .hint("the old key still works: datumctl login --credentials FILE, then keys rotate --finish"),
            Error::Unsettled { key, source } => Self::from(*source).hint(format!(
                "key {key} was made, and the keys before it are valid too; when the file can be read and has it: \
                 the same command with --finish"
            )),
            Error::TakenBack { key, source } => Self::from(*source).with_key_taken_back(&key),
            Error::NoScope => failure(ExitCode::Failed, "NO_SCOPE", &error).hint("name it with --scope"),
            Error::Made(_) => failure(ExitCode::Failed, "KEY", &error),
        }
    }
}

const NOT_PROVEN: &str = "no token could be obtained with the new key";

/// `datumctl service-accounts WORDS`, with the account in its project.
fn command(words: &str, id: Option<&str>, home: &Home) -> String {
    let words = words.split(' ').chain(id).map(|word| sanitize(word).into_owned());
    let place = ["--account", &home.name, "--project", &home.project].map(|word| sanitize(word).into_owned());
    format!("datumctl service-accounts {}", shell_words::join(words.chain(place)))
}

fn answer_lost(failure: Failure, home: &Home, appeared: Option<&[String]>) -> Failure {
    match appeared {
        Some(ids) => ids.iter().fold(failure, |failure, id| {
            let revoke = command("keys revoke", Some(id), home);
            failure.hint(format!("key {id} appeared meanwhile; unless somebody else made it: {revoke}"))
        }),
        None => failure.hint(format!("look for a key that nobody knows: {}", command("keys list", None, home))),
    }
}

impl Failure {
    /// The reader of a pipe that was to take credentials went away.
    pub(crate) fn lost_reader() -> Self {
        Self::new(ExitCode::Failed, "READER_GONE", "nobody reads the pipe that the credentials were to go into")
    }

    /// Says that an old key is still valid, and how that ends.
    #[must_use]
    pub(crate) fn about_old_key(self, id: &str) -> Self {
        let message =
            format!("the new key is in place, but the old key {} could not be revoked: {}", sanitize(id), self.message);
        Self { message, ..self }.hint("later: the same command with --finish, or datumctl service-accounts keys revoke")
    }

    /// Says what became of a key whose credentials were not delivered.
    #[must_use]
    pub(crate) fn with_key_taken_back(self, key: &TakenBack) -> Self {
        let TakenBack { home, id, left } = key;
        let Some(error) = left else { return self.hint("the new key was revoked again; nothing has changed") };
        let revoke = command("keys revoke", Some(id), home);
        self.hint(format!("key {id} was made and could not be revoked ({error}): {revoke}"))
    }

    /// Says that a new key is in its file, though the file may not survive a power cut.
    #[must_use]
    pub(crate) fn about_kept_key(self, id: &str) -> Self {
        self.hint(format!("the file has key {id}, which works; write the file again if the disk is in trouble"))
    }
}

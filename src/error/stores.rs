//! Files, locks, the config and the credential stores: exit code 6, unless the input itself is wrong.

use super::Failure;
use crate::config::{self, ContextProblem, SessionProblem};
use crate::exit::ExitCode;
use crate::session::{self, KeyringError};
use crate::sys::{editor, files, lock};
use crate::ui::sanitize;

fn store(code: &'static str, error: &dyn std::error::Error) -> Failure {
    Failure::new(ExitCode::Store, code, error.to_string()).caused_by(error)
}

impl From<files::Error> for Failure {
    fn from(error: files::Error) -> Self {
        match &error {
            files::Error::Untrusted { .. } => Self::new(ExitCode::Security, "UNTRUSTED_FILE", error.to_string())
                .hint("make it your own, or move it away"),
            files::Error::Exists { .. } => Self::new(ExitCode::Usage, "FILE_EXISTS", error.to_string()),
            files::Error::Missing { .. } => Self::new(ExitCode::Usage, "NO_SUCH_FILE", error.to_string()),
            files::Error::OpenToAll { path, .. } => Self::new(ExitCode::Security, "OPEN_FILE", error.to_string())
                .hint(format!("chmod o-rwx {}", path.display())),
            files::Error::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                store("DISK_FULL", &error).hint("free some space and try again; nothing was lost")
            }
            _ => store("FILE", &error),
        }
    }
}

impl From<editor::Error> for Failure {
    fn from(error: editor::Error) -> Self {
        const INTERRUPTED: u8 = 130;
        const TERMINATED: u8 = 143;
        let exit = match &error {
            editor::Error::Unusable { .. } | editor::Error::NotStarted { .. } => ExitCode::Usage,
            editor::Error::Failed { status: INTERRUPTED, .. } => ExitCode::Interrupted,
            editor::Error::Failed { status: TERMINATED, .. } => ExitCode::Terminated,
            editor::Error::Failed { .. } => ExitCode::Failed,
        };
        let failure = Self::new(exit, "EDITOR", error.to_string()).caused_by(&error);
        match exit {
            ExitCode::Usage => failure.hint("name one that works in KUBE_EDITOR, VISUAL or EDITOR"),
            _ => failure,
        }
    }
}

impl From<lock::Error> for Failure {
    fn from(error: lock::Error) -> Self {
        match error {
            lock::Error::File(error) => error.into(),
            lock::Error::Busy { .. } => {
                let mut failure = store("BUSY", &error).hint("wait for that process or end it, then try again");
                failure.retryable = true;
                failure
            }
        }
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        match error {
            config::Error::File(error) => error.into(),
            config::Error::Lock(error) => error.into(),
            config::Error::MadeByNewerVersion { .. } => Self::new(ExitCode::Usage, "NEWER_CONFIG", error.to_string())
                .hint("update datumctl to change this configuration"),
            config::Error::Unreadable { .. } => {
                store("CONFIG", &error).hint("mend the file, or move it away and run: datumctl login")
            }
        }
    }
}

impl From<SessionProblem> for Failure {
    fn from(problem: SessionProblem) -> Self {
        let failure = Self::usage(problem.to_string());
        match problem {
            SessionProblem::NoneActive => {
                Self::new(ExitCode::LoginRequired, "NO_ACTIVE_ACCOUNT", "no account is active")
                    .hint("datumctl auth switch")
            }
            SessionProblem::Unknown { suggestions, .. } => {
                did_you_mean(failure, &suggestions).hint("datumctl auth list")
            }
            SessionProblem::Duplicate { .. } => failure.hint("give the entries in the configuration different names"),
        }
    }
}

impl From<ContextProblem> for Failure {
    fn from(problem: ContextProblem) -> Self {
        let failure = Self::new(ExitCode::Usage, "NO_SUCH_CONTEXT", problem.to_string());
        match problem {
            ContextProblem::NoContexts => failure.hint("datumctl ctx --refresh"),
            ContextProblem::Ambiguous { candidates, .. } => failure.hint(format!("use one of: {}", list(&candidates))),
            ContextProblem::Unknown { suggestions, elsewhere, .. } => {
                let mut failure = did_you_mean(failure, &suggestions);
                for other in &elsewhere {
                    let (session, reference) = (sanitize(&other.session), sanitize(&other.reference));
                    failure = failure.hint(format!(
                        "{} has it: datumctl auth switch --session {session} && datumctl ctx use {reference}",
                        sanitize(&other.email)
                    ));
                }
                failure.hint("datumctl ctx list")
            }
        }
    }
}

fn did_you_mean(failure: Failure, suggestions: &[String]) -> Failure {
    if suggestions.is_empty() { failure } else { failure.hint(format!("did you mean {}?", list(suggestions))) }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| sanitize(name).into_owned()).collect::<Vec<_>>().join(", ")
}

impl From<session::Error> for Failure {
    fn from(error: session::Error) -> Self {
        match error {
            session::Error::File(error) => error.into(),
            session::Error::Lock(error) => error.into(),
            session::Error::Keyring(error) => error.into(),
            session::Error::BrokenEntry { ref entry, .. } => {
                let account = sanitize(entry).into_owned();
                store("BROKEN_CREDENTIAL", &error)
                    .hint(format!("log in again to replace the credentials of {account}: datumctl login"))
            }
            _ => store("STORE", &error),
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        let file = "to keep credentials in a file instead: DATUMCTL_CREDENTIAL_STORE=file";
        match error {
            KeyringError::Locked => store("KEYRING_LOCKED", &error).hint("unlock the keyring and try again").hint(file),
            KeyringError::Denied => {
                store("KEYRING_DENIED", &error).hint("allow datumctl to use the keyring").hint(file)
            }
            KeyringError::TimedOut { .. } => {
                store("KEYRING_TIMEOUT", &error).hint("answer its prompt or restart the keyring service").hint(file)
            }
            KeyringError::Absent { .. } => store("NO_KEYRING", &error).hint(file),
            _ => store("KEYRING", &error).hint(file),
        }
    }
}

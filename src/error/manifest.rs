//! What is wrong with manifests, with writing what they hold, and with many writes at once.

use super::Failure;
use crate::exit::ExitCode;
use crate::manifest::{Error, NoSelector, Origin};
use crate::ui::sanitize;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let said = |code| Self::new(ExitCode::Usage, code, error.to_string()).caused_by(&error);
        match error {
            Error::Http(error) => error.into(),
            Error::Redirected { .. } | Error::UnsafeUrl { .. } => {
                said("MANIFEST").hint("download the file, look at it, and name it here")
            }
            Error::EmptyDirectory { .. } => said("MANIFEST").hint("-R looks into its directories too"),
            Error::Status { status: 500.., .. } => {
                Self::new(ExitCode::Unavailable, "UNAVAILABLE", error.to_string()).hint("try again in a moment")
            }
            Error::Document { .. }
            | Error::File(_)
            | Error::Nothing { .. }
            | Error::Status { .. }
            | Error::TwiceStandardInput => said("MANIFEST"),
        }
    }
}

impl From<NoSelector> for Failure {
    fn from(error: NoSelector) -> Self {
        Self::usage(error.to_string())
    }
}

impl Failure {
    /// The same failure, said of the document at `origin`.
    #[must_use]
    pub(crate) fn at(mut self, origin: &Origin) -> Self {
        self.message = format!("{origin}: {}", self.message);
        self
    }

    /// Several parts of one command failed, each of which is said first. `untried` were left out after the last of them.
    pub(crate) fn several(parts: Vec<Self>, all: usize, untried: usize) -> Self {
        let exit = match parts.first() {
            Some(first) if parts.iter().all(|part| part.exit == first.exit) => first.exit,
            _ => ExitCode::Failed,
        };
        let mut message = format!("{} of {all} failed", parts.len());
        if untried > 0 {
            message.push_str(&format!(", {untried} were not tried"));
        }
        let mut failure = Self::new(exit, "PARTS_FAILED", message);
        failure.retryable = parts.iter().all(|part| part.retryable);
        failure.parts = parts;
        failure
    }

    /// Fields of an object that others manage: each field and its manager.
    pub(crate) fn managed_by_others(fields: &[(String, String)]) -> Self {
        let named: Vec<_> = fields.iter().map(|(field, manager)| format!("{field} ({manager})")).collect();
        let subject = if fields.len() == 1 { "a field is" } else { "fields are" };
        Self::new(ExitCode::Failed, "FIELD_CONFLICT", format!("{subject} managed by others: {}", named.join(", ")))
            .hint("take them over with --force-conflicts, or leave them out of the manifest")
    }

    /// Something that destroys has nobody to ask; `command` is the one that works.
    pub(crate) fn needs_yes(what: &str, command: &str) -> Self {
        Self::new(ExitCode::Usage, "NEEDS_YES", format!("{what} asks first, and there is no terminal to ask on"))
            .hint(sanitize(command).into_owned())
    }

    /// The person said no.
    pub(crate) fn declined() -> Self {
        Self::new(ExitCode::Failed, "DECLINED", "nothing was deleted")
    }

    /// Something did not happen in time.
    pub(crate) fn timed_out(what: &str) -> Self {
        Self::new(ExitCode::Failed, "TIMED_OUT", format!("timed out waiting for {what} to be deleted"))
            .hint("it will go when its finalizers have done their work; --wait=false does not wait")
    }
}

//! What one check found, and how to mend it.

use serde::Serialize;

use crate::error::Failure;
use crate::exit::ExitCode;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// As it should be.
    Ok,
    /// It works, though not as well as it could.
    Warning,
    /// It keeps commands from working.
    Failed,
    /// Something before it failed, or there is nothing to check.
    Skipped,
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) outcome: Outcome,
    pub(super) message: String,
    /// The commands that help.
    pub(super) mend: Vec<String>,
    #[serde(skip)]
    pub(super) exit: ExitCode,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        let (outcome, mend, exit) = (Outcome::Ok, Vec::new(), ExitCode::Done);
        Self { check, outcome, message: message.into(), mend, exit }
    }

    pub(super) fn skipped(check: &'static str, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::ok(check, message) }
    }

    pub(super) fn warning(check: &'static str, message: impl Into<String>, mend: &str) -> Self {
        Self { outcome: Outcome::Warning, mend: vec![mend.to_owned()], ..Self::ok(check, message) }
    }

    /// What the command that failed in the same way would have said.
    pub(super) fn failed(check: &'static str, failure: Failure) -> Self {
        let mut message = failure.message;
        for cause in failure.causes.iter().filter(|cause| !message.contains(cause.as_str())).collect::<Vec<_>>() {
            message.push_str(": ");
            message.push_str(cause);
        }
        Self { check, outcome: Outcome::Failed, message, mend: failure.hints, exit: failure.exit }
    }
}

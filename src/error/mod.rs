//! Every text and hint a user can meet: the errors and notices of the modules below, said to a person.
//!
//! An error says what happened, whose fault it is, and the command that helps. `translate` turns the errors of the
//! use cases into [`Failure`]s, `stores` those of files, locks and stores, `kubeconfig` those of kubectl's files,
//! `machine` those of service accounts, `manifest` those of manifests and writes, `notice` says what went well enough, `report` writes.

mod kubeconfig;
mod machine;
mod manifest;
mod notice;
mod report;
mod stores;
mod translate;

pub(crate) use notice::StoreName;
pub(crate) use report::ErrorFormat;

use crate::config::{Config, Session};
use crate::exit::ExitCode;
use crate::sys::process::Signal;
use crate::ui::sanitize;

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The stable name of the error in machine output.
    pub(crate) code: &'static str,
    /// What the process ends with.
    pub(crate) exit: ExitCode,
    /// One line: what happened.
    pub(crate) message: String,
    /// What caused it, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
    /// Whether the same command may succeed later without any change.
    pub(crate) retryable: bool,
    /// Failures of the parts of a command that went on after each; said before this one.
    pub(crate) parts: Vec<Failure>,
}

impl Failure {
    /// A failure with neither cause nor hint.
    pub(crate) fn new(exit: ExitCode, code: &'static str, message: impl Into<String>) -> Self {
        let retryable = exit == ExitCode::Unavailable;
        Self {
            code,
            exit,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            retryable,
            parts: Vec::new(),
        }
    }

    /// The command line or an input file is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, "USAGE", message)
    }

    /// An end that needs no words: an answer of "no", a reader that went away.
    pub(crate) fn silent(exit: ExitCode) -> Self {
        Self::new(exit, "", "")
    }

    /// What several failures of one command come to: the first, and the messages of the others.
    ///
    /// # Errors
    /// That failure, if there is one.
    pub(crate) fn all(failures: Vec<Self>) -> Result<(), Self> {
        let mut failures = failures.into_iter();
        let Some(mut first) = failures.next() else { return Ok(()) };
        first.causes.extend(failures.map(|failure| failure.message));
        Err(first)
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the chain of sources below `error`, but not `error` itself.
    #[must_use]
    pub(crate) fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            self.causes.push(cause.to_string());
            source = cause.source();
        }
        self
    }

    /// Whether there is nothing to say.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
    }
}

/// Failures that commands meet by themselves.
impl Failure {
    /// What clap found wrong with the command line, in its words.
    pub(crate) fn from_command_line(rendered: &str) -> Self {
        let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
        let mut message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        if message.ends_with(':') {
            let mut named = Vec::new();
            while let Some(name) = lines.next_if(|line| !line.starts_with("Usage: ")) {
                named.push(name);
            }
            message = format!("{message} {}", named.join(", "));
        }
        let rest: Vec<_> = lines.map(|line| line.trim_start_matches("tip: ").to_owned()).collect();
        let mut failure = Self::usage(message);
        for line in rest.iter().filter(|line| !line.starts_with("For more information")) {
            match line.strip_prefix("Usage: ") {
                Some(usage) => failure.hints.push(format!("usage: {usage}")),
                None => failure.hints.push(line.clone()),
            }
        }
        failure
    }

    /// A signal ended the command.
    pub(crate) fn interrupted(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::new(ExitCode::Interrupted, "INTERRUPTED", "interrupted"),
            Signal::Terminate => Self::new(ExitCode::Terminated, "TERMINATED", "terminated"),
        }
    }

    /// The same failure of a command that a signal had asked to end.
    pub(crate) fn because_of(self, signal: Signal) -> Self {
        let Self { code, exit, message, .. } = Self::interrupted(signal);
        Self { code, exit, message: format!("{message}: {}", self.message), retryable: false, ..self }
    }

    /// The operating system did not let us wait for input and output.
    pub(crate) fn no_runtime(error: &std::io::Error) -> Self {
        Self::new(ExitCode::Failed, "NO_RESOURCES", format!("the system has no resources left: {error}"))
    }

    /// No session is called, or has the email, that was asked for.
    pub(crate) fn no_such_account(asked: &str, config: &Config) -> Self {
        let failure = Self::usage(format!("nobody is logged in as {:?}", sanitize(asked)));
        let known: Vec<_> = config.sessions.iter().map(|session| sanitize(&session.name).into_owned()).collect();
        if known.is_empty() {
            failure.hint("datumctl login")
        } else {
            failure.hint(format!("logged in: {}", known.join(", ")))
        }
    }

    /// An email that several sessions have.
    pub(crate) fn ambiguous_account(sessions: &[&Session]) -> Self {
        let hint = |session: &&Session| format!("datumctl auth switch --session {}", sanitize(&session.name));
        let mut failure = Self::usage("several accounts fit and there is no terminal to ask on");
        failure.hints = sessions.iter().map(hint).collect();
        failure
    }

    /// Contexts belong to stored sessions.
    pub(crate) fn machine_has_no_contexts() -> Self {
        Self::usage("DATUM_CREDENTIALS_FILE names a service account, which has no contexts")
            .hint("set DATUM_ORGANIZATION or DATUM_PROJECT instead")
    }
}

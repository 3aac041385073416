//! Questions to the person at the terminal.

use std::io;

use dialoguer::console::Term;

use super::{Ui, sanitize};
use crate::sys::terminal;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    /// Nobody is there to answer.
    #[error("no terminal to ask on")]
    NotInteractive,
    /// The person pressed Ctrl-C, Escape or Ctrl-D.
    #[error("cancelled")]
    Cancelled,
    /// The terminal broke.
    #[error("could not ask on the terminal")]
    Io(#[source] io::Error),
}

impl Ui {
    /// Lets the person pick one of `items`; the cursor starts at `start`.
    pub(crate) fn select(&self, question: &str, items: &[String], start: usize) -> Result<usize, PromptError> {
        self.require_terminal()?;
        let items: Vec<_> = items.iter().map(|item| sanitize(item)).collect();
        let answer = dialoguer::Select::new()
            .with_prompt(question)
            .items(&items)
            .default(start)
            .report(false)
            .interact_on_opt(&Term::stderr());
        settle(answer)?.ok_or(PromptError::Cancelled)
    }

    /// Asks a question that is answered with yes or no; Enter alone is no.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, PromptError> {
        self.require_terminal()?;
        let answer = dialoguer::Confirm::new()
            .with_prompt(sanitize(question))
            .default(false)
            .report(false)
            .interact_on_opt(&Term::stderr());
        settle(answer)?.ok_or(PromptError::Cancelled)
    }

    fn require_terminal(&self) -> Result<(), PromptError> {
        if !self.interactive {
            return Err(PromptError::NotInteractive);
        }
        terminal::restore_when_ended(|| drop(Term::stderr().show_cursor()));
        Ok(())
    }
}

fn settle<T>(answer: dialoguer::Result<T>) -> Result<T, PromptError> {
    answer.map_err(|error| {
        // A cancelled question leaves the cursor hidden.
        let _ = Term::stderr().show_cursor();
        let dialoguer::Error::IO(error) = error;
        match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => PromptError::Cancelled,
            _ => PromptError::Io(error),
        }
    })
}

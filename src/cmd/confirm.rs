//! `--yes`: what cannot be undone is asked about first.

use crate::error::Failure;
use crate::ui::Ui;

/// The flag of commands that destroy something.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Confirmation {
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl Confirmation {
    /// Goes on if `--yes` was given or the person at the terminal agrees.
    ///
    /// # Errors
    /// A usage failure where nobody can be asked; a silent one when the answer is no.
    pub(crate) fn require(self, ui: &Ui, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !ui.is_interactive() {
            return Err(Failure::usage(format!("{question} There is no terminal to ask on")).hint("add --yes"));
        }
        match ui.confirm(question)? {
            true => Ok(()),
            false => Err(Failure::new(crate::exit::ExitCode::Failed, "DECLINED", "nothing was changed")),
        }
    }
}

//! `--yes`: what cannot be undone is asked about first.

use crate::cmd::resource::DryRun;
use crate::error::Failure;
use crate::sys::env;
use crate::ui::Ui;

/// Whether somebody agrees.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Consent {
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

impl Consent {
    /// # Errors
    /// Nobody has agreed and nobody can be asked. The hint is this command with `--yes`.
    pub(crate) fn require_somebody(self, ui: &Ui, what: &str, dry_run: DryRun) -> Result<(), Failure> {
        if self.yes || dry_run != DryRun::None || ui.is_interactive() {
            return Ok(());
        }
        let words = env::arguments().into_iter().skip(1).map(|word| word.to_string_lossy().into_owned());
        let words = words.filter(|word| !matches!(word.as_str(), "-i" | "--interactive"));
        let words: Vec<_> = std::iter::once("datumctl".to_owned()).chain(words).chain(["--yes".to_owned()]).collect();
        Err(Failure::needs_yes(what, &shell_words::join(words)))
    }

    /// Goes on if `--yes` was given or the person at the terminal agrees that something is deleted.
    ///
    /// # Errors
    /// Nobody can be asked, or the answer is no. The words of the command are not said again: headers may be among them.
    pub(crate) fn require(self, ui: &Ui, question: &str) -> Result<(), Failure> {
        match self.yes {
            true => Ok(()),
            false if !ui.is_interactive() => Err(Failure::needs_yes("deleting", "add --yes")),
            false if ui.confirm(question)? => Ok(()),
            false => Err(Failure::declined()),
        }
    }
}

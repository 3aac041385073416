//! `completion SHELL`: a script that lets the shell ask this program for what fits, and the answers to it.
//!
//! `answer` is the program being asked, `known` what the config knows, `served` what a control plane has.

mod answer;
mod known;
mod served;

use clap_complete::env::Shells;

use crate::error::Failure;
use crate::sys::env;
use crate::ui::Ui;

pub(crate) use answer::answer;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to complete for
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(crate) fn run(ui: &Ui, args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    if let Some(shell) = shells.completer(&args.shell.to_string()) {
        // Writing into memory does not fail.
        let _ = shell.write_registration(env::DATUMCTL_COMPLETE, "datumctl", "datumctl", "datumctl", &mut script);
    }
    Ok(ui.print_raw(&String::from_utf8_lossy(&script))?)
}

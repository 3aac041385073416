//! `emulator start`: serves until stopped.

use super::Behaviour;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::files;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    behaviour: Behaviour,
}

/// Prints the ready line and serves; a signal is the ordinary end.
pub(super) fn run(ui: &Ui, args: &Args) -> Result<(), Failure> {
    let emulator = args.behaviour.start()?;
    let directory = files::temporary_directory()?;
    let credentials = directory.path().join("datum-credentials.json");
    files::write(&credentials, emulator.credentials_json().as_bytes())?;
    ui.print_raw(&format!("{}\n", emulator.ready_line(&credentials)))?;
    match block_on(std::future::pending::<Result<(), Failure>>()) {
        Err(failure) if matches!(failure.exit, ExitCode::Interrupted | ExitCode::Terminated) => Ok(()),
        outcome => outcome,
    }
}

//! `emulator exec`: a command, or a shell, against an emulator of its own.

use std::ffi::OsString;

use super::Behaviour;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::{env, files, process};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    behaviour: Behaviour,
    /// The command and its arguments [default: an interactive shell]
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the command to its end, passes its status on and leaves nothing behind.
pub(super) fn run(ui: &Ui, args: &Args) -> Result<(), Failure> {
    let emulator = args.behaviour.start()?;
    let directory = files::temporary_directory()?;
    let (home, credentials) = (directory.path().join("home"), directory.path().join("datum-credentials.json"));
    files::create_private_directory(&home)?;
    files::write(&credentials, emulator.credentials_json().as_bytes())?;
    let program = process::own_executable().map_err(|error| files::Error::io("find", directory.path(), error))?;
    let browser = shell_words::join([&*program.to_string_lossy(), "emulator", "sign-in"]);
    let mut environment = emulator.child_environment(&home, &credentials, &browser);
    environment.set.push((env::PATH, process::path_with(&program, &directory.path().join("bin"))?));
    let shell = [env::var_os(env::SHELL).unwrap_or_else(|| process::DEFAULT_SHELL.into())];
    let command = if args.command.is_empty() { &shell[..] } else { &args.command };
    if args.command.is_empty() && ui.is_interactive() {
        ui.status(format_args!("A local Datum Cloud runs at {} until you leave this shell.", emulator.url()));
        ui.hint("datumctl login");
    }
    let status = process::supervise(command, &environment.set, &environment.remove)
        .map_err(|error| Failure::usage(format!("could not run {:?}: {error}", command[0].to_string_lossy())))?;
    drop(emulator);
    match status {
        0 => Ok(()),
        status => Err(Failure::silent(ExitCode::Child(status))),
    }
}

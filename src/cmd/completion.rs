//! `completion SHELL`: a script that completes commands and flags.

use clap_complete::Shell;

use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(ui: &Ui, args: &Args, command: &clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    // Some generators offer hidden commands too.
    let mut offered = clap::Command::new("datumctl")
        .args(command.get_arguments().cloned())
        .subcommands(command.get_subcommands().filter(|command| !command.is_hide_set()).cloned());
    clap_complete::generate(args.shell, &mut offered, "datumctl", &mut script);
    Ok(ui.print_raw(&String::from_utf8_lossy(&script))?)
}

//! `ctx`: the organizations and projects that commands act in.

mod current;
mod list;
mod switch;

use clap::Subcommand;

use crate::app::App;
use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[group(skip)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: list::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the current context
    Current(current::Args),
    /// List contexts
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Make a context current
    Use(switch::Args),
}

/// Runs one of the `ctx` commands; without one it lists.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    match &args.command {
        None => list::run(app, ui, &args.list),
        Some(Command::Current(args)) => current::run(app, ui, args),
        Some(Command::List(args)) => list::run(app, ui, args),
        Some(Command::Use(args)) => switch::run(app, ui, args),
    }
}

//! `projects`: what the organizations hold.

mod create;
mod delete;
mod list;
mod until;

use clap::Subcommand;

use crate::app::App;
use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a project
    Create(create::Args),
    /// Delete a project with everything in it
    Delete(delete::Args),
    /// List projects
    #[command(visible_alias = "ls")]
    List(list::Args),
}

/// Runs one of the `projects` commands.
pub(crate) fn run(app: &App, ui: &Ui, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create::run(app, ui, args),
        Command::Delete(args) => delete::run(app, ui, args),
        Command::List(args) => list::run(app, ui, args),
    }
}

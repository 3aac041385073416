//! `service-accounts keys`: what machines sign in with.

mod create;
mod destination;
mod expiry;
mod list;
mod material;
mod revoke;
mod rotate;

use clap::Subcommand;

use crate::app::App;
use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the keys of a service account, or of all in the project
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Make a key and write its credentials file
    Create(create::Args),
    /// Revoke a key: it signs in no more, at once
    Revoke(revoke::Args),
    /// Replace the key of a credentials file; the old one is revoked when the new one has proven to work
    Rotate(rotate::Args),
}

/// Runs one of the `service-accounts keys` commands.
pub(crate) fn run(app: &App, ui: &Ui, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(app, ui, args),
        Command::Create(args) => create::run(app, ui, args),
        Command::Revoke(args) => revoke::run(app, ui, args),
        Command::Rotate(args) => rotate::run(app, ui, args),
    }
}

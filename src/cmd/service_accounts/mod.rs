//! `service-accounts`: machines that sign in, their keys, and what they may do. The older name, machine accounts, stays
//! as an alias of every command.

mod changes;
mod create;
mod delete;
mod flags;
mod grants;
mod keys;
mod list;
mod view;

use clap::Subcommand;

use crate::app::App;
use crate::error::Failure;
use crate::machine::State;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List service accounts
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show one service account
    Get(list::GetArgs),
    /// Create a service account and wait for its address
    Create(create::Args),
    /// Let a service account sign in again
    Enable(changes::Args),
    /// Keep a service account from signing in, and end its tokens
    Disable(changes::Args),
    /// Delete a service account; its keys go with it
    Delete(delete::Args),
    /// Manage the keys that service accounts sign in with
    #[command(subcommand, visible_alias = "key")]
    Keys(keys::Command),
    /// Give a service account a role on its project or an organization
    Grant(grants::Args),
    /// Take a role from a service account
    RevokeRole(grants::Args),
    /// List the roles that a service account has
    Roles(grants::ListArgs),
}

/// Runs one of the `service-accounts` commands.
pub(crate) fn run(app: &App, ui: &Ui, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::list(app, ui, args),
        Command::Get(args) => list::get(app, ui, args),
        Command::Create(args) => create::run(app, ui, args),
        Command::Enable(args) => changes::run(app, ui, args, State::Active),
        Command::Disable(args) => changes::run(app, ui, args, State::Inactive),
        Command::Delete(args) => delete::run(app, ui, args),
        Command::Keys(command) => keys::run(app, ui, command),
        Command::Grant(args) => grants::grant(app, ui, args),
        Command::RevokeRole(args) => grants::revoke(app, ui, args),
        Command::Roles(args) => grants::list(app, ui, args),
    }
}

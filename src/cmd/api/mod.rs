//! `api`: the API itself, for what no other command does.

mod headers;
mod request;

use clap::Subcommand;
use http::Method;

use crate::app::App;
use crate::error::Failure;
use crate::ui::Ui;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Delete what is at a path
    Delete(request::DeleteArgs),
    /// Read what is at a path
    Get(request::GetArgs),
    /// Change what is at a path
    Patch(request::BodyArgs),
    /// Send a document to a path
    Post(request::BodyArgs),
    /// Replace what is at a path
    Put(request::BodyArgs),
}

/// Runs one of the `api` commands.
pub(crate) fn run(app: &App, ui: &Ui, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Delete(args) => request::delete(app, ui, args),
        Command::Get(args) => request::get(app, ui, args),
        Command::Patch(args) => request::with_body(app, ui, Method::PATCH, args),
        Command::Post(args) => request::with_body(app, ui, Method::POST, args),
        Command::Put(args) => request::with_body(app, ui, Method::PUT, args),
    }
}

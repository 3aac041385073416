//! `service-accounts list` and `get`.

use super::flags::ProjectFlags;
use super::view::{Many, One};
use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::machine::Machines;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    format: ListFlag,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    /// The service account
    name: String,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    format: ListFlag,
}

/// Lists those of the project.
pub(super) fn list(app: &App, ui: &Ui, args: &ListArgs) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let accounts = block_on(async { Ok(Machines::of(&cluster).await?.list().await?) })?;
    if accounts.is_empty() {
        ui.status("There are no service accounts here");
    }
    Ok(ui.print(&Many(accounts), args.format.output.into())?)
}

/// Shows one.
pub(super) fn get(app: &App, ui: &Ui, args: &GetArgs) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let account = block_on(async { Ok(Machines::of(&cluster).await?.get(&args.name).await?) })?;
    Ok(ui.print(&One(account), args.format.output.into())?)
}

//! `service-accounts delete`.

use super::flags::{Patience, ProjectFlags};
use crate::app::App;
use crate::cmd::confirm::Consent;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::machine::{Account, Machines};
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service account
    name: String,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    patience: Patience,
}

/// Asks, deletes, and waits until its identity is gone.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let name = args.name.as_str();
    let question = format!("Delete service account {} and all its keys?", sanitize(name));
    args.consent.require(ui, &question)?;
    let reference = block_on(async {
        let machines = Machines::of(&cluster).await?;
        machines.delete(name).await?;
        let _progress = ui.progress(&format!("Waiting until {name} is gone"));
        let is_gone = |one: Option<&Account>| one.is_none();
        machines.watch(name, args.patience.timeout, "is still there", is_gone).await?;
        Ok(machines.reference())
    })?;
    Ok(ui.print_raw(&format!("{reference} {:?} deleted\n", sanitize(name)))?)
}

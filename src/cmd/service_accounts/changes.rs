//! `service-accounts enable` and `disable`.

use super::flags::{Patience, ProjectFlags};
use super::view::One;
use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::machine::{Account, Machines, State};
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service account
    name: String,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    format: ListFlag,
}

/// Says what is wanted, and waits until it is so: only then exchanges are refused, or accepted again.
pub(super) fn run(app: &App, ui: &Ui, args: &Args, wanted: State) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let name = args.name.as_str();
    let what = match wanted {
        State::Active => "is still disabled",
        State::Inactive => "is still enabled",
    };
    let account = block_on(async {
        let machines = Machines::of(&cluster).await?;
        let asked = machines.set_state(name, wanted).await?;
        let _progress = ui.progress(&format!("Waiting until {name} is {}", wanted.word().to_lowercase()));
        // A platform that does not say how far it is cannot be waited for.
        let is_reached =
            |one: Option<&Account>| one.is_none_or(|one| one.reached.is_none_or(|reached| reached == wanted));
        let reached = machines.watch(name, args.patience.timeout, what, is_reached).await?;
        Ok(reached.unwrap_or(asked))
    })?;
    match wanted {
        State::Active => ui.success(format_args!("Enabled {}: its keys sign in again", sanitize(name))),
        State::Inactive => ui.success(format_args!("Disabled {}: none of its keys signs in", sanitize(name))),
    }
    Ok(ui.print(&One(account), args.format.output.into())?)
}

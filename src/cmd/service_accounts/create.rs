//! `service-accounts create`: an account, whose address the platform makes a little later.

use super::flags::{Patience, ProjectFlags};
use super::view::One;
use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::machine::{Machines, NewAccount};
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its name, unique in the project: lower-case letters, digits and dashes
    name: String,
    /// What people read
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// What it is for
    #[arg(long, value_enum, value_name = "WHAT")]
    use_case: Option<UseCase>,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    format: ListFlag,
}

/// What the platform's other clients know.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum UseCase {
    /// A build or a deployment
    Cicd,
    /// A program that runs all the time
    Service,
}

/// Creates it, and waits until it has an address.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let name = args.name.as_str();
    let new = NewAccount {
        name,
        display_name: args.display_name.as_deref(),
        use_case: args.use_case.map(|use_case| match use_case {
            UseCase::Cicd => "cicd",
            UseCase::Service => "service",
        }),
    };
    let account = block_on(async {
        let machines = Machines::of(&cluster).await?;
        let made = machines.create(&new).await?;
        // The name has to be known even if nobody waits to the end.
        ui.success(format_args!("Created service account {} in {}", sanitize(name), sanitize(&machines.project)));
        let _progress = ui.progress(&format!("Waiting for the address of {name}"));
        let has_email = |account: Option<&crate::machine::Account>| account.is_none_or(|one| one.email.is_some());
        let finished = machines.watch(name, args.patience.timeout, "has no address yet", has_email).await?;
        Ok(finished.unwrap_or(made))
    })?;
    Ok(ui.print(&One(account), args.format.output.into())?)
}

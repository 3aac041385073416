//! `service-accounts keys revoke`.

use crate::app::App;
use crate::cmd::confirm::Consent;
use crate::cmd::resource::DryRun;
use crate::cmd::runtime::block_on;
use crate::cmd::service_accounts::flags::ProjectFlags;
use crate::error::Failure;
use crate::machine::{self, Machines};
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The key, as keys list calls it
    key_id: String,
    /// Its service account; a key of another one is refused
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    project: ProjectFlags,
}

/// Looks whose key it is, asks, and revokes it.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    args.consent.require_somebody(ui, "revoking a key", DryRun::None)?;
    let id = args.key_id.as_str();
    block_on(async {
        let machines = Machines::of(&cluster).await?;
        let key = machines.key(id).await?;
        if let Some(name) = &args.account {
            let (_, account) = machines.get_finished(name).await?;
            if key.account != account {
                return Err(machine::Error::ForeignKey { id: id.to_owned(), owner: key.account, account }.into());
            }
        }
        let (shown, owner) = (sanitize(id), sanitize(&key.account));
        args.consent.require(ui, &format!("Revoke key {shown} of {owner}?"))?;
        machines.revoke_key(id).await?;
        ui.success(format_args!("Revoked key {shown} of {owner}; tokens that it obtained live on to their expiry"));
        Ok(())
    })
}

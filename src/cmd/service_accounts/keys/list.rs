//! `service-accounts keys list`.

use serde::Serialize;

use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::cmd::service_accounts::flags::ProjectFlags;
use crate::error::Failure;
use crate::machine::{Key, Machines};
use crate::ui::{Table, Ui, View};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the keys of this service account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    format: ListFlag,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Keys(Vec<Key>);

impl View for Keys {
    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut table = Table::new(&["Key ID", "Service Account", "Created", "Expires"]);
        for key in &self.0 {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            table.row([key.id.as_str(), &key.account, &text(&key.created_at), &text(&key.expires_at)]);
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|key| key.id.clone()).collect()
    }
}

/// Asks the server, which never tells any half of a key.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let keys = block_on(async {
        let machines = Machines::of(&cluster).await?;
        let email = match &args.account {
            Some(name) => Some(machines.get_finished(name).await?.1),
            None => None,
        };
        Ok(machines.keys(email.as_deref()).await?)
    })?;
    if keys.is_empty() {
        ui.status("There are no keys here");
    }
    Ok(ui.print(&Keys(keys), args.format.output.into())?)
}

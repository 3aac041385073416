//! `api-versions`: the groups that a control plane serves, with their versions.

use std::collections::BTreeSet;

use crate::api::ApiType;
use crate::app::App;
use crate::cmd::resource::ScopeFlags;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Asks the control plane and prints one `GROUP/VERSION` a line.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let types = block_on(async { Ok(work.cluster.fresh_types().await?) })?;
    // A group whose types are not known now is there all the same.
    let untold = types.stale.iter().map(|group| group.trim_start_matches('/').to_owned());
    let versions: BTreeSet<_> = types.all.iter().map(ApiType::api_version).chain(untold).collect();
    let lines: String = versions.iter().map(|version| format!("{}\n", sanitize(version))).collect();
    Ok(ui.print_raw(&lines)?)
}

//! `get`: objects as a table, or in a form that machines read.

use crate::app::App;
use crate::cmd::resource::{ScopeFlags, SelectorFlags, targets};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::ui::Ui;

/// Show objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE[,TYPE...] [NAME...], or TYPE/NAME...
    #[arg(value_name = "TYPE", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    selector: SelectorFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    block_on(async {
        for target in targets(&work, &args.words).await? {
            let collection = work.collection(&target.kind, false)?;
            let (objects, _) = work.cluster.objects(&collection, &args.selector.selection()).await?;
            ui.status(format_args!("{} {}", target.kind.plural, objects.len()));
        }
        Ok(())
    })
}

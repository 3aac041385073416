//! `create -f`: objects that are not there yet.

use crate::app::App;
use crate::cmd::resource::{
    DryRun, FileFlags, Placed, Report, ReportFlags, ScopeFlags, WriteFlags, each, require_a_place_for_keys,
};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::manifest::Naming;
use crate::ui::Ui;

/// Create objects from manifests
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: FileFlags,
    /// Only the manifests' objects whose labels fit: key=value, key!=value, key in (a,b), key, !key
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    #[command(flatten)]
    write: WriteFlags,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Reads all manifests, finds all types, and creates.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    args.files.require()?;
    let form = args.report.form()?;
    block_on(async {
        let work = args.scope.work(app)?;
        let objects = args.files.objects(ui, &work, Naming::NamedOrGenerated, args.selector.as_deref()).await?;
        if args.write.dry_run.dry_run == DryRun::None {
            require_a_place_for_keys(ui, &form, &objects)?;
        }
        let (dry_run, options) = (args.write.dry_run.dry_run, args.write.options());
        let mut report = Report::new(ui, form, "created", dry_run, objects.len());
        let create = async |placed: &Placed| match dry_run {
            DryRun::Client => Ok(placed.document.object.clone()),
            _ => work.cluster.create(&placed.collection, &placed.document.object, &options).await,
        };
        let outcome = each(&objects, create, |placed, object| Ok(report.tell(placed, object)?)).await;
        report.finish()?;
        work.warn(ui);
        outcome
    })
}

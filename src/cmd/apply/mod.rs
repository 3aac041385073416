//! `apply -f`: objects become what manifests say. The server merges (server-side apply), so that whoever manages other
//! fields keeps them.

mod conflict;
mod prune;
mod pruned;

pub(crate) use conflict::apply as apply_one;
pub(crate) use pruned::Pruned;

use crate::app::App;
use crate::cmd::resource::{
    DryRun, FileFlags, Placed, Report, ReportFlags, ReportForm, ScopeFlags, Work, WriteFlags, each,
};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::manifest::Naming;
use crate::ui::Ui;

/// Make objects what manifests say, creating those that are missing
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: FileFlags,
    /// Only the manifests' objects whose labels fit: key=value, key!=value, key in (a,b), key, !key
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// Take over fields that others manage
    #[arg(long)]
    force_conflicts: bool,
    /// Let the server merge, which is the only way there is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    server_side: bool,
    #[command(flatten)]
    write: WriteFlags,
    #[command(flatten)]
    prune: prune::Flags,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Reads all manifests, finds all types, applies, and prunes if nothing failed.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    args.files.require()?;
    let form = args.report.form()?;
    if !args.server_side {
        return Err(Failure::usage("objects are applied by the server only")
            .hint("leave --server-side=false out; --force-conflicts takes over fields that kubectl manages"));
    }
    let dry_run = args.write.dry_run.dry_run;
    let pruning = args.prune.begin(ui, args.selector.as_deref(), dry_run)?;
    block_on(async {
        let work = args.scope.work(app)?;
        let objects = args.files.objects(ui, &work, Naming::Named, args.selector.as_deref()).await?;
        let allowed = match &pruning {
            Some(pruning) => pruning.types(&work).await?,
            None => Vec::new(),
        };
        let uids = apply(ui, &work, args, form, &objects).await?;
        match &pruning {
            Some(pruning) => pruning.prune(ui, &work, &args.write.field_manager, &objects, &uids, &allowed).await,
            None => Ok(()),
        }
    })
}

/// Applies `objects` and answers their uids.
async fn apply(
    ui: &Ui,
    work: &Work<'_>,
    args: &Args,
    form: ReportForm,
    objects: &[Placed],
) -> Result<Vec<String>, Failure> {
    let dry_run = args.write.dry_run.dry_run;
    let options = crate::api::WriteOptions { force: args.force_conflicts, ..args.write.options() };
    let mut report = Report::new(ui, form, "serverside-applied", dry_run, objects.len());
    let mut uids = Vec::new();
    let one = async |placed: &Placed| match dry_run {
        DryRun::Client => Ok(placed.document.object.clone()),
        _ => conflict::apply(work, placed, &options).await,
    };
    let outcome = each(objects, one, |placed, object| {
        uids.extend(object["metadata"]["uid"].as_str().map(str::to_owned));
        Ok(report.tell(placed, object)?)
    });
    let outcome = outcome.await;
    report.finish_as_list()?;
    work.warn(ui);
    outcome.map(|()| uids)
}

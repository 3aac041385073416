//! `diff -f`: what `apply` would change. The server merges in a dry run, and both states are compared as YAML.

mod masks;
mod program;
mod unified;

use std::cell::RefCell;

use serde_json::Value;

use crate::api::{Error, WriteOptions};
use crate::app::App;
use crate::cmd::apply::{Pruned, apply_one};
use crate::cmd::resource::{FIELD_MANAGER, FileFlags, Piece as _, Placed, ScopeFlags, Work, each};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::manifest::Naming;
use crate::render::{DocumentOptions, OutputFormat, document};
use crate::ui::Ui;

/// Show what apply would change; exit status 1 says that something would
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: FileFlags,
    /// Only the manifests' objects whose labels fit: key=value, key!=value, key in (a,b), key, !key
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// Compare as if fields that others manage were taken over
    #[arg(long)]
    force_conflicts: bool,
    /// Let the server merge, which is the only way there is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    server_side: bool,
    /// Who would manage the fields
    #[arg(long, value_name = "NAME", default_value = FIELD_MANAGER)]
    field_manager: String,
    /// Show what --prune would delete; needs -l or --all
    #[arg(long, help_heading = "Pruning")]
    prune: bool,
    /// Prune whatever its labels are
    #[arg(long, requires = "prune", conflicts_with = "selector", help_heading = "Pruning")]
    all: bool,
    /// Prune this type too, GROUP/VERSION/KIND; repeat for more
    #[arg(long, alias = "prune-whitelist", value_name = "TYPE", requires = "prune", help_heading = "Pruning")]
    prune_allowlist: Vec<String>,
    /// Compare metadata.managedFields too
    #[arg(long)]
    show_managed_fields: bool,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// One object before and after.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The name of its file: `GROUP.VERSION.KIND.NAMESPACE.NAME`.
    file: String,
    /// YAML; empty where the object is not there yet.
    before: String,
    /// YAML; empty where the object would be deleted.
    after: String,
}

/// Compares, and answers with the exit status.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let pairs = block_on(compare(app, ui, args)).map_err(not_an_answer)?;
    let changed: Vec<_> = pairs.into_iter().filter(|pair| pair.before != pair.after).collect();
    if changed.is_empty() {
        return Ok(());
    }
    match program::chosen().map_err(not_an_answer)? {
        Some(program) => program::run(&program, &changed),
        None => {
            for pair in &changed {
                ui.print_raw(&unified::text(ui, pair)).map_err(|error| not_an_answer(error.into()))?;
            }
            Err(Failure::silent(ExitCode::Failed))
        }
    }
}

/// Exit status 1 says "different" here: a request that the API refused ends with 2.
fn not_an_answer(mut failure: Failure) -> Failure {
    if failure.exit == ExitCode::Failed {
        failure.exit = ExitCode::Usage;
    }
    failure
}

async fn compare(app: &App, ui: &Ui, args: &Args) -> Result<Vec<Pair>, Failure> {
    args.check()?;
    let work = args.scope.work(app)?;
    let objects = args.files.objects(ui, &work, Naming::Named, args.selector.as_deref()).await?;
    let pruned = Pruned::new(args.selector.as_deref());
    let allowed = pruned.types(&work, &args.prune_allowlist).await?;
    let options = WriteOptions {
        dry_run: true,
        field_manager: Some(args.field_manager.clone()),
        force: args.force_conflicts,
        validation: None,
    };
    let (pairs, uids) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let both = async |placed: &Placed| both(&work, placed, &options).await;
    let outcome = each(&objects, both, |placed, (before, after)| {
        uids.borrow_mut().extend(after["metadata"]["uid"].as_str().map(str::to_owned));
        pairs.borrow_mut().push(args.pair(placed.file_name(), before, Some(after))?);
        Ok(())
    });
    let outcome = outcome.await;
    work.warn(ui);
    outcome?;
    let mut pairs = pairs.into_inner();
    if args.prune {
        for (doomed, object) in pruned.lost(&work, &args.field_manager, &objects, &uids.take(), &allowed).await? {
            pairs.push(args.pair(doomed.file_name(), Some(object), None)?);
        }
    }
    Ok(pairs)
}

/// The object as it is, and as it would be.
async fn both(work: &Work<'_>, placed: &Placed, options: &WriteOptions) -> Result<(Option<Value>, Value), Error> {
    let before = match work.cluster.object(&placed.collection, placed.name()).await {
        Err(Error::NotFound { .. }) => None,
        object => Some(object?),
    };
    Ok((before, apply_one(work, placed, options).await?))
}

impl Args {
    fn check(&self) -> Result<(), Failure> {
        self.files.require()?;
        let problem = match self.prune && self.selector.is_none() && !self.all {
            true => "--prune needs -l SELECTOR, or --all",
            false if !self.server_side => "objects are merged by the server only; leave --server-side=false out",
            false => return Ok(()),
        };
        Err(Failure::usage(problem))
    }

    fn pair(&self, file: String, mut before: Option<Value>, mut after: Option<Value>) -> Result<Pair, Failure> {
        masks::put_on(before.as_mut(), after.as_mut());
        let text = |object: Option<Value>| match object {
            None => Ok(String::new()),
            Some(object) => {
                let options = DocumentOptions { managed_fields: self.show_managed_fields, no_headers: false };
                document(object, &OutputFormat::Yaml, options)
            }
        };
        Ok(Pair { file, before: text(before)?, after: text(after)? })
    }
}

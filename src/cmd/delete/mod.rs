//! `delete`: objects by name, by selector or by manifest. It asks on a terminal, and needs `--yes` without one.

mod doomed;
mod flags;
mod wait;

pub(crate) use doomed::{Doomed, delete};
pub(crate) use flags::{Cascade, DeleteFlags, Waiting, consent};

use crate::api::{self, ApiType, Selection};
use crate::app::App;
use crate::cmd::resource::{FileFlags, Place, ScopeFlags, SelectorFlags, Work, targets};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::manifest::Naming;
use crate::ui::Ui;

/// Delete objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE[,TYPE...] NAME..., or TYPE/NAME...
    #[arg(value_name = "TYPE", conflicts_with = "filenames")]
    words: Vec<String>,
    #[command(flatten)]
    files: FileFlags,
    /// All objects of the types
    #[arg(long, conflicts_with_all = ["selector", "field_selector", "filenames"])]
    all: bool,
    /// In all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// What is not there is no failure
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    ignore_not_found: bool,
    #[command(flatten)]
    selector: SelectorFlags,
    #[command(flatten)]
    delete: DeleteFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Finds what is meant, asks, deletes, and waits until it is gone.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    args.check()?;
    args.delete.consent.require_somebody(ui, "deleting", args.delete.dry_run.dry_run)?;
    let mut work = args.scope.work(app)?;
    if args.all_namespaces {
        work.namespace = None;
    }
    block_on(async {
        let doomed = args.doomed(ui, &work).await?;
        if doomed.is_empty() {
            ui.status("No resources found");
            return Ok(());
        }
        consent(ui, &args.delete, &doomed, "Delete")?;
        let ignore = args.ignore_not_found || args.selects();
        delete(ui, &work, &args.delete, &doomed, ignore, "deleted").await
    })
}

impl Args {
    fn selects(&self) -> bool {
        self.all || !self.selector.selection().is_everything()
    }

    fn check(&self) -> Result<(), Failure> {
        let of_files = !self.files.filenames.is_empty();
        let names = self.words.len() > 1 || self.words.iter().any(|word| word.contains('/'));
        let problem = match (names, self.selects()) {
            _ if of_files && self.selector.field_selector.is_some() => {
                "--field-selector is for types, not for manifests"
            }
            _ if of_files => return Ok(()),
            _ if self.words.is_empty() => {
                "name what to delete: TYPE NAME, TYPE/NAME, TYPE -l SELECTOR, TYPE --all or -f FILE"
            }
            (true, true) => "names and a selector (or --all) cannot be given together",
            (true, false) if self.all_namespaces => "a name is in one namespace; -A takes none",
            (false, false) => "a type is named, but no object of it: give names, -l SELECTOR, or --all",
            _ => return Ok(()),
        };
        Err(Failure::usage(problem))
    }

    /// What the words, the selectors or the manifests mean.
    async fn doomed(&self, ui: &Ui, work: &Work<'_>) -> Result<Vec<Doomed>, Failure> {
        if !self.files.filenames.is_empty() {
            let selector = self.selector.selector.as_deref();
            let placed = self.files.objects(ui, work, Naming::Named, selector).await?;
            return Ok(placed.into_iter().map(Doomed::from).collect());
        }
        let (mut all, mut missing) = (Vec::new(), Vec::new());
        for target in targets(work, &self.words).await? {
            if self.selects() {
                if let Some(what) = target.everywhere(work) {
                    return Err(what.refusal("they go by name only"));
                }
                all.extend(listed(work, &target.kind, &self.selector.selection()).await?);
                continue;
            }
            target.names.iter().try_for_each(|name| api::require_usable(name))?;
            for Place { kind, collection, names } in target.places(work, false, &mut missing).await? {
                all.extend(names.into_iter().map(|name| Doomed::named(&kind, &collection, name)));
            }
        }
        match missing.pop().filter(|_| !self.ignore_not_found) {
            Some(error) => Err(error.into()),
            None => Ok(all),
        }
    }
}

/// The objects of a type that `selection` means, each with its uid: nothing that takes its place is deleted instead.
pub(crate) async fn listed(work: &Work<'_>, kind: &ApiType, selection: &Selection) -> Result<Vec<Doomed>, Failure> {
    let (objects, _) = work.cluster.objects(&work.collection(kind, false)?, selection).await?;
    objects.iter().map(|object| Doomed::read(work, kind, object)).collect()
}

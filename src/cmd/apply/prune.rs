//! `--prune`: what earlier manifests made and these no longer have is deleted.
//!
//! Only what this field manager applied can go: objects of the applied types, and of those in the allowlist, in the
//! namespaces that the manifests touch, with the labels of `-l` unless it is `--all`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::{ApiType, Selection};
use crate::cmd::delete::{Cascade, Consent, DeleteFlags, Doomed, Waiting, consent, delete};
use crate::cmd::resource::{DryRun, DryRunFlag, Placed, Work};
use crate::error::Failure;
use crate::ui::Ui;

/// The flags of `--prune`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Flags {
    /// Delete what was applied before and is not in the manifests any more; needs -l or --all
    #[arg(long, help_heading = "Pruning")]
    prune: bool,
    /// Prune whatever its labels are
    #[arg(long, requires = "prune", conflicts_with = "selector", help_heading = "Pruning")]
    all: bool,
    /// Prune this type too, GROUP/VERSION/KIND; repeat for more
    #[arg(long, alias = "prune-whitelist", value_name = "TYPE", requires = "prune", help_heading = "Pruning")]
    prune_allowlist: Vec<String>,
    #[command(flatten, next_help_heading = "Pruning")]
    waiting: Waiting,
    #[command(flatten, next_help_heading = "Pruning")]
    consent: Consent,
}

/// A prune that was asked for, and may be done.
#[derive(Debug)]
pub(super) struct Pruning<'a> {
    flags: &'a Flags,
    selection: Selection,
    dry_run: DryRun,
}

impl Flags {
    /// What is asked for; `None` without `--prune`.
    ///
    /// # Errors
    /// Flags that do not fit together, or nobody to ask.
    pub(super) fn begin(&self, ui: &Ui, labels: Option<&str>, dry_run: DryRun) -> Result<Option<Pruning<'_>>, Failure> {
        if !self.prune {
            return Ok(None);
        }
        if labels.is_none() && !self.all {
            return Err(Failure::usage("--prune needs -l SELECTOR, or --all"));
        }
        self.consent.require_somebody(ui, "--prune", dry_run)?;
        let selection = Selection { labels: labels.map(str::to_owned), fields: None };
        Ok(Some(Pruning { flags: self, selection, dry_run }))
    }
}

impl Pruning<'_> {
    /// The types of the allowlist.
    ///
    /// # Errors
    /// A word of another form, an unknown type.
    pub(super) async fn types(&self, work: &Work<'_>) -> Result<Vec<ApiType>, Failure> {
        let mut types = Vec::new();
        for word in &self.flags.prune_allowlist {
            let form = || Failure::usage(format!("--prune-allowlist takes GROUP/VERSION/KIND, not {word:?}"));
            let (group_version, kind) = word.rsplit_once('/').ok_or_else(form)?;
            let api_version = group_version.strip_prefix("core/").unwrap_or(group_version);
            types.push(work.cluster.type_of(api_version, kind).await?);
        }
        Ok(types)
    }

    /// Deletes what is not among `objects`, whose uids are `uids`, but was applied by `manager`.
    ///
    /// # Errors
    /// What could not be read or deleted; the person said no.
    pub(super) async fn prune(
        &self,
        ui: &Ui,
        work: &Work<'_>,
        manager: &str,
        objects: &[Placed],
        uids: &[String],
        allowed: &[ApiType],
    ) -> Result<(), Failure> {
        let mut doomed = Vec::new();
        for (kind, namespace) in places(objects, allowed) {
            let collection = work.cluster.collection(kind, namespace)?;
            let (found, _) = work.cluster.objects(&collection, &self.selection).await?;
            let name = |object: &Value| object["metadata"]["name"].as_str().map(str::to_owned);
            let is_kept = |object: &Value| {
                let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
                let is_named = |placed: &Placed| {
                    placed.collection == collection && Some(placed.document.name()) == name(object).as_deref()
                };
                uids.iter().any(|applied| applied == uid) || objects.iter().any(is_named)
            };
            let lost = found.iter().filter(|object| is_applied_by(object, manager) && !is_kept(object));
            doomed.extend(lost.map(|object| Doomed::read(work, kind, object)).collect::<Result<Vec<_>, _>>()?);
        }
        if doomed.is_empty() {
            return Ok(());
        }
        let flags = DeleteFlags {
            consent: self.flags.consent,
            interactive: false,
            dry_run: DryRunFlag { dry_run: self.dry_run },
            cascade: Cascade::Background,
            force: false,
            now: false,
            grace_period: None,
            waiting: self.flags.waiting,
            output: None,
        };
        consent(ui, &flags, &doomed, "Prune")?;
        delete(ui, work, &flags, &doomed, true, "pruned").await
    }
}

/// Where pruned objects can be: every type with the namespaces that the manifests touch.
fn places<'o>(objects: &'o [Placed], allowed: &'o [ApiType]) -> Vec<(&'o ApiType, Option<&'o str>)> {
    let namespaces: BTreeSet<_> = objects
        .iter()
        .filter(|placed| placed.kind.namespaced)
        .filter_map(|placed| placed.document.namespace())
        .collect();
    let mut kinds: Vec<&ApiType> = Vec::new();
    for kind in objects.iter().map(|placed| &placed.kind).chain(allowed) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut places = Vec::new();
    for kind in kinds {
        match kind.namespaced {
            true => places.extend(namespaces.iter().map(|namespace| (kind, Some(*namespace)))),
            false => places.push((kind, None)),
        }
    }
    places
}

/// Whether `manager` has applied the object, and it is not going already.
fn is_applied_by(object: &Value, manager: &str) -> bool {
    let metadata = &object["metadata"];
    let entries = metadata["managedFields"].as_array().into_iter().flatten();
    let mut ours = entries.filter(|entry| entry["manager"] == manager && entry["operation"] == "Apply");
    metadata["deletionTimestamp"].is_null() && ours.next().is_some()
}

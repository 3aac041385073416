//! `--prune`: what earlier manifests made and these no longer have is deleted.

use super::Pruned;
use crate::api::ApiType;
use crate::cmd::confirm::Consent;
use crate::cmd::delete::{Cascade, DeleteFlags, Doomed, Waiting, consent, delete};
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
    pruned: Pruned,
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
        Ok(Some(Pruning { flags: self, pruned: Pruned::new(labels), dry_run }))
    }
}

impl Pruning<'_> {
    /// The types of the allowlist.
    ///
    /// # Errors
    /// A word of another form, an unknown type.
    pub(super) async fn types(&self, work: &Work<'_>) -> Result<Vec<ApiType>, Failure> {
        self.pruned.types(work, &self.flags.prune_allowlist).await
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
        let lost = self.pruned.lost(work, manager, objects, uids, allowed).await?;
        let doomed: Vec<Doomed> = lost.into_iter().map(|(doomed, _)| doomed).collect();
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

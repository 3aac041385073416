//! How something is deleted, and who has to agree.

use std::time::Duration;

use kube_core::params::{DeleteParams, Preconditions, PropagationPolicy};

use super::Doomed;
use crate::cmd::confirm::Consent;
use crate::cmd::format::duration;
use crate::cmd::resource::{DryRun, DryRunFlag};
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

/// `--cascade`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Cascade {
    /// What belongs to it goes after it
    #[value(alias = "true")]
    Background,
    /// What belongs to it goes before it
    Foreground,
    /// What belongs to it stays
    #[value(alias = "false")]
    Orphan,
}

/// `-o name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum NameFormat {
    /// TYPE/NAME, one a line
    Name,
}

/// How objects are deleted.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeleteFlags {
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Ask before deleting, as happens without this flag too
    #[arg(short, long, conflicts_with = "yes")]
    pub(crate) interactive: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRunFlag,
    /// What happens with objects that belong to the deleted ones
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_value = "background",
        default_missing_value = "background"
    )]
    pub(crate) cascade: Cascade,
    /// Delete at once, without a chance to end well
    #[arg(long)]
    pub(crate) force: bool,
    /// The same as --grace-period=1
    #[arg(long, conflicts_with = "grace_period")]
    pub(crate) now: bool,
    /// Seconds in which objects may end well
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) grace_period: Option<i32>,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    /// Output format
    #[arg(short, long, alias = "format", value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<NameFormat>,
}

/// `--wait` and `--timeout`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Waiting {
    /// Wait until the objects are gone
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) wait: bool,
    /// How long to wait, such as 30s, 5m or 2h; 0 for as long as it takes
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration, hide_default_value = true)]
    pub(crate) timeout: Duration,
}

/// Asks whether `doomed` may go, unless somebody agreed already or nothing will.
///
/// # Errors
/// The person said no.
pub(crate) fn consent(ui: &Ui, flags: &DeleteFlags, doomed: &[Doomed], verb: &str) -> Result<(), Failure> {
    if flags.consent.yes || flags.dry_run.dry_run != DryRun::None {
        return Ok(());
    }
    for one in doomed.iter().take(SHOWN) {
        ui.ask_about(format_args!("  {}", sanitize(&one.place())));
    }
    if doomed.len() > SHOWN {
        ui.ask_about(format_args!("  and {} more", doomed.len() - SHOWN));
    }
    let question = match doomed.len() {
        1 => format!("{verb} this object?"),
        count => format!("{verb} these {count} objects?"),
    };
    if ui.confirm(&question)? { Ok(()) } else { Err(Failure::declined()) }
}

/// Objects that a question lists by name.
const SHOWN: usize = 20;

impl DeleteFlags {
    /// What they mean for the request that deletes an object with this uid, if it is known.
    pub(crate) fn params(&self, uid: Option<&str>) -> DeleteParams {
        DeleteParams {
            dry_run: self.dry_run.dry_run == DryRun::Server,
            grace_period_seconds: self.grace(),
            propagation_policy: Some(match self.cascade {
                Cascade::Background => PropagationPolicy::Background,
                Cascade::Foreground => PropagationPolicy::Foreground,
                Cascade::Orphan => PropagationPolicy::Orphan,
            }),
            preconditions: uid.map(|uid| Preconditions { uid: Some(uid.to_owned()), ..Preconditions::default() }),
        }
    }

    fn grace(&self) -> Option<u32> {
        match self.grace_period.and_then(|seconds| u32::try_from(seconds).ok()) {
            _ if self.now => Some(1),
            // As in kubectl: zero is for those who also say --force.
            Some(0) if !self.force => Some(1),
            None if self.force => Some(0),
            seconds => seconds,
        }
    }
}

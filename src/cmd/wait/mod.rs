//! `wait`: returns when objects are as they should be.

mod condition;
mod group;
mod patience;

use std::cell::RefCell;

use condition::Condition;
use futures_util::future;
use group::Group;
use patience::Patience;

use crate::app::App;
use crate::cmd::resource::{Choice, DryRun, Failures, FileFlags, Report, ReportFlags, ScopeFlags, SelectorFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// Wait until objects are as they should be
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE NAME..., TYPE/NAME..., or TYPE with --all or a selector
    #[arg(value_name = "TYPE", required_unless_present = "filenames")]
    words: Vec<String>,
    #[command(flatten)]
    files: FileFlags,
    /// What to wait for: condition=NAME[=VALUE], jsonpath='{.PATH}'[=VALUE], delete or create
    #[arg(long, value_name = "CONDITION")]
    r#for: String,
    /// How long to wait, such as 30s or 1h30m; 0 looks once, less than 0 waits a week
    #[arg(long, value_name = "DURATION", default_value = "30s", allow_hyphen_values = true)]
    timeout: Patience,
    /// All objects of the type
    #[arg(long, help_heading = "Selection")]
    all: bool,
    /// In all namespaces
    #[arg(short = 'A', long, help_heading = "Selection")]
    all_namespaces: bool,
    #[command(flatten)]
    selector: SelectorFlags,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// What all groups share.
struct Waiting<'a> {
    ui: &'a Ui,
    work: &'a Work<'a>,
    condition: Condition,
    report: RefCell<Report<'a>>,
}

/// Looks at the objects, then watches those that are not ready.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let condition = Condition::parse(&args.r#for)?;
    let work = args.scope.work(app)?;
    let choice = Choice {
        words: &args.words,
        files: &args.files,
        selection: args.selector.selection(),
        all: args.all,
        all_namespaces: args.all_namespaces,
    };
    block_on(async {
        let report = Report::new(ui, args.report.form()?, "condition met", DryRun::None, 0);
        report.say(&format!("Waiting for {}...", args.r#for));
        let waiting = Waiting { ui, work: &work, condition, report: RefCell::new(report) };
        let outcome = waiting.all(&choice, args.timeout).await;
        waiting.report.into_inner().finish()?;
        outcome
    })
}

impl Waiting<'_> {
    async fn all(&self, choice: &Choice<'_>, patience: Patience) -> Result<(), Failure> {
        let limit = patience.limit();
        let mut missing = Vec::new();
        let places = choice.places(self.ui, self.work, &mut missing).await?;
        let mut groups: Vec<_> = places.into_iter().map(|place| Group::new(place, &choice.selection)).collect();
        let mut all = missing.len();
        if self.condition.awaits_deletion() {
            // What nobody has is gone.
            missing.clear();
        }
        let watching = async {
            let looks = future::try_join_all(groups.iter_mut().map(|group| group.look(self))).await?;
            if all == 0 && looks.iter().all(|found| *found == 0) && self.condition.needs_objects() {
                return Err(Failure::new(ExitCode::Failed, "NO_OBJECTS", "no matching resources found"));
            }
            if limit.is_some() {
                future::try_join_all(groups.iter_mut().map(|group| group.watch(self))).await?;
            }
            Ok(())
        };
        let in_time = match limit {
            None => watching.await.map(|()| true)?,
            Some(limit) => match tokio::time::timeout(limit, watching).await {
                Ok(outcome) => outcome.map(|()| true)?,
                Err(_) => false,
            },
        };
        let mut failed = Failures::default();
        missing.into_iter().try_for_each(|error| failed.add(error))?;
        for group in groups {
            all += group.meant();
            group.settle(self, in_time, &mut failed);
        }
        failed.settle(all)
    }
}

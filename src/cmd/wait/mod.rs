//! `wait`: returns when objects are as they should be.

mod condition;
mod group;
mod patience;

use condition::Condition;
use futures_util::future;
use group::Group;
use patience::Patience;

use crate::app::App;
use crate::cmd::resource::{Choice, Failures, ScopeFlags, SelectorFlags, ToldFlags, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Progress, Ui};

/// Wait until objects are as they should be
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// TYPE NAME..., TYPE/NAME..., or TYPE with --all or a selector
    #[arg(value_name = "TYPE", required = true)]
    words: Vec<String>,
    /// What to wait for: condition=NAME[=VALUE], delete or create
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
    told: ToldFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

const EXAMPLES: &str = "Examples:
  datumctl wait project shop --for=condition=Ready --timeout=5m
  datumctl wait dnszones --all --for=condition=Accepted
  datumctl wait project/shop --for=delete";

/// What all groups share.
struct Waiting<'a> {
    ui: &'a Ui,
    work: &'a Work<'a>,
    told: &'a ToldFlags,
    condition: Condition,
    progress: Progress,
}

/// Looks at the objects, then watches those that are not ready.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let condition = Condition::parse(&args.r#for)?;
    let work = args.scope.work(app)?;
    let choice = Choice {
        words: &args.words,
        selection: args.selector.selection(),
        all: args.all,
        all_namespaces: args.all_namespaces,
    };
    block_on(async {
        let progress = ui.progress(&format!("Waiting for {}...", args.r#for));
        let waiting = Waiting { ui, work: &work, told: &args.told, condition, progress };
        waiting.all(&choice, args.timeout).await
    })
}

impl Waiting<'_> {
    async fn all(&self, choice: &Choice<'_>, patience: Patience) -> Result<(), Failure> {
        let limit = patience.limit();
        let mut groups = Vec::new();
        for target in choice.targets(self.work).await? {
            let collection = choice.collection(self.work, &target)?;
            groups.push(Group::new(self.work, target, collection, &choice.selection));
        }
        let watching = async {
            let looks = future::try_join_all(groups.iter_mut().map(|group| group.look(self))).await?;
            if looks.iter().all(|found| *found == 0) && self.condition.needs_objects() {
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
        for group in groups {
            group.settle(self, in_time, &mut failed);
        }
        failed.settle()
    }
}

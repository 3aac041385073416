//! `describe`: everything about objects, with what belongs to them.

mod related;

use serde_json::Value;

use crate::api::{Error, Selection};
use crate::app::App;
use crate::cmd::resource::{ScopeFlags, Target, Work, targets};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::render::describe;
use crate::sys::clock;
use crate::ui::{LongAnswer, Ui, sanitize};

/// Show everything about objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE[,TYPE...] [NAME...], TYPE PREFIX, or TYPE/NAME...
    #[arg(value_name = "TYPE", required = true)]
    words: Vec<String>,
    /// Only objects whose labels fit: key=value, key!=value, key in (a,b), key, !key
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = "Selection")]
    selector: Option<String>,
    /// Objects of all namespaces
    #[arg(short = 'A', long, help_heading = "Selection")]
    all_namespaces: bool,
    /// Show what happened to the objects
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true",
          action = clap::ArgAction::Set, require_equals = true)]
    show_events: bool,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    block_on(async {
        let targets = targets(&work, &args.words).await?;
        args.check(&targets)?;
        let asked = Describe { ui, args, work };
        let mut answer = Answer::default();
        let mut failures = Vec::new();
        for target in &targets {
            asked.target(target, &mut answer, &mut failures).await?;
        }
        let is_empty = answer.is_empty;
        answer.text.finish()?;
        if is_empty && failures.is_empty() {
            asked.nothing(&targets);
        }
        Failure::all(failures)
    })
}

impl Args {
    fn check(&self, targets: &[Target]) -> Result<(), Failure> {
        let named = targets.iter().any(|target| !target.names.is_empty());
        if named && self.selector.is_some() {
            return Err(Failure::usage("a name and a selector cannot be used together"));
        }
        if named && self.all_namespaces {
            return Err(Failure::usage("a resource cannot be retrieved by name across all namespaces")
                .hint("leave out -A and name the namespace with -n"));
        }
        Ok(())
    }
}

/// The objects that were shown so far.
struct Answer {
    text: LongAnswer,
    is_empty: bool,
}

impl Default for Answer {
    fn default() -> Self {
        Self { text: LongAnswer::default(), is_empty: true }
    }
}

impl Answer {
    /// Two empty lines between objects.
    fn add(&mut self, description: &str) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.text.push("\n\n")?;
        }
        Ok(self.text.push(description)?)
    }

    /// An empty line after each of the objects whose names begin alike.
    fn add_similar(&mut self, description: &str) -> Result<(), Failure> {
        self.is_empty = false;
        self.text.push(description)?;
        Ok(self.text.push("\n")?)
    }
}

struct Describe<'a> {
    ui: &'a Ui,
    args: &'a Args,
    work: Work<'a>,
}

impl Describe<'_> {
    async fn target(&self, target: &Target, answer: &mut Answer, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        if target.names.is_empty() {
            for object in self.all(target).await? {
                answer.add(&self.description(target, &object).await?)?;
            }
            return Ok(());
        }
        let mut missing = Vec::new();
        for place in target.places(&self.work, false, &mut missing).await? {
            for name in &place.names {
                match self.work.cluster.object(&place.collection, name).await {
                    Ok(object) => answer.add(&self.description(target, &object).await?)?,
                    Err(error) => self.absent(target, error, answer, failures).await?,
                }
            }
        }
        for error in missing {
            self.absent(target, error, answer, failures).await?;
        }
        Ok(())
    }

    /// All objects that the selector means.
    async fn all(&self, target: &Target) -> Result<Vec<Value>, Failure> {
        let selection = Selection { labels: self.args.selector.clone(), ..Selection::default() };
        if let Some(what) = target.everywhere(&self.work) {
            if !selection.is_everything() {
                return Err(what.refusal("they cannot be selected by labels"));
            }
            let gathered = what.gather(&self.work, &[]).await?;
            gathered.tell(self.ui, &self.work);
            return Ok(gathered.objects);
        }
        let collection = self.work.collection(&target.kind, self.args.all_namespaces)?;
        Ok(self.work.cluster.objects(&collection, &selection).await?.0)
    }

    /// An object that cannot be had: its name may be the beginning of others'.
    async fn absent(
        &self,
        target: &Target,
        error: Error,
        answer: &mut Answer,
        failures: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        match error {
            error @ Error::NotFound { .. } if self.may_be_prefix() => self.similar(target, error, answer).await,
            error @ (Error::NotFound { .. } | Error::Forbidden { .. }) => {
                failures.push(error.into());
                Ok(())
            }
            error => Err(error.into()),
        }
    }

    /// Whether the command line is `TYPE NAME`, where the name may be the beginning of several.
    fn may_be_prefix(&self) -> bool {
        matches!(self.args.words.as_slice(), [kind, _] if !kind.contains([',', '/']))
    }

    /// The objects whose names begin with the one of `target`, or the error that there is none of that very name.
    async fn similar(&self, target: &Target, error: Error, answer: &mut Answer) -> Result<(), Failure> {
        let objects = self.all(target).await?;
        let begins = |object: &&Value| {
            let name = object["metadata"]["name"].as_str();
            name.is_some_and(|name| target.names.iter().any(|prefix| name.starts_with(prefix)))
        };
        for object in objects.iter().filter(begins) {
            answer.add_similar(&self.description(target, object).await?)?;
        }
        if answer.is_empty { Err(error.into()) } else { Ok(()) }
    }

    async fn description(&self, target: &Target, object: &Value) -> Result<String, Failure> {
        let related = self.related(target, object).await?;
        Ok(describe(object, &related, clock::now()))
    }

    fn nothing(&self, targets: &[Target]) {
        let is_namespaced = targets.iter().all(|target| target.kind.namespaced) && !self.args.all_namespaces;
        match self.work.namespace.as_ref().filter(|_| is_namespaced) {
            Some(namespace) => {
                self.ui.status(format_args!("No resources found in {} namespace.", sanitize(namespace)));
            }
            None => self.ui.status("No resources found"),
        }
    }
}

//! `label` and `annotate`: set and remove the marks of objects.

mod pairs;
mod syntax;

use pairs::Pairs;
use serde_json::{Map, Value, json};

use crate::api::{ObjectPatch, WriteOptions};
use crate::app::App;
use crate::cmd::resource::{
    Choice, DryRun, DryRunFlag, FIELD_MANAGER, Failures, FileFlags, Found, Report, ReportFlags, ScopeFlags,
    SelectorFlags, Work,
};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Ui, sanitize};

/// What is set or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `metadata.labels`
    Label,
    /// `metadata.annotations`
    Annotation,
}

impl Mark {
    fn singular(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Annotation => "annotation",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Label => "labels",
            Self::Annotation => "annotations",
        }
    }

    /// The word for what was done.
    fn done(self, pairs: &Pairs, changed: bool) -> &'static str {
        match self {
            Self::Annotation => "annotated",
            Self::Label if !changed => "not labeled",
            Self::Label if pairs.set.is_empty() => "unlabeled",
            Self::Label => "labeled",
        }
    }
}

/// Set (KEY=VALUE) and remove (KEY-) marks of objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE NAME..., TYPE/NAME... or TYPE, then KEY=VALUE to set and KEY- to remove
    #[arg(value_name = "TYPE NAME... KEY=VALUE", required_unless_present = "filenames")]
    words: Vec<String>,
    /// Replace values that are there already
    #[arg(long)]
    overwrite: bool,
    /// Only show what the objects have
    #[arg(long, conflicts_with = "output")]
    list: bool,
    /// Change the object only if it still has this version
    #[arg(long, value_name = "VERSION")]
    resource_version: Option<String>,
    /// All objects of the type
    #[arg(long, help_heading = "Selection")]
    all: bool,
    /// In all namespaces
    #[arg(short = 'A', long, help_heading = "Selection")]
    all_namespaces: bool,
    #[command(flatten)]
    selector: SelectorFlags,
    #[command(flatten)]
    files: FileFlags,
    /// Who is said to manage the changed fields
    #[arg(long, value_name = "NAME", default_value = FIELD_MANAGER)]
    field_manager: String,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Checks the pairs, then asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args, mark: Mark) -> Result<(), Failure> {
    let (words, pairs) = pairs::split(&args.words)?;
    let marking = Marking { ui, args, mark, pairs: Pairs::parse(pairs, mark)? };
    if marking.pairs.is_empty() && !args.list {
        return Err(Failure::usage(format!("at least one {} update is required", mark.singular()))
            .hint("KEY=VALUE sets, KEY- removes, --list shows what there is"));
    }
    let work = args.scope.work(app)?;
    let selection = args.selector.selection();
    let (all, all_namespaces) = (args.all, args.all_namespaces);
    let choice = Choice { words, files: &args.files, selection, all, all_namespaces };
    block_on(async {
        let mut failed = Failures::default();
        let found = choice.find(ui, &work, &mut failed).await?;
        if args.resource_version.is_some() && found.len() > 1 {
            return Err(Failure::usage("--resource-version may only be used with a single resource"));
        }
        let all = found.len() + failed.count();
        let mut report =
            Report::new(ui, args.report.form()?, mark.done(&marking.pairs, true), args.dry_run.dry_run, all);
        for found in &found {
            match marking.apply(&work, found, &mut failed).await? {
                Some((object, _)) if args.list => marking.list(found, &object, all == 1)?,
                Some((object, verb)) => report.tell_of(&found.label(), object, verb)?,
                None => {}
            }
        }
        work.warn(ui);
        report.finish()?;
        failed.settle(all)
    })
}

struct Marking<'a> {
    ui: &'a Ui,
    args: &'a Args,
    mark: Mark,
    pairs: Pairs,
}

impl Marking<'_> {
    /// The object as it is now and what was done to it; `None` when that failed.
    async fn apply(
        &self,
        work: &Work<'_>,
        found: &Found,
        failed: &mut Failures,
    ) -> Result<Option<(Value, &'static str)>, Failure> {
        let present = self.present(&found.object);
        let overwritten = self.pairs.overwritten(&present);
        if !self.args.overwrite && !overwritten.is_empty() {
            let failure = Failure::new(ExitCode::Failed, "NOT_OVERWRITTEN", overwritten.join("; "));
            failed.push(failure.hint("--overwrite replaces values that are there already"));
            return Ok(None);
        }
        for key in self.pairs.removed.iter().filter(|key| !present.contains_key(*key)) {
            self.ui.status(format_args!("{} {:?} not found.", self.mark.singular(), sanitize(key)));
        }
        let changes = self.pairs.changes(&present);
        let verb = self.mark.done(&self.pairs, !changes.is_empty());
        let nothing = changes.is_empty() && self.args.resource_version.is_none();
        let mut patch = json!({ "metadata": { self.mark.plural(): changes } });
        // Showing what would be is showing, not changing.
        if nothing || self.args.list || self.args.dry_run.dry_run == DryRun::Client {
            let mut object = found.object.clone();
            json_patch::merge(&mut object, &patch);
            return Ok(Some((if nothing { found.object.clone() } else { object }, verb)));
        }
        if let Some(version) = &self.args.resource_version {
            patch["metadata"]["resourceVersion"] = version.as_str().into();
        }
        let options = WriteOptions {
            dry_run: self.args.dry_run.dry_run == DryRun::Server,
            field_manager: Some(self.args.field_manager.clone()),
            ..WriteOptions::default()
        };
        let patch = ObjectPatch::Merge(patch);
        match work.cluster.patch(&found.collection, &found.name, None, patch, &options).await {
            Ok(object) => Ok(Some((object, verb))),
            Err(error) => failed.add(error).map(|()| None),
        }
    }

    fn present(&self, object: &Value) -> Map<String, Value> {
        object["metadata"][self.mark.plural()].as_object().cloned().unwrap_or_default()
    }

    fn list(&self, found: &Found, object: &Value, is_one: bool) -> Result<(), Failure> {
        let mut text = String::new();
        let indent = if is_one { "" } else { " " };
        if !is_one {
            let kind = sanitize(&found.kind.kind);
            let (group, name) = (sanitize(&found.kind.group), sanitize(&found.name));
            text = format!("Listing {} for {kind}.{group}/{name}:\n", self.mark.plural());
        }
        let present = self.present(object);
        let mut lines: Vec<_> = present.iter().filter_map(|(key, value)| Some((key, value.as_str()?))).collect();
        lines.sort_unstable();
        for (key, value) in lines {
            text.push_str(&format!("{indent}{}={}\n", sanitize(key), sanitize(value)));
        }
        Ok(self.ui.print_raw(&text)?)
    }
}

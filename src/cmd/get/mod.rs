//! `get`: objects as a table, or in a form that machines read.
//!
//! `people` prints the server's tables, `machines` the objects themselves, `follow` what happens to them afterwards.

mod everywhere;
mod flags;
mod follow;
mod machines;
mod people;

use std::cell::RefCell;

use crate::api::{Error, Selection};
use crate::app::App;
use crate::cmd::resource::{Gathered, ScopeFlags, SelectorFlags, Target, Work, output_format, targets};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::render::{Order, OutputFormat};
use crate::ui::{Progress, Ui};

use flags::TableFlags;

/// Show objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE[,TYPE...] [NAME...], or TYPE/NAME...
    #[arg(value_name = "TYPE", required = true)]
    words: Vec<String>,
    /// Output format: wide, json, yaml, name, jsonpath=TEMPLATE, jsonpath-file=FILE, jsonpath-as-json=TEMPLATE,
    /// custom-columns=HEADING:PATH,..., custom-columns-file=FILE
    #[arg(short, long, alias = "format", value_name = "FORMAT", default_value = "table", hide_default_value = true)]
    output: String,
    #[command(flatten)]
    selector: SelectorFlags,
    /// Objects of all namespaces
    #[arg(short = 'A', long, help_heading = "Selection")]
    all_namespaces: bool,
    /// End well when an object is not there
    #[arg(long, help_heading = "Selection")]
    ignore_not_found: bool,
    #[command(flatten)]
    follow: follow::Flags,
    #[command(flatten)]
    table: TableFlags,
    /// Show who manages which field in json and yaml
    #[arg(long)]
    show_managed_fields: bool,
    /// Read this part of an object, such as status
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// One `get`, understood.
struct Get<'a> {
    args: &'a Args,
    ui: &'a Ui,
    work: Work<'a>,
    format: OutputFormat,
    /// `None` while changes are followed: they come in their own.
    order: Option<Order>,
    selection: Selection,
    targets: Vec<Target>,
    gathered: RefCell<Vec<Gathered>>,
}

/// Asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let format = output_format(&args.output)?;
    let mut order = args.table.order()?;
    if args.follow.is_asked() && order.take().is_some() {
        ui.warn("--sort-by is ignored with --watch and --watch-only");
    }
    let work = args.scope.work(app)?;
    let outcome = block_on(async {
        let targets = targets(&work, &args.words).await?;
        let selection = Selection { whole_rows: order.is_some() && format.is_table(), ..args.selector.selection() };
        let gathered = RefCell::default();
        let get = Get { args, ui, work, format, order, selection, targets, gathered };
        get.check()?;
        match args.follow.is_asked() {
            true => get.follow().await,
            false if get.format.is_table() => get.show_tables().await,
            false => get.show_objects().await,
        }
    });
    match outcome {
        // That is how a person ends a watch; nothing went wrong.
        Err(failure) if args.follow.is_asked() && failure.exit == ExitCode::Interrupted => {
            Err(Failure::silent(ExitCode::Interrupted))
        }
        outcome => outcome,
    }
}

impl Get<'_> {
    fn check(&self) -> Result<(), Failure> {
        self.check_gathered()?;
        let named = self.targets.iter().any(|target| !target.names.is_empty());
        if named && !self.selection.is_everything() {
            return Err(Failure::usage("a name and a selector cannot be used together"));
        }
        if named && self.args.all_namespaces {
            return Err(Failure::usage("a resource cannot be retrieved by name across all namespaces")
                .hint("leave out -A and name the namespace with -n"));
        }
        Ok(())
    }

    /// The one object, if exactly one is named.
    fn is_single(&self) -> bool {
        matches!(self.targets.as_slice(), [target] if target.names.len() == 1)
    }

    fn progress(&self) -> Progress {
        let types: Vec<_> = self.targets.iter().map(|target| target.kind.plural.as_str()).collect();
        self.ui.progress(&format!("Reading {}", types.join(", ")))
    }

    /// What a 404 comes to: nothing, if that was asked for.
    fn missing(&self, error: Error, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        match error {
            Error::NotFound { .. } if self.args.ignore_not_found => {}
            error @ (Error::NotFound { .. } | Error::Forbidden { .. }) => failures.push(error.into()),
            error => return Err(error.into()),
        }
        Ok(())
    }

    /// Says that there is nothing, where a person may wonder.
    fn nothing(&self) {
        if self.args.ignore_not_found {
            return;
        }
        let is_namespaced = self.targets.iter().all(|target| target.kind.namespaced);
        match self.work.namespace.as_ref().filter(|_| is_namespaced && !self.args.all_namespaces) {
            Some(namespace) => {
                self.ui.status(format_args!("No resources found in {} namespace.", crate::ui::sanitize(namespace)));
            }
            None => self.ui.status("No resources found"),
        }
    }
}

//! `api-resources`: the types that a control plane serves.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{ApiType, Types};
use crate::app::App;
use crate::cmd::format::ListFlag;
use crate::cmd::resource::ScopeFlags;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    filter: Filter,
    /// Order by a column
    #[arg(long, value_enum, value_name = "COLUMN")]
    sort_by: Option<SortBy>,
    /// Use what an earlier command learned, if it is young
    #[arg(long)]
    cached: bool,
    /// Leave the headings out
    #[arg(long)]
    no_headers: bool,
    #[command(flatten)]
    format: ListFlag,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Which types are shown.
#[derive(Debug, clap::Args)]
struct Filter {
    /// Only types of this group; empty for the core group
    #[arg(long, value_name = "GROUP")]
    api_group: Option<String>,
    /// Only types whose objects live in namespaces; with false only those whose objects do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    namespaced: Option<bool>,
    /// Only types that can do all of this
    #[arg(long, value_name = "VERB", value_delimiter = ',')]
    verbs: Vec<String>,
    /// Only types that are in all of these categories
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    categories: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SortBy {
    /// By name
    Name,
    /// By kind
    Kind,
}

impl Filter {
    fn takes(&self, kind: &ApiType) -> bool {
        !kind.verbs.is_empty()
            && self.api_group.as_ref().is_none_or(|group| kind.group == *group)
            && self.namespaced.is_none_or(|namespaced| kind.namespaced == namespaced)
            && self.verbs.iter().all(|verb| kind.supports(verb))
            && self.categories.iter().all(|category| kind.categories.contains(category))
    }
}

/// The types as a list of the API.
#[derive(Serialize)]
#[serde(transparent)]
struct Resources {
    document: Value,
    #[serde(skip)]
    kinds: Vec<ApiType>,
    #[serde(skip)]
    headings: bool,
}

impl Resources {
    fn new(kinds: Vec<ApiType>, headings: bool) -> Self {
        let resources: Vec<Value> = kinds.iter().map(resource).collect();
        let document =
            json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": resources});
        Self { document, kinds, headings }
    }

    fn table(&self, wide: bool) -> String {
        let columns = if wide { 7 } else { 5 };
        let mut table = match self.headings {
            true => Table::new(&HEADINGS[..columns]),
            false => Table::without_headings(),
        };
        for kind in &self.kinds {
            let (short, version) = (kind.short_names.join(","), kind.api_version());
            let (verbs, categories) = (kind.verbs.join(","), kind.categories.join(","));
            let namespaced = if kind.namespaced { "true" } else { "false" };
            let cells = [&kind.plural, &short, &version, namespaced, &kind.kind, &verbs, &categories];
            table.row(cells.into_iter().take(columns));
        }
        table.render()
    }
}

impl View for Resources {
    fn text(&self) -> String {
        self.table(false)
    }

    fn wide(&self) -> String {
        self.table(true)
    }

    fn names(&self) -> Vec<String> {
        self.kinds.iter().map(ApiType::qualified).collect()
    }
}

const HEADINGS: [&str; 7] = ["Name", "Shortnames", "APIVersion", "Namespaced", "Kind", "Verbs", "Categories"];

/// One type in the words of the API.
fn resource(kind: &ApiType) -> Value {
    let mut resource = json!({"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
        "group": kind.group, "version": kind.version, "kind": kind.kind, "verbs": kind.verbs});
    if !kind.short_names.is_empty() {
        resource["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        resource["categories"] = json!(kind.categories);
    }
    resource
}

/// Asks the control plane; what it could not tell is an error after what it could.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let work = args.scope.work(app)?;
    let types = block_on(async {
        Ok(if args.cached { work.cluster.types().await? } else { work.cluster.fresh_types().await? })
    })?;
    let mut kinds = preferred(&types);
    kinds.retain(|kind| args.filter.takes(kind));
    kinds.sort_by(|one, other| match args.sort_by {
        None => (&one.group, &one.plural).cmp(&(&other.group, &other.plural)),
        Some(SortBy::Name) => one.plural.cmp(&other.plural),
        Some(SortBy::Kind) => one.kind.cmp(&other.kind),
    });
    ui.print(&Resources::new(kinds, !args.no_headers), args.format.output.into())?;
    complete(&types)
}

/// Each type once, in the version that the server prefers.
fn preferred(types: &Types) -> Vec<ApiType> {
    let mut seen = HashSet::new();
    types.all.iter().filter(|kind| seen.insert((&kind.group, &kind.plural))).cloned().collect()
}

/// Whether the server told the types of all its groups.
pub(super) fn complete(types: &Types) -> Result<(), Failure> {
    if types.stale.is_empty() {
        return Ok(());
    }
    let groups: Vec<_> = types.stale.iter().map(|group| sanitize(group)).collect();
    let message = format!("the server could not tell the types of {}", groups.join(", "));
    Err(Failure::new(ExitCode::Unavailable, "INCOMPLETE", message).hint("try again in a moment"))
}

//! `ctx list`: the contexts of the active session, or of all of them.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use serde::Serialize;

use crate::app::App;
use crate::auth::{self, Account, Auth, ChosenBy};
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::config::{Config, Context, Session};
use crate::error::Failure;
use crate::sys::clock;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show the contexts of every session
    #[arg(long)]
    all: bool,
    /// Ask the server again first
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    format: ListFlag,
}

#[derive(Serialize)]
struct Row {
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    organization: String,
    project: Option<String>,
    session: String,
    current: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Contexts(Vec<Row>);

impl View for Contexts {
    fn text(&self) -> String {
        let sessions: Vec<_> = self.0.chunk_by(|one, other| one.session == other.session).collect();
        let heading =
            |rows: &[Row]| if sessions.len() > 1 { format!("{}\n", sanitize(&rows[0].session)) } else { String::new() };
        sessions.iter().map(|rows| heading(rows) + &table(rows)).collect::<Vec<_>>().join("\n")
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.name.clone()).collect()
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new(&["Display Name", "Name", "Type", "Current"]);
    for row in rows {
        let indent = if row.project.is_some() { "  " } else { "" };
        let name = format!("{indent}{}", row.display_name);
        table.row([name.as_str(), &row.name, row.kind, if row.current { "*" } else { "" }]);
    }
    table.render()
}

/// Lists contexts; a session that has never been looked up is looked up first.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let account = app.account()?;
    let mut config = auth.load_config()?;
    let sessions: Vec<Session> = match (&account, args.all) {
        (_, true) => config.sessions.clone(),
        (Account::Stored { session, .. }, false) => vec![(**session).clone()],
        (Account::Machine(_), false) => return Err(Failure::machine_has_no_contexts()),
    };
    for session in &sessions {
        let unknown = config.contexts_of(&session.name).next().is_none();
        if args.refresh || unknown || is_stale(&config) {
            refresh(auth, ui, session, args.refresh)?;
        }
    }
    config = auth.load_config()?;
    let rows: Vec<Row> = sessions.iter().flat_map(|session| rows(&config, session)).collect();
    if rows.is_empty() {
        ui.status("There are no organizations yet.");
    }
    Ok(ui.print(&Contexts(rows), args.format.output.into())?)
}

/// What was found more than an hour ago may have changed; a failure to look again only warns.
fn is_stale(config: &Config) -> bool {
    let age = config.cache.last_refreshed().map(|time| clock::now().duration_since(time));
    age.is_none_or(|age| age > SignedDuration::from_hours(1))
}

fn refresh(auth: &Auth, ui: &Ui, session: &Session, demanded: bool) -> Result<(), Failure> {
    let account = Account::Stored { session: Box::new(session.clone()), source: ChosenBy::Active };
    let progress = ui.progress("Looking up organizations and projects");
    let found = block_on(async { Ok(auth::refresh_contexts(auth, &account, &|text| progress.say(text)).await?) });
    drop(progress);
    match found {
        Ok(discovery) => discovery.problems.iter().for_each(|problem| ui.warn(sanitize(&problem.to_string()))),
        Err(failure) if demanded => return Err(failure),
        Err(failure) => ui.warn(format_args!("{}: {}", sanitize(&session.name), sanitize(&failure.message))),
    }
    Ok(())
}

/// Organizations in order, each followed by its projects.
fn rows(config: &Config, session: &Session) -> Vec<Row> {
    let current = config.context_of(session).map(|context| context.name.clone());
    let names = config.display_names(&session.name);
    let row = |context: &Context| Row {
        name: context.reference(),
        display_name: names.context(context).to_owned(),
        kind: if context.project_id.is_some() { "project" } else { "org" },
        organization: context.organization_id.clone(),
        project: context.project_id.clone(),
        session: session.name.clone(),
        current: current.as_ref() == Some(&context.name),
    };
    let contexts: Vec<&Context> = config.contexts_of(&session.name).collect();
    let mut seen = HashSet::new();
    let organizations = contexts.iter().map(|context| &context.organization_id).filter(|id| seen.insert(*id));
    let mut grouped: HashMap<&String, Vec<Row>> = HashMap::new();
    for context in &contexts {
        grouped.entry(&context.organization_id).or_default().push(row(context));
    }
    organizations.flat_map(|id| grouped.remove(id).unwrap_or_default()).collect()
}

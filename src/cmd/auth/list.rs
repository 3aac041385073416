//! `auth list`: the signed-in accounts.

use serde::Serialize;

use crate::app::App;
use crate::cmd::format::TextOrJsonFlag;
use crate::cmd::identity;
use crate::config::{Config, Context, Session};
use crate::error::Failure;
use crate::sys::env;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Row {
    session: String,
    email: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: String,
    context: Option<String>,
    store: Option<&'static str>,
    active: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Accounts(Vec<Row>);

impl View for Accounts {
    fn text(&self) -> String {
        let mut endpoints: Vec<_> = self.0.iter().map(|row| &row.endpoint).collect();
        endpoints.sort();
        endpoints.dedup();
        let several = endpoints.len() > 1;
        let mut table =
            if several { Table::new(&["User", "Endpoint", "Status"]) } else { Table::new(&["User", "Status"]) };
        for row in &self.0 {
            let status = if row.active { "Active" } else { "" };
            let endpoint = row.endpoint.trim_start_matches("https://");
            let cells = [row.email.as_str(), endpoint, status];
            table
                .row(cells.into_iter().enumerate().filter(|(column, _)| several || *column != 1).map(|(_, cell)| cell));
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.session.clone()).collect()
    }
}

/// Lists the accounts; none is an answer, not a failure.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let config = auth.load_config()?;
    let active = config.effective_session().ok().map(|session| session.name.clone());
    let rows = config.sessions.iter().map(|session| row(auth, &config, session, active.as_deref())).collect();
    config.problems().iter().for_each(|problem| ui.warn(sanitize(&problem.to_string())));
    let overriding =
        [env::DATUM_CREDENTIALS_FILE, env::DATUM_SESSION].into_iter().find(|name| env::var_os(name).is_some());
    if config.sessions.is_empty() {
        ui.status("Nobody is logged in.");
    }
    match overriding {
        Some(variable) => ui.status(format_args!("{variable} is set and decides who commands act as: datumctl whoami")),
        None if config.sessions.is_empty() => ui.hint("datumctl login"),
        None => {}
    }
    let accounts = Accounts(rows);
    if accounts.0.is_empty() && args.format.output == crate::cmd::format::TextOrJson::Text {
        return Ok(());
    }
    Ok(ui.print(&accounts, args.format.output.into())?)
}

fn row(auth: &crate::auth::Auth, config: &Config, session: &Session, active: Option<&str>) -> Row {
    // A store that cannot be read leaves its columns empty; the list itself comes from the metadata.
    let found = auth.sessions.load(&session.user_key).unwrap_or_else(|error| {
        auth.notice(format_args!("{}: {error}", session.name));
        None
    });
    Row {
        session: session.name.clone(),
        email: identity::email(session).to_owned(),
        name: session.user_name.clone().unwrap_or_default(),
        kind: identity::account_type(found.as_ref().is_some_and(|found| found.credential.is_service_account())),
        endpoint: session.endpoint.server.clone(),
        context: config.context_of(session).map(Context::reference),
        store: found.map(|found| found.store.name()),
        active: active == Some(session.name.as_str()),
    }
}

//! `auth status`: who is signed in, from where, and until when. Asks no server.

use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::auth::{Account, Auth, Error};
use crate::cmd::format::TextOrJsonFlag;
use crate::cmd::identity;
use crate::config::Context;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Status {
    email: String,
    active_org_slug: Option<String>,
    role: Option<String>,
    session: String,
    endpoint: String,
    context: Option<String>,
    store: Option<&'static str>,
    source: &'static str,
    token_expires_at: Option<String>,
}

impl View for Status {
    fn text(&self) -> String {
        let shown = |value: &Option<String>| sanitize(value.as_deref().unwrap_or("none")).into_owned();
        let lines = [
            ("email", sanitize(&self.email).into_owned()),
            ("active_org_slug", shown(&self.active_org_slug)),
            ("role", shown(&self.role)),
            ("session", sanitize(&self.session).into_owned()),
            ("endpoint", sanitize(&self.endpoint).into_owned()),
            ("context", shown(&self.context)),
            ("store", self.store.unwrap_or("none").to_owned()),
            ("source", self.source.to_owned()),
            ("token_expires_at", shown(&self.token_expires_at)),
        ];
        lines.iter().map(|(key, value)| format!("{key}: {value}\n")).collect()
    }
}

#[derive(Serialize)]
struct NoCredential {
    status: &'static str,
}

impl View for NoCredential {
    fn text(&self) -> String {
        format!("status: {}\n", self.status)
    }
}

/// Prints the status; nobody logged in is exit code 4.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let account = match Account::choose(auth, app.choice()) {
        Err(Error::NotLoggedIn) => {
            ui.print(&NoCredential { status: "no_credential" }, args.format.output.into())?;
            return Err(Failure::silent(ExitCode::LoginRequired));
        }
        account => account?,
    };
    Ok(ui.print(&status(auth, &account)?, args.format.output.into())?)
}

fn status(auth: &Auth, account: &Account) -> Result<Status, Failure> {
    let source = identity::source(account);
    let Account::Stored { session, .. } = account else { return Ok(machine_status(auth, account, source)?) };
    let config = auth.load_config()?;
    let context = config.context_of(session);
    let found = auth.sessions.load(&session.user_key)?;
    let expiry = found.as_ref().and_then(|found| found.credential.token.expiry);
    Ok(Status {
        email: identity::email(session).to_owned(),
        active_org_slug: context.map(|context| context.organization_id.clone()),
        role: context.and_then(|context| config.role(context)).map(str::to_owned),
        session: session.name.clone(),
        endpoint: session.endpoint.server.clone(),
        context: context.map(Context::reference),
        store: found.map(|found| found.store.name()),
        source,
        token_expires_at: expiry.map(rfc3339),
    })
}

fn machine_status(auth: &Auth, account: &Account, source: &'static str) -> Result<Status, Error> {
    let Account::Machine(machine) = account else { return Err(Error::NotLoggedIn) };
    Ok(Status {
        email: machine.file.identity().to_owned(),
        active_org_slug: None,
        role: None,
        session: machine.name().to_owned(),
        endpoint: account.api_host(auth)?.origin(),
        context: None,
        store: None,
        source,
        token_expires_at: machine.cached_expiry(auth).map(rfc3339),
    })
}

/// RFC 3339, UTC, whole seconds.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

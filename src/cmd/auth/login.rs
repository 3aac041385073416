//! `login`: in a browser, on another device, or with a service account's credentials.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::app::App;
use crate::auth::{self, ContextWish, CredentialsSource, LoggedIn, LoginRequest, Method, TargetFlags};
use crate::cmd::format::{TextOrJson, TextOrJsonFlag, duration};
use crate::cmd::identity;
use crate::cmd::prompt::Prompt;
use crate::cmd::runtime::block_on;
use crate::error::{Failure, StoreName};
use crate::sys::env;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Sign in on another device, with a code
    #[arg(long, conflicts_with_all = ["credentials", "port"])]
    no_browser: bool,
    /// Sign in as a service account with this credentials file (- for standard input)
    #[arg(long, alias = "credentials-file", value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Identity server [default: auth.datum.net]
    #[arg(long, value_name = "HOST")]
    hostname: Option<String>,
    /// API server [default: derived from the identity server]
    #[arg(long, value_name = "HOST")]
    api_hostname: Option<String>,
    /// OAuth client id [default: known for Datum's own servers]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Context to make current [default: the only project, else one is asked for]
    #[arg(long, value_name = "ORG[/PROJECT]", conflicts_with = "no_context")]
    context: Option<String>,
    /// Make no context current
    #[arg(long)]
    no_context: bool,
    /// How long to wait for the browser (30s, 5m, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5m")]
    timeout: Duration,
    /// Port of the local callback [default: any free one]
    #[arg(long, value_name = "PORT", conflicts_with = "credentials")]
    port: Option<u16>,
    #[command(flatten)]
    format: TextOrJsonFlag,
}

impl Args {
    fn request(&self) -> LoginRequest {
        let method = match &self.credentials {
            Some(path) if path.as_os_str() == "-" => Method::ServiceAccount(CredentialsSource::StandardInput),
            Some(path) => Method::ServiceAccount(CredentialsSource::Path(path.clone())),
            None if self.no_browser => Method::Device,
            None => Method::Browser { port: self.port },
        };
        let context = match (&self.context, self.no_context) {
            (Some(context), _) => ContextWish::Named(context.clone()),
            (None, true) => ContextWish::Nothing,
            (None, false) => ContextWish::Choose,
        };
        let target = TargetFlags {
            hostname: self.hostname.clone(),
            api_hostname: self.api_hostname.clone(),
            client_id: self.client_id.clone(),
        };
        LoginRequest { method, target, context, timeout: self.timeout }
    }
}

#[derive(Serialize)]
struct Authenticated {
    status: &'static str,
    session: String,
    email: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: String,
    active_org_slug: Option<String>,
    context: Option<String>,
}

impl View for Authenticated {}

/// Signs in.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let request = args.request();
    let done = block_on(async { Ok(auth::login(auth, &request, &mut Prompt::new(ui)).await?) })?;
    tell(ui, &done);
    for variable in [env::DATUM_CREDENTIALS_FILE, env::DATUM_SESSION] {
        if env::var_os(variable).is_some() {
            ui.warn(format_args!("{variable} is set and wins over the account you have just signed in"));
        }
    }
    match args.format.output {
        TextOrJson::Text => Ok(()),
        TextOrJson::Json => Ok(ui.print(&Authenticated::from(done), args.format.output.into())?),
    }
}

fn tell(ui: &Ui, done: &LoggedIn) {
    let (name, email) = (done.session.user_name.as_deref().unwrap_or_default(), identity::email(&done.session));
    let who = if name == email || name.is_empty() { email.to_owned() } else { format!("{name} ({email})") };
    ui.success(format_args!("Signed in as {}; kept in {}", sanitize(&who), StoreName(done.store)));
    let contexts = &done.contexts;
    contexts.problems.iter().for_each(|problem| ui.warn(sanitize(problem)));
    if contexts.organizations > 0 {
        let (organizations, projects) = (contexts.organizations, contexts.projects);
        ui.status(format_args!("  {}, {}", count(organizations, "organization"), count(projects, "project")));
    }
    match &contexts.current {
        Some(context) => ui.success(format_args!("Context set to {}", sanitize(context))),
        None if contexts.failed => {
            ui.warn("you are signed in, but your organizations could not be looked up");
            ui.hint("datumctl ctx --refresh");
        }
        None if contexts.organizations == 0 => ui.status("You are not a member of any organization yet."),
        None => ui.hint("datumctl ctx use ORG[/PROJECT]"),
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

impl From<LoggedIn> for Authenticated {
    fn from(done: LoggedIn) -> Self {
        Self {
            status: "authenticated",
            email: identity::email(&done.session).to_owned(),
            name: done.session.user_name.clone().unwrap_or_default(),
            kind: identity::account_type(done.is_service_account),
            endpoint: done.session.endpoint.server.clone(),
            active_org_slug: done.contexts.organization,
            context: done.contexts.current,
            session: done.session.name,
        }
    }
}

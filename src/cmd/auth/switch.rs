//! `auth switch`: makes another account the active one and restores its last context.

use crate::app::App;
use crate::cmd::format::TextOrJsonFlag;
use crate::cmd::identity;
use crate::config::{Config, Context, Session};
use crate::error::Failure;
use crate::sys::env;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The account's email; picked from a list without it
    email: Option<String>,
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(serde::Serialize)]
struct Switched {
    status: &'static str,
    session: String,
    email: String,
    endpoint: String,
    context: Option<String>,
}

impl View for Switched {}

/// Switches; a picker asks when the words leave a choice.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let config = auth.load_config()?;
    let session = choose(&config, app.choice().session.as_deref(), args.email.as_deref(), ui)?;
    let config = auth.switch(&session.name)?;
    let context = config.find_session(&session.name).ok().and_then(|session| config.context_of(session));
    let context = context.map(Context::reference);
    ui.success(format_args!("Switched to {}", describe(&config, &session)));
    match &context {
        Some(context) => ui.status(format_args!("  context: {}", sanitize(context))),
        None => ui.hint("datumctl ctx use ORG[/PROJECT]"),
    }
    for variable in [env::DATUM_CREDENTIALS_FILE, env::DATUM_SESSION] {
        if env::var_os(variable).is_some() {
            ui.warn(format_args!("{variable} is set and wins over the active account"));
        }
    }
    let switched = Switched {
        status: "switched",
        email: identity::email(&session).to_owned(),
        endpoint: session.endpoint.server.clone(),
        session: session.name,
        context,
    };
    Ok(ui.print(&switched, args.format.output.into())?)
}

fn choose(config: &Config, name: Option<&str>, email: Option<&str>, ui: &Ui) -> Result<Session, Failure> {
    if config.sessions.is_empty() {
        return Err(crate::auth::Error::NotLoggedIn.into());
    }
    let found: Vec<&Session> = match (name, email) {
        (Some(name), _) => config.sessions.iter().filter(|session| session.name == name).collect(),
        (None, Some(email)) => identity::sessions_of(config, email),
        (None, None) => config.sessions.iter().collect(),
    };
    match found.as_slice() {
        [] => Err(Failure::no_such_account(name.or(email).unwrap_or_default(), config)),
        [only] => Ok((*only).clone()),
        several if ui.is_interactive() => {
            let active = config.effective_session().ok().map(|session| &session.name);
            let start = several.iter().position(|session| Some(&session.name) == active).unwrap_or(0);
            let items: Vec<_> = several.iter().map(|session| describe(config, session)).collect();
            Ok(several[ui.select("Switch to", &items, start)?].clone())
        }
        several => Err(Failure::ambiguous_account(several)),
    }
}

/// The email, and the endpoint where one email has several.
fn describe(config: &Config, session: &Session) -> String {
    let email = identity::email(session);
    let twins = config.sessions.iter().filter(|other| identity::email(other) == email).count();
    if twins > 1 {
        format!("{} ({})", sanitize(email), sanitize(&session.endpoint.server))
    } else {
        sanitize(email).into_owned()
    }
}

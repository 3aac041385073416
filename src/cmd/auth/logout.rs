//! `logout`: revoked at the server, then removed here whatever the server said.

use serde::Serialize;

use crate::app::App;
use crate::auth::{self, LoggedOut, Revocation};
use crate::cmd::format::{TextOrJson, TextOrJsonFlag};
use crate::cmd::identity;
use crate::cmd::runtime::block_on;
use crate::config::{Config, Session};
use crate::error::Failure;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Log out of every session of this email; the active session without it
    #[arg(conflicts_with = "all")]
    email: Option<String>,
    /// Log out of everything
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Outcome {
    status: &'static str,
    sessions: Vec<Removed>,
}

#[derive(Serialize)]
struct Removed {
    session: String,
    email: String,
    revoked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl View for Outcome {
    fn text(&self) -> String {
        format!("status: {}\n", self.status)
    }
}

/// Logs out.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let config = auth.load_config()?;
    let leaving = choose(&config, app.choice().session.as_deref(), args)?;
    if leaving.is_empty() && !args.all {
        return Ok(ui.print(&Outcome { status: "no_credential", sessions: Vec::new() }, args.format.output.into())?);
    }
    let was_active = config.effective_session().ok().map(|session| session.name.clone());
    let done = block_on(async { Ok(auth::logout(auth, &leaving).await?) })?;
    if args.all {
        auth.forget_everything()?;
    }
    done.iter().for_each(|one| say(ui, one));
    if done.is_empty() {
        ui.status("Nobody was logged in.");
    } else {
        say_who_is_active(ui, &auth.load_config()?, was_active.as_deref());
    }
    let status = if done.is_empty() { "no_credential" } else { "logged_out" };
    let outcome = Outcome { status, sessions: done.into_iter().map(removed).collect() };
    if args.format.output == TextOrJson::Text && status == "logged_out" {
        return Ok(());
    }
    Ok(ui.print(&outcome, args.format.output.into())?)
}

fn choose(config: &Config, name: Option<&str>, args: &Args) -> Result<Vec<Session>, Failure> {
    if args.all {
        return Ok(config.sessions.clone());
    }
    let (found, asked): (Vec<&Session>, _) = match (name, args.email.as_deref()) {
        (Some(name), _) => (config.sessions.iter().filter(|session| session.name == name).collect(), name),
        (None, Some(email)) => (identity::sessions_of(config, email), email),
        (None, None) if config.sessions.is_empty() => return Ok(Vec::new()),
        (None, None) => return Ok(vec![config.effective_session()?.clone()]),
    };
    if found.is_empty() && !config.sessions.is_empty() {
        return Err(Failure::no_such_account(asked, config));
    }
    Ok(found.into_iter().cloned().collect())
}

fn say_who_is_active(ui: &Ui, config: &Config, before: Option<&str>) {
    match config.effective_session() {
        Ok(next) if before == Some(next.name.as_str()) => {}
        Ok(next) => ui.status(format_args!("The active account is now {}.", sanitize(identity::email(next)))),
        Err(_) if config.sessions.is_empty() => {}
        Err(_) => {
            ui.status("No account is active now.");
            ui.hint("datumctl auth switch");
        }
    }
}

fn say(ui: &Ui, done: &LoggedOut) {
    let email = sanitize(identity::email(&done.session)).into_owned();
    match &done.revocation {
        Revocation::Done => ui.success(format_args!("Logged out {email}; its tokens are revoked")),
        Revocation::Nothing => ui.success(format_args!("Logged out {email}")),
        Revocation::Failed { reason } => {
            ui.success(format_args!("Logged out {email} here"));
            ui.warn(format_args!(
                "the server could not be told, so its tokens live on until they expire: {}",
                sanitize(reason)
            ));
        }
    }
}

fn removed(done: LoggedOut) -> Removed {
    Removed {
        email: identity::email(&done.session).to_owned(),
        session: done.session.name,
        revoked: done.revocation == Revocation::Done,
        reason: match done.revocation {
            Revocation::Failed { reason } => Some(reason),
            Revocation::Done | Revocation::Nothing => None,
        },
    }
}

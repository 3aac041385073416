//! `ctx use`: makes a context current.

use crate::app::App;
use crate::auth::{self, Account, Auth};
use crate::cmd::prompt::Prompt;
use crate::cmd::runtime::block_on;
use crate::config::{Context, ContextProblem, Session};
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// ORG or ORG/PROJECT, by id or by display name; picked from a list without it
    #[arg(value_name = "ORG[/PROJECT]")]
    context: Option<String>,
}

/// Switches the context of the acting session.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let Account::Stored { session, .. } = app.account()? else { return Err(Failure::machine_has_no_contexts()) };
    let name = match &args.context {
        Some(text) => resolve(auth, ui, &session, text)?,
        None => pick(auth, ui, &session)?,
    };
    auth.use_context(&name)?;
    let config = auth.load_config()?;
    let reference = config.context(&name).map(Context::reference).unwrap_or(name);
    ui.success(format_args!("Context set to {}", sanitize(&reference)));
    Ok(())
}

/// What is not known may be new: the server is asked once before saying so.
fn resolve(auth: &Auth, ui: &Ui, session: &Session, text: &str) -> Result<String, Failure> {
    match auth.load_config()?.resolve_context(&session.name, text) {
        Ok(context) => return Ok(context.name.clone()),
        Err(ContextProblem::Unknown { .. } | ContextProblem::NoContexts) => {}
        Err(problem) => return Err(problem.into()),
    }
    look_up(auth, ui, session)?;
    Ok(auth.load_config()?.resolve_context(&session.name, text)?.name.clone())
}

fn pick(auth: &Auth, ui: &Ui, session: &Session) -> Result<String, Failure> {
    if !ui.is_interactive() {
        return Err(
            Failure::usage("which context? there is no terminal to ask on").hint("datumctl ctx use ORG[/PROJECT]")
        );
    }
    if auth.load_config()?.contexts_of(&session.name).next().is_none() {
        look_up(auth, ui, session)?;
    }
    let picked = auth::pick_context(&auth.load_config()?, &session.name, &mut Prompt::new(ui));
    picked.ok_or_else(|| auth::Error::Cancelled.into())
}

fn look_up(auth: &Auth, ui: &Ui, session: &Session) -> Result<(), Failure> {
    let account = Account::Stored { session: Box::new(session.clone()), source: auth::ChosenBy::Active };
    let progress = ui.progress("Looking up organizations and projects");
    block_on(async { Ok(auth::refresh_contexts(auth, &account, &|text| progress.say(text)).await?) })?;
    Ok(())
}

//! `ctx current`: cheap enough for a shell prompt; reads the config and nothing else.

use serde::Serialize;

use crate::app::App;
use crate::auth::Account;
use crate::cmd::format::TextOrJsonFlag;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Current {
    context: String,
    organization: String,
    project: Option<String>,
    session: String,
}

impl View for Current {
    fn text(&self) -> String {
        format!("{}\n", sanitize(&self.context))
    }
}

/// Prints the current context; none is exit code 1.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let account = app.account()?;
    let none =
        || Failure::new(ExitCode::Failed, "NO_CONTEXT", "no context is current").hint("datumctl ctx use ORG[/PROJECT]");
    let Account::Stored { session, .. } = &account else {
        return Err(Failure { exit: ExitCode::Failed, ..Failure::machine_has_no_contexts() });
    };
    let config = app.auth()?.load_config()?;
    let context = config.context_of(session).ok_or_else(none)?;
    let current = Current {
        context: context.reference(),
        organization: context.organization_id.clone(),
        project: context.project_id.clone(),
        session: context.session.clone(),
    };
    Ok(ui.print(&current, args.format.output.into())?)
}

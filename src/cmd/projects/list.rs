//! `projects list`: what the organizations hold.

use serde::Serialize;

use crate::app::App;
use crate::auth;
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::env;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the projects of this organization
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[command(flatten)]
    format: ListFlag,
}

#[derive(Serialize)]
struct Row {
    name: String,
    display_name: String,
    organization: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Projects(Vec<Row>);

impl View for Projects {
    fn text(&self) -> String {
        let mut table = Table::new(&["Name", "Display Name", "Organization"]);
        for row in &self.0 {
            table.row([row.name.as_str(), &row.display_name, &row.organization]);
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.name.clone()).collect()
    }
}

/// Asks the server.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let (auth, account) = (app.auth()?, app.account()?);
    let progress = ui.progress("Looking up projects");
    let found = block_on(async { Ok(auth::look_up(auth, &account, &|text| progress.say(text)).await?) })?;
    drop(progress);
    found.problems.iter().for_each(|problem| ui.warn(sanitize(&problem.to_string())));
    let organization = args.organization.clone().or_else(|| env::var(env::DATUM_ORGANIZATION));
    if let Some(wanted) = &organization
        && !found.organizations.iter().any(|found| found.id == *wanted)
    {
        let message = format!("there is no organization {:?}", sanitize(wanted));
        return Err(Failure::new(ExitCode::Failed, "NOT_FOUND", message).hint("datumctl organizations list"));
    }
    let rows = found
        .projects
        .into_iter()
        .filter(|found| organization.as_ref().is_none_or(|wanted| found.organization_id == *wanted))
        .map(|found| Row { name: found.id, display_name: found.display_name, organization: found.organization_id })
        .collect();
    Ok(ui.print(&Projects(rows), args.format.output.into())?)
}

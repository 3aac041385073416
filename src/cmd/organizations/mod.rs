//! `organizations`: what one is a member of.

use clap::Subcommand;
use serde::Serialize;

use super::format::ListFlag;
use super::runtime::block_on;
use crate::app::App;
use crate::auth;
use crate::error::Failure;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the organizations you are a member of
    #[command(visible_alias = "ls")]
    List(ListFlag),
}

#[derive(Serialize)]
struct Row {
    name: String,
    display_name: String,
    role: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Organizations(Vec<Row>);

impl View for Organizations {
    fn text(&self) -> String {
        let mut table = Table::new(&["Name", "Display Name", "Role"]);
        for row in &self.0 {
            table.row([row.name.as_str(), &row.display_name, row.role.as_deref().unwrap_or("")]);
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.name.clone()).collect()
    }
}

/// Asks the server.
pub(crate) fn run(app: &App, ui: &Ui, command: &Command) -> Result<(), Failure> {
    let Command::List(format) = command;
    let (auth, account) = (app.auth()?, app.account()?);
    let progress = ui.progress("Looking up organizations");
    let found = block_on(async { Ok(auth::look_up(auth, &account, &|text| progress.say(text)).await?) })?;
    drop(progress);
    found.problems.iter().for_each(|problem| ui.warn(sanitize(&problem.to_string())));
    let rows = found.organizations.into_iter();
    let rows = rows.map(|found| Row { name: found.id, display_name: found.display_name, role: found.role }).collect();
    Ok(ui.print(&Organizations(rows), format.output.into())?)
}

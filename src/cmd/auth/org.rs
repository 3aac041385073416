//! `auth org`: the organizations one is a member of, and which one is active.

use serde::Serialize;

use crate::app::App;
use crate::auth::{self, Account};
use crate::cmd::format::TextOrJsonFlag;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
#[group(id = "what", required = true, multiple = false, args = ["list", "slug"])]
pub(crate) struct Args {
    /// List memberships with role and which is active
    #[arg(long)]
    list: bool,
    /// Make this organization the active one
    #[arg(id = "slug", long = "use", value_name = "SLUG")]
    slug: Option<String>,
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Row {
    slug: String,
    name: String,
    role: Option<String>,
    active: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Memberships(Vec<Row>);

impl View for Memberships {
    fn text(&self) -> String {
        let mut table = Table::new(&["Slug", "Name", "Role", "Active"]);
        for row in &self.0 {
            let active = if row.active { "*" } else { "" };
            table.row([row.slug.as_str(), &row.name, row.role.as_deref().unwrap_or(""), active]);
        }
        table.render()
    }
}

/// Lists or switches.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let account = app.account()?;
    let progress = ui.progress("Looking up organizations");
    let found = block_on(async { Ok(auth::refresh_contexts(auth, &account, &|text| progress.say(text)).await?) })?;
    drop(progress);
    if let (Some(slug), Account::Stored { session, .. }) = (&args.slug, &account) {
        let config = auth.load_config()?;
        let context = config.resolve_context(&session.name, slug)?;
        auth.use_context(&context.name)?;
        ui.success(format_args!("Organization set to {}", sanitize(&context.organization_id)));
    } else if args.slug.is_some() {
        return Err(Failure::machine_has_no_contexts());
    }
    let active = match &account {
        Account::Stored { session, .. } => {
            let config = auth.load_config()?;
            config.context_of(session).map(|context| context.organization_id.clone())
        }
        Account::Machine(_) => None,
    };
    let rows = found.organizations.into_iter().map(|found| Row {
        active: active.as_ref() == Some(&found.id),
        slug: found.id,
        name: found.display_name,
        role: found.role,
    });
    let rows: Vec<Row> = rows.filter(|row| args.list || row.active).collect();
    Ok(ui.print(&Memberships(rows), args.format.output.into())?)
}

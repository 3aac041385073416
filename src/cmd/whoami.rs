//! `whoami`: who is signed in and what commands act on.

use serde::Serialize;

use super::format::TextOrJsonFlag;
use super::identity;
use crate::app::App;
use crate::auth::{Account, Auth};
use crate::config::Context;
use crate::error::Failure;
use crate::sys::env;
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

#[derive(Serialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Override {
    variable: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Whoami {
    email: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    session: String,
    endpoint: String,
    context: Option<String>,
    organization: Option<Named>,
    project: Option<Named>,
    source: &'static str,
    overrides: Vec<Override>,
}

impl View for Whoami {
    fn text(&self) -> String {
        let who = if self.name.is_empty() || self.name == self.email {
            self.email.clone()
        } else {
            format!("{} ({})", self.name, self.email)
        };
        let named = |named: &Option<Named>| match named {
            None => "(none)".to_owned(),
            Some(named) if named.name == named.id => named.id.clone(),
            Some(named) => format!("{} ({})", named.name, named.id),
        };
        let mut lines = vec![
            ("User:", who),
            ("Type:", self.kind.replace('_', " ")),
            ("Organization:", named(&self.organization)),
            ("Project:", named(&self.project)),
            ("Context:", self.context.clone().unwrap_or_else(|| "(none)".to_owned())),
            ("Endpoint:", self.endpoint.clone()),
        ];
        lines.extend(self.overrides.iter().map(|over| ("Override:", format!("{}={}", over.variable, over.value))));
        lines.iter().map(|(label, value)| format!("{label:<14}{}\n", sanitize(value))).collect()
    }
}

/// Prints who is signed in; asks no server.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let auth = app.auth()?;
    let account = app.account()?;
    Ok(ui.print(&describe(auth, &account)?, args.format.output.into())?)
}

fn describe(auth: &Auth, account: &Account) -> Result<Whoami, Failure> {
    let overrides =
        OVERRIDES.iter().filter_map(|variable| env::var(variable).map(|value| Override { variable, value })).collect();
    let source = identity::source(account);
    let session = match account {
        Account::Stored { session, .. } => session,
        Account::Machine(machine) => {
            return Ok(Whoami {
                email: machine.file.identity().to_owned(),
                name: machine.file.identity().to_owned(),
                kind: identity::account_type(true),
                session: machine.name().to_owned(),
                endpoint: account.api_host(auth)?.origin(),
                context: None,
                organization: None,
                project: None,
                source,
                overrides,
            });
        }
    };
    let config = auth.load_config()?;
    let context = config.context_of(session);
    let names = config.display_names(&session.name);
    let is_service_account =
        auth.load_credential(&session.user_key)?.is_some_and(|credential| credential.is_service_account());
    Ok(Whoami {
        email: identity::email(session).to_owned(),
        name: session.user_name.clone().unwrap_or_default(),
        kind: identity::account_type(is_service_account),
        session: session.name.clone(),
        endpoint: session.endpoint.server.clone(),
        context: context.map(Context::reference),
        organization: context.map(|context| Named {
            id: context.organization_id.clone(),
            name: names.organization(&context.organization_id).unwrap_or(&context.organization_id).to_owned(),
        }),
        project: context.and_then(|context| {
            let id = context.project_id.clone()?;
            Some(Named { id, name: names.context(context).to_owned() })
        }),
        source,
        overrides,
    })
}

const OVERRIDES: [&str; 4] =
    [env::DATUM_CREDENTIALS_FILE, env::DATUM_SESSION, env::DATUM_ORGANIZATION, env::DATUM_PROJECT];

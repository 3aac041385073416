//! `version`: which program this is, and which version the control plane has.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::Call;
use crate::app::App;
use crate::cmd::resource::ScopeFlags;
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::ui::{Format, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask no server
    #[arg(long)]
    client: bool,
    /// Output format
    #[arg(short, long, alias = "format", value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
    #[command(flatten)]
    scope: ScopeFlags,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Output {
    /// Lines for people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// YAML
    Yaml,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    version: &'static str,
    platform: String,
    client_version: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<Value>,
}

impl View for Version {
    fn text(&self) -> String {
        let mut text = format!("datumctl {} ({})\n", self.version, self.platform);
        if let Some(server) = &self.server_version {
            let version = server["gitVersion"].as_str().unwrap_or("unknown");
            text.push_str(&format!("Server Version: {}\n", sanitize(version)));
        }
        text
    }
}

/// Longer than a server that is there takes; a person who wants to know this program's version waits no longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Prints the versions. The program's own is printed whatever the server does; the server's is missing without a word
/// when nobody is logged in, and with a warning when it does not answer, unless a scope was named.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let asked = if args.client { Ok(None) } else { of_server(app, args) };
    let (server_version, problem) = match asked {
        Ok(version) => (version, None),
        Err(failure) => (None, Some(failure)),
    };
    let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    let client_version = json!({"gitVersion": concat!("v", env!("CARGO_PKG_VERSION")), "platform": platform});
    let version = Version { version: env!("CARGO_PKG_VERSION"), platform, client_version, server_version };
    ui.print(
        &version,
        match args.output {
            Output::Text => Format::Text,
            Output::Json => Format::Json,
            Output::Yaml => Format::Yaml,
        },
    )?;
    match problem {
        None => Ok(()),
        Some(failure) if failure.exit == ExitCode::Interrupted || app.names_scope(&args.scope.clone().into()) => {
            Err(failure)
        }
        Some(failure) if matches!(failure.code, "NOT_LOGGED_IN" | "NO_ACTIVE_ACCOUNT") => Ok(()),
        Some(failure) => {
            ui.warn(format_args!("the server's version is not known: {}", sanitize(&failure.message)));
            Ok(())
        }
    }
}

fn of_server(app: &App, args: &Args) -> Result<Option<Value>, Failure> {
    let work = args.scope.work(app)?;
    block_on(async {
        let (connection, plane) = (&work.cluster.connection, &work.cluster.plane);
        let call = Call::get(plane.url(connection.server(), &["version"])?);
        match tokio::time::timeout(PATIENCE, connection.send(&call)).await {
            Ok(answer) => Ok(Some(connection.parse(&answer?.body)?)),
            Err(_) => {
                let message =
                    format!("{} did not answer within {} s", connection.server().authority(), PATIENCE.as_secs());
                Err(Failure::new(ExitCode::Unavailable, "UNAVAILABLE", message))
            }
        }
    })
}

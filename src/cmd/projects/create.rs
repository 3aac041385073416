//! `projects create`: a new project in an organization.

use serde_json::{Value, json};

use super::until::WaitFlags;
use crate::api::{Call, ControlPlane, Error, WriteOptions};
use crate::app::{App, Cluster};
use crate::auth::{self, Scope, ScopeChoice};
use crate::cmd::resource::{Everywhere, known_owner, one_object, output_format};
use crate::cmd::runtime::block_on;
use crate::config::DiscoveredProject;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::render::{DocumentOptions, OutputFormat};
use crate::ui::{Ui, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its name, unique among all projects; made up without it
    name: Option<String>,
    /// The organization it belongs to; that of the current context without it
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    /// What people read
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    wait: WaitFlags,
    /// Output format: name, json, yaml
    #[arg(short, long, alias = "format", value_name = "FORMAT")]
    output: Option<String>,
}

/// Creates it, waits for it if asked, and remembers it as a context.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let format = args.output.as_deref().map(output_format).transpose()?;
    let organization = organization(app, args)?;
    let cluster = app.cluster(&Scope::of_organization(&organization))?;
    let collection = cluster.collection(&Everywhere::Projects.kind(), None)?;
    let (project, outcome) = block_on(async {
        let asked = object(args, &organization);
        let mut project = cluster.create(&collection, &asked, &WriteOptions::default()).await?;
        let name = project["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let mut outcome = Ok(());
        if args.wait.wait {
            // The name has to be known even if nobody waits to the end.
            ui.status(format_args!("Created project {} in {}", sanitize(&name), sanitize(&organization)));
            match until_ready(app, ui, args, (&organization, &name)).await {
                Ok(ready) => project = ready,
                Err(failure) => outcome = Err(failure),
            }
        }
        Ok((project, outcome))
    })?;
    remember(app, ui, &project, organization);
    let name = project["metadata"]["name"].as_str().unwrap_or_default();
    let reference = format!("{}/{name}", Everywhere::Projects.kind().qualified_singular());
    match format {
        None | Some(OutputFormat::Table | OutputFormat::Wide) => {
            ui.print_raw(&format!("{} created\n", sanitize(&reference)))?
        }
        Some(format) => ui.print_raw(&one_object(ui, &format, DocumentOptions::default(), &reference, project)?)?,
    }
    outcome
}

fn organization(app: &App, args: &Args) -> Result<String, Failure> {
    let choice = ScopeChoice { organization: args.organization.clone(), ..ScopeChoice::default() };
    let found = match app.scope(&choice)?.plane {
        ControlPlane::Organization(organization) => Some(organization),
        ControlPlane::Project(project) => known_owner(app, &project),
        ControlPlane::Platform | ControlPlane::User(_) => None,
    };
    found.ok_or_else(|| {
        Failure::usage("which organization is the project for?")
            .hint("name it with --organization ORG; datumctl organizations list shows yours")
    })
}

fn object(args: &Args, organization: &str) -> Value {
    let mut metadata = match &args.name {
        Some(name) => json!({"name": name}),
        None => json!({"generateName": "project-"}),
    };
    let texts = [("kubernetes.io/display-name", &args.display_name), ("kubernetes.io/description", &args.description)];
    for (annotation, text) in texts {
        if let Some(text) = text {
            metadata["annotations"][annotation] = json!(text);
        }
    }
    let kind = Everywhere::Projects.kind();
    json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": metadata,
        "spec": {"ownerRef": {"kind": "Organization", "name": organization}}})
}

/// Waits until the project says that it is ready and its own control plane lets us in.
async fn until_ready(app: &App, ui: &Ui, args: &Args, (organization, name): (&str, &str)) -> Result<Value, Failure> {
    let progress = ui.progress(&format!("Waiting for project {name}"));
    let own = app.cluster(&Scope::of_project(name))?;
    let look = async || {
        let project = match own.connection.project_object(organization, name).await {
            Err(error) => return wait_over(error),
            Ok(project) => project,
        };
        let conditions = project["status"]["conditions"].as_array();
        let ready = conditions.and_then(|all| all.iter().find(|one| one["type"] == "Ready"));
        let text = |field: &str| ready.and_then(|one| one[field].as_str()).unwrap_or_default();
        progress.say(&format!("Waiting for project {name}: {}", text("reason")));
        match text("status") {
            "True" => match opens(&own).await {
                Ok(()) => Ok(Some(project)),
                Err(error) => wait_over(error),
            },
            _ if text("reason") == "ProjectNameConflict" => {
                let message = format!("project {name} cannot be made: {}", text("message"));
                Err(Failure::new(ExitCode::Failed, "CONFLICT", message).hint("choose another name"))
            }
            _ => Ok(None),
        }
    };
    args.wait.until(&format!("project {name} is not ready"), look).await
}

/// Whether the control plane of a new project lets us in.
async fn opens(own: &Cluster<'_>) -> Result<(), Error> {
    own.connection.send(&Call::get(own.plane.url(own.connection.server(), &["apis"])?)).await.map(drop)
}

/// Grants and control planes of something new take a moment to be there.
fn wait_over<R>(error: Error) -> Result<Option<R>, Failure> {
    match error {
        Error::Forbidden { .. } | Error::NotFound { .. } => Ok(None),
        error if error.may_pass() => Ok(None),
        error => Err(error.into()),
    }
}

fn remember(app: &App, ui: &Ui, project: &Value, organization_id: String) {
    let metadata = &project["metadata"];
    let Some(id) = metadata["name"].as_str().map(str::to_owned) else { return };
    let display_name = metadata["annotations"]["kubernetes.io/display-name"].as_str().unwrap_or(&id).to_owned();
    let learned = || -> Result<(), Failure> {
        Ok(auth::learn_project(app.auth()?, app.acting()?, &DiscoveredProject { id, display_name, organization_id })?)
    };
    if let Err(failure) = learned() {
        ui.warn(format_args!("no context was made of it: {}", sanitize(&failure.message)));
    }
}

//! `service-accounts grant`, `revoke-role` and `roles`: what a machine may do, given and taken by PolicyBindings.

use serde::Serialize;

use super::flags::{Patience, ProjectFlags};
use crate::api::ControlPlane;
use crate::app::{App, Cluster};
use crate::auth::{Scope, SessionTokens};
use crate::cmd::format::ListFlag;
use crate::cmd::resource::{Everywhere, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::machine::{Account, Binding, Granted, Machines, Resource, Role, Roles, find_role};
use crate::ui::{Table, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service account
    name: String,
    /// The role, as NAME or NAMESPACE/NAME
    #[arg(long, value_name = "ROLE")]
    role: String,
    #[command(flatten)]
    on: OnFlags,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    format: ListFlag,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The service account
    name: String,
    #[command(flatten)]
    on: OnFlags,
    #[command(flatten)]
    format: ListFlag,
}

/// What the role is on: the account's own project, unless an organization is named.
#[derive(Clone, Debug, clap::Args)]
struct OnFlags {
    /// The role is on this organization and its projects, not on the account's project alone
    #[arg(long, value_name = "ID", help_heading = "Scope")]
    organization: Option<String>,
    #[command(flatten)]
    project: ProjectFlags,
}

/// Where a role is given.
struct Place<'a> {
    /// The control plane that has the bindings.
    cluster: Cluster<'a>,
    namespace: String,
    resource: Resource,
    /// The organization's control plane, which has the roles.
    organization: Work<'a>,
    organization_id: String,
}

impl OnFlags {
    /// Where the bindings are that give such roles.
    async fn place<'a>(&self, app: &'a App, account: &Account) -> Result<Place<'a>, Failure> {
        let work = Work::at(app, &Scope::of_user(app.auth()?, app.acting()?)?)?;
        match &self.organization {
            Some(organization) => Place::organization(app, &work, organization).await,
            None => Place::project(app, &work, &account.project).await,
        }
    }
}

impl<'a> Place<'a> {
    async fn organization(app: &'a App, work: &Work<'a>, id: &str) -> Result<Self, Failure> {
        let resource = resource(Everywhere::Organizations, work, id).await?;
        let scope = Scope::of_organization(id);
        let organization = Work::at(app, &scope)?;
        let namespace = scope.namespace.clone().unwrap_or_default();
        Ok(Self { cluster: app.cluster(&scope)?, namespace, resource, organization, organization_id: id.to_owned() })
    }

    async fn project(app: &'a App, work: &Work<'a>, id: &str) -> Result<Self, Failure> {
        let organization = Everywhere::Projects.home(work, id).await?;
        let organization = organization.ok_or_else(|| Everywhere::Projects.not_found(id))?;
        let ControlPlane::Organization(organization_id) = organization.cluster.plane.clone() else {
            return Err(Everywhere::Projects.not_found(id).into());
        };
        let resource = resource(Everywhere::Projects, work, id).await?;
        let scope = Scope::of_project(id);
        let namespace = scope.namespace.clone().unwrap_or_default();
        Ok(Self { cluster: app.cluster(&scope)?, namespace, resource, organization, organization_id })
    }

    async fn roles(&self, machines: &Machines<'_, SessionTokens<'_>>) -> Result<Roles<'_, SessionTokens<'_>>, Failure> {
        Ok(Roles::of(&self.cluster, &self.namespace, self.resource.clone(), machines.subject_kind()).await?)
    }

    async fn role(&self, asked: &str) -> Result<Role, Failure> {
        Ok(find_role(&self.organization.cluster, &self.organization_id, asked).await?)
    }
}

/// The object that is called `id`, by the uid that bindings want.
async fn resource(what: Everywhere, work: &Work<'_>, id: &str) -> Result<Resource, Failure> {
    let mut gathered = what.gather(work, &[id.to_owned()]).await?;
    match (gathered.missing.pop(), gathered.objects.pop()) {
        (Some(error), _) => Err(error.into()),
        (None, object) => {
            let object = object.ok_or_else(|| what.not_found(id))?;
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            Ok(Resource { kind: what.kind().kind, name: id.to_owned(), uid })
        }
    }
}

#[derive(Serialize)]
struct Change {
    account: String,
    role: Role,
    on: Resource,
    bindings: Vec<String>,
    changed: bool,
}

impl View for Change {
    fn text(&self) -> String {
        self.bindings.iter().map(|name| format!("policybinding.iam.miloapis.com/{}\n", sanitize(name))).collect()
    }

    fn names(&self) -> Vec<String> {
        self.bindings.clone()
    }
}

/// The account, the role and the place that are spoken of.
struct Case<'a> {
    machines: Machines<'a, SessionTokens<'a>>,
    account: Account,
    place: Place<'a>,
    role: Role,
}

impl<'a> Case<'a> {
    async fn of(app: &'a App, home: &'a Cluster<'a>, args: &Args) -> Result<Self, Failure> {
        let machines = Machines::of(home).await?;
        let account = machines.get(&args.name).await?;
        let place = args.on.place(app, &account).await?;
        let role = place.role(&args.role).await?;
        Ok(Self { machines, account, place, role })
    }

    async fn roles(&self) -> Result<Roles<'_, SessionTokens<'_>>, Failure> {
        self.place.roles(&self.machines).await
    }

    fn closed(self, bindings: Vec<String>, changed: bool) -> Change {
        let Self { account, place, role, .. } = self;
        Change { account: account.name, role, on: place.resource, bindings, changed }
    }
}

/// Gives the role, and waits until the platform acts on it.
pub(super) fn grant(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let home = args.on.project.cluster(app)?;
    let change = block_on(async {
        let case = Case::of(app, &home, args).await?;
        let _progress = ui.progress(&format!("Granting {} to {}", case.role.name, case.account.name));
        let granted = case.roles().await?.grant(&case.account, &case.role, args.patience.timeout).await?;
        let (binding, changed) = match granted {
            Granted::Before(binding) => (binding, false),
            Granted::Now(binding) => (binding, true),
        };
        Ok(case.closed(vec![binding.binding], changed))
    })?;
    let verb = if change.changed { "now has" } else { "already had" };
    say(ui, &change, verb);
    Ok(ui.print(&change, args.format.output.into())?)
}

/// Takes the role.
pub(super) fn revoke(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let home = args.on.project.cluster(app)?;
    let change = block_on(async {
        let case = Case::of(app, &home, args).await?;
        let withdrawn = case.roles().await?.withdraw(&case.account, &case.role).await?;
        let bindings: Vec<String> = withdrawn.deleted.into_iter().chain(withdrawn.changed).collect();
        let changed = !bindings.is_empty();
        Ok(case.closed(bindings, changed))
    })?;
    if !change.changed {
        let message = format!("{} has no role {} on {}", change.account, change.role.name, change.on.name);
        return Err(Failure::new(ExitCode::Failed, "NOT_FOUND", message)
            .hint(format!("datumctl service-accounts roles {}", sanitize(&change.account))));
    }
    say(ui, &change, "no longer has");
    Ok(ui.print(&change, args.format.output.into())?)
}

fn say(ui: &Ui, change: &Change, verb: &str) {
    let Change { account, role, on, .. } = change;
    let kind = on.kind.to_lowercase();
    let (account, role, on) = (sanitize(account), sanitize(&role.name), sanitize(&on.name));
    ui.success(format_args!("{account} {verb} the role {role} on {kind} {on}"));
}

#[derive(Serialize)]
#[serde(transparent)]
struct Bindings(Vec<Binding>);

impl View for Bindings {
    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut table = Table::new(&["Role", "On", "Ready", "Binding"]);
        for one in &self.0 {
            let on = match one.on.name.as_str() {
                "" => format!("every {}", one.on.kind.to_lowercase()),
                name => format!("{}/{name}", one.on.kind.to_lowercase()),
            };
            table.row([one.role.name.as_str(), &on, if one.ready { "True" } else { "False" }, &one.binding]);
        }
        table.render()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|one| one.role.name.clone()).collect()
    }
}

/// Lists the roles on the project and on its organization, or on what is named.
pub(super) fn list(app: &App, ui: &Ui, args: &ListArgs) -> Result<(), Failure> {
    let home = args.on.project.cluster(app)?;
    let bindings = block_on(async {
        let machines = Machines::of(&home).await?;
        let account = machines.get(&args.name).await?;
        let place = args.on.place(app, &account).await?;
        let mut bindings = place.roles(&machines).await?.list(&account).await?;
        if args.on.organization.is_none() {
            let work = &place.organization;
            let above = Place::organization(app, work, &place.organization_id).await?;
            bindings.extend(above.roles(&machines).await?.list(&account).await?);
        }
        Ok(bindings)
    })?;
    if bindings.is_empty() {
        ui.status(format_args!("{} has no roles here", sanitize(&args.name)));
    }
    Ok(ui.print(&Bindings(bindings), args.format.output.into())?)
}

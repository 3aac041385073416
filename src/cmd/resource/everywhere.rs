//! Organizations and projects, which are meant the same way in every scope: lists that no single control plane has.
//!
//! An organization is read in the user's own control plane, which lists memberships only; a project lives in the
//! control plane of its organization.

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::Work;
use crate::api::{ApiType, ControlPlane, Error, Onboarding, PARALLEL_READS, portal};
use crate::app::App;
use crate::auth::{Account, Scope};
use crate::error::Failure;
use crate::ui::{Ui, sanitize};

/// A type that is gathered from several control planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Everywhere {
    /// What one is a member of.
    Organizations,
    /// What one's organizations hold.
    Projects,
}

/// What was gathered.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Whose objects they are.
    pub(crate) what: Everywhere,
    /// The objects, complete with `apiVersion` and `kind`. Of an organization that could not be read only its name.
    pub(crate) objects: Vec<Value>,
    /// What could not be read of a list; the rest is there.
    pub(crate) refused: Vec<(String, Error)>,
    /// Why objects that were named are not there; the command fails with them after what it found.
    pub(crate) missing: Vec<Error>,
}

const GROUP: &str = "resourcemanager.miloapis.com";
const VERSION: &str = "v1alpha1";

impl Everywhere {
    /// The type that `asked` names, if the control plane `plane` has no list of its own for it.
    pub(crate) fn named(asked: &str, plane: &ControlPlane) -> Option<Self> {
        let asked = asked.to_lowercase();
        let (name, rest) = asked.split_once('.').unwrap_or((&asked, ""));
        let group = rest.strip_prefix(VERSION).map_or(rest, |rest| rest.strip_prefix('.').unwrap_or(rest));
        if !group.is_empty() && group != GROUP && !GROUP.starts_with(&format!("{group}.")) {
            return None;
        }
        match (name, plane) {
            (_, ControlPlane::Platform) => None,
            ("organizations" | "organization" | "org", _) => Some(Self::Organizations),
            ("projects" | "project", ControlPlane::User(_) | ControlPlane::Project(_)) => Some(Self::Projects),
            _ => None,
        }
    }

    /// The type, as its own control plane knows it.
    pub(crate) fn kind(self) -> ApiType {
        let (kind, plural, singular) = match self {
            Self::Organizations => ("Organization", "organizations", "organization"),
            Self::Projects => ("Project", "projects", "project"),
        };
        ApiType {
            group: GROUP.to_owned(),
            version: VERSION.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            singular: singular.to_owned(),
            verbs: ["get", "list", "create", "update", "patch", "delete"].map(str::to_owned).into(),
            ..ApiType::default()
        }
    }

    /// The control plane in which the object `name` is read and changed; `None` for a project that nobody has.
    pub(crate) async fn home<'a>(self, work: &Work<'a>, name: &str) -> Result<Option<Work<'a>>, Failure> {
        let app = work.app;
        let scope = match self {
            Self::Organizations => Scope::of_user(app.auth()?, app.acting()?)?,
            Self::Projects => match owner(work, name).await? {
                Some(organization) => Scope::of_organization(&organization),
                None => return Ok(None),
            },
        };
        work.elsewhere(&scope).map(Some)
    }

    /// The control plane that has `object`, which was gathered.
    pub(crate) fn home_of<'a>(self, work: &Work<'a>, object: &Value) -> Result<Work<'a>, Failure> {
        work.elsewhere(&match self {
            Self::Organizations => Scope::of_user(work.app.auth()?, work.app.acting()?)?,
            Self::Projects => Scope::of_organization(object["spec"]["ownerRef"]["name"].as_str().unwrap_or_default()),
        })
    }

    /// The objects `names`, or all of them.
    pub(crate) async fn gather(self, work: &Work<'_>, names: &[String]) -> Result<Gathered, Failure> {
        let mut gathered = Gathered { what: self, objects: Vec::new(), refused: Vec::new(), missing: Vec::new() };
        match (self, names.is_empty()) {
            (Self::Organizations, true) => gathered.all_organizations(work).await?,
            (Self::Projects, true) => gathered.all_projects(work).await?,
            (_, false) => gathered.named(work, names).await?,
        }
        Ok(gathered)
    }

    async fn object(self, work: &Work<'_>, name: &str) -> Result<Value, Error> {
        let connection = &work.cluster.connection;
        let subject = subject(work)?;
        match self {
            Self::Organizations => match connection.organization_object(&subject, name).await {
                // Whoever is no member may not even know whether it is there.
                Err(Error::Forbidden { .. }) if !is_member(work, name).await? => Err(self.not_found(name)),
                outcome => outcome,
            },
            Self::Projects => match owner(work, name).await? {
                Some(organization) => connection.project_object(&organization, name).await,
                None => Err(self.not_found(name)),
            },
        }
    }

    /// What the server itself would say of a name that nobody has.
    pub(crate) fn not_found(self, name: &str) -> Error {
        Error::NotFound { message: format!("{} {name:?} not found", self.kind().qualified()) }
    }

    /// A usage failure for what cannot be asked of a list that no control plane has.
    pub(crate) fn refusal(self, problem: &str) -> Failure {
        let message = format!("{} are gathered from several control planes: {problem}", self.kind().plural);
        Failure::usage(message).hint(match self {
            Self::Organizations => "name each, as in organization/NAME",
            Self::Projects => "name each, or their organization with --organization ID",
        })
    }
}

impl Gathered {
    async fn all_organizations(&mut self, work: &Work<'_>) -> Result<(), Error> {
        for (organization, object) in work.cluster.connection.organization_objects(&subject(work)?).await? {
            self.objects.push(match object {
                Ok(object) => object,
                Err(error) => {
                    let metadata = json!({"name": organization.id,
                        "annotations": {DISPLAY_NAME: organization.display_name}});
                    self.refused.push((organization.id, error));
                    json!({"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "Organization", "metadata": metadata})
                }
            });
        }
        Ok(())
    }

    async fn all_projects(&mut self, work: &Work<'_>) -> Result<(), Error> {
        let connection = &work.cluster.connection;
        let organizations: Vec<String> = match &work.cluster.plane {
            ControlPlane::Project(project) => owner(work, project).await?.into_iter().collect(),
            _ => connection.organizations(&subject(work)?).await?.into_iter().map(|one| one.id).collect(),
        };
        let reads = organizations.into_iter().map(async |organization| {
            let objects = connection.project_objects(&organization).await;
            (organization, objects)
        });
        let mut reads = stream::iter(reads).buffered(PARALLEL_READS);
        while let Some((organization, objects)) = reads.next().await {
            match objects {
                Ok(objects) => self.objects.extend(objects),
                Err(error) if error.ends_everything() => return Err(error),
                Err(error) => self.refused.push((organization, error)),
            }
        }
        Ok(())
    }

    async fn named(&mut self, work: &Work<'_>, names: &[String]) -> Result<(), Error> {
        let what = self.what;
        let reads = names.iter().map(|name| what.object(work, name));
        let mut reads = stream::iter(reads).buffered(PARALLEL_READS);
        while let Some(outcome) = reads.next().await {
            match outcome {
                Ok(object) => self.objects.push(object),
                Err(error) if error.ends_everything() => return Err(error),
                Err(error) => self.missing.push(error),
            }
        }
        Ok(())
    }

    /// The objects as a table of the API (meta.k8s.io/v1 `Table`); `age` says how long ago a timestamp was.
    pub(crate) fn table(&self, age: impl Fn(&str) -> String) -> Value {
        let headings: &[&str] = match self.what {
            Everywhere::Organizations => &["Name", "Display Name", "Status", "Age"],
            Everywhere::Projects => &["Name", "Display Name", "Organization", "Ready", "Age"],
        };
        let columns = headings.iter().map(|heading| json!({"name": heading, "type": "string", "priority": 0}));
        let columns: Vec<Value> = columns.collect();
        let rows: Vec<Value> = self.objects.iter().map(|object| self.row(object, &age)).collect();
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": columns,
            "rows": rows})
    }

    fn row(&self, object: &Value, age: impl Fn(&str) -> String) -> Value {
        let metadata = &object["metadata"];
        let age = metadata["creationTimestamp"].as_str().map_or_else(|| "<unknown>".to_owned(), age);
        let (name, display_name) = (&metadata["name"], &metadata["annotations"][DISPLAY_NAME]);
        let cells = match self.what {
            Everywhere::Organizations => {
                json!([name, display_name, Onboarding::of(object).to_string(), age])
            }
            Everywhere::Projects => {
                let conditions = object["status"]["conditions"].as_array();
                let ready = conditions.and_then(|all| all.iter().find(|one| one["type"] == "Ready"));
                let ready = ready.map_or(&Value::Null, |one| &one["status"]);
                json!([name, display_name, object["spec"]["ownerRef"]["name"], ready, age])
            }
        };
        json!({"cells": cells, "object": object})
    }

    /// Says what could not be read, and where organizations are set up that are not.
    pub(crate) fn tell(&self, ui: &Ui, work: &Work<'_>) {
        for (name, error) in &self.refused {
            ui.warn(format_args!("{} could not be read: {}", sanitize(name), sanitize(&error.to_string())));
        }
        let server = work.cluster.connection.server();
        for object in self.objects.iter().filter(|_| self.what == Everywhere::Organizations) {
            let (name, onboarding) = (object["metadata"]["name"].as_str().unwrap_or_default(), Onboarding::of(object));
            if let Some(link) = portal(server, name).filter(|_| onboarding.is_incomplete()) {
                ui.hint(format_args!("{}: {onboarding}: {link}", sanitize(name)));
            }
        }
    }
}

fn subject(work: &Work<'_>) -> Result<String, Error> {
    let own = || work.app.acting().ok().and_then(|account| account.subject(work.app.auth().ok()?).ok());
    own().ok_or_else(|| Error::Token(anyhow::Error::msg("the account has no id of its own")))
}

async fn is_member(work: &Work<'_>, organization: &str) -> Result<bool, Error> {
    let organizations = work.cluster.connection.organizations(&subject(work)?).await?;
    Ok(organizations.iter().any(|one| one.id == organization))
}

/// The organization that holds `project`: as the contexts know it, else as one's organizations say.
async fn owner(work: &Work<'_>, project: &str) -> Result<Option<String>, Error> {
    if let Some(organization) = known_owner(work.app, project) {
        return Ok(Some(organization));
    }
    let connection = &work.cluster.connection;
    let organizations = connection.organizations(&subject(work)?).await?;
    let reads = organizations.into_iter().map(async |organization| {
        let found = connection.project_object(&organization.id, project).await;
        (organization.id, found)
    });
    let mut reads = stream::iter(reads).buffered(PARALLEL_READS);
    while let Some((organization, found)) = reads.next().await {
        match found {
            Ok(_) => return Ok(Some(organization)),
            Err(error) if error.ends_everything() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The organization that holds `project`, as far as the contexts know.
pub(crate) fn known_owner(app: &App, project: &str) -> Option<String> {
    let Account::Stored { session, .. } = app.acting().ok()? else { return None };
    let config = app.auth().ok()?.load_config().ok()?;
    let context = config.contexts_of(&session.name).find(|one| one.project_id.as_deref() == Some(project))?;
    Some(context.organization_id.clone())
}

const DISPLAY_NAME: &str = "kubernetes.io/display-name";

#[cfg(test)]
mod tests {
    use super::Everywhere::{self, Organizations, Projects};
    use crate::api::ControlPlane;

    #[test]
    fn a_type_is_gathered_only_where_no_control_plane_lists_it() {
        let project = ControlPlane::Project("p".into());
        let user = ControlPlane::User("1".into());
        let organization = ControlPlane::Organization("o".into());
        for name in [
            "organizations",
            "Organization",
            "org",
            "organizations.resourcemanager.miloapis.com",
            "organizations.v1alpha1.resourcemanager.miloapis.com",
            "organizations.resourcemanager",
        ] {
            for plane in [&project, &user, &organization] {
                assert_eq!(Everywhere::named(name, plane), Some(Organizations), "{name}");
            }
            assert_eq!(Everywhere::named(name, &ControlPlane::Platform), None, "{name}");
        }
        for name in ["organizations.example.com", "organizationmemberships", "organizations.resource", "orgs"] {
            assert_eq!(Everywhere::named(name, &user), None, "{name}");
        }
        assert_eq!(Everywhere::named("projects", &user), Some(Projects));
        assert_eq!(Everywhere::named("project", &project), Some(Projects));
        assert_eq!(Everywhere::named("projects", &organization), None);
    }
}

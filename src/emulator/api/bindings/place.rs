//! Where bindings are, and what can be bound there.

use serde_json::Value;

use super::super::access::{self, RESOURCE_MANAGER};
use super::super::accounts;
use super::super::catalog;
use super::super::plane::Plane;
use super::super::store::{Address, Area, Candidates, Key, Store};
use super::is_system;
use crate::emulator::machines::Generation;

/// What a binding is about, by where it is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) organization: String,
    /// `None`: the organization itself.
    pub(super) project: Option<String>,
}

impl Place {
    /// The place of a binding; `None` where bindings decide nothing.
    pub(super) fn of(store: &Store, area: &Area, namespace: &str) -> Option<Self> {
        match area {
            Area::Project(project) if namespace == "default" => {
                Some(Self { organization: access::owner_of(store, project)?, project: Some(project.clone()) })
            }
            Area::Platform => {
                let organization = namespace.strip_prefix("organization-")?.to_owned();
                Some(Self { organization, project: None })
            }
            Area::Project(_) => None,
        }
    }

    /// Every place whose bindings decide about a control plane.
    pub(super) fn deciding(store: &Store, plane: &Plane) -> Vec<Self> {
        match plane {
            Plane::Platform | Plane::User(_) => Vec::new(),
            Plane::Organization(name) => vec![Self { organization: name.clone(), project: None }],
            Plane::Project(name, _) => {
                let Some(organization) = access::owner_of(store, name) else { return Vec::new() };
                let above = Self { organization: organization.clone(), project: None };
                vec![Self { organization, project: Some(name.clone()) }, above]
            }
        }
    }

    pub(super) fn bindings<'a>(&self, store: &'a Store) -> impl Iterator<Item = &'a Value> {
        let (area, namespace) = match &self.project {
            Some(project) => (Area::Project(project.clone()), "default".to_owned()),
            None => (Area::Platform, access::namespace_of(&self.organization)),
        };
        let address = catalog::named("iam.miloapis.com", "policybindings").map(|all| Address::new(area, all));
        let collection = address.and_then(|address| store.collection(&address));
        let found = collection
            .into_iter()
            .flat_map(move |collection| collection.behind(&Candidates::Namespace(namespace.clone()), None));
        found.map(|(_, binding)| &**binding)
    }

    /// The one resource that a binding here can refer to.
    fn resource(&self) -> (&'static str, &'static str, &str) {
        match &self.project {
            Some(project) => ("Project", "projects", project),
            None => ("Organization", "organizations", &self.organization),
        }
    }

    /// Whether a reference is to the resource of this place.
    pub(super) fn is_meant(&self, store: &Store, reference: &Value) -> bool {
        let (kind, plural, name) = self.resource();
        let resource = access::platform(plural).and_then(|address| store.get(&address, &Key::new("", name)));
        resource.is_some_and(|resource| {
            reference["apiGroup"] == RESOURCE_MANAGER
                && reference["kind"] == kind
                && reference["name"] == name
                && reference["uid"] == resource["metadata"]["uid"]
        })
    }

    /// Whether `resourceKind` here means every project of the organization.
    pub(super) fn is_all_projects(&self, kind: &Value) -> bool {
        self.project.is_none() && kind["apiGroup"] == RESOURCE_MANAGER && kind["kind"] == "Project"
    }

    /// Whether a binding here reaches into a control plane.
    pub(super) fn reaches(&self, store: &Store, plane: &Plane, selector: &Value) -> bool {
        self.is_meant(store, &selector["resourceRef"])
            || (matches!(plane, Plane::Project(..)) && self.is_all_projects(&selector["resourceKind"]))
    }

    /// Whether somebody of this kind, name and UID can be bound here.
    pub(super) fn knows(&self, store: &Store, generation: Generation, subject: &Value) -> bool {
        let name = subject["name"].as_str().unwrap_or_default();
        let has = |address: Option<Address>, namespace: &str| {
            let found = address.and_then(|address| store.get(&address, &Key::new(namespace, name)));
            found.is_some_and(|object| object["metadata"]["uid"] == subject["uid"])
        };
        let iam = |plural: &str| Some(Address::new(Area::Platform, catalog::named("iam.miloapis.com", plural)?));
        match subject["kind"].as_str().unwrap_or_default() {
            "User" => has(iam("users"), ""),
            "Group" if is_system(subject) => true,
            "Group" => has(iam("groups"), &access::namespace_of(&self.organization)),
            kind if kind == generation.account_kind() => {
                let projects = match &self.project {
                    Some(project) => vec![project.clone()],
                    None => access::projects_of(store, &self.organization),
                };
                projects.iter().any(|project| has(accounts::address(generation, project), ""))
            }
            _ => false,
        }
    }
}

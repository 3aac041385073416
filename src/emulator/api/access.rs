//! Who may do what: by belonging to an organization, or by a policy binding.

use serde_json::Value;

use super::bindings;
use super::catalog::{self, Resource};
use super::plane::{Caller, Plane};
use super::roles::Wanted;
use super::status::Status;
use super::store::{Address, Area, Candidates, Key, Store};

pub(super) const RESOURCE_MANAGER: &str = "resourcemanager.miloapis.com";

/// The address of one of the platform's own types.
pub(super) fn platform(plural: &str) -> Option<Address> {
    Some(Address::new(Area::Platform, catalog::named(RESOURCE_MANAGER, plural)?))
}

/// The namespace of an organization's objects.
pub(super) fn namespace_of(organization: &str) -> String {
    format!("organization-{organization}")
}

/// The organization that owns a project.
pub(super) fn owner_of(store: &Store, project: &str) -> Option<String> {
    let project = store.get(&platform("projects")?, &Key::new("", project))?;
    Some(project.pointer("/spec/ownerRef/name")?.as_str()?.to_owned())
}

/// The projects of an organization.
pub(super) fn projects_of(store: &Store, organization: &str) -> Vec<String> {
    let collection = platform("projects").and_then(|address| store.collection(&address));
    let owned = Candidates::Indexed(organization.to_owned());
    let found = collection.into_iter().flat_map(|collection| collection.behind(&owned, None));
    found.map(|(key, _)| key.name.clone()).collect()
}

/// Every membership of an account in an organization.
fn memberships<'a>(store: &'a Store, organization: &str, account: &'a str) -> impl Iterator<Item = &'a Value> {
    let collection = platform("organizationmemberships").and_then(|address| store.collection(&address));
    let candidates = Candidates::Namespace(namespace_of(organization));
    let members = collection.into_iter().flat_map(move |collection| collection.behind(&candidates, None));
    members.map(|(_, object)| &**object).filter(move |object| object["spec"]["userRef"]["name"] == account)
}

pub(super) fn is_member(store: &Store, organization: &str, account: &str) -> bool {
    memberships(store, organization, account).next().is_some()
}

/// Whether one of an account's roles allows more than looking.
fn may_write(store: &Store, organization: &str, account: &str) -> bool {
    let roles = memberships(store, organization, account).filter_map(|one| one["spec"]["roles"].as_array()).flatten();
    roles.into_iter().any(|role| role["name"] != "viewer")
}

/// What decides whether somebody may do something.
pub(super) struct Attempt<'a> {
    pub(super) verb: &'a str,
    pub(super) resource: &'a Resource,
    pub(super) namespace: Option<&'a str>,
    /// Empty for the whole type.
    pub(super) name: &'a str,
}

impl Attempt<'_> {
    /// Whether the roles of the caller allow it in this control plane.
    pub(super) fn is_allowed(&self, store: &Store, plane: &Plane, caller: &Caller) -> bool {
        let Resource { group, plural, .. } = *self.resource;
        let bound = || bindings::allow(store, plane, caller, Wanted { group, plural, verb: self.verb });
        let looks = matches!(self.verb, "get" | "list" | "watch");
        let as_member =
            |name: &str| if looks { is_member(store, name, &caller.id) } else { may_write(store, name, &caller.id) };
        if self.resource.is_review() {
            return true;
        }
        match plane {
            Plane::Organization(name) => as_member(name) || bound(),
            Plane::Project(name, _) => owner_of(store, name).is_some_and(|owner| as_member(&owner)) || bound(),
            Plane::Platform | Plane::User(_) if looks => true,
            Plane::Platform | Plane::User(_) => match (self.resource.kind, self.verb) {
                ("Organization", "create") => true,
                // The answer about one that does not exist is that it does not.
                ("Organization", _) => {
                    !is_member(store, self.name, &caller.id) || may_write(store, self.name, &caller.id)
                }
                // Leaving is up to everybody, and so is the answer to an invitation.
                ("OrganizationMembership", verb) => verb == "delete",
                ("UserInvitation", verb) => matches!(verb, "update" | "patch"),
                _ => false,
            },
        }
    }

    /// Refuses what the roles do not allow, as RBAC does.
    pub(super) fn check(&self, store: &Store, plane: &Plane, caller: &Caller) -> Result<(), Status> {
        if self.is_allowed(store, plane, caller) {
            return Ok(());
        }
        let place = match self.namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        let (Resource { plural, group, .. }, verb) = (self.resource, self.verb);
        let why = format!("User {:?} cannot {verb} resource {plural:?} in API group {group:?} {place}", caller.email);
        Err(Status::forbidden(self.resource, self.name, &why))
    }
}

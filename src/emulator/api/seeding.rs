//! The seed as API objects.

use serde_json::{Value, json};

use super::access;
use super::catalog;
use super::roles;
use super::store::Area;
use super::world::World;
use crate::emulator::keys;
use crate::emulator::machines::Generation;
use crate::emulator::seed::{Membership, Organization, Person, Project, Seed, ServiceAccount};

/// When everything in a seed was created.
const CREATED: &str = "2026-01-01T00:00:00Z";

impl World {
    /// A world with what the seed has.
    pub(crate) fn seeded(seed: &Seed) -> Self {
        let mut world = Self::default();
        world.generation = Generation::of_seed(seed.machine_accounts);
        for role in roles::of_platform(world.generation) {
            world.plant(Area::Platform, role);
        }
        for person in &seed.people {
            world.plant(Area::Platform, user(person));
        }
        for organization in &seed.organizations {
            world.plant_organization(organization);
        }
        for account in &seed.service_accounts {
            if let Some(project) = seed.project_of(account) {
                let object = service_account(account, world.generation);
                world.plant(Area::Project(project.to_owned()), object);
            }
        }
        for one in &seed.memberships {
            world.plant(Area::Platform, membership(seed, one));
        }
        world.store.compact();
        world
    }

    /// An organization with its projects.
    pub(super) fn plant_organization(&mut self, one: &Organization) {
        self.plant(Area::Platform, organization(one));
        self.plant(Area::Platform, namespace(&access::namespace_of(&one.name)));
        for each in &one.projects {
            self.plant(Area::Platform, project(one, each));
            self.plant(Area::Project(each.name.clone()), namespace("default"));
        }
    }

    /// Stores an object of a known type as it is.
    pub(super) fn plant(&mut self, area: Area, object: Value) {
        if let Some(resource) = catalog::of(&object) {
            self.store.put(resource, area, object);
        }
    }
}

pub(super) fn metadata(kind: &str, name: &str, display_name: Option<&str>) -> Value {
    let mut metadata = json!({"name": name, "uid": uid(kind, name), "generation": 1, "creationTimestamp": CREATED});
    if let Some(display_name) = display_name {
        metadata["annotations"] = json!({"kubernetes.io/display-name": display_name});
    }
    metadata
}

/// The same object has the same UUID in every emulator.
fn uid(kind: &str, name: &str) -> String {
    let hex: String = keys::sha256(&format!("{kind}/{name}")).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

fn shown<'a>(display_name: &'a str, name: &'a str) -> &'a str {
    if display_name.is_empty() { name } else { display_name }
}

pub(super) fn condition(kind: &str, ready: bool, reason: &str) -> Value {
    let status = if ready { "True" } else { "False" };
    json!({"type": kind, "status": status, "reason": reason, "message": "", "lastTransitionTime": CREATED})
}

fn namespace(name: &str) -> Value {
    let mut metadata = metadata("Namespace", name, None);
    metadata["labels"] = json!({"kubernetes.io/metadata.name": name});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"}})
}

fn user(person: &Person) -> Value {
    json!({
        "apiVersion": "iam.miloapis.com/v1alpha1", "kind": "User", "metadata": metadata("User", &person.id, None),
        "spec": {"email": person.email, "givenName": person.given_name, "familyName": person.family_name},
        "status": {"state": "Active", "registrationApproval": "Approved", "conditions": [condition("Ready", true, "Ready")]},
    })
}

fn service_account(account: &ServiceAccount, generation: Generation) -> Value {
    let kind = generation.account_kind();
    let state = if account.disabled { "Inactive" } else { "Active" };
    let mut metadata = metadata(kind, &account.name, None);
    metadata["uid"] = account.id.as_str().into();
    let mut object = json!({
        "apiVersion": "iam.miloapis.com/v1alpha1", "kind": kind, "metadata": metadata, "spec": {"state": state},
        "status": {"email": account.email, "state": state, "conditions": [condition("Ready", true, "Ready")]},
    });
    if let Some(resource) = catalog::of(&object) {
        object["metadata"]["finalizers"] = json!([resource.finalizer()]);
    }
    if generation == Generation::ServiceAccounts {
        object["status"]["clientID"] = account.id.as_str().into();
    }
    object
}

fn organization(organization: &Organization) -> Value {
    let complete = organization.onboarding == "Ready";
    let display_name = shown(&organization.display_name, &organization.name);
    json!({
        "apiVersion": "resourcemanager.miloapis.com/v1alpha1", "kind": "Organization",
        "metadata": metadata("Organization", &organization.name, Some(display_name)),
        "spec": {"type": "Standard"},
        "status": {"observedGeneration": 1, "conditions": [
            condition("Ready", true, "Ready"),
            condition("OnboardingComplete", complete, &organization.onboarding),
        ]},
    })
}

fn project(owner: &Organization, project: &Project) -> Value {
    let mut metadata = metadata("Project", &project.name, Some(shown(&project.display_name, &project.name)));
    metadata["labels"] = json!({"resourcemanager.miloapis.com/organization-name": owner.name});
    metadata["finalizers"] = json!(["resourcemanager.miloapis.com/project-controller"]);
    json!({
        "apiVersion": "resourcemanager.miloapis.com/v1alpha1", "kind": "Project", "metadata": metadata,
        "spec": {"ownerRef": {"kind": "Organization", "name": owner.name}},
        "status": {"conditions": [condition("Ready", true, "Ready")]},
    })
}

/// The membership of a seeded person or service account.
pub(super) fn membership(seed: &Seed, membership: &Membership) -> Value {
    let id = seed.id_of(&membership.member).unwrap_or_default();
    let person = seed.person(id);
    let organization = seed.organization(&membership.organization);
    let display_name = organization.map_or("", |one| shown(&one.display_name, &one.name));
    let namespace = access::namespace_of(&membership.organization);
    let mut metadata = metadata(&namespace, &format!("member-{id}"), None);
    metadata["namespace"] = namespace.into();
    let roles = |extra: Value| -> Vec<Value> {
        let role = |name: &String| {
            let mut role = json!({"name": name, "namespace": "datum-cloud"});
            role.as_object_mut()
                .into_iter()
                .for_each(|role| role.extend(extra.as_object().cloned().unwrap_or_default()));
            role
        };
        membership.roles.iter().map(role).collect()
    };
    json!({
        "apiVersion": "resourcemanager.miloapis.com/v1alpha1", "kind": "OrganizationMembership", "metadata": metadata,
        "spec": {"organizationRef": {"name": membership.organization}, "userRef": {"name": id}, "roles": roles(json!({}))},
        "status": {
            "user": {
                "email": membership.member,
                "givenName": person.map_or("", |one| &one.given_name),
                "familyName": person.map_or("", |one| &one.family_name),
            },
            "organization": {"type": "Standard", "displayName": display_name},
            "appliedRoles": roles(json!({"status": "Applied", "appliedAt": CREATED})),
            "conditions": [condition("Ready", true, "Ready"), condition("RolesApplied", true, "Applied")],
        },
    })
}

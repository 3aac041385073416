//! Policy bindings: who gets which role on a project or an organization.
//!
//! A binding of a project is in the namespace `default` of its control plane, one of an organization in the
//! organization's namespace. It decides while it is ready, and by what it says now.

use serde_json::Value;

use super::access::{self, RESOURCE_MANAGER};
use super::accounts;
use super::catalog;
use super::plane::{Caller, Plane};
use super::roles::{self, Wanted};
use super::status::Cause;
use super::store::{Address, Area, Candidates, Key, Store};
use crate::emulator::machines::Generation;

/// What a binding is about, by where it is.
#[derive(Clone, Debug)]
struct Place {
    organization: String,
    /// `None`: the organization itself.
    project: Option<String>,
}

impl Place {
    /// The place of a binding; `None` where bindings decide nothing.
    fn of(store: &Store, area: &Area, namespace: &str) -> Option<Self> {
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
    fn deciding(store: &Store, plane: &Plane) -> Vec<Self> {
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

    fn bindings<'a>(&self, store: &'a Store) -> impl Iterator<Item = &'a Value> {
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
    fn is_meant(&self, store: &Store, reference: &Value) -> bool {
        let (kind, plural, name) = self.resource();
        let resource = access::platform(plural).and_then(|address| store.get(&address, &Key::new("", name)));
        resource.is_some_and(|resource| {
            reference["apiGroup"] == RESOURCE_MANAGER
                && reference["kind"] == kind
                && reference["name"] == name
                && reference["uid"] == resource["metadata"]["uid"]
        })
    }

    /// Whether a binding here reaches into a control plane.
    fn reaches(&self, store: &Store, plane: &Plane, selector: &Value) -> bool {
        let kind = &selector["resourceKind"];
        let all_projects = kind["apiGroup"] == RESOURCE_MANAGER && kind["kind"] == "Project";
        self.is_meant(store, &selector["resourceRef"])
            || (all_projects && self.project.is_none() && matches!(plane, Plane::Project(..)))
    }

    /// Whether somebody of this kind, name and UID can be bound here.
    fn knows(&self, store: &Store, generation: Generation, subject: &Value) -> bool {
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

fn is_system(subject: &Value) -> bool {
    subject["kind"] == "Group" && subject["name"].as_str().is_some_and(|name| name.starts_with("system:"))
}

/// The bindings that give the caller something in a control plane, each with its role where there is one.
fn of_caller<'a>(store: &'a Store, plane: &Plane, caller: &Caller) -> Vec<(Place, &'a Value)> {
    let mut found = Vec::new();
    for place in Place::deciding(store, plane) {
        let decides = |binding: &&Value| {
            is_ready(binding)
                && place.reaches(store, plane, &binding["spec"]["resourceSelector"])
                && subjects(binding).any(|subject| is_caller(store, subject, caller))
        };
        found.extend(place.bindings(store).filter(decides).map(|binding| (place.clone(), binding)));
    }
    found
}

fn subjects(binding: &Value) -> impl Iterator<Item = &Value> {
    binding["spec"]["subjects"].as_array().into_iter().flatten()
}

fn is_ready(binding: &Value) -> bool {
    let conditions = binding["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// Whether a subject is the caller. The UID decides, so a name that is used again has no rights.
fn is_caller(store: &Store, subject: &Value, caller: &Caller) -> bool {
    match subject["kind"].as_str() {
        Some("User") if subject["name"] == caller.id.as_str() => {
            let users = catalog::named("iam.miloapis.com", "users").map(|users| Address::new(Area::Platform, users));
            let user = users.and_then(|users| store.get(&users, &Key::new("", &caller.id)));
            user.is_some_and(|user| subject["uid"] == user["metadata"]["uid"])
        }
        Some("ServiceAccount" | "MachineAccount") => subject["uid"] == caller.id.as_str(),
        _ => false,
    }
}

/// Whether a binding lets the caller into a control plane.
pub(super) fn admit(store: &Store, plane: &Plane, caller: &Caller) -> bool {
    !of_caller(store, plane, caller).is_empty()
}

/// Whether a binding lets the caller do something in a control plane.
pub(super) fn allow(store: &Store, plane: &Plane, caller: &Caller, wanted: Wanted<'_>) -> bool {
    of_caller(store, plane, caller).into_iter().any(|(place, binding)| {
        role(store, &place, binding).is_some_and(|role| roles::allows(store, &place.organization, role, wanted))
    })
}

fn role<'a>(store: &'a Store, place: &Place, binding: &Value) -> Option<&'a Value> {
    let home = binding["metadata"]["namespace"].as_str().unwrap_or_default();
    roles::find(store, &place.organization, home, &binding["spec"]["roleRef"])
}

/// Why a binding is not ready: a reason, and what is missing.
pub(super) type Missing = (&'static str, String);

/// Looks for everything a binding refers to.
pub(super) fn check(store: &Store, area: &Area, generation: Generation, binding: &Value) -> Result<(), Missing> {
    let spec = &binding["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let namespace = text(&binding["metadata"]["namespace"]);
    let place = Place::of(store, area, &namespace)
        .ok_or_else(|| ("ResourceNotFound", format!("nothing can be bound in namespace {namespace:?}")))?;
    if role(store, &place, binding).is_none() {
        let (name, of_role) = (text(&spec["roleRef"]["name"]), text(&spec["roleRef"]["namespace"]));
        let of_role = if of_role.is_empty() { namespace } else { of_role };
        return Err(("RoleNotFound", format!("role {name:?} in namespace {of_role:?} not found")));
    }
    if let Some(stranger) = subjects(binding).find(|subject| !place.knows(store, generation, subject)) {
        let [kind, name, uid] = ["kind", "name", "uid"].map(|member| text(&stranger[member]));
        return Err(("SubjectNotFound", format!("{kind} {name:?} with uid {uid:?} not found")));
    }
    match (&spec["resourceSelector"]["resourceRef"], &spec["resourceSelector"]["resourceKind"]) {
        (Value::Null, kind) => {
            let known = catalog::named(RESOURCE_MANAGER, "projects").is_some_and(|projects| {
                place.project.is_none() && kind["kind"] == projects.kind && kind["apiGroup"] == projects.group
            });
            let [group, kind] = ["apiGroup", "kind"].map(|member| text(&kind[member]));
            let why = || ("ResourceNotFound", format!("kind {kind:?} of group {group:?} cannot be bound here"));
            known.then_some(()).ok_or_else(why)
        }
        (reference, _) => {
            let [group, kind, name, uid] = ["apiGroup", "kind", "name", "uid"].map(|member| text(&reference[member]));
            let message = || format!("{kind} {name:?} of group {group:?} with uid {uid:?} not found");
            place.is_meant(store, reference).then_some(()).ok_or_else(|| ("ResourceNotFound", message()))
        }
    }
}

/// What is wrong with a binding beyond what its schema says.
pub(super) fn problems(generation: Generation, binding: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (place, subject) in subjects(binding).enumerate() {
        let field = |member: &str| format!("spec.subjects[{place}].{member}");
        if !is_system(subject) && subject["uid"].as_str().is_none_or(str::is_empty) {
            let why = "Required value: must be set unless the subject is a group whose name begins with system:";
            causes.push(Cause::new("FieldValueRequired", field("uid"), why));
        }
        let other = match generation {
            Generation::ServiceAccounts => Generation::MachineAccounts,
            Generation::MachineAccounts => Generation::ServiceAccounts,
        };
        if subject["kind"] == other.account_kind() {
            let supported = format!("\"User\", \"Group\", {:?}", generation.account_kind());
            let problem = format!("Unsupported value: {:?}: supported values: {supported}", other.account_kind());
            causes.push(Cause::new("FieldValueNotSupported", field("kind"), problem));
        }
    }
    let selector = &binding["spec"]["resourceSelector"];
    if selector.is_object() && selector["resourceRef"].is_object() == selector["resourceKind"].is_object() {
        let why = "Invalid value: \"object\": exactly one of resourceRef or resourceKind must be provided";
        causes.push(Cause::new("FieldValueInvalid", "spec.resourceSelector", why));
    }
    causes
}

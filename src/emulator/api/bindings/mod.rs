//! Policy bindings: who gets which role on a project or an organization.
//!
//! A binding of a project is in the namespace `default` of its control plane, one of an organization in the
//! organization's namespace. It decides while it is ready, and by what it says now.

mod check;
mod place;

use serde_json::Value;

use self::place::Place;
use super::catalog;
use super::plane::{Caller, Plane};
use super::roles::{self, Wanted};
use super::store::{Address, Area, Key, Store};

pub(super) use self::check::{check, problems};

/// The bindings that give the caller something in a control plane, each with its place.
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

fn is_system(subject: &Value) -> bool {
    subject["kind"] == "Group" && subject["name"].as_str().is_some_and(|name| name.starts_with("system:"))
}

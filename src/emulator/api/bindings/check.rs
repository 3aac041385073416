//! What is wrong with a binding: what it may not say, and what it refers to that is not there.

use serde_json::Value;

use super::super::status::Cause;
use super::super::store::{Area, Store};
use super::place::Place;
use super::{is_system, role, subjects};
use crate::emulator::machines::Generation;

/// Why a binding is not ready: a reason, and what is missing.
pub(in super::super) type Missing = (&'static str, String);

/// Looks for everything a binding refers to.
pub(in super::super) fn check(
    store: &Store,
    area: &Area,
    generation: Generation,
    binding: &Value,
) -> Result<(), Missing> {
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
    check_resource(store, &place, &spec["resourceSelector"])
}

fn check_resource(store: &Store, place: &Place, selector: &Value) -> Result<(), Missing> {
    let (reference, all) = (&selector["resourceRef"], &selector["resourceKind"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (is_there, message) = if reference.is_object() {
        let [group, kind, name, uid] = ["apiGroup", "kind", "name", "uid"].map(|member| text(&reference[member]));
        let message = format!("{kind} {name:?} of group {group:?} with uid {uid:?} not found");
        (place.is_meant(store, reference), message)
    } else {
        let [group, kind] = ["apiGroup", "kind"].map(|member| text(&all[member]));
        (place.is_all_projects(all), format!("kind {kind:?} of group {group:?} cannot be bound here"))
    };
    is_there.then_some(()).ok_or(("ResourceNotFound", message))
}

/// What is wrong with a binding beyond what its schema says.
pub(in super::super) fn problems(generation: Generation, binding: &Value) -> Vec<Cause> {
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

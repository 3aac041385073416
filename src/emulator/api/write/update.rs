//! PUT: an object as it is to be from now on.

use std::sync::Arc;

use serde_json::Value;

use super::super::body;
use super::super::metadata;
use super::super::status::{Cause, Status};
use super::super::store::Key;
use super::super::view::View;
use super::super::world::{Spot, World};
use super::{Written, check_type, defaults, intake, is_dry_run, place};
use crate::emulator::exchange::Request;

/// How one object takes the place of another.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub(super) status_only: bool,
    pub(super) dry_run: bool,
    /// Whether the new object has its owners already.
    pub(super) applied: bool,
}

/// Replaces the object of this name, or its status alone.
pub(in super::super) fn update(
    request: &Request,
    world: &mut World,
    view: &View,
    name: &str,
    status_only: bool,
) -> Result<Written, Status> {
    let dry_run = is_dry_run(request, "UpdateOptions")?;
    let body = body::object(request)?;
    check_type(view.resource, &body.value)?;
    let (mut object, warnings) = intake::screen(request, "UpdateOptions", view.resource, body)?;
    place(view, &mut object)?;
    check_name(&mut object, name)?;
    let old = view.get(&world.store, name).ok_or_else(|| Status::not_found(view.resource, name))?;
    if view.resource.has_status && object["metadata"]["resourceVersion"].as_str().is_none_or(str::is_empty) {
        let problem = "Invalid value: 0x0: must be specified for an update";
        let cause = Cause::new("FieldValueInvalid", "metadata.resourceVersion", problem);
        return Err(Status::invalid(view.resource, name, &[cause]));
    }
    let changes = Changes { status_only, dry_run, applied: false };
    Ok(Written { warnings, ..replace(request, world, view, &old, object, changes)? })
}

/// Gives the object the name of the path; another one of its own is a mistake.
pub(super) fn check_name(object: &mut Value, name: &str) -> Result<(), Status> {
    match object["metadata"]["name"].as_str().unwrap_or_default() {
        "" => object["metadata"]["name"] = name.into(),
        own if own == name => {}
        own => {
            return Err(Status::bad_request(format!(
                "the name of the object ({own}) does not match the name on the URL ({name})"
            )));
        }
    }
    Ok(())
}

/// Stores `new` in place of `old`, if it was made from the latest version.
pub(super) fn replace(
    request: &Request,
    world: &mut World,
    view: &View,
    old: &Arc<Value>,
    mut new: Value,
    changes: Changes,
) -> Result<Written, Status> {
    let Changes { status_only, dry_run, applied } = changes;
    let written = |object| Ok(Written { object, is_new: false, warnings: Vec::new() });
    let name = old["metadata"]["name"].as_str().unwrap_or_default();
    let claims = |member: &str| new["metadata"][member].as_str().filter(|text| !text.is_empty());
    if let Some(uid) = claims("uid").filter(|uid| old["metadata"]["uid"] != **uid) {
        let present = old["metadata"]["uid"].as_str().unwrap_or_default();
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {present}");
        return Err(Status::conflict(view.resource, name, &why));
    }
    if claims("resourceVersion").is_some_and(|version| old["metadata"]["resourceVersion"] != version) {
        return Err(Status::modified(view.resource, name));
    }
    if status_only {
        let (status, owners) = (new["status"].take(), new["metadata"]["managedFields"].take());
        new = Value::clone(old);
        new["status"] = status;
        if applied {
            new["metadata"]["managedFields"] = owners;
        }
    } else {
        keep(view, old, &mut new);
    }
    intake::check(world.generation, view.resource, &new, Some(old))?;
    if !view.shows(&world.store, &Key::of(&new), &new) && view.shows(&world.store, &Key::of(old), old) {
        return Err(Status::forbidden(view.resource, name, "it would no longer belong to this control plane"));
    }
    if !applied {
        new = intake::tracked(request, view.resource, status_only, Some(old), new);
    }
    if new == **old {
        return written(Arc::clone(old));
    }
    if dry_run {
        return written(Arc::new(new));
    }
    let spot = Spot { resource: view.resource, area: view.plane.area(), key: Key::of(&new) };
    let stored = world.store.put(view.resource, spot.area.clone(), new);
    world.updated(&spot, old, &stored);
    world.collect(&spot);
    written(stored)
}

/// Takes over from the old object what a client cannot change.
fn keep(view: &View, old: &Value, new: &mut Value) {
    const OURS: [&str; 7] = [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
    ];
    for member in OURS {
        match &old["metadata"][member] {
            Value::Null => metadata::forget(&mut new["metadata"], member),
            value => new["metadata"][member] = value.clone(),
        }
    }
    if view.resource.kind == "Secret" {
        defaults::secret(new);
    }
    if !view.resource.has_status {
        return;
    }
    match &old["status"] {
        Value::Null => metadata::forget(new, "status"),
        status => new["status"] = status.clone(),
    }
    if is_changed(old, new)
        && let Some(generation) = old["metadata"]["generation"].as_u64()
    {
        new["metadata"]["generation"] = (generation + 1).into();
    }
}

/// Whether anything but metadata and status differs.
fn is_changed(old: &Value, new: &Value) -> bool {
    let wish = |object: &Value| -> Option<serde_json::Map<String, Value>> {
        let mut members = object.as_object()?.clone();
        members.retain(|name, _| !matches!(name.as_str(), "metadata" | "status"));
        Some(members)
    };
    wish(old) != wish(new)
}

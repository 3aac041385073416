//! POST: a new object.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::access;
use super::super::body;
use super::super::catalog;
use super::super::conditions;
use super::super::metadata;
use super::super::status::Status;
use super::super::store::{Address, Area, Key};
use super::super::view::View;
use super::super::world::{Spot, World};
use super::{Written, check_type, defaults, intake, is_dry_run, place};
use crate::emulator::exchange::Request;

/// The new object in a request's body, with its name, and whether nothing is to come of it.
pub(in super::super) struct Received {
    pub(in super::super) object: Value,
    pub(in super::super) warnings: Vec<String>,
    pub(in super::super) dry_run: bool,
}

/// Reads a new object.
pub(in super::super) fn receive(request: &Request, view: &View) -> Result<Received, Status> {
    let dry_run = is_dry_run(request, "CreateOptions")?;
    let body = body::object(request)?;
    check_type(view.resource, &body.value)?;
    let (mut object, warnings) = intake::screen(request, "CreateOptions", view.resource, body)?;
    place(view, &mut object)?;
    if object["metadata"]["resourceVersion"].as_str().is_some_and(|version| !version.is_empty()) {
        return Err(Status::internal("resourceVersion should not be set on objects to be created"));
    }
    if let (None | Some(""), Some(prefix)) =
        (object["metadata"]["name"].as_str(), object["metadata"]["generateName"].as_str())
    {
        object["metadata"]["name"] = metadata::generated_name(prefix).into();
    }
    Ok(Received { object, warnings, dry_run })
}

/// Creates the object in the request's body and returns it.
pub(in super::super) fn create(request: &Request, world: &mut World, view: &View) -> Result<Written, Status> {
    let Received { object, warnings, dry_run } = receive(request, view)?;
    Ok(Written { warnings, ..put(request, world, view, object, (dry_run, false))? })
}

/// Stores a new object that has its name; one that was applied has its owners already.
pub(super) fn put(
    request: &Request,
    world: &mut World,
    view: &View,
    mut object: Value,
    (dry_run, applied): (bool, bool),
) -> Result<Written, Status> {
    if view.resource.has_status {
        metadata::forget(&mut object, "status");
    }
    defaults::fill(view, &mut object);
    intake::check(world.generation, view.resource, &object, None)?;
    let spot = Spot { resource: view.resource, area: view.plane.area(), key: Key::of(&object) };
    check_place(world, view, &spot, &object)?;
    metadata::stamp(view.resource, &mut object["metadata"]);
    if !applied {
        object = intake::tracked(request, view.resource, false, None, object);
    }
    if view.resource.has_status {
        conditions::begin(view.resource, &mut object);
    }
    if view.resource.kind == "OrganizationMembership" {
        defaults::membership(&world.store, &mut object);
    }
    let written = |object| Written { object, is_new: true, warnings: Vec::new() };
    if dry_run {
        return Ok(written(Arc::new(object)));
    }
    let finalizer = view.resource.finalizer();
    if !finalizer.is_empty() {
        object["metadata"]["finalizers"] = json!([finalizer]);
    }
    let stored = world.store.put(view.resource, spot.area.clone(), object);
    world.created(&spot);
    if view.resource.kind == "Organization" {
        found(world, view, &spot.key.name);
    }
    Ok(written(stored))
}

fn check_place(world: &World, view: &View, spot: &Spot, object: &Value) -> Result<(), Status> {
    if world.store.get(&spot.address(), &spot.key).is_some() {
        return Err(Status::already_exists(view.resource, &spot.key.name));
    }
    if let (Some(namespace), Some(namespaces)) = (&view.namespace, catalog::named("", "namespaces")) {
        let found = world.store.get(&Address::new(spot.area.clone(), namespaces), &Key::new("", namespace));
        let found = found.ok_or_else(|| Status::not_found(namespaces, namespace))?;
        if found["metadata"]["deletionTimestamp"].is_string() {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            return Err(Status::forbidden(view.resource, &spot.key.name, &why));
        }
    }
    // An organization's creator becomes its member only afterwards.
    if view.resource.kind != "Organization" && !view.shows(&world.store, &spot.key, object) {
        return Err(Status::forbidden(view.resource, &spot.key.name, "it would not belong to this control plane"));
    }
    Ok(())
}

/// Makes the creator of an organization its owner.
fn found(world: &mut World, view: &View, organization: &str) {
    let namespace = access::namespace_of(organization);
    world.namespace(Area::Platform, &namespace);
    let Some(resource) = catalog::named("resourcemanager.miloapis.com", "organizationmemberships") else { return };
    let name = format!("member-{}", view.caller.id);
    let mut membership = json!({"apiVersion": resource.api_version(), "kind": resource.kind,
        "metadata": metadata::fresh(resource, &name, Some(&namespace)),
        "spec": {"organizationRef": {"name": organization}, "userRef": {"name": view.caller.id},
                 "roles": [{"name": "owner", "namespace": "datum-cloud"}]}});
    defaults::membership(&world.store, &mut membership);
    conditions::ripen(resource, &Area::Platform, &mut membership);
    world.store.put(resource, Area::Platform, membership);
}

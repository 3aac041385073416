//! PATCH: a change of an object, in one of four formats.

use std::sync::Arc;

use hyper::header;
use serde_json::Value;

use super::super::body::Body;
use super::super::patch::{self, Error};
use super::super::schema;
use super::super::status::Status;
use super::super::view::View;
use super::super::world::World;
use super::{Written, check_type, create, intake, is_dry_run, place, update};
use crate::emulator::exchange::Request;

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// Changes the object of this name, or its status alone. Only an apply creates what is not there.
pub(in super::super) fn patch(
    request: &Request,
    world: &mut World,
    view: &View,
    name: &str,
    status_only: bool,
) -> Result<Written, Status> {
    let dry_run = is_dry_run(request, "PatchOptions")?;
    let content_type = request.header(header::CONTENT_TYPE).unwrap_or_default();
    let format = content_type.split(';').next().unwrap_or_default().trim();
    let old = view.get(&world.store, name);
    if format == APPLY_PATCH {
        return apply(request, world, view, (name, old), status_only);
    }
    let old = old.ok_or_else(|| Status::not_found(view.resource, name))?;
    let mut body = patched(request, view, format, &old)?;
    for member in ["apiVersion", "kind"] {
        body.value[member] = old[member].clone();
    }
    let (mut object, warnings) = intake::screen(request, "PatchOptions", view.resource, body)?;
    place(view, &mut object)?;
    update::check_name(&mut object, name)?;
    let changes = update::Changes { status_only, dry_run, applied: false };
    Ok(Written { warnings, ..update::replace(request, world, view, &old, object, changes)? })
}

/// What the object would be.
fn patched(request: &Request, view: &View, format: &str, old: &Value) -> Result<Body, Status> {
    let decoded = || {
        let decoded = schema::decode(&request.body);
        decoded.map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))
    };
    let is_core = view.resource.group.is_empty();
    match format {
        JSON_PATCH => {
            let value = patch::json(old, &request.body).map_err(refused)?;
            Ok(Body { value, duplicates: Vec::new() })
        }
        MERGE_PATCH => {
            let patch = decoded()?;
            Ok(Body { value: patch::merge(old, &patch.value), duplicates: patch.duplicates })
        }
        STRATEGIC_PATCH if is_core => {
            let patch = decoded()?;
            let of = intake::type_of(view.resource).ok_or_else(|| Status::unsupported_body(MERGE_PATCH))?;
            let value = patch::strategic(of.schema(), old, &patch.value).map_err(refused)?;
            Ok(Body { value, duplicates: patch.duplicates })
        }
        _ => {
            let mut accepted = vec![JSON_PATCH, MERGE_PATCH];
            accepted.extend(is_core.then_some(STRATEGIC_PATCH));
            accepted.push(APPLY_PATCH);
            Err(Status::unsupported_body(&accepted.join(", ")))
        }
    }
}

fn apply(
    request: &Request,
    world: &mut World,
    view: &View,
    (name, old): (&str, Option<Arc<Value>>),
    status_only: bool,
) -> Result<Written, Status> {
    let dry_run = is_dry_run(request, "PatchOptions")?;
    if request.query_value("fieldManager").is_none_or(|manager| manager.is_empty()) {
        let problem = "Required value: is required for apply patch";
        let cause = super::super::status::Cause::new("FieldValueRequired", "fieldManager", problem);
        return Err(Status::invalid_as("PatchOptions.meta.k8s.io", "", &[cause]));
    }
    let decoded = schema::decode_yaml(&request.body);
    let decoded = decoded.map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
    let mut applied = decoded.value;
    check_type(view.resource, &applied)?;
    place(view, &mut applied)?;
    update::check_name(&mut applied, name)?;
    let force = request.query_value("force").as_deref() == Some("true");
    let object = intake::as_writer(request, view.resource, status_only, |write| {
        patch::apply(write, old.as_deref(), &applied, force)
    });
    let object = object.ok_or_else(|| Status::unsupported_body(MERGE_PATCH))?.map_err(refused)?;
    let body = Body { value: object, duplicates: decoded.duplicates };
    let (object, warnings) = intake::screen(request, "PatchOptions", view.resource, body)?;
    match old {
        None if status_only => Err(Status::not_found(view.resource, name)),
        None => Ok(Written { warnings, ..create::put(request, world, view, object, (dry_run, true))? }),
        Some(old) => {
            let changes = update::Changes { status_only, dry_run, applied: true };
            Ok(Written { warnings, ..update::replace(request, world, view, &old, object, changes)? })
        }
    }
}

fn refused(error: Error) -> Status {
    match error {
        Error::Malformed(message) => Status::bad_request(message),
        Error::Unprocessable(_) => Status::unprocessable(),
        Error::Untyped(message) => Status::untyped(message),
        Error::Conflict { message, causes } => Status::apply_conflict(message, &causes),
    }
}

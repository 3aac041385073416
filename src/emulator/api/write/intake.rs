//! What every write has in common: the fields of an object are known, right, and somebody's.

use serde_json::Value;

use super::super::bindings;
use super::super::body::Body;
use super::super::catalog::Resource;
use super::super::metadata;
use super::super::patch::{self, Write};
use super::super::schema::{self, Type};
use super::super::status::{Cause, Status};
use crate::emulator::exchange::Request;
use crate::emulator::machines::Generation;
use crate::sys::clock;

/// The schema of a type, if its objects have one.
pub(super) fn type_of(resource: &Resource) -> Option<&'static Type> {
    schema::find(resource.group, resource.version, resource.kind)
}

/// Takes away what the type does not know, fills defaults in, and returns warnings about fields that are unknown or
/// there twice; the query can ask to refuse instead, or to be silent.
pub(super) fn screen(
    request: &Request,
    options: &str,
    resource: &Resource,
    body: Body,
) -> Result<(Value, Vec<String>), Status> {
    let Body { value: mut object, duplicates } = body;
    let Some(of) = type_of(resource) else { return Ok((object, Vec::new())) };
    let problems = schema::unknown_fields(of.schema(), &object).into_iter().chain(duplicates).collect::<Vec<_>>();
    let warnings = match request.query_value("fieldValidation").unwrap_or_default().as_str() {
        "" | "Warn" => problems,
        "Ignore" => Vec::new(),
        "Strict" if problems.is_empty() => problems,
        "Strict" => {
            let why = format!("strict decoding error: {}", problems.join(", "));
            if options == "PatchOptions" {
                let problem = format!("Invalid value: {:?}: {why}", object.to_string());
                return Err(Status::invalid_as("", "", &[Cause::new("FieldValueInvalid", "patch", problem)]));
            }
            let (kind, version) = (resource.kind, resource.version);
            let message = format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}");
            return Err(Status::bad_request(message));
        }
        other => {
            let supported = "supported values: \"Ignore\", \"Strict\", \"Warn\"";
            let problem = format!("Unsupported value: {other:?}: {supported}");
            let cause = Cause::new("FieldValueNotSupported", "fieldValidation", problem);
            return Err(Status::invalid_as(&format!("{options}.meta.k8s.io"), "", &[cause]));
        }
    };
    schema::prune(of.schema(), &mut object);
    schema::drop_empty_metadata(&mut object);
    schema::set_defaults(of.schema(), &mut object);
    Ok((object, warnings))
}

/// Refuses an object that its type does not allow in the place of `old`.
pub(in super::super) fn check(
    generation: Generation,
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
) -> Result<(), Status> {
    let mut causes = metadata::problems(resource, object);
    if resource.kind == "PolicyBinding" {
        causes.extend(bindings::problems(generation, object));
    }
    if let Some(of) = type_of(resource) {
        causes.extend(schema::check(of.schema(), object, old));
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(resource, name, &causes)) }
}

/// Calls `act` with who writes; `None` for types whose fields nobody owns.
pub(super) fn as_writer<T>(
    request: &Request,
    resource: &Resource,
    status_only: bool,
    act: impl FnOnce(&Write<'_>) -> T,
) -> Option<T> {
    let now = metadata::time(clock::now());
    let agent = request.header(hyper::header::USER_AGENT);
    let manager = patch::manager(request.query_value("fieldManager").as_deref(), agent);
    let subresource = status_only.then_some("status");
    Some(act(&Write { of: type_of(resource)?, manager: &manager, subresource, now: &now }))
}

/// The object with its owners, as this request leaves them.
pub(super) fn tracked(
    request: &Request,
    resource: &Resource,
    status_only: bool,
    old: Option<&Value>,
    new: Value,
) -> Value {
    as_writer(request, resource, status_only, |write| patch::track(write, old, &new)).unwrap_or(new)
}

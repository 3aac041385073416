//! Creating, replacing and deleting objects.

mod create;
mod defaults;
mod delete;
mod intake;
mod patch;
mod update;

use std::sync::Arc;

use serde_json::Value;

pub(super) use create::{Received, create, receive};
pub(super) use delete::{check_deletion, delete, delete_collection, deleted};
pub(super) use intake::check;
pub(super) use patch::patch;
pub(super) use update::update;

use super::catalog::Resource;
use super::status::{Cause, Status};
use super::view::View;
use crate::emulator::exchange::Request;

/// What a write leaves behind.
pub(super) struct Written {
    pub(super) object: Arc<Value>,
    pub(super) is_new: bool,
    /// For the person who wrote.
    pub(super) warnings: Vec<String>,
}

/// Whether nothing is to be stored.
fn is_dry_run(request: &Request, options: &str) -> Result<bool, Status> {
    match request.query_value("dryRun").unwrap_or_default().as_str() {
        "" => Ok(false),
        "All" => Ok(true),
        other => {
            let problem = format!("Unsupported value: {other:?}: supported values: \"All\"");
            let cause = Cause::new("FieldValueNotSupported", "dryRun", problem);
            Err(Status::invalid_as(&format!("{options}.meta.k8s.io"), "", &[cause]))
        }
    }
}

/// Refuses an object of another type than the path's.
fn check_type(resource: &Resource, object: &Value) -> Result<(), Status> {
    let (kind, version) = (object["kind"].as_str().unwrap_or_default(), resource.api_version());
    let given = object["apiVersion"].as_str().unwrap_or_default();
    if kind.is_empty() {
        return Err(Status::bad_request("Object 'Kind' is missing in the request body"));
    }
    if given != version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({given}) does not match the expected API version ({version})"
        )));
    }
    match kind == resource.kind {
        true => Ok(()),
        false => Err(Status::bad_request(format!(
            "{kind} in version {:?} cannot be handled as a {}: expected kind {}",
            resource.version, resource.kind, resource.kind
        ))),
    }
}

/// Gives the object the namespace of the path; another one of its own is a mistake.
fn place(view: &View, object: &mut Value) -> Result<(), Status> {
    if !object["metadata"].is_object() {
        object["metadata"] = Value::Object(serde_json::Map::new());
    }
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    match view.namespace.as_deref() {
        Some(namespace) if own.is_empty() => object["metadata"]["namespace"] = namespace.into(),
        Some(namespace) if own == namespace => {}
        None if own.is_empty() => super::metadata::forget(&mut object["metadata"], "namespace"),
        _ => {
            let message = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Status::bad_request(message));
        }
    }
    Ok(())
}

//! DELETE: one object, or all that are selected.

use serde_json::{Value, json};

use super::super::body;
use super::super::catalog::Resource;
use super::super::form::Form;
use super::super::selector::Selector;
use super::super::status::{Cause, Status};
use super::super::store::Key;
use super::super::view::View;
use super::super::world::{Spot, World};
use super::is_dry_run;
use crate::emulator::exchange::Request;

/// `DeleteOptions`, from the body or the query.
struct Options {
    uid: Option<String>,
    resource_version: Option<String>,
    foreground: bool,
    dry_run: bool,
}

impl Options {
    fn of(request: &Request) -> Result<Self, Status> {
        let body = if request.body.is_empty() { json!({}) } else { body::object(request)?.value };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let policy = text(&body["propagationPolicy"]).or_else(|| request.query_value("propagationPolicy"));
        let foreground = match policy.as_deref() {
            None | Some("" | "Background" | "Orphan") => false,
            Some("Foreground") => true,
            Some(other) => {
                let supported = "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                let problem = format!("Unsupported value: {other:?}: {supported}");
                let cause = Cause::new("FieldValueNotSupported", "propagationPolicy", problem);
                return Err(Status::invalid_as("DeleteOptions.meta.k8s.io", "", &[cause]));
            }
        };
        Ok(Self {
            uid: text(&body["preconditions"]["uid"]),
            resource_version: text(&body["preconditions"]["resourceVersion"]),
            foreground,
            dry_run: is_dry_run(request, "DeleteOptions")? || body["dryRun"] == json!(["All"]),
        })
    }

    fn check(&self, resource: &Resource, object: &Value) -> Result<(), Status> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        for (what, member, wanted) in
            [("UID", "uid", &self.uid), ("ResourceVersion", "resourceVersion", &self.resource_version)]
        {
            let present = object["metadata"][member].as_str().unwrap_or_default();
            if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != present) {
                let why =
                    format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {present}");
                return Err(Status::conflict(resource, name, &why));
            }
        }
        Ok(())
    }
}

/// Deletes the object of this name: the answer is a success, or the object where it has to wait.
pub(in super::super) fn delete(request: &Request, world: &mut World, view: &View, name: &str) -> Result<Value, Status> {
    let options = Options::of(request)?;
    let object = view.get(&world.store, name).ok_or_else(|| Status::not_found(view.resource, name))?;
    options.check(view.resource, &object)?;
    if view.resource.kind == "Namespace" && name == "default" {
        return Err(Status::forbidden(view.resource, name, "this namespace may not be deleted"));
    }
    let spot = Spot { resource: view.resource, area: view.plane.area(), key: Key::of(&object) };
    let waiting = if options.dry_run { None } else { world.delete(&spot, options.foreground) };
    Ok(waiting.unwrap_or_else(|| deleted(view.resource, &object)))
}

/// The answer about an object that is gone.
pub(in super::super) fn deleted(resource: &Resource, object: &Value) -> Value {
    let mut details = json!({"name": object["metadata"]["name"], "group": resource.group, "kind": resource.plural,
        "uid": object["metadata"]["uid"]});
    if resource.group.is_empty() {
        super::super::metadata::forget(&mut details, "group");
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// Checks the options of a deletion of an object that is in no store; tells whether it is a dry run.
pub(in super::super) fn check_deletion(request: &Request, resource: &Resource, object: &Value) -> Result<bool, Status> {
    let options = Options::of(request)?;
    options.check(resource, object)?;
    Ok(options.dry_run)
}

/// Deletes everything that is selected and returns the list of it.
pub(in super::super) fn delete_collection(request: &Request, world: &mut World, view: &View) -> Result<String, Status> {
    let (options, selector) = (Options::of(request)?, Selector::of(request, view.resource)?);
    let collection = world.store.collection(&view.address());
    let candidates = view.candidates();
    let found = collection.into_iter().flat_map(|collection| collection.behind(&candidates, None));
    let found = found.filter(|(key, object)| view.shows(&world.store, key, object) && selector.matches(object));
    let found: Vec<_> = found.map(|(key, object)| (key.clone(), std::sync::Arc::clone(object))).collect();
    for (key, _) in found.iter().filter(|_| !options.dry_run) {
        let spot = Spot { resource: view.resource, area: view.plane.area(), key: key.clone() };
        world.delete(&spot, options.foreground);
    }
    let metadata = json!({"resourceVersion": world.store.version().to_string()});
    let objects: Vec<&Value> = found.iter().map(|(_, object)| &**object).collect();
    Ok(Form::of(request)?.list(view.resource, metadata, &objects))
}

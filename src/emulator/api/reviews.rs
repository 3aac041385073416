//! Questions about the caller: who am I, and may I?

use hyper::header;
use serde_json::{Value, json};

use super::catalog::{self, Resource};
use super::plane::{Caller, Plane};
use super::status::Status;
use crate::emulator::exchange::Call;

pub(super) fn answer(
    call: &Call<'_>,
    plane: &Plane,
    caller: &Caller,
    resource: &Resource,
    verb: &str,
) -> Result<Value, Status> {
    if verb != "create" {
        return Err(Status::method_not_allowed());
    }
    let mut review =
        json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": {"creationTimestamp": null}});
    if resource.kind == "SelfSubjectReview" {
        review["status"] = json!({"userInfo": {"username": caller.email, "uid": caller.id,
            "groups": ["system:authenticated"], "extra": parent(plane)}});
        return Ok(review);
    }
    if !call.request.header(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Status::not_json());
    }
    let asked: Value = serde_json::from_slice(&call.request.body)
        .map_err(|_| Status::bad_request("the body must be a SelfSubjectAccessReview in JSON"))?;
    let allowed = is_served(plane, &asked["spec"]["resourceAttributes"]);
    review["spec"] = asked["spec"].clone();
    review["status"] = json!({"allowed": allowed});
    Ok(review)
}

/// What a control plane adds to the caller's user info.
fn parent(plane: &Plane) -> Value {
    let (group, kind, name) = match plane {
        Plane::Platform => return json!({}),
        Plane::User(name) => ("iam.miloapis.com", "User", name),
        Plane::Organization(name) => ("resourcemanager.miloapis.com", "Organization", name),
        Plane::Project(name) => ("resourcemanager.miloapis.com", "Project", name),
    };
    json!({"iam.miloapis.com/parent-api-group": [group], "iam.miloapis.com/parent-type": [kind],
           "iam.miloapis.com/parent-name": [name]})
}

/// Everybody may do what the control plane serves.
fn is_served(plane: &Plane, attributes: &Value) -> bool {
    catalog::in_plane(plane).any(|resource| {
        attributes["resource"] == resource.plural
            && attributes["group"].as_str().unwrap_or_default() == resource.group
            && attributes["verb"].as_str().is_some_and(|verb| resource.verbs.contains(&verb))
    })
}

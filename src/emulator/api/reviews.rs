//! Questions about the caller: who am I, and may I?

use serde_json::{Value, json};

use super::access::Attempt;
use super::body;
use super::catalog::{self, Resource};
use super::plane::{Caller, Plane};
use super::status::Status;
use super::store::Store;
use crate::emulator::exchange::Request;

/// The review in the request's body, answered.
pub(super) fn answer(
    request: &Request,
    store: &Store,
    plane: &Plane,
    caller: &Caller,
    resource: &Resource,
) -> Result<Value, Status> {
    let mut review =
        json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": {"creationTimestamp": null}});
    if resource.kind == "SelfSubjectReview" {
        review["status"] = json!({"userInfo": {"username": caller.email, "uid": caller.id,
            "groups": ["system:authenticated"], "extra": parent(plane)}});
        return Ok(review);
    }
    let asked = body::object(request)?.value;
    review["spec"] = asked["spec"].clone();
    review["status"] = match resource.kind {
        "SelfSubjectRulesReview" => rules(store, plane, caller),
        _ => {
            let paths = &asked["spec"]["nonResourceAttributes"];
            let of_path = paths["verb"] == "get" && paths["path"].is_string();
            let attributes = &asked["spec"]["resourceAttributes"];
            json!({"allowed": of_path || is_allowed(store, plane, caller, attributes)})
        }
    };
    Ok(review)
}

/// What a control plane adds to the caller's user info.
fn parent(plane: &Plane) -> Value {
    let (group, kind, name) = match plane {
        Plane::Platform => return json!({}),
        Plane::User(name) => ("iam.miloapis.com", "User", name),
        Plane::Organization(name) => ("resourcemanager.miloapis.com", "Organization", name),
        Plane::Project(name, _) => ("resourcemanager.miloapis.com", "Project", name),
    };
    json!({"iam.miloapis.com/parent-api-group": [group], "iam.miloapis.com/parent-type": [kind],
           "iam.miloapis.com/parent-name": [name]})
}

/// Whether what the attributes describe would be done. A star stands for everything there is.
fn is_allowed(store: &Store, plane: &Plane, caller: &Caller, attributes: &Value) -> bool {
    let text = |member: &str| attributes[member].as_str().unwrap_or_default();
    let fits = |member: &str, own: &str| text(member) == own || text(member) == "*";
    let mut meant = catalog::in_plane(plane)
        .filter(|one| {
            fits("resource", one.plural) && fits("group", one.group) && !one.is_review() || {
                text("resource") == one.plural && text("group") == one.group
            }
        })
        .peekable();
    let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
    let may = |resource: &Resource, verb: &str| {
        resource.verbs.contains(&verb)
            && Attempt { verb, resource, namespace, name: text("name") }.is_allowed(store, plane, caller)
    };
    meant.peek().is_some()
        && meant.all(|resource| match text("verb") {
            "*" => resource.verbs.iter().all(|verb| may(resource, verb)),
            verb => may(resource, verb),
        })
}

fn rules(store: &Store, plane: &Plane, caller: &Caller) -> Value {
    let rule = |resource: &'static Resource| {
        let may = |verb: &&&str| Attempt { verb, resource, namespace: None, name: "" }.is_allowed(store, plane, caller);
        let verbs: Vec<_> = resource.verbs.iter().filter(may).collect();
        json!({"verbs": verbs, "apiGroups": [resource.group], "resources": [resource.plural]})
    };
    let rules: Vec<_> = catalog::in_plane(plane).map(rule).collect();
    let paths = json!([{"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez",
        "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]}]);
    json!({"resourceRules": rules, "nonResourceRules": paths, "incomplete": false})
}

//! The API: Kubernetes-style control planes over the seed.
//!
//! `plane` says which control plane a request is in and who may enter, `catalog` which resources exist there,
//! `discovery` and `openapi` describe them, `objects` makes them out of the seed, `list` selects and pages, `schema` says what
//! objects look like, `patch` changes them, `reviews` answers questions about the caller, `status` is every error.

mod catalog;
mod discovery;
mod list;
mod objects;
mod openapi;
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "requests that write are not served yet"))]
mod patch;
mod plane;
mod reviews;
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "requests that write are not served yet"))]
mod schema;
mod status;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use self::catalog::Resource;
use self::plane::{Caller, Plane};
use self::status::Status;
use super::exchange::{Call, Reply};

/// The route name of an API path; `None` for other paths.
pub(crate) fn route_name(path: &str) -> Option<&'static str> {
    match path {
        "/version" => return Some("api.version"),
        "/readyz" | "/livez" | "/healthz" => return Some("api.health"),
        _ => {}
    }
    let root = path.split('/').nth(1)?;
    if !matches!(root, "api" | "apis" | "openapi") {
        return None;
    }
    let (_, rest) = plane::locate(path);
    let rest: Vec<_> = rest.iter().map(String::as_str).collect();
    Some(match rest.as_slice() {
        ["version"] => "api.version",
        ["readyz" | "livez" | "healthz"] => "api.health",
        ["apis", _, _, "namespaces", _, plural, ..] | ["apis", _, _, plural, ..] => area(plural),
        _ => "api.discovery",
    })
}

fn area(plural: &str) -> &'static str {
    match plural {
        "users" => "api.users",
        "organizationmemberships" => "api.organizationmemberships",
        "organizations" => "api.organizations",
        "projects" => "api.projects",
        "selfsubjectreviews" | "selfsubjectaccessreviews" => "api.reviews",
        _ => "api.other",
    }
}

pub(crate) fn serve(call: &mut Call<'_>) -> Reply {
    match answer(call) {
        Ok(Answer::Json(Value::String(text))) => Reply::text(StatusCode::OK, text),
        Ok(Answer::Json(value)) => Reply::ok(&value),
        Ok(Answer::Reply(reply)) => reply,
        Err(status) => {
            call.note.outcome = Some(status.reason.to_owned());
            status.reply()
        }
    }
}

/// What a request is answered with if nothing is wrong with it.
enum Answer {
    Json(Value),
    Reply(Reply),
}

fn answer(call: &mut Call<'_>) -> Result<Answer, Status> {
    let (plane, rest) = plane::locate(&call.request.path);
    let rest: Vec<_> = rest.iter().map(String::as_str).collect();
    if matches!(rest.as_slice(), ["readyz" | "livez" | "healthz"]) && plane == Plane::Platform {
        return Ok(Answer::Json(Value::from("ok")));
    }
    let caller = Caller::of(call)?;
    caller.enter(&plane, &call.state.seed)?;
    if let ["openapi", path @ ..] = rest.as_slice() {
        return openapi::answer(call.request, &plane, path).map(Answer::Reply).ok_or_else(Status::no_such_path);
    }
    resources(call, &plane, &caller, &rest).map(Answer::Json)
}

fn resources(call: &Call<'_>, plane: &Plane, caller: &Caller, rest: &[&str]) -> Result<Value, Status> {
    match rest {
        ["version"] => Ok(discovery::version()),
        ["readyz" | "livez" | "healthz"] => Ok(Value::from("ok")),
        [] => Ok(json!({"paths": ["/api", "/apis", "/version", "/readyz"]})),
        ["api"] => Ok(discovery::core()),
        ["apis"] => Ok(discovery::groups(plane)),
        ["apis", group] => discovery::group(plane, group).ok_or_else(Status::no_such_path),
        ["apis", group, version]
            if catalog::in_plane(plane).any(|one| (one.group, one.version) == (group, version)) =>
        {
            Ok(discovery::resources(plane, group, version))
        }
        ["apis", group, version, "namespaces", namespace, plural, name @ ..] if name.len() < 2 => {
            let place = Place { plane, caller, namespace: Some(namespace) };
            place.serve(call, catalog::find(plane, group, version, plural)?, name.first().copied())
        }
        ["apis", group, version, plural, name @ ..] if name.len() < 2 => {
            let place = Place { plane, caller, namespace: None };
            place.serve(call, catalog::find(plane, group, version, plural)?, name.first().copied())
        }
        _ => Err(Status::no_such_path()),
    }
}

/// Where a request for objects is.
struct Place<'a> {
    plane: &'a Plane,
    caller: &'a Caller,
    namespace: Option<&'a str>,
}

impl Place<'_> {
    fn serve(&self, call: &Call<'_>, resource: &Resource, name: Option<&str>) -> Result<Value, Status> {
        let verb = match (&call.request.method, name) {
            (&Method::GET, Some(_)) => "get",
            (&Method::GET, None) => "list",
            (&Method::POST, None) => "create",
            _ => return Err(Status::method_not_allowed()),
        };
        if resource.is_review() {
            return reviews::answer(call, self.plane, self.caller, resource, verb);
        }
        if !resource.verbs.contains(&verb) {
            return Err(Status::method_not_allowed());
        }
        let objects = objects::visible(&call.state.seed, self.plane, self.caller, resource);
        let objects = objects
            .into_iter()
            .filter(|object| self.namespace.is_none_or(|own| object["metadata"]["namespace"] == own));
        match name {
            None => list::list(call.request, resource, objects.collect()),
            Some(name) => objects
                .into_iter()
                .find(|object| object["metadata"]["name"] == name)
                .ok_or_else(|| Status::not_found(resource, name)),
        }
    }
}

//! The API: Kubernetes-style control planes over one store.
//!
//! `plane` says which control plane a request is in and who may enter, `path` which object it is about, `access` who
//! may do what by `bindings` of `roles` and by memberships, `catalog` which types exist there, `view` which of their objects are shown. `discovery` and
//! `openapi` describe the types, `schema` says what their objects look like, `patch` changes them; `list`, `watch` and `write` are the verbs; `form` and `table` are what answers look like. `world` keeps
//! everything, `store` the objects and their history; `accounts` tells the identity provider of machines, and
//! `machine_keys` shows what it knows; `seeding` and `filling` put the first ones in. `reviews` answers
//! questions about the caller, `status` is every error.

mod access;
mod accounts;
mod bindings;
mod body;
mod catalog;
mod conditions;
mod discovery;
mod filling;
mod form;
mod levers;
mod list;
mod machine_keys;
mod metadata;
mod openapi;
mod patch;
mod path;
mod plane;
mod protobuf;
mod reviews;
mod roles;
mod schema;
mod seeding;
mod selector;
mod status;
mod store;
mod table;
mod view;
mod watch;
mod world;
mod write;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use self::access::Attempt;
use self::form::Form;
use self::path::Target;
use self::plane::{Caller, Plane};
use self::status::Status;
use self::view::View;
use super::exchange::{Call, Reply, Request};

pub use levers::Refused;

pub(crate) use levers::Filling;
pub(crate) use path::route_name;
pub(crate) use watch::Watch;
pub(crate) use world::World;

pub(crate) fn serve(call: &mut Call<'_>) -> Reply {
    answer(call).unwrap_or_else(|status| {
        call.note.outcome = Some(status.reason.to_owned());
        status.reply()
    })
}

fn answer(call: &mut Call<'_>) -> Result<Reply, Status> {
    let (plane, rest) = plane::locate(&call.request.path, call.state.machines.generation);
    let rest: Vec<_> = rest.iter().map(String::as_str).collect();
    let is_health = matches!(rest.as_slice(), ["readyz" | "livez" | "healthz"]);
    if is_health && plane == Plane::Platform {
        return Ok(Reply::text(StatusCode::OK, "ok"));
    }
    let caller = Caller::of(call)?;
    caller.enter(&plane, &call.state.world.store)?;
    if is_health {
        return Ok(Reply::text(StatusCode::OK, "ok"));
    }
    if let ["openapi", path @ ..] = rest.as_slice() {
        return openapi::answer(call.request, &plane, path).ok_or_else(Status::no_such_path);
    }
    match path::target(&rest) {
        Some(target) => objects(call, plane, caller, &target),
        None => described(call.request, &plane, &rest),
    }
}

/// Everything that is no object.
fn described(request: &Request, plane: &Plane, rest: &[&str]) -> Result<Reply, Status> {
    let aggregated = discovery::aggregated_version(request);
    let answer = match (rest, aggregated) {
        _ if request.method != Method::GET => return Err(Status::method_not_allowed()),
        (["version"], _) => discovery::version(),
        ([], _) => json!({"paths": ["/api", "/apis", "/version", "/readyz"]}),
        ([root @ ("api" | "apis")], Some(version)) => {
            let kind = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
            let answer = discovery::aggregated(plane, version, *root == "api");
            return Ok(Reply::ok(&answer).header(hyper::header::CONTENT_TYPE, &kind));
        }
        (["api"], None) => discovery::core(plane),
        (["apis"], None) => discovery::groups(plane),
        (["apis", group], _) => discovery::group(plane, group).ok_or_else(Status::no_such_path)?,
        (["api", version], _) => discovery::resources(plane, "", version).ok_or_else(Status::no_such_path)?,
        (["apis", group, version], _) if !group.is_empty() => {
            discovery::resources(plane, group, version).ok_or_else(Status::no_such_path)?
        }
        _ => return Err(Status::no_such_path()),
    };
    Ok(Reply::ok(&answer))
}

/// A verb on objects of one type.
fn objects(call: &mut Call<'_>, plane: Plane, caller: Caller, target: &Target<'_>) -> Result<Reply, Status> {
    machine_keys::check_plane(&plane, target, call.state.machines.generation)?;
    let resource = catalog::find(&plane, target.group, target.version, target.plural)?;
    let is_status = match target.subresource {
        None => false,
        Some("status") if resource.has_status => true,
        Some(_) => return Err(Status::no_such_path()),
    };
    if (target.namespace.is_some() && !resource.namespaced)
        || (target.name.is_some() && target.namespace.is_none() && resource.namespaced)
    {
        return Err(Status::no_such_path());
    }
    let verb = target.verb(call.request).ok_or_else(Status::method_not_allowed)?;
    if !resource.verbs.contains(&verb) || (is_status && !matches!(verb, "get" | "update" | "patch")) {
        return Err(Status::method_not_allowed());
    }
    let name = target.name.unwrap_or_default();
    Attempt { verb, resource, namespace: target.namespace, name }.check(&call.state.world.store, &plane, &caller)?;
    if resource.is_review() {
        let review = reviews::answer(call.request, &call.state.world.store, &plane, &caller, resource)?;
        return Ok(Reply::json(StatusCode::CREATED, &review));
    }
    let view = View { resource, plane, caller, namespace: target.namespace.map(str::to_owned) };
    if resource.is_virtual {
        return machine_keys::answer(call, verb, &view, name);
    }
    act(call, verb, view, name, is_status)
}

fn act(call: &mut Call<'_>, verb: &str, view: View, name: &str, is_status: bool) -> Result<Reply, Status> {
    let (request, world, resource) = (call.request, &mut call.state.world, view.resource);
    let shown =
        |object: &Value| -> Result<Reply, Status> { Ok(Reply::ok(&Form::of(request)?.one(resource, object, true))) };
    let written = |written: write::Written| -> Result<Reply, Status> {
        let status = if written.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let reply = Reply { status, ..shown(&written.object)? };
        Ok(written.warnings.iter().fold(reply, |reply, warning| reply.warn(warning)))
    };
    match verb {
        "get" => shown(&*view.get(&world.store, name).ok_or_else(|| Status::not_found(resource, name))?),
        "list" => Ok(Reply::new(StatusCode::OK, "application/json", list::list(request, &world.store, &view)?)),
        "watch" => Ok(Reply::watching(Watch::new(request, &world.store, view)?)),
        "create" if resource.namespaced && view.namespace.is_none() => Err(Status::method_not_allowed()),
        "create" => written(write::create(request, world, &view)?),
        "update" => written(write::update(request, world, &view, name, is_status)?),
        "delete" => Ok(Reply::ok(&write::delete(request, world, &view, name)?)),
        "deletecollection" => {
            let deleted = write::delete_collection(request, world, &view)?;
            Ok(Reply::new(StatusCode::OK, "application/json", deleted))
        }
        _ => written(write::patch(request, world, &view, name, is_status)?),
    }
}

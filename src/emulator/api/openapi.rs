//! `/openapi`: the schemas of what a control plane serves.

use hyper::{StatusCode, header};

use super::catalog::{self, Resource};
use super::plane::Plane;
use super::schema::{self, Served};
use crate::emulator::exchange::{Reply, Request};

/// The document at a path below `/openapi`, if there is one.
pub(super) fn answer(request: &Request, plane: &Plane, path: &[&str]) -> Option<Reply> {
    let served: Vec<_> = catalog::in_plane(plane).map(served).collect();
    match path {
        ["v3"] => {
            // A client takes these as they are, so they lead to this control plane and no other.
            let mut index = schema::index(&served);
            let prefix = request.path.trim_end_matches('/').trim_end_matches("/openapi/v3");
            for (_, document) in index["paths"].as_object_mut().into_iter().flatten() {
                let path = document["serverRelativeURL"].as_str().unwrap_or_default();
                document["serverRelativeURL"] = format!("{prefix}{path}").into();
            }
            Some(Reply::ok(&index))
        }
        ["v3", root @ ..] => schema::document(&served, &root.join("/")).map(|document| Reply::ok(&document)),
        ["v2"] => {
            let swagger = schema::swagger(&served);
            let wishes = request.header(header::ACCEPT).unwrap_or_default();
            let wants_protobuf = [schema::PROTOBUF, schema::PROTOBUF_WISH].iter().any(|kind| wishes.contains(kind));
            Some(match wants_protobuf {
                true => Reply::new(StatusCode::OK, schema::PROTOBUF, schema::protobuf(&swagger)),
                false => Reply::ok(&swagger),
            })
        }
        _ => None,
    }
}

fn served(resource: &'static Resource) -> Served<'static> {
    Served {
        group: resource.group,
        version: resource.version,
        kind: resource.kind,
        plural: resource.plural,
        namespaced: resource.namespaced,
        has_status: resource.has_status,
    }
}

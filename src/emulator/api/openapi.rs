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
        ["v3"] => Some(Reply::ok(&schema::index(&served))),
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
        has_status: true,
    }
}

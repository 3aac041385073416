//! The few core types.

use super::{AGE, Column, Plane, Resource, Source, column};

const API: (&str, &str) = ("", "v1");

fn organization_or_project(plane: &Plane) -> bool {
    matches!(plane, Plane::Organization(_) | Plane::Project(..))
}

fn project(plane: &Plane) -> bool {
    matches!(plane, Plane::Project(..))
}

const NAMESPACE_VERBS: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];

static EVENT_COLUMNS: [Column; 5] = [
    column("Last Seen", Source::Since("/lastTimestamp")),
    column("Type", Source::Path("/type")),
    column("Reason", Source::Path("/reason")),
    column("Object", Source::Reference("/involvedObject")),
    column("Message", Source::Path("/message")),
];

pub(super) static TYPES: [Resource; 4] = [
    Resource {
        short_names: &["ns"],
        verbs: NAMESPACE_VERBS,
        selectable: &["status.phase"],
        columns: &[column("Status", Source::Path("/status/phase")), AGE],
        ..Resource::new(API, ["namespaces", "namespace", "Namespace"], organization_or_project)
    },
    Resource {
        short_names: &["cm"],
        namespaced: true,
        has_status: false,
        columns: &[column("Data", Source::Count(&["/data", "/binaryData"])), AGE],
        ..Resource::new(API, ["configmaps", "configmap", "ConfigMap"], project)
    },
    Resource {
        namespaced: true,
        has_status: false,
        selectable: &["type"],
        columns: &[column("Type", Source::Path("/type")), column("Data", Source::Count(&["/data"])), AGE],
        ..Resource::new(API, ["secrets", "secret", "Secret"], project)
    },
    Resource {
        short_names: &["ev"],
        namespaced: true,
        has_status: false,
        selectable: &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        columns: &EVENT_COLUMNS,
        ..Resource::new(API, ["events", "event", "Event"], organization_or_project)
    },
];

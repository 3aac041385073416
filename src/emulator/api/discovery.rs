//! What a control plane says about itself: groups, versions and resources.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::catalog::{self, Resource};
use super::plane::Plane;

pub(super) fn version() -> Value {
    json!({"major": "1", "minor": "33", "gitVersion": "v1.33.0-emulator", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2026-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "linux/amd64"})
}

/// `/api`: there are no core resources. A version without any would be an error to kubectl.
pub(super) fn core() -> Value {
    json!({"kind": "APIVersions", "versions": [], "serverAddressByClientCIDRs": []})
}

pub(super) fn groups(plane: &Plane) -> Value {
    let names: BTreeSet<_> = catalog::in_plane(plane).map(|resource| resource.group).collect();
    let groups: Vec<_> = names.into_iter().filter_map(|name| description(plane, name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`.
pub(super) fn group(plane: &Plane, name: &str) -> Option<Value> {
    let mut group = description(plane, name)?;
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Some(group)
}

fn description(plane: &Plane, name: &str) -> Option<Value> {
    let resource = catalog::in_plane(plane).find(|resource| resource.group == name)?;
    let version = json!({"groupVersion": resource.api_version(), "version": resource.version});
    Some(json!({"name": name, "versions": [version], "preferredVersion": version}))
}

/// `/apis/GROUP/VERSION`.
pub(super) fn resources(plane: &Plane, group: &str, version: &str) -> Value {
    let of_group = catalog::in_plane(plane).filter(|one| (one.group, one.version) == (group, version));
    let resources: Vec<_> = of_group.map(resource).collect();
    let group_version = format!("{group}/{version}");
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn resource(resource: &Resource) -> Value {
    json!({"name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
           "kind": resource.kind, "verbs": resource.verbs})
}

//! What a control plane says about itself: groups, versions and resources, in both forms.

use std::collections::BTreeSet;

use hyper::header;
use serde_json::{Value, json};

use super::catalog::{self, Resource};
use super::plane::Plane;
use crate::emulator::exchange::Request;

pub(super) fn version() -> Value {
    json!({"major": "1", "minor": "33", "gitVersion": "v1.33.0-emulator", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2026-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "linux/amd64"})
}

fn serves_core(plane: &Plane) -> bool {
    catalog::in_plane(plane).any(|resource| resource.group.is_empty())
}

/// `/api`. A version without any resource would be an error to kubectl.
pub(super) fn core(plane: &Plane) -> Value {
    let versions: &[&str] = if serves_core(plane) { &["v1"] } else { &[] };
    json!({"kind": "APIVersions", "versions": versions, "serverAddressByClientCIDRs": []})
}

fn group_names(plane: &Plane) -> BTreeSet<&'static str> {
    catalog::in_plane(plane).map(|resource| resource.group).filter(|group| !group.is_empty()).collect()
}

pub(super) fn groups(plane: &Plane) -> Value {
    let groups: Vec<_> = group_names(plane).into_iter().filter_map(|name| description(plane, name)).collect();
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
    let resource = catalog::in_plane(plane).find(|resource| resource.group == name && !name.is_empty())?;
    let version = json!({"groupVersion": resource.api_version(), "version": resource.version});
    Some(json!({"name": name, "versions": [version], "preferredVersion": version}))
}

/// `/apis/GROUP/VERSION`, or `/api/VERSION` for the empty group; `None` where there is no such version.
pub(super) fn resources(plane: &Plane, group: &str, version: &str) -> Option<Value> {
    let of_group = || catalog::in_plane(plane).filter(|one| (one.group, one.version) == (group, version));
    let group_version = of_group().next()?.api_version();
    let resources: Vec<_> = of_group().flat_map(resource).collect();
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

fn resource(resource: &Resource) -> Vec<Value> {
    let mut main = json!({"name": resource.plural, "singularName": resource.singular,
        "namespaced": resource.namespaced, "kind": resource.kind, "verbs": resource.verbs});
    for (member, list) in [("shortNames", resource.short_names), ("categories", resource.categories)] {
        if !list.is_empty() {
            main[member] = list.into();
        }
    }
    let status = resource.has_status.then(|| {
        json!({"name": format!("{}/status", resource.plural), "singularName": "", "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": STATUS_VERBS})
    });
    std::iter::once(main).chain(status).collect()
}

const STATUS_VERBS: [&str; 3] = ["get", "patch", "update"];

/// The version of `apidiscovery.k8s.io` that a client would rather have than the older form.
pub(super) fn aggregated_version(request: &Request) -> Option<&'static str> {
    let accept = request.header(header::ACCEPT)?;
    accept.split(',').map(|media| media.split(';').map(str::trim).collect::<Vec<_>>()).find_map(|parts| {
        let wanted = parts.contains(&"g=apidiscovery.k8s.io") && parts.contains(&"as=APIGroupDiscoveryList");
        let version = ["v2", "v2beta1"].into_iter().find(|version| parts.contains(&format!("v={version}").as_str()));
        version.filter(|_| wanted && parts.first() == Some(&"application/json"))
    })
}

/// `/api` or `/apis`, with everything there is below it.
pub(super) fn aggregated(plane: &Plane, version: &str, of_core: bool) -> Value {
    let names = if of_core { serves_core(plane).then_some("").into_iter().collect() } else { group_names(plane) };
    let groups: Vec<_> = names.into_iter().map(|name| aggregated_group(plane, name)).collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {},
           "items": groups})
}

fn aggregated_group(plane: &Plane, group: &str) -> Value {
    let of_group: Vec<_> = catalog::in_plane(plane).filter(|one| one.group == group).collect();
    let version = of_group.first().map(|one| one.version);
    let resources: Vec<_> = of_group.into_iter().map(aggregated_resource).collect();
    let versions = json!([{"version": version, "resources": resources, "freshness": "Current"}]);
    let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
    json!({"metadata": metadata, "versions": versions})
}

fn aggregated_resource(resource: &Resource) -> Value {
    let kind = json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let mut described = json!({"resource": resource.plural, "responseKind": kind, "scope": scope,
        "singularResource": resource.singular, "verbs": resource.verbs});
    for (member, list) in [("shortNames", resource.short_names), ("categories", resource.categories)] {
        if !list.is_empty() {
            described[member] = list.into();
        }
    }
    if resource.has_status {
        described["subresources"] = json!([{"subresource": "status", "responseKind": kind, "verbs": STATUS_VERBS}]);
    }
    described
}

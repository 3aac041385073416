//! The types a control plane serves: asked for once, remembered, found by whatever name a person gives them.

mod cache;
mod discover;
mod resolve;

use serde::{Deserialize, Serialize};

pub(crate) use cache::TypeCache;
pub(crate) use resolve::TypeProblem;

/// One type of object, in one version of its group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiType {
    /// The API group; empty for the core group.
    pub(crate) group: String,
    /// Such as `v1alpha1`.
    pub(crate) version: String,
    /// Such as `DNSZone`.
    pub(crate) kind: String,
    /// The name in URLs, such as `dnszones`.
    pub(crate) plural: String,
    /// Such as `dnszone`.
    pub(crate) singular: String,
    /// Abbreviations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) short_names: Vec<String>,
    /// Groups of types, such as `all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub(crate) namespaced: bool,
    /// What can be done with it.
    pub(crate) verbs: Vec<String>,
    /// Such as `status`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subresources: Vec<String>,
}

impl ApiType {
    /// `GROUP/VERSION`, or `VERSION` in the core group.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `dnszones.dns.networking.miloapis.com`, or `secrets` in the core group.
    pub(crate) fn qualified(&self) -> String {
        self.with_group(&self.plural)
    }

    /// `dnszone.dns.networking.miloapis.com`, as `-o name` and messages call an object's type.
    pub(crate) fn qualified_singular(&self) -> String {
        self.with_group(&self.kind.to_lowercase())
    }

    /// Whether `verb` can be done with it.
    pub(crate) fn supports(&self, verb: &str) -> bool {
        self.verbs.iter().any(|one| one == verb)
    }

    /// Whether it is one of Kubernetes' own types: for those alone a server understands strategic merge patches.
    pub(crate) fn is_built_in(&self) -> bool {
        BUILT_IN_GROUPS.contains(&self.group.as_str())
    }

    fn with_group(&self, name: &str) -> String {
        if self.group.is_empty() { name.to_owned() } else { format!("{name}.{}", self.group) }
    }
}

/// The groups of Kubernetes itself. A group that only ends like them may be anybody's, such as that of Gateway API.
const BUILT_IN_GROUPS: [&str; 19] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// All types of a control plane, the server's preferred group and version first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Types {
    /// The types.
    pub(crate) all: Vec<ApiType>,
    /// The groups whose types the server could not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stale: Vec<String>,
}

#[cfg(test)]
mod tests;

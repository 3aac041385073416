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

    fn with_group(&self, name: &str) -> String {
        if self.group.is_empty() { name.to_owned() } else { format!("{name}.{}", self.group) }
    }
}

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

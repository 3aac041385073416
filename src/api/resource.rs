//! The resources read here, as far as they are read. Unknown fields are ignored, missing ones are empty.

use std::collections::HashMap;

use serde::Deserialize;

/// An organization the user is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Organization {
    /// Its id.
    pub(crate) id: String,
    /// Its display name; the id where it has none.
    pub(crate) display_name: String,
    /// The user's roles there, joined with `, `.
    pub(crate) role: Option<String>,
}

/// A project of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    /// Its id.
    pub(crate) id: String,
    /// Its display name; the id where it has none.
    pub(crate) display_name: String,
    /// The organization it was listed in.
    pub(crate) organization_id: String,
}

/// The items of one page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Items<T> {
    pub(super) items: Option<Vec<T>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrganizationMembership {
    spec: MembershipSpec,
    status: MembershipStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MembershipSpec {
    organization_ref: Reference,
    roles: Vec<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MembershipStatus {
    organization: MembershipOrganization,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MembershipOrganization {
    display_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    name: String,
}

impl OrganizationMembership {
    /// The organization; `None` for a membership that names none.
    pub(super) fn into_organization(self) -> Option<Organization> {
        let id = some(self.spec.organization_ref.name)?;
        let display_name = some(self.status.organization.display_name).unwrap_or_else(|| id.clone());
        let roles: Vec<_> = self.spec.roles.into_iter().map(|role| role.name).collect();
        Some(Organization { id, display_name, role: some(roles.join(", ")) })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectResource {
    metadata: ObjectMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ObjectMetadata {
    name: String,
    annotations: Option<HashMap<String, String>>,
}

impl ProjectResource {
    /// The project as listed in `organization`; `None` for an object without a name.
    pub(super) fn into_project(self, organization: &str) -> Option<Project> {
        let id = some(self.metadata.name)?;
        let name = self.metadata.annotations.and_then(|mut all| all.remove("kubernetes.io/display-name"));
        let display_name = name.and_then(some).unwrap_or_else(|| id.clone());
        Some(Project { id, display_name, organization_id: organization.to_owned() })
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

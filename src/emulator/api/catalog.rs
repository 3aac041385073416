//! Which resources exist in which control plane.

use super::plane::Plane;
use super::status::Status;

/// A resource type.
pub(crate) struct Resource {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    pub(super) kind: &'static str,
    pub(super) namespaced: bool,
    pub(super) verbs: &'static [&'static str],
    /// Fields a list may be narrowed by, beside name and namespace.
    pub(super) selectable: &'static [&'static str],
    served: fn(&Plane) -> bool,
}

const RESOURCE_MANAGER: &str = "resourcemanager.miloapis.com";

static RESOURCES: [Resource; 6] = [
    Resource {
        group: "iam.miloapis.com",
        version: "v1alpha1",
        plural: "users",
        singular: "user",
        kind: "User",
        namespaced: false,
        verbs: &["get"],
        selectable: &[],
        served: |plane| matches!(plane, Plane::Platform | Plane::User(_)),
    },
    Resource {
        group: RESOURCE_MANAGER,
        version: "v1alpha1",
        plural: "organizationmemberships",
        singular: "organizationmembership",
        kind: "OrganizationMembership",
        namespaced: true,
        verbs: &["get", "list"],
        selectable: &["spec.organizationRef.name", "spec.userRef.name"],
        served: |plane| matches!(plane, Plane::User(_) | Plane::Organization(_)),
    },
    Resource {
        group: RESOURCE_MANAGER,
        version: "v1alpha1",
        plural: "organizations",
        singular: "organization",
        kind: "Organization",
        namespaced: false,
        verbs: &["get"],
        selectable: &[],
        served: |plane| matches!(plane, Plane::Platform | Plane::User(_)),
    },
    Resource {
        group: RESOURCE_MANAGER,
        version: "v1alpha1",
        plural: "projects",
        singular: "project",
        kind: "Project",
        namespaced: false,
        verbs: &["get", "list"],
        selectable: &[],
        served: |plane| matches!(plane, Plane::Organization(_)),
    },
    Resource {
        group: "authentication.k8s.io",
        version: "v1",
        plural: "selfsubjectreviews",
        singular: "selfsubjectreview",
        kind: "SelfSubjectReview",
        namespaced: false,
        verbs: &["create"],
        selectable: &[],
        served: |_| true,
    },
    Resource {
        group: "authorization.k8s.io",
        version: "v1",
        plural: "selfsubjectaccessreviews",
        singular: "selfsubjectaccessreview",
        kind: "SelfSubjectAccessReview",
        namespaced: false,
        verbs: &["create"],
        selectable: &[],
        served: |_| true,
    },
];

impl Resource {
    pub(super) fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// Whether creating one asks a question instead of storing something.
    pub(super) fn is_review(&self) -> bool {
        self.group.ends_with(".k8s.io")
    }
}

/// The resources a control plane serves.
pub(super) fn in_plane(plane: &Plane) -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().filter(move |resource| (resource.served)(plane))
}

pub(super) fn find(plane: &Plane, group: &str, version: &str, plural: &str) -> Result<&'static Resource, Status> {
    in_plane(plane)
        .find(|one| (one.group, one.version, one.plural) == (group, version, plural))
        .ok_or_else(Status::no_such_path)
}

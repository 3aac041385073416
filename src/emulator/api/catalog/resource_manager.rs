//! Organizations, who belongs to them, and projects.

use super::{AGE, DISPLAY_NAME, Plane, READY, Resource, Source, column, wide};

const API: (&str, &str) = ("resourcemanager.miloapis.com", "v1alpha1");

pub(super) static TYPES: [Resource; 3] = [
    Resource {
        namespaced: true,
        selectable: &["spec.organizationRef.name", "spec.userRef.name"],
        index: Some("/spec/userRef/name"),
        columns: &[
            column("Organization", Source::Path("/spec/organizationRef/name")),
            column("Organization Type", Source::Path("/status/organization/type")),
            column("User Email", Source::Path("/status/user/email")),
            wide("User", Source::Path("/spec/userRef/name")),
            READY,
            AGE,
        ],
        ..Resource::new(API, ["organizationmemberships", "organizationmembership", "OrganizationMembership"], |plane| {
            matches!(plane, Plane::User(_) | Plane::Organization(_))
        })
    },
    Resource {
        short_names: &["org"],
        columns: &[
            DISPLAY_NAME,
            column("Type", Source::Path("/spec/type")),
            column("Onboarding", Source::Condition("OnboardingComplete")),
            READY,
            AGE,
        ],
        ..Resource::new(API, ["organizations", "organization", "Organization"], |plane| {
            matches!(plane, Plane::Platform | Plane::User(_))
        })
    },
    Resource {
        index: Some("/spec/ownerRef/name"),
        columns: &[DISPLAY_NAME, wide("Organization", Source::Path("/spec/ownerRef/name")), READY, AGE],
        ..Resource::new(API, ["projects", "project", "Project"], |plane| matches!(plane, Plane::Organization(_)))
    },
];

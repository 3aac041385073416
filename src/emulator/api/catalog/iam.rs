//! People, machines, and what they may do.

use super::{AGE, Column, DISPLAY_NAME, Plane, READ, READY, Resource, Source, column, wide};
use crate::emulator::machines::Generation;

const API: (&str, &str) = ("iam.miloapis.com", "v1alpha1");

fn organization(plane: &Plane) -> bool {
    matches!(plane, Plane::Organization(_))
}

static SERVICE_ACCOUNT_COLUMNS: [Column; 5] = [
    column("Email", Source::Path("/status/email")),
    column("Description", Source::Path("/metadata/annotations/kubernetes.io~1description")),
    column("State", Source::Path("/spec/state")),
    READY,
    AGE,
];

pub(super) static TYPES: [Resource; 8] = [
    Resource {
        verbs: READ,
        columns: &[
            column("Email", Source::Path("/spec/email")),
            column("Given Name", Source::Path("/spec/givenName")),
            column("Family Name", Source::Path("/spec/familyName")),
            wide("State", Source::Path("/status/state")),
            AGE,
        ],
        ..Resource::new(API, ["users", "user", "User"], |plane| matches!(plane, Plane::Platform | Plane::User(_)))
    },
    Resource {
        columns: &SERVICE_ACCOUNT_COLUMNS,
        ..Resource::new(API, ["serviceaccounts", "serviceaccount", "ServiceAccount"], |plane| {
            matches!(plane, Plane::Project(_, Generation::ServiceAccounts))
        })
    },
    Resource {
        columns: &SERVICE_ACCOUNT_COLUMNS,
        ..Resource::new(API, ["machineaccounts", "machineaccount", "MachineAccount"], |plane| {
            matches!(plane, Plane::Project(_, Generation::MachineAccounts))
        })
    },
    Resource {
        namespaced: true,
        columns: &[
            column("Role", Source::Path("/spec/roleRef/name")),
            wide("Role Namespace", Source::Path("/spec/roleRef/namespace")),
            READY,
            AGE,
        ],
        ..Resource::new(API, ["policybindings", "policybinding", "PolicyBinding"], |plane| {
            matches!(plane, Plane::Platform | Plane::Organization(_) | Plane::Project(..))
        })
    },
    Resource {
        namespaced: true,
        columns: &[DISPLAY_NAME, column("Launch Stage", Source::Path("/spec/launchStage")), READY, AGE],
        ..Resource::new(API, ["roles", "role", "Role"], |plane| {
            matches!(plane, Plane::Platform | Plane::Organization(_))
        })
    },
    Resource {
        namespaced: true,
        columns: &[READY, AGE],
        ..Resource::new(API, ["groups", "group", "Group"], organization)
    },
    Resource {
        namespaced: true,
        columns: &[
            column("User", Source::Path("/spec/userRef/name")),
            column("Group", Source::Path("/spec/groupRef/name")),
            READY,
            AGE,
        ],
        ..Resource::new(API, ["groupmemberships", "groupmembership", "GroupMembership"], organization)
    },
    Resource {
        namespaced: true,
        selectable: &["spec.email", "spec.state"],
        columns: &[
            column("Email", Source::Path("/spec/email")),
            column("State", Source::Path("/spec/state")),
            wide("Expires", Source::Path("/spec/expirationDate")),
            AGE,
        ],
        ..Resource::new(API, ["userinvitations", "userinvitation", "UserInvitation"], |plane| {
            matches!(plane, Plane::Organization(_) | Plane::User(_))
        })
    },
];

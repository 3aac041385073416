//! The keys of machines. They are the identity provider's, and nothing about them is stored here.

use super::{Column, Plane, Resource, Source, column};
use crate::emulator::machines::Generation;

const API: (&str, &str) = ("identity.miloapis.com", "v1alpha1");

/// A key is made, looked at and revoked, but never changed.
const VERBS: &[&str] = &["create", "delete", "get", "list"];

static KEY_COLUMNS: [Column; 4] = [
    column("Service Account", Source::Path("/spec/serviceAccountUserName")),
    column("Key ID", Source::Path("/status/authProviderKeyID")),
    column("Created", Source::Path("/metadata/creationTimestamp")),
    column("Expires", Source::Path("/spec/expirationDate")),
];

static OLDER_KEY_COLUMNS: [Column; 4] = [
    column("Machine Account", Source::Path("/spec/machineAccountUserName")),
    column("Key ID", Source::Path("/status/authProviderKeyID")),
    column("Created", Source::Path("/metadata/creationTimestamp")),
    column("Expires", Source::Path("/spec/expirationDate")),
];

const fn key(names: [&'static str; 3], served: fn(&Plane) -> bool) -> Resource {
    Resource { verbs: VERBS, has_status: false, is_virtual: true, ..Resource::new(API, names, served) }
}

pub(super) static TYPES: [Resource; 2] = [
    Resource {
        selectable: &["spec.serviceAccountUserName"],
        columns: &KEY_COLUMNS,
        ..key(["serviceaccountkeys", "serviceaccountkey", "ServiceAccountKey"], |plane| {
            matches!(plane, Plane::Project(_, Generation::ServiceAccounts))
        })
    },
    Resource {
        selectable: &["spec.machineAccountUserName"],
        columns: &OLDER_KEY_COLUMNS,
        ..key(["machineaccountkeys", "machineaccountkey", "MachineAccountKey"], |plane| {
            matches!(plane, Plane::Project(_, Generation::MachineAccounts))
        })
    },
];

//! The roles that the platform offers to everybody.

use serde_json::{Value, json};

use super::seeding::{condition, metadata};
use crate::emulator::machines::Generation;

/// The namespace of the platform's roles.
pub(super) const PLATFORM: &str = "datum-cloud";

/// Every role of the platform.
pub(super) fn of_platform(generation: Generation) -> Vec<Value> {
    let everything = |verbs: &[&str]| verbs.iter().map(|verb| format!("*/*.{verb}")).collect();
    let mut roles = vec![
        role("owner", None, everything(&["*"])),
        role("editor", None, everything(&["*"])),
        role("viewer", None, everything(&["get", "list", "watch"])),
    ];
    let accounts = format!("iam.miloapis.com/{}", generation.accounts());
    let keys = format!("identity.miloapis.com/{}", generation.keys());
    roles.extend(family(
        generation.account_roles(),
        &accounts,
        [&["get", "list", "watch"], &["create", "update", "patch"], &["delete", "deletecollection"]],
    ));
    roles.extend(family(generation.key_roles(), &keys, [&["get", "list"], &["create"], &["delete"]]));
    roles
}

/// Viewer, editor and admin of one type: each may do what the one before may, and more.
fn family(prefix: &str, r#type: &str, verbs: [&[&str]; 3]) -> impl Iterator<Item = Value> {
    let names = ["viewer", "editor", "admin"].map(|level| format!("{prefix}-{level}"));
    let roles: Vec<_> = (0..names.len())
        .map(|level| {
            let inherited = level.checked_sub(1).map(|below| names[below].as_str());
            let permissions = verbs[level].iter().map(|verb| format!("{type}.{verb}")).collect();
            role(&names[level], inherited, permissions)
        })
        .collect();
    roles.into_iter()
}

fn role(name: &str, inherited: Option<&str>, permissions: Vec<String>) -> Value {
    let mut metadata = metadata("Role", name, None);
    metadata["namespace"] = PLATFORM.into();
    let mut role = json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "Role", "metadata": metadata,
        "spec": {"launchStage": "Stable", "includedPermissions": permissions},
        "status": {"conditions": [condition("Ready", true, "Ready")]}});
    if let Some(inherited) = inherited {
        role["spec"]["inheritedRoles"] = json!([{"name": inherited, "namespace": PLATFORM}]);
    }
    role
}

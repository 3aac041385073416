//! Roles: those that the platform offers to everybody, and what a role allows.

use serde_json::{Value, json};

use super::access;
use super::catalog;
use super::seeding::{condition, metadata};
use super::store::{Address, Area, Key, Store};
use crate::emulator::machines::Generation;

/// The namespace of the platform's roles.
pub(super) const PLATFORM: &str = "datum-cloud";

/// Every role of the platform.
pub(super) fn of_platform(generation: Generation) -> Vec<Value> {
    let everything = |verbs: &[&str]| verbs.iter().map(|verb| format!("*/*.{verb}")).collect::<Vec<_>>();
    let mut roles = vec![
        role("owner", None, &everything(&["*"])),
        role("editor", None, &everything(&["*"])),
        role("viewer", None, &everything(&["get", "list", "watch"])),
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
            let permissions: Vec<_> = verbs[level].iter().map(|verb| format!("{type}.{verb}")).collect();
            role(&names[level], inherited, &permissions)
        })
        .collect();
    roles.into_iter()
}

fn role(name: &str, inherited: Option<&str>, permissions: &[String]) -> Value {
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

/// What somebody wants to do, as permissions name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) group: &'a str,
    pub(super) plural: &'a str,
    pub(super) verb: &'a str,
}

impl Wanted<'_> {
    /// Whether a permission of the form `GROUP/PLURAL.VERB` covers it; each part may be a star.
    fn is_covered(&self, permission: &str) -> bool {
        let Some((group, rest)) = permission.split_once('/') else { return false };
        let Some((plural, verb)) = rest.rsplit_once('.') else { return false };
        let fits = |part: &str, own: &str| part == "*" || part == own;
        let own_group = if self.group.is_empty() { "core" } else { self.group };
        fits(group, own_group) && fits(plural, self.plural) && fits(verb, self.verb)
    }
}

/// The role that is referred to from `home`, if an organization can use it: it is one of the platform's or its own.
pub(super) fn find<'a>(store: &'a Store, organization: &str, home: &str, reference: &Value) -> Option<&'a Value> {
    let namespace = reference["namespace"].as_str().filter(|namespace| !namespace.is_empty()).unwrap_or(home);
    if namespace != PLATFORM && namespace != access::namespace_of(organization) {
        return None;
    }
    let roles = Address::new(Area::Platform, catalog::named("iam.miloapis.com", "roles")?);
    let name = reference["name"].as_str().unwrap_or_default();
    store.get(&roles, &Key::new(namespace, name)).map(|role| &**role)
}

/// Whether a role or one that it inherits from allows what is wanted.
pub(super) fn allows(store: &Store, organization: &str, role: &Value, wanted: Wanted<'_>) -> bool {
    let (mut waiting, mut seen) = (vec![role], Vec::new());
    while let Some(role) = waiting.pop() {
        // Roles may inherit from each other in a circle.
        let key = Key::of(role);
        if seen.contains(&key) {
            continue;
        }
        let permissions = role["spec"]["includedPermissions"].as_array().into_iter().flatten();
        if permissions.filter_map(Value::as_str).any(|permission| wanted.is_covered(permission)) {
            return true;
        }
        let inherited = role["spec"]["inheritedRoles"].as_array().into_iter().flatten();
        waiting.extend(inherited.filter_map(|one| find(store, organization, &key.namespace, one)));
        seen.push(key);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_permission_covers_what_its_three_parts_name() {
        let zones = Wanted { group: "dns.networking.miloapis.com", plural: "dnszones", verb: "update" };
        for (permission, expected) in [
            ("dns.networking.miloapis.com/dnszones.update", true),
            ("dns.networking.miloapis.com/dnszones.*", true),
            ("dns.networking.miloapis.com/*.update", true),
            ("*/*.*", true),
            ("dns.networking.miloapis.com/dnszones.get", false),
            ("networking.miloapis.com/dnszones.update", false),
            ("dns.networking.miloapis.com/dnszones", false),
            ("dnszones.update", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(zones.is_covered(permission), expected, "{permission}");
        }
        let secrets = Wanted { group: "", plural: "secrets", verb: "get" };
        assert!(secrets.is_covered("core/secrets.get") && !secrets.is_covered("/secrets.get"));
    }
}

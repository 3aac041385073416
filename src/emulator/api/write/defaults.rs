//! What the server fills in where a client left it out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::access;
use super::super::catalog;
use super::super::plane::Plane;
use super::super::store::{Address, Area, Key, Store};
use super::super::view::View;

/// Fills a new object in.
pub(super) fn fill(view: &View, object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    let absent = |value: &Value| value.is_null();
    match view.resource.kind {
        "Secret" => secret(object),
        "ServiceAccount" | "MachineAccount" if absent(&object["spec"]["state"]) => {
            object["spec"]["state"] = "Active".into()
        }
        "UserInvitation" if absent(&object["spec"]["state"]) => object["spec"]["state"] = "Pending".into(),
        "Namespace" => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
        }
        "Project" => {
            if let Plane::Organization(organization) = &view.plane {
                object["metadata"]["labels"]["resourcemanager.miloapis.com/organization-name"] =
                    organization.as_str().into();
            }
        }
        _ => {}
    }
}

/// `stringData` is for writing only.
pub(super) fn secret(object: &mut Value) {
    let Some(text) = object.as_object_mut().and_then(|members| members.shift_remove("stringData")) else {
        return typed(object);
    };
    for (name, value) in text.as_object().into_iter().flatten() {
        object["data"][name] = STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
    typed(object);
}

fn typed(secret: &mut Value) {
    if secret["type"].is_null() {
        secret["type"] = "Opaque".into();
    }
}

/// Who a membership is about, for readers who know no ids.
pub(super) fn membership(store: &Store, object: &mut Value) {
    let organization = object["spec"]["organizationRef"]["name"].as_str().unwrap_or_default();
    let organization = access::platform("organizations").and_then(|at| store.get(&at, &Key::new("", organization)));
    let shown = organization.map_or(Value::Null, |one| {
        let display = &one["metadata"]["annotations"]["kubernetes.io/display-name"];
        if display.is_null() { one["metadata"]["name"].clone() } else { display.clone() }
    });
    let id = object["spec"]["userRef"]["name"].as_str().unwrap_or_default();
    let users = catalog::named("iam.miloapis.com", "users").map(|users| Address::new(Area::Platform, users));
    let user = users.and_then(|at| store.get(&at, &Key::new("", id))).map(|one| one["spec"].clone());
    let applied = object["spec"]["roles"].as_array().into_iter().flatten().map(|role| {
        let mut role = role.clone();
        role["status"] = "Applied".into();
        role
    });
    object["status"] = json!({"organization": {"type": "Standard", "displayName": shown},
        "appliedRoles": applied.collect::<Vec<_>>(), "user": user.unwrap_or_else(|| json!({}))});
}

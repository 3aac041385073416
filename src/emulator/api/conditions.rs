//! What controllers write into `status`.

use serde_json::{Value, json};

use super::catalog::Resource;
use super::metadata;
use super::store::Area;
use crate::sys::clock;

/// The conditions that an object of this type has once its controller is done.
fn types(kind: &str) -> &'static [&'static str] {
    match kind {
        "DNSZone" | "DNSRecordSet" | "HTTPProxy" => &["Accepted", "Programmed"],
        "Domain" => &["ValidDomain", "Verified"],
        "OrganizationMembership" => &["Ready", "RolesApplied"],
        // Nothing runs, and the real one has no conditions.
        "CronJob" => &[],
        _ => &["Ready"],
    }
}

/// Sets one condition; its transition time moves only with its status.
pub(super) fn set(object: &mut Value, kind: &str, status: &str, reason: &str, message: &str) {
    let generation = object["metadata"]["generation"].clone();
    let mut condition = json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": metadata::time(clock::now()), "observedGeneration": generation});
    if !object["status"]["conditions"].is_array() {
        object["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = object["status"]["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|one| one["type"] == kind) {
        Some(present) => {
            if present["status"] == status {
                condition["lastTransitionTime"] = present["lastTransitionTime"].clone();
            }
            *present = condition;
        }
        None => conditions.push(condition),
    }
}

/// A status before any controller has looked at the object.
pub(super) fn begin(resource: &Resource, object: &mut Value) {
    match resource.kind {
        "Project" => set(object, "Ready", "False", "Provisioning", "The project is being provisioned"),
        "Namespace" => object["status"] = json!({"phase": "Active"}),
        kind => {
            for kind in types(kind) {
                set(object, kind, "Unknown", "Pending", "Waiting for controller");
            }
        }
    }
    if resource.kind == "Organization" {
        onboarding(object);
    }
}

fn onboarding(object: &mut Value) {
    match object["spec"]["contactInfo"].is_object() {
        true => set(object, "OnboardingComplete", "True", "Ready", ""),
        false => set(object, "OnboardingComplete", "False", "ContactInfoIncomplete", "Contact information is missing"),
    }
}

/// The controller is done: everything is as it was asked for.
pub(super) fn ripen(resource: &Resource, area: &Area, object: &mut Value) {
    for kind in types(resource.kind) {
        set(object, kind, "True", if *kind == "RolesApplied" { "Applied" } else { kind }, "");
    }
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    match resource.kind {
        "Organization" => onboarding(object),
        "DNSZone" => {
            let servers = ["ns1.datumdomains.net", "ns2.datumdomains.net"];
            object["status"]["nameservers"] = json!(servers);
        }
        "HTTPProxy" => {
            let own = format!("{}.prism.example.net", text("/metadata/uid"));
            let hostnames = object["spec"]["hostnames"].as_array().filter(|all| !all.is_empty()).cloned();
            object["status"]["hostnames"] = hostnames.map_or_else(|| json!([own]), Value::from);
        }
        "ServiceAccount" | "MachineAccount" => {
            let Area::Project(project) = area else { return };
            // The address is given once, whatever the suffix was then.
            if object["status"]["email"].is_null() {
                object["status"]["email"] = format!("{}@{project}.iam.datum.net", text("/metadata/name")).into();
            }
            if resource.kind == "ServiceAccount" {
                object["status"]["clientID"] = object["metadata"]["uid"].clone();
            }
            object["status"]["state"] = object["spec"]["state"].clone();
        }
        _ => {}
    }
}

/// A step of a project's way to its end.
pub(super) fn cleanup(object: &mut Value, reason: &str) {
    set(object, "ResourceCleanup", "False", reason, "The project's resources are being removed");
}

//! Service accounts from their creation to their end: the identity follows the object.

use serde_json::{Value, json};

use super::client::{get, get_as, is_alive};
use super::machine::Machine;
use super::objects::{Client, ORGANIZATION, PROJECT, PROJECTS};
use super::start;
use crate::emulator::Emulator;

pub(super) const ACCOUNTS: &str = "/apis/iam.miloapis.com/v1alpha1/serviceaccounts";
const ROBOT: &str = "robot@production-a1b2c3.iam.datum.net";

pub(super) fn account(name: &str) -> Value {
    json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "ServiceAccount", "metadata": {"name": name}})
}

/// Looks until the object at `path` is as wanted; a controller needs a moment.
pub(super) fn eventually(client: &Client<'_>, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let object = client.get(path).json();
        if wanted(&object) {
            return object;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("never: {}", client.get(path).body)
}

/// Creates an account and waits for its identity.
pub(super) fn created(client: &Client<'_>, name: &str) -> Value {
    assert_eq!(client.send("POST", ACCOUNTS, &account(name)).status, 201);
    eventually(client, &format!("{ACCOUNTS}/{name}"), |object| object["status"]["email"].is_string())
}

fn robot(emulator: &Emulator) -> Machine {
    Machine::with_file(emulator, &emulator.credentials_json_of(ROBOT).unwrap())
}

#[test]
fn an_account_signs_in_when_its_controller_has_seen_it() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let new = client.send("POST", ACCOUNTS, &account("robot"));
    assert_eq!((new.status, &new.json()["status"]["email"]), (201, &Value::Null));
    emulator.put_object("production-a1b2c3", account("nobody")).unwrap();
    assert!(emulator.credentials_json_of("nobody@production-a1b2c3.iam.datum.net").is_err());
    let ready = eventually(&client, &format!("{ACCOUNTS}/robot"), |one| one["status"]["email"].is_string());
    assert_eq!(ready["status"]["email"], ROBOT);
    assert_eq!(ready["status"]["clientID"], ready["metadata"]["uid"]);
    assert_eq!(ready["status"]["state"], "Active");
    let machine = robot(&emulator);
    assert_eq!(machine.file["client_id"], ready["metadata"]["uid"]);
    let token = machine.sign_in(&emulator).unwrap();
    let profile = get_as(&emulator, "/oidc/v1/userinfo", &token).json();
    assert_eq!((&profile["sub"], &profile["preferred_username"]), (&ready["metadata"]["uid"], &json!(ROBOT)));
    assert!(get(&emulator, "/_emulator/state").body.contains(ROBOT));
    let signed_in = emulator.journal().into_iter().rfind(|entry| entry.route == "token.jwt").unwrap();
    assert_eq!(signed_in.client_id.as_deref(), ready["metadata"]["uid"].as_str());
}

#[test]
fn an_inactive_account_cannot_sign_in_and_its_tokens_die_a_step_later() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    created(&client, "robot");
    let (machine, path) = (robot(&emulator), format!("{ACCOUNTS}/robot"));
    let token = json!(machine.sign_in(&emulator).unwrap());
    let merge = "application/merge-patch+json";
    let patched = client.send_as("PATCH", &path, merge, &json!({"spec": {"state": "Inactive"}})).json();
    assert_eq!((&patched["spec"]["state"], &patched["status"]["state"]), (&json!("Inactive"), &json!("Active")));
    let now = eventually(&client, &path, |one| one["status"]["state"] == "Inactive");
    assert_eq!(now["status"]["conditions"][0]["observedGeneration"], 2);
    assert!(!is_alive(&emulator, &token));
    assert_eq!(machine.sign_in(&emulator), Err("the service account is disabled".to_owned()));
    client.send_as("PATCH", &path, merge, &json!({"spec": {"state": "Active"}}));
    eventually(&client, &path, |one| one["status"]["state"] == "Active");
    assert!(machine.sign_in(&emulator).is_ok());
    assert!(!is_alive(&emulator, &token));
}

#[test]
fn a_deleted_account_is_nobody_and_one_of_the_same_name_is_another() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let first = created(&client, "robot");
    let machine = robot(&emulator);
    let token = json!(machine.sign_in(&emulator).unwrap());
    client.send("DELETE", &format!("{ACCOUNTS}/robot"), &Value::Null);
    eventually(&client, &format!("{ACCOUNTS}/robot"), |one| one["reason"] == "NotFound");
    assert_eq!(machine.sign_in(&emulator), Err("iss is no service account".to_owned()));
    assert!(!is_alive(&emulator, &token));
    let second = created(&client, "robot");
    assert_ne!(first["metadata"]["uid"], second["metadata"]["uid"]);
    assert_eq!(machine.sign_in(&emulator), Err("iss is no service account".to_owned()));
}

#[test]
fn the_accounts_of_a_project_end_with_it() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    created(&client, "robot");
    let (machine, seeded) = (robot(&emulator), Machine::of(&emulator));
    emulator.delete_object("production-a1b2c3", &account("robot")).unwrap();
    assert_eq!(machine.sign_in(&emulator), Err("iss is no service account".to_owned()));
    assert!(seeded.sign_in(&emulator).is_ok());
    let organization = Client::new(&emulator, ORGANIZATION);
    let path = format!("{PROJECTS}/production-a1b2c3");
    assert_eq!(organization.send("DELETE", &path, &Value::Null).status, 200);
    eventually(&organization, &path, |one| one["reason"] == "NotFound");
    assert_eq!(seeded.sign_in(&emulator), Err("iss is no service account".to_owned()));
}

#[test]
fn an_account_of_the_seed_is_an_object_of_its_project() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let path = format!("{ACCOUNTS}/ci");
    let seeded = client.get(&path).json();
    assert_eq!(seeded["metadata"]["uid"], "6f1f0e5e-0000-4000-8000-000000000001");
    assert_eq!(seeded["status"]["clientID"], seeded["metadata"]["uid"]);
    let email = seeded["status"]["email"].as_str().unwrap();
    emulator.disable_service_account(email, true).unwrap();
    assert_eq!(client.get(&path).json()["status"]["state"], "Inactive");
    let machine = Machine::of(&emulator);
    assert_eq!(machine.sign_in(&emulator), Err("the service account is disabled".to_owned()));
    emulator.disable_service_account(email, false).unwrap();
    assert!(machine.sign_in(&emulator).is_ok());
    emulator.compact_history();
    client.send("DELETE", &path, &Value::Null);
    eventually(&client, &path, |one| one["reason"] == "NotFound");
    emulator.compact_history();
    assert_eq!(machine.sign_in(&emulator), Err("iss is no service account".to_owned()));
}

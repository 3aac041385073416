//! Machine accounts: the generation before service accounts.

use serde_json::{Value, json};

use super::client::tokens;
use super::machine::Machine;
use super::machine_accounts::eventually;
use super::objects::{Client, PROJECT, PROJECTS, ZONES};
use crate::emulator::{Emulator, Options, Seed};

const ACCOUNTS: &str = "/apis/iam.miloapis.com/v1alpha1/machineaccounts";
const KEYS: &str = "/apis/identity.miloapis.com/v1alpha1/machineaccountkeys";
const BINDINGS: &str = "/apis/iam.miloapis.com/v1alpha1/namespaces/default/policybindings";
const ROLES: &str = "/apis/iam.miloapis.com/v1alpha1/namespaces/datum-cloud/roles";

fn start() -> Emulator {
    let seed = Seed { machine_accounts: true, ..Seed::default() };
    Emulator::start(Options { seed, ..Options::default() }).unwrap()
}

#[test]
fn machine_accounts_take_the_place_of_service_accounts() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    for (path, kinds) in [
        ("/apis/iam.miloapis.com/v1alpha1", ["machineaccounts", "serviceaccounts"]),
        ("/apis/identity.miloapis.com/v1alpha1", ["machineaccountkeys", "serviceaccountkeys"]),
    ] {
        let resources = client.get(path).json();
        let has = |name: &str| resources["resources"].as_array().unwrap().iter().any(|one| one["name"] == name);
        assert_eq!(kinds.map(has), [true, false], "{path}");
    }
    assert_eq!(client.get("/apis/iam.miloapis.com/v1alpha1/serviceaccounts").status, 404);
    assert_eq!(client.get("/apis/identity.miloapis.com/v1alpha1/serviceaccountkeys").status, 404);
    let seeded = client.get(&format!("{ACCOUNTS}/ci")).json();
    assert_eq!(seeded["status"]["email"], "ci@production-a1b2c3.iam.datum.net");
    assert!(seeded["status"]["clientID"].is_null());
    let platform = Client::with(&emulator, "", tokens(&emulator)["access_token"].as_str().unwrap());
    let refused = platform.get(KEYS);
    assert!(refused.status == 400 && refused.body.contains("must be made within a project context"));
    assert_eq!(platform.get(&format!("{ROLES}/iam-machine-accounts-admin")).status, 200);
    assert_eq!(platform.get(&format!("{ROLES}/identity-machine-account-keys-viewer")).status, 200);
    assert_eq!(platform.get(&format!("{ROLES}/iam-service-accounts-admin")).status, 404);
}

#[test]
fn a_machine_account_signs_in_and_can_be_bound() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let new =
        json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "MachineAccount", "metadata": {"name": "robot"}});
    assert_eq!(client.send("POST", ACCOUNTS, &new).status, 201);
    let account = eventually(&client, &format!("{ACCOUNTS}/robot"), |one| one["status"]["email"].is_string());
    assert!(account["status"]["clientID"].is_null() && account["status"]["state"] == "Active");
    let key = json!({"apiVersion": "identity.miloapis.com/v1alpha1", "kind": "MachineAccountKey",
        "metadata": {"generateName": "robot-"}, "spec": {"machineAccountUserName": account["status"]["email"]}});
    let answer = client.send("POST", KEYS, &key);
    assert_eq!(answer.status, 201, "{answer:?}");
    let machine = Machine::with_file(&emulator, answer.json()["status"]["privateKey"].as_str().unwrap());
    assert_eq!(machine.file["type"], "datum_machine_account");
    let robot = machine.sign_in(&emulator).unwrap();
    let robot = Client::with(&emulator, PROJECT, &robot);
    assert_eq!(robot.get(ZONES).status, 403);
    let organization = super::objects::ORGANIZATION;
    let project = Client::new(&emulator, organization).get(&format!("{PROJECTS}/production-a1b2c3")).json();
    let bind = |kind: &str| {
        let binding = json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "PolicyBinding", "metadata": {"name": "b"},
            "spec": {"roleRef": {"name": "viewer", "namespace": "datum-cloud"},
                "subjects": [{"kind": kind, "name": "robot", "uid": account["metadata"]["uid"]}],
                "resourceSelector": {"resourceRef": {"apiGroup": "resourcemanager.miloapis.com", "kind": "Project",
                    "name": "production-a1b2c3", "uid": project["metadata"]["uid"]}}}});
        client.send("POST", BINDINGS, &binding).status
    };
    assert_eq!(bind("ServiceAccount"), 422);
    assert_eq!(bind("MachineAccount"), 201);
    eventually(&client, &format!("{BINDINGS}/b"), |one| one["status"]["conditions"][0]["status"] == "True");
    assert_eq!(robot.get(ZONES).status, 200);
    client.send("DELETE", &format!("{ACCOUNTS}/robot"), &Value::Null);
    eventually(&client, &format!("{ACCOUNTS}/robot"), |one| one["reason"] == "NotFound");
    assert_eq!(robot.get(ZONES).status, 401);
}

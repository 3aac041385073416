//! Keys of service accounts through the API.

use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding};
use serde_json::{Value, json};

use super::client::is_alive;
use super::machine::Machine;
use super::machine_accounts::created;
use super::objects::{Client, ORGANIZATION, PROJECT};
use super::start;
use crate::sys::clock;

pub(super) const KEYS: &str = "/apis/identity.miloapis.com/v1alpha1/serviceaccountkeys";
const CI: &str = "ci@production-a1b2c3.iam.datum.net";

pub(super) fn key(name: &str, email: &str) -> Value {
    json!({"apiVersion": "identity.miloapis.com/v1alpha1", "kind": "ServiceAccountKey", "metadata": {"name": name},
        "spec": {"serviceAccountUserName": email}})
}

fn with(mut key: Value, member: &str, value: &str) -> Value {
    key["spec"][member] = value.into();
    key
}

#[test]
fn a_key_of_the_servers_making_signs_in_and_is_shown_once() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let account = created(&client, "robot");
    let email = account["status"]["email"].as_str().unwrap();
    let answer = client.send("POST", KEYS, &key("first", email));
    assert_eq!(answer.status, 201, "{answer:?}");
    let new = answer.json();
    let id = new["status"]["authProviderKeyID"].as_str().unwrap();
    assert_eq!(new["metadata"]["name"], "first");
    assert!(new["metadata"]["creationTimestamp"].is_string());
    assert!(id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit()));
    let machine = Machine::with_file(&emulator, new["status"]["privateKey"].as_str().unwrap());
    assert_eq!(machine.file["type"], "datum_service_account");
    assert_eq!(machine.file["client_id"], account["metadata"]["uid"]);
    assert_eq!((&machine.file["private_key_id"], &machine.file["client_email"]), (&json!(id), &json!(email)));
    let pem = machine.file["private_key"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(emulator.minted_secrets().contains(&pem.to_owned()));
    assert!(machine.sign_in(&emulator).is_ok());
    let list = client.get(KEYS);
    let one = client.get(&format!("{KEYS}/{id}"));
    assert!(!list.body.contains("privateKey") && !one.body.contains("privateKey"));
    let one = one.json();
    assert_eq!((&one["metadata"]["name"], &one["status"]["authProviderKeyID"]), (&json!(id), &json!(id)));
    assert_eq!(one["spec"]["expirationDate"], new["spec"]["expirationDate"]);
    assert_eq!(client.get(&format!("{KEYS}/first")).status, 404);
}

#[test]
fn lists_are_of_a_project_or_of_one_account() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    created(&client, "robot");
    let robot = "robot@production-a1b2c3.iam.datum.net";
    client.send("POST", KEYS, &key("a", robot));
    let count = |query: &str| client.get(&format!("{KEYS}{query}")).json()["items"].as_array().map(Vec::len);
    assert_eq!(count(""), Some(2));
    assert_eq!(count(&format!("?fieldSelector=spec.serviceAccountUserName%3D{CI}")), Some(1));
    let unknown = client.get(&format!("{KEYS}?fieldSelector=spec.serviceAccountUserName%3Dnobody"));
    assert_eq!((unknown.status, unknown.json()["reason"].as_str()), (404, Some("NotFound")));
    let table = client.accepting(KEYS, "application/json;as=Table;g=meta.k8s.io;v=v1").json();
    let columns: Vec<_> =
        table["columnDefinitions"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(columns, ["Name", "Service Account", "Key ID", "Created", "Expires"]);
}

#[test]
fn a_deleted_key_signs_nobody_in_but_its_tokens_live_on() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let machine = Machine::of(&emulator);
    let token = json!(machine.sign_in(&emulator).unwrap());
    let path = format!("{KEYS}/{}", machine.file["private_key_id"].as_str().unwrap());
    client.send("DELETE", &format!("{path}?dryRun=All"), &Value::Null);
    assert!(machine.sign_in(&emulator).is_ok());
    assert_eq!(client.send("DELETE", &path, &Value::Null).json()["status"], "Success");
    assert!(machine.sign_in(&emulator).unwrap_err().starts_with("kid is no key of this service account"));
    assert!(is_alive(&emulator, &token));
    assert_eq!(client.send("DELETE", &path, &Value::Null).status, 404);
    assert!(Machine::of(&emulator).sign_in(&emulator).is_ok());
}

#[test]
fn an_expired_key_does_not_sign_in() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let soon = (clock::now() + jiff::SignedDuration::from_millis(1500)).to_string();
    let new = client.send("POST", KEYS, &with(key("short", CI), "expirationDate", &soon)).json();
    let machine = Machine::with_file(&emulator, new["status"]["privateKey"].as_str().unwrap());
    assert!(machine.sign_in(&emulator).is_ok());
    std::thread::sleep(std::time::Duration::from_millis(1600));
    assert_eq!(machine.sign_in(&emulator), Err("the key has expired".to_owned()));
}

#[test]
fn what_cannot_be_had_is_refused() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let status = |body: &Value| client.send("POST", KEYS, body).status;
    assert_eq!(status(&key("a", "nobody@production-a1b2c3.iam.datum.net")), 404);
    assert_eq!(status(&with(key("a", CI), "expirationDate", "2020-01-01T00:00:00Z")), 422);
    assert_eq!(status(&with(key("a", CI), "expirationDate", "tomorrow")), 422);
    assert_eq!(status(&key("", CI)), 422);
    let mut nameless = key("a", CI);
    nameless["spec"] = json!({});
    assert_eq!(status(&nameless), 422);
    let strict = client.send("POST", &format!("{KEYS}?fieldValidation=Strict"), &with(key("a", CI), "colour", "red"));
    assert_eq!(strict.status, 400);
    let dry = client.send("POST", &format!("{KEYS}?dryRun=All"), &key("a", CI));
    assert_eq!((dry.status, dry.json()["status"].is_null()), (201, true));
    assert_eq!(client.get(KEYS).json()["items"].as_array().unwrap().len(), 1);
    let path = format!("{KEYS}/{}", client.get(KEYS).json()["items"][0]["metadata"]["name"].as_str().unwrap());
    assert_eq!(client.send("PUT", &path, &key("a", CI)).status, 405);
    assert_eq!(client.send_as("PATCH", &path, "application/merge-patch+json", &json!({})).status, 405);
    assert_eq!(client.get(&format!("{KEYS}?watch=true")).status, 405);
    assert_eq!(client.send("DELETE", KEYS, &Value::Null).status, 405);
}

#[test]
fn a_key_of_the_owners_making_signs_in_and_gives_no_file() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    // Any pair will do for one that the server does not know.
    let pem = crate::emulator::keys::Key::new(crate::emulator::keys::Source::Provider(1)).pem();
    let private = RsaPrivateKey::from_pkcs8_pem(pem.expose()).unwrap();
    let public = private.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let answer = client.send("POST", KEYS, &with(key("mine", CI), "publicKey", &public));
    assert_eq!(answer.status, 201, "{answer:?}");
    let new = answer.json();
    assert_eq!((&new["status"]["privateKey"], &new["spec"]["publicKey"]), (&Value::Null, &Value::Null));
    let mut machine = Machine::of(&emulator);
    machine.file["private_key"] = pem.expose().as_str().into();
    assert_eq!(machine.sign_in(&emulator), Err("the signature does not verify".to_owned()));
    machine.file["private_key_id"] = new["status"]["authProviderKeyID"].clone();
    assert!(machine.sign_in(&emulator).is_ok());

    let small = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap().to_public_key();
    let elliptic = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n\
        q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----\n";
    for refused in [
        pem.expose().as_str(),
        &private.to_pkcs1_pem(LineEnding::LF).unwrap(),
        &private.to_public_key().to_pkcs1_pem(LineEnding::LF).unwrap(),
        &small.to_public_key_pem(LineEnding::LF).unwrap(),
        &format!("{public}{public}"),
        elliptic,
        "nonsense",
        "",
    ] {
        let answer = client.send("POST", KEYS, &with(key("mine", CI), "publicKey", refused));
        assert_eq!(answer.status, 422, "{refused}");
        assert!(refused.len() < 40 || !answer.body.contains(&refused[30..60]), "{}", answer.body);
    }
}

#[test]
fn keys_are_a_matter_of_projects() {
    let emulator = start();
    let organization = Client::new(&emulator, ORGANIZATION);
    let refused = organization.get(KEYS);
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (400, Some("BadRequest")));
    assert!(refused.body.contains("must be made within a project context"));
    assert!(!organization.get("/apis").body.contains("identity.miloapis.com"));
    let project = Client::new(&emulator, PROJECT);
    let resources = project.get("/apis/identity.miloapis.com/v1alpha1").json();
    assert_eq!(resources["resources"][0]["verbs"], json!(["create", "delete", "get", "list"]));
    assert_eq!(resources["resources"].as_array().unwrap().len(), 1);
}

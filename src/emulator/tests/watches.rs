//! Watches.

use serde_json::{Value, json};

use super::objects::{Client, MAPS, PROJECT, map};
use super::start;

fn pair(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

#[test]
fn a_watch_begins_with_what_is_there_and_goes_on_with_what_happens() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    client.send("POST", MAPS, &map("a", "x"));
    let mut watch = client.watch(&format!("{MAPS}?watch=true"));
    assert_eq!(watch.named(), pair("ADDED", "a"));
    client.send("POST", MAPS, &map("b", "x"));
    assert_eq!(watch.named(), pair("ADDED", "b"));
    client.send_as("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json", &json!({"data": {"c": "d"}}));
    assert_eq!(watch.named(), pair("MODIFIED", "a"));
    client.send("DELETE", &format!("{MAPS}/a"), &Value::Null);
    assert_eq!(watch.named(), pair("DELETED", "a"));
}

#[test]
fn a_watch_goes_on_from_a_version_and_outlives_its_token() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    client.send("POST", MAPS, &map("a", "x"));
    let version = client.get(MAPS).json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    client.send("POST", MAPS, &map("b", "x"));
    let path = format!("{MAPS}?watch=true&resourceVersion={version}");
    let mut watch = client.watch(&path);
    assert_eq!(watch.named(), pair("ADDED", "b"));
    emulator.expire_access_tokens();
    assert_eq!(client.get(&path).status, 401);
    let mut object = map("c", "x");
    object["metadata"]["namespace"] = "default".into();
    emulator.put_object("production-a1b2c3", object.clone()).unwrap();
    assert_eq!(watch.named(), pair("ADDED", "c"));
    emulator.delete_object("production-a1b2c3", &object).unwrap();
    assert_eq!(watch.named(), pair("DELETED", "c"));
}

#[test]
fn leaving_the_selection_is_being_deleted() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let mut watch = client.watch(&format!("{MAPS}?watch=true&labelSelector=part+in+(x,z)"));
    client.send("POST", MAPS, &map("a", "y"));
    client.send("POST", MAPS, &map("b", "x"));
    assert_eq!(watch.named(), pair("ADDED", "b"));
    let label = |value: &str| json!({"metadata": {"labels": {"part": value}}});
    client.send_as("PATCH", &format!("{MAPS}/b"), "application/merge-patch+json", &label("y"));
    assert_eq!(watch.named(), pair("DELETED", "b"));
    client.send_as("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json", &label("z"));
    assert_eq!(watch.named(), pair("ADDED", "a"));
}

#[test]
fn a_forgotten_version_is_gone() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let version = client.get(MAPS).json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    client.send("POST", MAPS, &map("a", "x"));
    emulator.compact_history();
    let mut watch = client.watch(&format!("{MAPS}?watch=true&resourceVersion={version}"));
    let (kind, status) = watch.next().unwrap().unwrap();
    assert_eq!((kind.as_str(), &status["code"], &status["reason"]), ("ERROR", &json!(410), &json!("Expired")));
    assert_eq!(watch.next().unwrap(), None);
}

#[test]
fn bookmarks_tell_how_far_a_watch_is_and_a_timeout_ends_it() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let mut watch = client.watch(&format!("{MAPS}?watch=true&allowWatchBookmarks=true"));
    emulator.send_bookmarks();
    let (kind, object) = watch.next().unwrap().unwrap();
    let version = client.get(MAPS).json()["metadata"]["resourceVersion"].clone();
    assert_eq!((kind.as_str(), &object["metadata"]["resourceVersion"]), ("BOOKMARK", &version));
    let mut watch = client.watch(&format!("{MAPS}?watch=true&timeoutSeconds=1"));
    assert_eq!(watch.next().unwrap(), None);
    let initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = client.watch(&format!("{MAPS}?watch=true&{initial}"));
    let (kind, object) = watch.next().unwrap().unwrap();
    assert_eq!(kind, "BOOKMARK");
    assert_eq!(object["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}

#[test]
fn a_watch_can_be_cut_off() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let mut watch = client.watch(&format!("{MAPS}?watch=true"));
    emulator.drop_watches();
    assert!(watch.next().is_err());
    let mut watch = client.watch(&format!("{MAPS}?watch=true"));
    client.send("POST", MAPS, &map("a", "x"));
    assert_eq!(watch.named(), pair("ADDED", "a"));
}

#[test]
fn a_table_watch_tells_its_columns_once() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let mut watch = client.watch_as(&format!("{MAPS}?watch=true"), accept);
    client.send("POST", MAPS, &map("a", "x"));
    client.send("POST", MAPS, &map("b", "x"));
    let (_, first) = watch.next().unwrap().unwrap();
    let (_, second) = watch.next().unwrap().unwrap();
    assert_eq!(first["columnDefinitions"][1]["name"], "Data");
    assert_eq!((&second["columnDefinitions"], &second["rows"][0]["cells"][0]), (&Value::Null, &json!("b")));
}

#[test]
fn a_delayed_answer_delays_no_other() {
    let emulator = super::start_with(&["api.projects:delay=5m"]);
    let client = Client::new(&emulator, PROJECT);
    // Asked and not answered.
    let _waiting = Client::new(&emulator, super::objects::ORGANIZATION).begin(super::objects::PROJECTS, "*/*");
    assert_eq!(client.get(MAPS).status, 200);
}

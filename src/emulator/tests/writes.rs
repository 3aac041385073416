//! Creating, replacing, patching and deleting objects.

use serde_json::{Value, json};

use super::client::{VERIFIER, get_as, open, redeem};
use super::objects::{Client, MAPS, ORGANIZATION, PROJECT, PROJECTS, USER, ZONES, map, zone};
use super::start;

#[test]
fn an_object_is_created_once_and_has_what_the_server_gives_it() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let created = client.send("POST", ZONES, &zone("a"));
    assert_eq!(created.status, 201, "{created:?}");
    let metadata = &created.json()["metadata"];
    assert_eq!((&metadata["namespace"], &metadata["generation"]), (&json!("default"), &json!(1)));
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    let again = client.send("POST", ZONES, &zone("a"));
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["message"], r#"dnszones.dns.networking.miloapis.com "a" already exists"#);
    let kind = again.json()["details"].clone();
    assert_eq!(kind, json!({"name": "a", "group": "dns.networking.miloapis.com", "kind": "dnszones"}));
    let mut generated = zone("");
    generated["metadata"] = json!({"generateName": "zone-"});
    let generated = client.send("POST", ZONES, &generated).json();
    assert_eq!(generated["metadata"]["name"].as_str().unwrap().len(), 10);
}

#[test]
fn a_dry_run_answers_and_keeps_nothing() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    assert_eq!(client.send("POST", &format!("{ZONES}?dryRun=All"), &zone("a")).status, 201);
    assert_eq!(client.get(&format!("{ZONES}/a")).status, 404);
    assert_eq!(client.send("POST", &format!("{ZONES}?dryRun=Some"), &zone("a")).status, 422);
    client.send("POST", ZONES, &zone("a"));
    assert_eq!(client.send("DELETE", &format!("{ZONES}/a?dryRun=All"), &Value::Null).status, 200);
    assert_eq!(client.get(&format!("{ZONES}/a")).status, 200);
}

#[test]
fn what_is_wrong_with_an_object_is_told_by_field() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let refused = client.send("POST", ZONES, &zone("No_Name"));
    assert_eq!((refused.status, &refused.json()["reason"]), (422, &json!("Invalid")));
    let details = refused.json()["details"].clone();
    assert_eq!(details["causes"][0]["field"], "metadata.name");
    assert_eq!(details["kind"], "DNSZone");
    let mut unknown = zone("a");
    unknown["spec"]["nonsense"] = true.into();
    let strict = client.send("POST", &format!("{ZONES}?fieldValidation=Strict"), &unknown);
    assert!(strict.status == 400 && strict.body.contains(r#"unknown field \"spec.nonsense\""#), "{strict:?}");
    let warned = client.send("POST", ZONES, &unknown);
    assert_eq!(warned.header("warning"), Some(r#"299 - "unknown field \"spec.nonsense\"""#));
    let elsewhere = client.send("POST", &ZONES.replace("default", "nowhere"), &zone("a"));
    assert_eq!(elsewhere.json()["message"], r#"namespaces "nowhere" not found"#);
    assert_eq!(client.send_as("POST", ZONES, "text/plain", &zone("a")).status, 415);
    assert_eq!(client.send("PUT", ZONES, &zone("a")).status, 405);
}

#[test]
fn only_the_latest_version_can_be_replaced_and_only_the_spec_counts_generations() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let path = format!("{ZONES}/a");
    let first = client.send("POST", ZONES, &zone("a")).json();
    assert_eq!(client.send("PUT", &path, &zone("a")).status, 422);
    let labels = json!({"metadata": {"labels": {"x": "y"}}});
    let labelled = client.send_as("PATCH", &path, "application/merge-patch+json", &labels).json();
    assert_eq!(labelled["metadata"]["generation"], 1);
    let stale = client.send("PUT", &path, &first);
    assert_eq!((stale.status, &stale.json()["reason"]), (409, &json!("Conflict")));
    let mut changed = client.get(&path).json();
    changed["spec"]["dnsZoneClassName"] = "other".into();
    changed["metadata"]["resourceVersion"] = Value::Null;
    let changed = json!({"spec": changed["spec"], "status": {"nameservers": []}});
    let changed = client.send_as("PATCH", &path, "application/merge-patch+json", &changed).json();
    assert_eq!(changed["metadata"]["generation"], 2);
    let same = client.send("PUT", &path, &client.get(&path).json()).json();
    let present = client.get(&path).json();
    assert_eq!(same["metadata"]["resourceVersion"], present["metadata"]["resourceVersion"]);
    let status = json!({"status": {"nameservers": ["ns.example.com"]}, "spec": {"dnsZoneClassName": "ignored"}});
    let status = client.send_as("PATCH", &format!("{path}/status"), "application/merge-patch+json", &status).json();
    assert_eq!(status["status"]["nameservers"], json!(["ns.example.com"]));
    assert_eq!((&status["spec"]["dnsZoneClassName"], &status["metadata"]["generation"]), (&json!("other"), &json!(2)));
}

#[test]
fn a_deletion_may_insist_on_what_it_deletes() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let path = format!("{MAPS}/a");
    let created = client.send("POST", MAPS, &map("a", "x")).json();
    let other = json!({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "other"}});
    let refused = client.send("DELETE", &path, &other);
    assert!(refused.status == 409 && refused.body.contains("Precondition failed: UID"), "{refused:?}");
    let own = json!({"preconditions": {"uid": created["metadata"]["uid"]}, "propagationPolicy": "Background"});
    let deleted = client.send("DELETE", &path, &own).json();
    assert_eq!((&deleted["status"], &deleted["details"]["uid"]), (&json!("Success"), &created["metadata"]["uid"]));
    assert_eq!(client.get(&path).json()["message"], r#"configmaps "a" not found"#);
    for (name, label) in [("a", "x"), ("b", "x"), ("c", "y")] {
        client.send("POST", MAPS, &map(name, label));
    }
    let deleted = client.send("DELETE", &format!("{MAPS}?labelSelector=part%3Dx"), &Value::Null).json();
    assert_eq!(deleted["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(client.get(MAPS).json()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_finalizer_keeps_an_object_until_it_is_gone() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let mut held = map("a", "x");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.send("POST", MAPS, &held);
    let path = format!("{MAPS}/a");
    let waiting = client.send("DELETE", &path, &Value::Null).json();
    assert!(waiting["metadata"]["deletionTimestamp"].is_string(), "{waiting}");
    assert_eq!(client.get(&path).status, 200);
    let released = json!({"metadata": {"finalizers": null}});
    assert_eq!(client.send_as("PATCH", &path, "application/merge-patch+json", &released).status, 200);
    assert_eq!(client.get(&path).status, 404);
}

#[test]
fn a_project_becomes_ready_by_itself_and_goes_in_steps() {
    let emulator = start();
    let client = Client::new(&emulator, ORGANIZATION);
    let mut watch = client.watch(&format!("{PROJECTS}?watch=1&fieldSelector=metadata.name%3Dnew"));
    let project = json!({"apiVersion": "resourcemanager.miloapis.com/v1alpha1", "kind": "Project",
        "metadata": {"name": "new"}, "spec": {"ownerRef": {"kind": "Organization", "name": "acme"}}});
    let created = client.send("POST", PROJECTS, &project);
    assert_eq!(created.status, 201, "{created:?}");
    let mut ready = Vec::new();
    for _ in 0..2 {
        let (_, object) = watch.next().unwrap().unwrap();
        let condition = &object["status"]["conditions"][0];
        ready.push(format!("{}/{}", condition["status"].as_str().unwrap(), condition["reason"].as_str().unwrap()));
    }
    assert_eq!(ready, ["False/Provisioning", "True/Ready"]);
    let token = super::client::tokens(&emulator)["access_token"].as_str().unwrap().to_owned();
    let inside = format!("{PROJECTS}/new/control-plane/api/v1/namespaces/default");
    assert_eq!(get_as(&emulator, &inside, &token).status, 200);
    client.send("DELETE", &format!("{PROJECTS}/new"), &Value::Null);
    let reason = |object: &Value| {
        let conditions = object["status"]["conditions"].as_array().unwrap();
        conditions.iter().find(|one| one["type"] == "ResourceCleanup").map(|one| one["reason"].clone())
    };
    assert_eq!(reason(&watch.next().unwrap().unwrap().1), Some(json!("CleanupStarted")));
    assert_eq!(reason(&watch.next().unwrap().unwrap().1), Some(json!("CleanupAwaitingCompletion")));
    while watch.next().unwrap().unwrap().0 != "DELETED" {}
    assert_eq!(get_as(&emulator, &inside, &token).status, 403);
}

#[test]
fn who_creates_an_organization_owns_it() {
    let emulator = start();
    let client = Client::new(&emulator, USER);
    let organizations = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations";
    let organization = json!({"apiVersion": "resourcemanager.miloapis.com/v1alpha1", "kind": "Organization",
        "metadata": {"generateName": "org-", "annotations": {"kubernetes.io/display-name": "New"}}, "spec": {}});
    let created = client.send("POST", organizations, &organization).json();
    let name = created["metadata"]["name"].as_str().unwrap();
    let memberships = "/apis/resourcemanager.miloapis.com/v1alpha1/organizationmemberships";
    let selected = client.get(&format!("{memberships}?fieldSelector=spec.organizationRef.name%3D{name}")).json();
    assert_eq!(selected["items"][0]["spec"]["roles"][0]["name"], "owner");
    assert_eq!(selected["items"][0]["status"]["organization"]["displayName"], "New");
    assert_eq!(client.send("DELETE", &format!("{organizations}/{name}"), &Value::Null).status, 200);
    assert_eq!(client.get(&format!("{organizations}/{name}")).status, 404);
}

#[test]
fn a_viewer_may_look_and_not_touch() {
    let emulator = start();
    let code = open(&emulator).finish(&emulator, "grace@example.com", "allow").sent_back("code").unwrap();
    let tokens = redeem(&emulator, &code, VERIFIER).json();
    let client = Client::with(&emulator, PROJECT, tokens["access_token"].as_str().unwrap());
    assert_eq!(client.get(ZONES).status, 200);
    let refused = client.send("POST", ZONES, &zone("a"));
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json()["message"],
        "dnszones.dns.networking.miloapis.com is forbidden: User \"grace@example.com\" cannot create resource \
         \"dnszones\" in API group \"dns.networking.miloapis.com\" in the namespace \"default\""
    );
    let may = |verb: &str| {
        let attributes = json!({"verb": verb, "group": "dns.networking.miloapis.com", "resource": "dnszones"});
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        client.send("POST", path, &json!({"spec": {"resourceAttributes": attributes}})).json()["status"].clone()
    };
    assert_eq!((may("watch"), may("delete")), (json!({"allowed": true}), json!({"allowed": false})));
    let rules = client.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &json!({"spec": {}}));
    let rules = rules.json()["status"]["resourceRules"].clone();
    let zones = rules.as_array().unwrap().iter().find(|rule| rule["resources"][0] == "dnszones").unwrap();
    assert_eq!(zones["verbs"], json!(["get", "list", "watch"]));
}

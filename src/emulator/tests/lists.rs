//! Lists, tables and discovery.

use serde_json::{Value, json};

use super::objects::{Client, MAPS, PROJECT, ZONES, map, zone};
use super::start;

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn pages_show_one_moment_until_it_is_forgotten() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    emulator.fill_project("production-a1b2c3", "configmaps", 5).unwrap();
    let first = client.get(&format!("{MAPS}?limit=2")).json();
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    let token = first["metadata"]["continue"].as_str().unwrap();
    client.send("DELETE", &format!("{MAPS}/configmap-00003"), &Value::Null);
    client.send("POST", MAPS, &map("configmap-00002a", "x"));
    let rest = client.get(&format!("{MAPS}?limit=9&continue={token}")).json();
    assert_eq!(names(&rest), ["configmap-00002", "configmap-00003", "configmap-00004"]);
    assert_eq!(rest["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    emulator.compact_history();
    let expired = client.get(&format!("{MAPS}?limit=9&continue={token}"));
    assert_eq!((expired.status, &expired.json()["reason"]), (410, &json!("Expired")));
    let token = expired.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = client.get(&format!("{MAPS}?limit=9&continue={token}")).json();
    assert_eq!(names(&rest), ["configmap-00002", "configmap-00002a", "configmap-00004"]);
}

#[test]
fn versions_of_lists_are_taken_at_their_word() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    let then = client.get(MAPS).json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    client.send("POST", MAPS, &map("a", "x"));
    let count = |query: &str| client.get(&format!("{MAPS}?{query}")).json()["items"].as_array().map(Vec::len);
    assert_eq!(count(&format!("resourceVersion={then}&resourceVersionMatch=Exact")), Some(0));
    assert_eq!(count(&format!("resourceVersion={then}")), Some(1));
    assert_eq!(client.get(&format!("{MAPS}?resourceVersion=99999")).status, 504);
    assert_eq!(client.get(&format!("{MAPS}?resourceVersionMatch=Exact")).status, 422);
}

#[test]
fn tables_have_the_columns_of_the_type() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    client.send("POST", ZONES, &zone("a"));
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let table = client.accepting(ZONES, accept).json();
    assert_eq!((&table["kind"], &table["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
    let columns: Vec<_> = table["columnDefinitions"].as_array().unwrap().iter().collect();
    let shown: Vec<_> =
        columns.iter().filter(|one| one["priority"] == 0).map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(shown, ["Name", "Domain Name", "Accepted", "Programmed", "Age"]);
    assert_eq!(table["rows"][0]["cells"][1], "example.com");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let one = client.accepting(&format!("{ZONES}/a?includeObject=Object"), accept).json();
    assert_eq!(one["rows"][0]["object"]["kind"], "DNSZone");
    let partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let partial = client.accepting(ZONES, partial).json();
    assert_eq!((&partial["kind"], &partial["items"][0]["spec"]), (&json!("PartialObjectMetadataList"), &Value::Null));
    assert_eq!(client.accepting(ZONES, "application/vnd.kubernetes.protobuf").status, 406);
}

#[test]
fn discovery_comes_piece_by_piece_or_all_at_once() {
    let emulator = start();
    let client = Client::new(&emulator, PROJECT);
    assert_eq!(client.get("/api").json()["versions"], json!(["v1"]));
    let core = client.get("/api/v1").json();
    let all: Vec<_> = core["resources"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert!(all.contains(&json!("secrets")) && all.contains(&json!("namespaces/status")), "{all:?}");
    for version in ["v2", "v2beta1"] {
        let accept =
            format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList,application/json");
        let answer = client.accepting("/apis", &accept);
        assert!(answer.header("content-type").unwrap().contains(&format!("v={version};")), "{answer:?}");
        let answer = answer.json();
        let groups = answer["items"].as_array().unwrap();
        let dns = groups.iter().find(|one| one["metadata"]["name"] == "dns.networking.miloapis.com").unwrap();
        let zones = &dns["versions"][0]["resources"][0];
        assert_eq!((&zones["shortNames"], &zones["scope"]), (&json!(["dz"]), &json!("Namespaced")));
        assert_eq!(zones["subresources"][0]["subresource"], "status");
    }
}

#[test]
fn many_objects_are_made_quickly_and_listed_page_by_page() {
    let emulator = start();
    emulator.fill_project("production-a1b2c3", "dnszones.dns.networking.miloapis.com", 2000).unwrap();
    emulator.fill_organizations(50, 4, "ada@example.com").unwrap();
    let client = Client::new(&emulator, PROJECT);
    let (mut seen, mut next) = (0, String::new());
    loop {
        let page = client.get(&format!("{ZONES}?limit=500&continue={next}")).json();
        seen += page["items"].as_array().unwrap().len();
        match page["metadata"]["continue"].as_str() {
            Some(token) => next = token.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, 2000);
    let user = Client::new(&emulator, super::objects::USER);
    let memberships = user.get("/apis/resourcemanager.miloapis.com/v1alpha1/organizationmemberships").json();
    assert_eq!(memberships["items"].as_array().map(Vec::len), Some(51));
    assert!(emulator.fill_project("nothing", "configmaps", 1).is_err());
    assert!(emulator.fill_project("production-a1b2c3", "nothings", 1).is_err());
}

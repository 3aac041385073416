//! `create -f`.

use datumctl::emulator::Fault;

use super::{names, pipe, project, reference, writes, zone, zones};

#[test]
fn manifests_become_objects_in_their_order() {
    let world = project();
    std::fs::write(world.scratch("zones.yaml"), zones(&["b", "a"])).unwrap();
    let created = world.run(["create", "-f", "zones.yaml"]).success();
    assert_eq!(created.stdout, format!("{} created\n{} created\n", reference("b"), reference("a")));
    assert_eq!(names(&world), ["a", "b"]);
}

#[test]
fn what_exists_already_is_a_refusal_and_the_rest_is_created() {
    let world = project();
    let _ = pipe(&world, ["create", "-f", "-"], &zone("a")).success();
    let one = pipe(&world, ["create", "-f", "-"], &zone("a")).exits(1);
    assert_eq!(one.stderr, "error: standard input:1: dnszones.dns.networking.miloapis.com \"a\" already exists\n");
    let mixed = pipe(&world, ["create", "-f", "-"], &zones(&["a", "b"])).exits(1);
    assert_eq!(mixed.stdout, format!("{} created\n", reference("b")));
    let _ = mixed.says("error: 1 of 2 failed\n");
    let json = pipe(&world, ["create", "-f", "-", "--error-format", "json"], &zones(&["a", "b"])).exits(1);
    let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["error"]["parts"].as_array().map(Vec::len), Some(2));
    assert_eq!(error["error"]["code"], "PARTS_FAILED");
}

#[test]
fn the_server_makes_a_name_from_a_generate_name() {
    let world = project();
    let manifest = zone("x").replace("  name: x\n", "  generateName: made-\n");
    let created = pipe(&world, ["create", "-f", "-", "-o", "name"], &manifest).success().line();
    assert!(created.starts_with(&reference("made-")) && created.len() > reference("made-").len(), "{created}");
    let _ = pipe(&world, ["apply", "-f", "-"], &manifest).exits(2).says("metadata.name is missing");
}

// API-23
#[test]
fn a_dry_run_keeps_nothing() {
    let world = project();
    let client = pipe(&world, ["create", "-f", "-", "--dry-run=client"], &zone("a")).success();
    assert_eq!(client.stdout, format!("{} created (dry run)\n", reference("a")));
    assert!(writes(&world).is_empty());
    let server = pipe(&world, ["create", "-f", "-", "--dry-run=server"], &zone("a")).success();
    assert_eq!(server.stdout, format!("{} created (server dry run)\n", reference("a")));
    assert_eq!(writes(&world).len(), 1);
    assert!(names(&world).is_empty());
}

#[test]
fn objects_are_shown_as_the_server_has_them_without_managed_fields() {
    let world = project();
    let one = pipe(&world, ["create", "-f", "-", "-o", "json"], &zone("a")).success().json();
    assert_eq!(one["metadata"]["namespace"], "default");
    assert!(one["metadata"]["uid"].is_string() && one["metadata"]["managedFields"].is_null(), "{one}");
    let several = pipe(&world, ["create", "-f", "-", "-o", "json"], &zones(&["b", "c"])).success();
    let kinds = serde_json::Deserializer::from_str(&several.stdout).into_iter::<serde_json::Value>();
    assert_eq!(kinds.map(|object| object.unwrap()["kind"].clone()).collect::<Vec<_>>(), ["DNSZone", "DNSZone"]);
    let shown = pipe(&world, ["create", "-f", "-", "-o", "yaml", "--show-managed-fields"], &zone("d")).success();
    assert!(shown.stdout.contains("manager: datumctl"), "{shown}");
}

#[test]
fn unknown_fields_are_refused_warned_of_or_dropped() {
    let world = project();
    let manifest = |name: &str| zone(name).replace("spec:\n", "spec:\n  colour: red\n");
    let _ = pipe(&world, ["create", "-f", "-"], &manifest("a")).exits(1).says("unknown field \"spec.colour\"");
    let warned = pipe(&world, ["create", "-f", "-", "--validate=warn"], &manifest("b")).success();
    let _ = warned.says("warning: unknown field \"spec.colour\"");
    let dropped = pipe(&world, ["create", "-f", "-", "--validate=false"], &manifest("c")).success();
    assert_eq!(dropped.stderr, "");
}

// API-15
#[test]
fn a_token_that_dies_meanwhile_is_replaced_and_the_object_sent_whole_again() {
    let world = project();
    let _ = pipe(&world, ["create", "-f", "-"], &zone("a")).success();
    world.emulator().expire_access_tokens();
    let _ = pipe(&world, ["create", "-f", "-"], &zone("b")).success();
    let statuses: Vec<_> = writes(&world).iter().filter_map(|entry| entry.status).collect();
    assert_eq!(statuses, [201, 401, 201]);
    assert_eq!(names(&world), ["a", "b"]);
}

// API-15
#[test]
fn an_object_whose_answer_is_lost_is_not_sent_again() {
    let world = project();
    let _ = names(&world);
    world.emulator().add_fault("api.other:commit-then-reset,times=1".parse::<Fault>().unwrap());
    let _ = pipe(&world, ["create", "-f", "-"], &zone("a")).exits(5);
    assert_eq!(writes(&world).len(), 1);
    assert_eq!(names(&world), ["a"]);
}

#[test]
fn a_server_that_goes_away_ends_the_run_and_the_rest_is_counted() {
    let world = project();
    let _ = names(&world);
    world.emulator().add_fault("api.other:reset,after=1".parse::<Fault>().unwrap());
    let all: Vec<String> = (0..40).map(|number| format!("zone-{number}")).collect();
    let all = zones(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let cut = pipe(&world, ["create", "-f", "-"], &all).exits(5);
    assert!(cut.stderr.contains("were not tried"), "{cut}");
    assert!(writes(&world).len() <= 16, "{} requests", writes(&world).len());
}

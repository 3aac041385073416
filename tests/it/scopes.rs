//! Which control plane a command acts in, and what is said of one that cannot be meant.

use serde_json::json;

use crate::support::World;

const PRODUCTION: &str = "production-a1b2c3";
const STAGING: &str = "staging-d4e5f6";

/// Ada, and in each project a zone of the project's name.
fn world() -> World {
    let world = World::ada();
    for project in [PRODUCTION, STAGING] {
        let zone = json!({"apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone",
            "metadata": {"name": project, "namespace": "default"},
            "spec": {"domainName": "a.example", "dnsZoneClassName": "x"}});
        world.emulator().put_object(project, zone).expect("stored");
    }
    world
}

#[track_caller]
fn zones(world: &World, arguments: &[&str]) -> String {
    let output = world.run([arguments, &["get", "dnszones", "-o", "jsonpath={.items[*].metadata.name}"]].concat());
    output.success().stdout
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_context() {
    let mut world = world();
    let _ = world.run(["ctx", "use", "acme/production-a1b2c3"]).success();
    assert_eq!(zones(&world, &[]), PRODUCTION);
    assert_eq!(zones(&world, &["--project", STAGING]), STAGING);
    world.set("DATUM_PROJECT", STAGING);
    assert_eq!(zones(&world, &[]), STAGING);
    assert_eq!(zones(&world, &["--project", PRODUCTION]), PRODUCTION);
    let output = world.run(["get", "dnszones", "--project", PRODUCTION, "-o", "name"]).success();
    assert_eq!(output.stdout, format!("dnszone.dns.networking.miloapis.com/{PRODUCTION}\n"));
}

#[test]
fn without_a_context_a_command_acts_in_what_the_account_sees() {
    let world = World::new();
    let _ = world.login_command("ada@example.com", &["login", "--no-context"]).output().expect("the binary runs");
    let output = world.run(["get", "users", "-o", "name"]).success();
    assert_eq!(output.stdout, "user.iam.miloapis.com/331234567890123401\n");
    // Memberships lie in the organizations' namespaces: all of them are meant.
    let output = world.run(["get", "organizationmemberships"]).success();
    assert!(output.stdout.starts_with("NAMESPACE ") && output.stdout.contains("organization-acme"), "{output:?}");
}

#[test]
fn two_scopes_at_once_are_refused() {
    let mut world = world();
    let output = world.run(["get", "dnszones", "--project", STAGING, "--platform-wide"]).exits(2);
    assert!(output.stderr.contains("--platform-wide"), "{}", output.stderr);
    world.set("DATUM_PROJECT", STAGING).set("DATUM_ORGANIZATION", "acme");
    let output = world.run(["get", "dnszones"]).exits(2);
    assert!(output.stderr.contains("DATUM_PROJECT and DATUM_ORGANIZATION cannot be used together"), "{output:?}");
    // One that is named counts alone.
    assert_eq!(zones(&world, &["--project", PRODUCTION]), PRODUCTION);
}

#[test]
fn a_scope_before_a_command_that_has_none_is_refused() {
    let world = World::ada();
    let output = world.run(["--project", STAGING, "auth", "list"]).exits(2);
    assert!(output.stderr.contains("takes no --project"), "{}", output.stderr);
}

#[test]
fn names_that_can_be_nobodys_are_refused_before_anything_is_asked() {
    let world = World::ada();
    let asked = world.emulator().journal().len();
    for arguments in [
        ["get", "secrets", "--project", "../x"],
        ["get", "secrets", "--project", "a/b"],
        ["get", "secrets", "--organization", "%2e%2e"],
        ["get", "secrets", "--organization", ""],
        ["get", "secrets", "-n", "a/../b"],
        ["get", "secrets", "--project", "a\u{1b}[31m"],
    ] {
        let output = world.run(arguments).exits(2);
        assert!(output.stderr.ends_with("cannot be the name of a resource\n"), "{arguments:?} {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1);
    }
    assert_eq!(world.emulator().journal().len(), asked);
}

#[test]
fn a_scope_nobody_knows_is_told_from_one_that_is_refused() {
    let world = World::ada();
    let output = world.run(["get", "secrets", "--project", "production-a1b2c"]).exits(1);
    assert!(output.stderr.contains("hint: did you mean the project production-a1b2c3?"), "{}", output.stderr);
    let output = world.run(["get", "secrets", "--organization", "elsewhere"]).exits(1);
    assert!(output.stderr.contains("hint: this account knows no organization elsewhere"), "{}", output.stderr);
}

#[test]
fn the_namespace_of_the_context_is_meant_unless_another_is_named() {
    let world = world();
    let _ = world.run(["ctx", "use", &format!("acme/{STAGING}")]).success();
    let namespace = |arguments: &[&str]| {
        let asked = world.emulator().journal().len();
        let words = [arguments, &["get", "dnszones", "-o", "name"][..]].concat();
        let _ = world.run(words).success();
        let journal = world.emulator().journal();
        let path = journal[asked..].iter().rev().find(|entry| entry.path.contains("/dnszones")).expect("a list");
        path.path.split_once("/namespaces/").map(|(_, rest)| rest.split('/').next().unwrap().to_owned())
    };
    assert_eq!(namespace(&[]).as_deref(), Some("default"));
    for (line, expected) in [("  namespace: team\n", "team"), ("  namespace: \"\"\n", "default")] {
        let config = std::fs::read_to_string(world.path("config")).unwrap();
        let name = config
            .lines()
            .map(str::to_owned)
            .find(|line| line.starts_with("- name: ") && line.ends_with(&format!("/acme/{STAGING}")));
        let name = name.expect("the context comes with its name first");
        let config = config.replace("  namespace: default\n", "").replace("  namespace: team\n", "");
        let changed = config.replace(&format!("{name}\n"), &format!("{name}\n{line}"));
        crate::support::overwrite(&world.path("config"), changed.as_bytes());
        assert_eq!(namespace(&[]).as_deref(), Some(expected));
    }
    assert_eq!(namespace(&["-n", "other"]).as_deref(), Some("other"));
    // It stays beside a scope that is named elsewhere on the line.
    let asked = world.emulator().journal().len();
    let _ = world.run(["-n", "other", "get", "dnszones", "--project", PRODUCTION, "-o", "name"]).success();
    let paths: Vec<_> = world.emulator().journal()[asked..].iter().map(|entry| entry.path.clone()).collect();
    let path = paths.iter().rev().find(|path| path.contains("/dnszones")).expect("a list");
    assert!(path.contains(&format!("/projects/{PRODUCTION}/")) && path.contains("/namespaces/other/"), "{path}");
}

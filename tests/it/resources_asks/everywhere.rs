//! Organizations and projects, whatever the scope.

use datumctl::emulator::{Options, Seed};

use crate::support::World;

/// Ada in three organizations: one is set up, one has no billing account, one is closed to her.
pub(super) fn world() -> World {
    let seed = r#"{
        "people": [{"id": "331234567890123401", "email": "ada@example.com"}],
        "organizations": [
            {"name": "acme", "display_name": "Acme, Inc.", "projects": [{"name": "prod", "display_name": "Production"}]},
            {"name": "beta", "onboarding": "BillingAccountMissing", "projects": [{"name": "trial"}]},
            {"name": "gamma", "onboarding": "ContactInfoIncomplete"}
        ],
        "memberships": [
            {"organization": "acme", "member": "ada@example.com", "roles": ["owner"]},
            {"organization": "beta", "member": "ada@example.com", "roles": ["owner"]},
            {"organization": "gamma", "member": "ada@example.com", "roles": ["owner"]}
        ]
    }"#;
    let world = World::with(Options { seed: Seed::from_json(seed).expect("a seed"), ..Options::default() });
    let _ = world.login("ada@example.com").success();
    world
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}

#[test]
fn organizations_are_the_same_in_every_scope() {
    let world = world();
    for scope in [&["--organization", "beta"][..], &["--project", "prod"], &[]] {
        for word in ["organizations", "org", "organization", "organizations.resourcemanager.miloapis.com"] {
            let shown = world.run([&["get", word], scope].concat()).success().stdout;
            let rows = rows(&shown);
            assert_eq!(rows[0], ["NAME", "DISPLAY NAME", "STATUS", "AGE"], "{shown}");
            assert_eq!(rows[1][..3], ["acme", "Acme, Inc.", "ready"], "{shown}");
            assert!(rows[2].contains(&"billing setup needed"), "{shown}");
            assert!(rows[3].contains(&"contact details needed"), "{shown}");
        }
    }
    let names = world.run(["get", "organizations", "-o", "name"]).success().stdout;
    assert_eq!(names.lines().next(), Some("organization.resourcemanager.miloapis.com/acme"));
    let json = world.run(["get", "organizations", "-o", "json"]).success().json();
    assert_eq!((&json["kind"], json["items"].as_array().map(Vec::len)), (&"List".into(), Some(3)));
    assert!(json["items"][1]["metadata"]["annotations"]["datum.net/onboarding-status"].is_null());
}

#[test]
fn one_organization_is_read_by_its_name() {
    let world = world();
    let one = world.run(["get", "organization", "beta", "--project", "prod", "-o", "json"]).success().json();
    assert_eq!((&one["kind"], &one["metadata"]["name"]), (&"Organization".into(), &"beta".into()));
    let one = world.run(["get", "organizations/acme", "-o", "name"]).success();
    assert_eq!(one.line(), "organization.resourcemanager.miloapis.com/acme");
    let some = world.run(["get", "organizations", "acme", "none-such"]).exits(1).says("none-such");
    assert!(some.stdout.contains("acme"), "{some}");
    let error = world.run(["get", "organization", "none-such", "--error-format", "json"]).exits(1);
    assert!(error.stderr.contains("\"NOT_FOUND\""), "{error}");
}

#[test]
fn an_organization_that_cannot_be_read_is_shown_all_the_same() {
    let world = world();
    world.emulator().add_fault("api.organizations:status=403,times=1".parse().expect("a fault"));
    let shown = world.run(["get", "organizations"]).success().says("could not be read");
    assert_eq!(shown.stdout.lines().count(), 4, "{shown}");
    assert!(shown.stdout.contains("unknown"), "{shown}");
}

#[test]
fn projects_of_all_organizations_are_shown_where_no_organization_is_meant() {
    let world = world();
    let _ = world.run(["ctx", "list"]).success();
    let names = |scope: &[&str]| {
        world.run([&["get", "projects", "-o", "name"], scope].concat()).success().stdout.lines().count()
    };
    assert_eq!(names(&["--organization", "acme"]), 1);
    assert_eq!(names(&["--project", "trial"]), 1);
    assert_eq!(names(&[]), 2);
    let shown = world.run(["get", "projects", "--project", "trial"]).success().stdout;
    assert!(shown.contains("trial") && shown.contains("beta") && !shown.contains("prod"), "{shown}");
    let one = world.run(["get", "project", "prod", "--project", "trial", "-o", "json"]).success().json();
    assert_eq!(one["spec"]["ownerRef"]["name"], "acme");
    let _ = world.run(["get", "projects", "none-such", "--project", "trial"]).exits(1).says("none-such");
}

#[test]
fn a_refusal_says_what_the_organization_still_needs() {
    let world = world();
    let _ = world.run(["ctx", "list"]).success();
    let refused = |scope: &[&str]| {
        world.emulator().add_fault("api.discovery:status=403".parse().expect("a fault"));
        let refused = world.run([&["api-resources"], scope].concat()).exits(1);
        world.emulator().clear_faults();
        refused
    };
    let _ = refused(&["--organization", "beta"]).says("beta is not set up yet: billing setup needed");
    let _ = refused(&["--project", "trial"]).says("beta is not set up yet: billing setup needed");
    assert!(!refused(&["--organization", "acme"]).stderr.contains("set up"));
    world.emulator().add_fault("api.organizations:status=500".parse().expect("a fault"));
    assert!(!refused(&["--organization", "beta"]).stderr.contains("set up"));
}

#[test]
fn a_success_asks_nothing_about_the_organization() {
    let world = world();
    let _ = world.run(["api-versions", "--organization", "beta"]).success();
    assert!(!world.emulator().journal().iter().any(|entry| entry.route == "api.organizations"));
}

#[test]
fn what_cannot_be_asked_of_gathered_lists_is_said() {
    let world = world();
    let _ = world.run(["get", "organizations", "-w"]).exits(2).says("cannot be watched");
    let _ = world.run(["get", "organizations", "-l", "a=b"]).exits(2).says("cannot be selected");
}

//! `projects create` and `projects delete`.

use crate::support::World;

#[test]
fn a_new_project_is_ready_and_a_context_when_waited_for() {
    let world = World::ada();
    let words = ["projects", "create", "shop", "--organization", "acme", "--display-name", "The Shop", "--wait"];
    let made = world.run(words).success().says("Created project shop in acme");
    assert_eq!(made.line(), "project.resourcemanager.miloapis.com/shop created");
    let contexts = world.run(["ctx", "list", "-o", "name"]).success().stdout;
    assert!(contexts.lines().any(|line| line == "acme/shop"), "{contexts}");
    let shown = world.run(["get", "project", "shop", "--organization", "acme", "-o", "json"]).success().json();
    assert_eq!(shown["metadata"]["annotations"]["kubernetes.io/display-name"], "The Shop");
    assert_eq!(shown["spec"]["ownerRef"]["name"], "acme");
    let _ = world.run(["api-versions", "--project", "shop"]).success();
}

#[test]
fn a_project_without_a_name_gets_one() {
    let world = World::ada();
    let made = world.run(["projects", "create", "--organization", "acme", "-o", "json"]).success().json();
    let name = made["metadata"]["name"].as_str().expect("a name");
    assert!(name.starts_with("project-") && name.len() > "project-".len(), "{name}");
    let named = world.run(["projects", "create", "--organization", "acme", "-o", "name"]).success().line();
    assert!(named.starts_with("project.resourcemanager.miloapis.com/project-"), "{named}");
}

#[test]
fn a_project_needs_an_organization_and_a_name_of_its_own() {
    let mut world = World::ada();
    let _ = world.run(["projects", "create", "x"]).exits(2).says("--organization");
    let taken = world.run(["projects", "create", "staging-d4e5f6", "--organization", "acme"]).exits(1);
    assert!(taken.stdout.is_empty(), "{taken}");
    world.set("DATUM_ORGANIZATION", "acme");
    let _ = world.run(["projects", "create", "of-the-environment"]).success();
}

#[test]
fn a_deleted_project_is_no_context_any_more() {
    let world = World::ada();
    let _ = world.run(["ctx", "use", "acme/staging-d4e5f6"]).success();
    let _ = world.run(["projects", "delete", "staging-d4e5f6"]).exits(2).says("--yes");
    let gone = world.run(["projects", "delete", "staging-d4e5f6", "--yes", "--wait"]).success();
    assert_eq!(gone.line(), "project.resourcemanager.miloapis.com \"staging-d4e5f6\" deleted");
    let _ = world.run(["ctx", "current"]).exits(1);
    let contexts = world.run(["ctx", "list", "-o", "name"]).success().stdout;
    assert!(!contexts.contains("staging") && contexts.contains("acme/production-a1b2c3"), "{contexts}");
    let _ = world.run(["projects", "delete", "staging-d4e5f6", "--yes"]).exits(1);
}

//! `api-resources` and `api-versions`.

use crate::support::World;

#[test]
fn the_types_of_a_control_plane_are_listed_as_kubectl_lists_them() {
    let world = World::ada();
    let types = world.run(["api-resources", "--organization", "acme", "--api-group=resourcemanager.miloapis.com"]);
    let types = types.success().stdout;
    let lines: Vec<_> = types.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]);
    let projects = ["projects", "resourcemanager.miloapis.com/v1alpha1", "false", "Project"];
    assert!(lines.iter().any(|line| line.iter().filter(|cell| **cell != "proj").eq(projects.iter())), "{types}");
    let wide = world.run(["api-resources", "--organization=acme", "-o", "wide"]).success().stdout;
    assert!(wide.starts_with("NAME") && wide.contains("VERBS") && wide.contains("CATEGORIES"), "{wide}");
    assert!(wide.lines().any(|line| line.starts_with("projects ") && line.contains("get,list")), "{wide}");
}

#[test]
fn types_can_be_narrowed_sorted_and_named() {
    let world = World::ada();
    let names = |words: &[&str]| {
        let words = [&["api-resources", "--organization", "acme", "-o", "name"], words].concat();
        world.run(words).success().stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(names(&[]).contains(&"projects.resourcemanager.miloapis.com".to_owned()));
    let namespaced = names(&["--namespaced"]);
    assert!(namespaced.contains(&"organizationmemberships.resourcemanager.miloapis.com".to_owned()));
    assert!(!namespaced.contains(&"projects.resourcemanager.miloapis.com".to_owned()));
    let others = names(&["--namespaced=false"]);
    assert!(others.contains(&"projects.resourcemanager.miloapis.com".to_owned()));
    assert_eq!(names(&[]).len(), namespaced.len() + others.len());
    let listable = names(&["--verbs=get,list"]);
    assert!(listable.contains(&"projects.resourcemanager.miloapis.com".to_owned()));
    assert!(!listable.iter().any(|name| name.contains("selfsubject")), "{listable:?}");
    let sorted = names(&["--sort-by", "name"]);
    let plurals: Vec<_> = sorted.iter().map(|name| name.split('.').next()).collect();
    assert!(plurals.is_sorted(), "{sorted:?}");
    assert!(names(&["--categories", "none-such"]).is_empty());
    let document = world.run(["api-resources", "--organization", "acme", "-o", "json"]).success().json();
    assert_eq!(document["kind"], "APIResourceList");
    let kinds = document["resources"].as_array().expect("resources");
    assert!(kinds.iter().any(|one| one["name"] == "projects" && one["group"] == "resourcemanager.miloapis.com"));
    let bare = world.run(["api-resources", "--organization", "acme", "--no-headers"]).success().stdout;
    assert!(!bare.contains("KIND") && bare.contains("projects"), "{bare}");
}

#[test]
fn only_cached_asks_no_server() {
    let world = World::ada();
    let _ = world.run(["api-resources"]).success();
    let asked = || world.emulator().journal().iter().filter(|entry| entry.path.contains("/apis")).count();
    let before = asked();
    let _ = world.run(["api-resources", "--cached"]).success();
    assert_eq!(asked(), before);
    let _ = world.run(["api-resources"]).success();
    assert!(asked() > before);
}

#[test]
fn the_versions_of_all_groups_are_sorted() {
    let world = World::ada();
    let versions = world.run(["api-versions", "--organization", "acme"]).success().stdout;
    let lines: Vec<_> = versions.lines().collect();
    assert!(lines.contains(&"resourcemanager.miloapis.com/v1alpha1"), "{versions}");
    assert!(lines.is_sorted(), "{versions}");
}

#[test]
fn a_control_plane_that_refuses_its_types_is_an_error() {
    let world = World::ada();
    let refused = world.run(["api-resources", "--project", "compiler-g7h8i9"]).exits(1);
    assert!(refused.stdout.is_empty(), "{refused}");
    let _ = world.run(["--project", "staging-d4e5f6", "api-versions"]).success();
}

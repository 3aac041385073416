//! `auth whoami`, `auth can-i` and `version`.

use crate::support::World;

#[test]
fn the_control_plane_says_who_it_takes_one_for() {
    let world = World::ada();
    let who = world.run(["auth", "whoami", "--project", "staging-d4e5f6"]).success();
    assert!(who.stdout.starts_with("ATTRIBUTE"), "{who}");
    assert!(who.stdout.lines().any(|line| line.split_whitespace().eq(["Username", "ada@example.com"])), "{who}");
    assert!(who.stdout.contains("[system:authenticated]"), "{who}");
    assert!(who.stdout.lines().any(|line| line.starts_with("Extra: iam.miloapis.com/parent-name ")), "{who}");
    let review = world.run(["auth", "whoami", "--project", "staging-d4e5f6", "-o", "json"]).success().json();
    assert_eq!(review["kind"], "SelfSubjectReview");
    assert_eq!(review["status"]["userInfo"]["extra"]["iam.miloapis.com/parent-name"][0], "staging-d4e5f6");
}

#[test]
fn an_answer_of_no_is_exit_code_one() {
    let world = World::ada();
    let ask = |words: &[&str]| world.run([&["auth", "can-i", "--organization", "acme"], words].concat());
    assert_eq!(ask(&["list", "projects"]).success().line(), "yes");
    let refused = ask(&["delete", "selfsubjectreviews"]).exits(1);
    assert!(refused.line().starts_with("no"), "{refused}");
    assert!(refused.stderr.is_empty(), "{refused}");
    let silent = ask(&["-q", "delete", "selfsubjectreviews"]).exits(1);
    assert!(silent.stdout.is_empty() && silent.stderr.is_empty(), "{silent}");
    let silent = ask(&["list", "projects", "--quiet"]).success();
    assert!(silent.stdout.is_empty() && silent.stderr.is_empty(), "{silent}");
}

#[test]
fn everything_that_is_allowed_is_listed() {
    let world = World::ada();
    let list = |words: &[&str]| world.run([&["auth", "can-i", "--list", "--organization", "acme"], words].concat());
    let all = list(&[]).success().stdout;
    assert!(all.starts_with("Resources  ") && all.contains("projects.resourcemanager.miloapis.com"), "{all}");
    let rows = list(&["--no-headers", "-n", "default"]).success().stdout;
    assert_eq!(rows.lines().count() + 1, all.lines().count());
    assert!(rows.contains("[/version]"), "{rows}");
    let _ = list(&["get", "projects"]).exits(2);
    let _ = list(&["--subresource", "status"]).exits(2);
}

#[test]
fn what_is_asked_about_may_be_unknown() {
    let world = World::ada();
    let ask = |words: &[&str]| world.run([&["auth", "can-i", "--organization", "acme"], words].concat());
    let _ = ask(&["get", "unheardof"]).exits(1).says("the server doesn't have a resource type \"unheardof\"");
    let _ = ask(&["juggle", "projects"]).exits(1).says("verb 'juggle' is not a known verb");
    let _ = ask(&["juggle", "/version"]).says("verb 'juggle' is not a known verb");
    let _ = ask(&["get", "projects", "-n", "x"]).success().says("live in no namespace");
    let _ = ask(&["get", "/version", "--subresource", "status"]).exits(2);
    let _ = ask(&["get"]).exits(2);
}

#[test]
fn the_servers_version_stands_beside_ours() {
    let world = World::ada();
    let both = world.run(["version"]).success();
    assert!(both.stdout.starts_with(concat!("datumctl ", env!("CARGO_PKG_VERSION"))), "{both}");
    assert!(both.stdout.lines().nth(1).is_some_and(|line| line.starts_with("Server Version: v1.")), "{both}");
    let document = world.run(["version", "-o", "json"]).success().json();
    assert_eq!(document["clientVersion"]["gitVersion"], concat!("v", env!("CARGO_PKG_VERSION")));
    assert!(document["serverVersion"]["gitVersion"].is_string());
    let ours = world.run(["version", "--client", "-o", "yaml"]).success().stdout;
    assert!(ours.contains("clientVersion:") && !ours.contains("serverVersion"), "{ours}");
}

#[test]
fn our_version_is_known_whatever_the_server_does() {
    let world = World::ada();
    world.emulator().add_fault("api.version:status=500".parse().expect("a fault"));
    let alone = world.run(["version"]).success().says("the server's version is not known");
    assert!(alone.stdout.starts_with("datumctl ") && !alone.stdout.contains("Server"), "{alone}");
    // A control plane that was named is what was asked about.
    let named = world.run(["version", "--platform-wide"]).exits(5);
    assert!(named.stdout.starts_with("datumctl "), "{named}");
}

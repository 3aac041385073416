//! Organizations and projects by name, in every command that takes names and from every scope.

use std::process::Stdio;

use super::everywhere::world;
use crate::support::{Running, World, script};

/// The user's own scope, another project, the right organization: where the project `prod` of `acme` is meant.
const SCOPES: [&[&str]; 3] = [&[], &["--project", "trial"], &["--organization", "acme"]];

const PROJECT: &str = "project.resourcemanager.miloapis.com/prod";
const ORGANIZATION: &str = "organization.resourcemanager.miloapis.com/acme";

/// Runs `words` in `scope`.
fn run(world: &World, words: &[&str], scope: &[&str]) -> crate::support::Output {
    world.run([words, scope].concat())
}

#[test]
fn describe_shows_projects_and_organizations_from_every_scope() {
    let world = world();
    for scope in SCOPES {
        let shown = run(&world, &["describe", "project", "prod"], scope).success().stdout;
        assert!(shown.starts_with("Name:") && shown.contains("acme"), "{scope:?}: {shown}");
        let shown = run(&world, &["describe", "organization/acme"], scope).success().stdout;
        assert!(shown.contains("Acme, Inc."), "{scope:?}: {shown}");
        let _ = run(&world, &["describe", "project", "none-such"], scope).exits(1).says("none-such");
    }
    let all = world.run(["describe", "organizations"]).success().stdout;
    assert_eq!(all.lines().filter(|line| line.starts_with("Name:")).count(), 3, "{all}");
    let shown = world.run(["describe", "org", "acme", "--organization", "beta"]).success().stdout;
    assert!(shown.contains("Acme, Inc."), "{shown}");
    let similar = world.run(["describe", "projects", "tri"]).success().stdout;
    assert!(similar.starts_with("Name:") && similar.contains("beta"), "{similar}");
    let _ = world.run(["describe", "projects", "-l", "a=b"]).exits(2).says("gathered from several control planes");
}

#[test]
fn marks_and_patches_reach_projects_and_organizations_from_every_scope() {
    let world = world();
    for (number, scope) in SCOPES.iter().enumerate() {
        let label = format!("turn=n{number}");
        let told = run(&world, &["label", "project", "prod", &label, "--overwrite"], scope).success();
        assert_eq!(told.line(), format!("{PROJECT} labeled"), "{scope:?}");
        let told = run(&world, &["annotate", "organization/acme", &label, "--overwrite"], scope).success();
        assert_eq!(told.line(), format!("{ORGANIZATION} annotated"), "{scope:?}");
        let patch = format!(r#"{{"metadata":{{"labels":{{"patched":"n{number}"}}}}}}"#);
        let told = run(&world, &["patch", "projects/prod", "-p", &patch], scope).success();
        assert_eq!(told.line(), format!("{PROJECT} patched"), "{scope:?}");
        let now = run(&world, &["get", "project", "prod", "-o", "json"], scope).success().json();
        let labels = &now["metadata"]["labels"];
        assert_eq!((&labels["turn"], &labels["patched"]), (&format!("n{number}").into(), &format!("n{number}").into()));
        let _ = run(&world, &["label", "project", "none-such", "a=b"], scope).exits(1).says("none-such");
    }
    let _ = world.run(["label", "projects", "--all", "a=b"]).exits(2).says("each of them has to be named");
}

#[test]
fn edit_changes_a_project_where_it_is() {
    let mut world = world();
    let path = world.scratch("editor");
    script(&path, "sed -i 's/Production/Edited/' \"$1\"");
    world.set("KUBE_EDITOR", &path);
    let told = world.run(["edit", "project/prod", "--project", "trial"]).success();
    assert_eq!(told.line(), format!("{PROJECT} edited"));
    let shown = world.run(["get", "projects", "prod", "--organization", "acme", "-o", "yaml"]).success().stdout;
    assert!(shown.contains("kubernetes.io/display-name: Edited"), "{shown}");
}

#[test]
fn wait_looks_where_the_objects_are() {
    let world = world();
    for scope in SCOPES {
        let told = run(&world, &["wait", "project/prod", "--for=condition=Ready", "--timeout=0"], scope).success();
        assert_eq!(told.line(), format!("{PROJECT} condition met"), "{scope:?}");
        let told = run(&world, &["wait", "org/acme", "--for=create", "--timeout=0"], scope).success();
        assert_eq!(told.line(), format!("{ORGANIZATION} condition met"), "{scope:?}");
    }
    let _ = world.run(["wait", "project/none-such", "--for=delete"]).success();
    let _ = world.run(["wait", "project/none-such", "--for=condition=Ready"]).exits(1).says("none-such");
    let words = ["wait", "project/none-such", "project/prod", "--for=condition=Ready"];
    let some = world.run(words).exits(1).says("none-such");
    assert_eq!(some.stdout, format!("{PROJECT} condition met\n"));
    let _ = world.run(["wait", "projects", "--all", "--for=delete"]).exits(2).says("each of them has to be named");
}

#[test]
fn one_project_is_watched_where_it_is() {
    let world = world();
    let words = ["get", "project", "prod", "-w", "-o", "name", "--output-watch-events", "--project", "trial"];
    let mut child = world.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
    let lines = child.stdout.take().expect("a pipe");
    let watching = Running::listening(&world, child, lines);
    watching.says("ADDED");
    let _ = world.run(["label", "project", "prod", "seen=yes"]).success();
    watching.says("MODIFIED");
    watching.signal(rustix::process::Signal::INT);
    let _ = watching.finish();
    let _ = world.run(["get", "project", "none-such", "-w"]).exits(1).says("none-such");
}

#[test]
fn delete_takes_the_named_object_from_its_own_control_plane() {
    let world = world();
    for words in [["delete", "organizations", "--all", "-y"], ["delete", "projects", "-la=b", "-y"]] {
        let _ = world.run(words).exits(2).says("they go by name only");
    }
    let _ = world.run(["delete", "project", "none-such", "-y"]).exits(1).says("none-such");
    let _ = world.run(["delete", "project", "none-such", "-y", "--ignore-not-found"]).success();
    let both = world.run(["delete", "project", "prod", "none-such", "-y"]).exits(1);
    assert_eq!(both.stdout, "");
    for (kind, name, group) in [("project", "prod", "projects"), ("organization", "beta", "organizations")] {
        let told = world.run(["delete", kind, name, "-y", "--project", "trial"]).success();
        assert_eq!(told.line(), format!("{kind}.resourcemanager.miloapis.com {name:?} deleted"));
        let journal = world.emulator().journal();
        let deleted: Vec<_> = journal.iter().filter(|entry| entry.method == "DELETE").collect();
        let path = deleted.last().map(|entry| entry.path.as_str()).unwrap_or_default();
        assert!(path.ends_with(&format!("/{group}/{name}")), "{path}");
    }
    let left = world.run(["get", "projects", "-o", "name"]).success().stdout;
    assert!(!left.contains("prod"), "{left}");
}

//! `describe`.

use super::in_project;
use crate::support::World;

#[test]
fn a_namespace_is_described_as_kubectl_does() {
    let world = World::ada();
    let described = in_project(&world, &["describe", "ns", "default"]).success().stdout;
    let expected = "Name:         default\nLabels:       kubernetes.io/metadata.name=default\nAnnotations:  <none>\nStatus:       Active\n";
    assert_eq!(described, expected);
}

#[test]
fn several_objects_and_their_events_are_described_one_after_the_other() {
    let world = World::ada();
    let projects = |words: &[&str]| world.run([&["describe", "--organization", "acme"], words].concat());
    let both = projects(&["projects"]).success().stdout;
    assert_eq!(both.matches("API Version:  resourcemanager.miloapis.com/v1alpha1\n").count(), 2);
    assert!(both.contains("Events:                    <none>\n\n\nName:         staging-d4e5f6\n"), "{both}");
    let one = projects(&["project/production-a1b2c3", "--show-events=false"]).success().stdout;
    assert!(one.starts_with("Name:         production-a1b2c3\nNamespace:    \n") && !one.contains("Events:"), "{one}");
}

#[test]
fn the_beginning_of_a_name_describes_all_that_begin_so() {
    let world = World::ada();
    let described = |name: &str| world.run(["describe", "project", name, "--organization", "acme"]);
    assert!(described("prod").success().stdout.starts_with("Name:         production-a1b2c3\n"));
    assert!(described("none").exits(1).stderr.contains("\"none\" not found"));
}

#[test]
fn names_do_not_go_with_selectors_or_all_namespaces() {
    let world = World::ada();
    let refused = |words: &[&str]| in_project(&world, &[&["describe"], words].concat()).exits(2).stderr;
    assert!(refused(&["ns", "default", "-l", "a=b"]).contains("a name and a selector"));
    assert!(refused(&["ns/default", "-A"]).contains("across all namespaces"));
    let nothing = in_project(&world, &["describe", "domains"]).success();
    assert_eq!((nothing.stdout.as_str(), nothing.stderr.as_str()), ("", "No resources found in default namespace.\n"));
}

//! `service-accounts grant`, `revoke-role` and `roles`.

use serde_json::json;

use super::{as_machine, key_in, machines, with_account};
use crate::support::World;

#[test]
fn a_role_on_the_project_is_given_shown_and_taken() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let zones = ["get", "dnszones", "--project", "staging-d4e5f6"];
    let _ = as_machine(&world, &path, &zones).exits(1);
    let granted = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "-o", "json"]).success().json();
    assert_eq!(
        (&granted["role"], &granted["on"], &granted["changed"]),
        (
            &json!({"name": "viewer", "namespace": "datum-cloud"}),
            &json!({"kind": "Project", "name": "staging-d4e5f6"}),
            &json!(true)
        )
    );
    let again =
        machines(&world, &["grant", "ci-deploy", "--role", "datum-cloud/viewer", "-o", "json"]).success().json();
    assert_eq!((&again["changed"], &again["bindings"]), (&json!(false), &granted["bindings"]));
    let _ = as_machine(&world, &path, &zones).success();
    let shown = machines(&world, &["roles", "ci-deploy", "-o", "json"]).success().json();
    assert_eq!((shown.as_array().map(Vec::len), &shown[0]["binding"]), (Some(1), &granted["bindings"][0]));
    let _ = machines(&world, &["revoke-role", "ci-deploy", "--role", "viewer"]).success();
    let _ = as_machine(&world, &path, &zones).exits(1);
    let _ = machines(&world, &["revoke-role", "ci-deploy", "--role", "viewer"]).exits(1).says("has no role viewer");
    let none = machines(&world, &["roles", "ci-deploy"]).success().says("has no roles here");
    assert_eq!(none.stdout, "");
}

#[test]
fn a_role_on_the_organization_reaches_its_projects_and_is_shown_beside_the_others() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "--organization", "acme"]).success();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "editor"]).success();
    let _ = as_machine(&world, &path, &["get", "dnszones", "--project", "production-a1b2c3"]).success();
    let shown = machines(&world, &["roles", "ci-deploy"]).success().stdout;
    let rows: Vec<Vec<&str>> = shown.lines().skip(1).map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(rows, [["editor", "project/staging-d4e5f6", "True"], ["viewer", "organization/acme", "True"]]);
    let one = machines(&world, &["roles", "ci-deploy", "--organization", "acme", "-o", "name"]).success();
    assert_eq!(one.line(), "viewer");
    let _ = machines(&world, &["revoke-role", "ci-deploy", "--role", "viewer", "--organization", "acme"]).success();
    let _ = as_machine(&world, &path, &["get", "dnszones", "--project", "production-a1b2c3"]).exits(1);
}

#[test]
fn the_account_is_looked_for_in_the_project_whatever_the_role_is_on() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let _ = world.run(["ctx", "use", "acme"]).success();
    let grant = ["grant", "ci-deploy", "--role", "viewer", "--organization", "acme"];
    let _ = machines(&world, &grant).exits(2).says("which project?");
    let _ = machines(&world, &[&grant[..], &["--project", "production-a1b2c3"]].concat()).exits(1).says("ci-deploy");
    let _ = machines(&world, &[&grant[..], &["--project", "staging-d4e5f6"]].concat()).success();
    let _ = as_machine(&world, &path, &["get", "dnszones", "--project", "production-a1b2c3"]).success();
}

#[test]
fn taking_a_role_leaves_what_the_same_binding_gives_to_others() {
    let world = with_account();
    let _ = machines(&world, &["create", "other"]).success();
    let granted = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "-o", "json"]).success().json();
    let binding = granted["bindings"][0].as_str().unwrap().to_owned();
    let uid = machines(&world, &["get", "other", "-o", "json"]).success().json()["uid"].clone();
    let add = json!([{"op": "add", "path": "/spec/subjects/-",
        "value": {"kind": "ServiceAccount", "name": "other", "uid": uid}}]);
    let _ = world.run(["patch", "policybinding", &binding, "--type", "json", "-p", &add.to_string()]).success();
    let _ = machines(&world, &["revoke-role", "ci-deploy", "--role", "viewer"]).success();
    let left = world.run(["get", "policybinding", &binding, "-o", "json"]).success().json();
    assert_eq!(left["spec"]["subjects"], json!([{"kind": "ServiceAccount", "name": "other", "uid": uid}]));
    assert_eq!(machines(&world, &["roles", "other", "-o", "name"]).success().line(), "viewer");
}

#[test]
fn a_role_or_an_account_that_is_not_there_is_named_before_anything_is_bound() {
    let world = with_account();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewr"]).exits(1).says("did you mean viewer");
    let _ = machines(&world, &["grant", "ci-deplyo", "--role", "viewer"]).exits(1).says("did you mean ci-deploy?");
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "--organization", "nobodys"]).exits(1);
    assert_eq!(world.run(["get", "policybindings", "-o", "name"]).success().stdout, "");
}

#[test]
fn a_new_account_of_the_same_name_has_none_of_the_old_ones_roles() {
    let world = with_account();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer"]).success();
    let _ = machines(&world, &["delete", "ci-deploy", "--yes"]).success();
    let _ = machines(&world, &["create", "ci-deploy"]).success();
    let path = key_in(&world, "c.json");
    let _ = machines(&world, &["roles", "ci-deploy"]).success().says("has no roles here");
    let _ = as_machine(&world, &path, &["get", "dnszones", "--project", "staging-d4e5f6"]).exits(1);
}

#[test]
fn a_platform_that_never_acts_on_a_binding_is_waited_for_within_a_bound() {
    let world = with_account();
    let seen = |world: &World| world.run(["get", "policybindings", "-o", "name"]).success().stdout.lines().count();
    // The account, the role, the bindings there are; the binding is made, and never read again.
    world.emulator().add_fault("api.other:status=503,after=4".parse().unwrap());
    let late = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "--timeout", "1s"]).exits(5);
    world.emulator().clear_faults();
    let _ = late.says("the platform does not act on it");
    assert_eq!(seen(&world), 1);
}

#[test]
fn a_binding_that_takes_its_time_to_go_is_deleted_once_and_gives_nothing_any_more() {
    let world = with_account();
    let granted = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "-o", "name"]).success().line();
    let hold = json!({"metadata": {"finalizers": ["example.com/slow"]}}).to_string();
    let _ = world.run(["patch", "policybinding", &granted, "--type", "merge", "-p", &hold]).success();
    let taken = machines(&world, &["revoke-role", "ci-deploy", "--role", "viewer", "-o", "json"]).success().json();
    assert_eq!(taken["bindings"], json!([granted]));
    let deletions = world.emulator().journal();
    assert_eq!(deletions.iter().filter(|entry| entry.method == "DELETE").count(), 1);
    let again = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "-o", "json"]).success().json();
    assert_eq!(again["changed"], json!(true));
    assert_ne!(again["bindings"], json!([granted]));
}

#[test]
fn a_binding_that_the_platform_has_not_come_to_is_waited_for_and_not_made_twice() {
    let world = with_account();
    let granted = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "-o", "name"]).success().line();
    let mut object = world.run(["get", "policybinding", &granted, "-o", "json"]).success().json();
    object["status"] = json!({"conditions": []});
    world.emulator().put_object(super::PROJECT, object).expect("stored");
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer", "--timeout", "3s"]);
    assert_eq!(world.run(["get", "policybindings", "-o", "name"]).success().stdout.lines().count(), 1);
}

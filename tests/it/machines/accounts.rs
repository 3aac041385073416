//! `service-accounts list`, `get`, `create`, `enable`, `disable`, `delete`.

use serde_json::json;

use super::{machines, staging, with_account};
use crate::support::World;

#[test]
fn a_new_account_is_shown_with_its_address() {
    let world = staging();
    let words = ["create", "ci-deploy", "--display-name", "Deploys", "--use-case", "cicd", "-o", "json"];
    let mut made = machines(&world, &words).success().json();
    let uid = made["uid"].take();
    assert_eq!((made["client_id"].take(), made["created_at"].take().is_string()), (uid, true));
    let email = "ci-deploy@staging-d4e5f6.iam.datum.net";
    assert_eq!(
        made,
        json!({"name": "ci-deploy", "email": email, "display_name": "Deploys", "use_case": "cicd", "state": "Active",
            "client_id": null, "uid": null, "project": "staging-d4e5f6", "created_at": null})
    );
    let list = machines(&world, &["list"]).success();
    insta::assert_snapshot!(list.stdout, @r"
    NAME        EMAIL                                    STATE    DISPLAY NAME
    ci-deploy   ci-deploy@staging-d4e5f6.iam.datum.net   Active   Deploys
    ");
    let shown = machines(&world, &["get", "ci-deploy", "-o", "yaml"]).success();
    assert!(shown.stdout.contains("display_name: Deploys"), "{shown}");
    // The same object for everybody else's tools.
    let object = world.run(["get", "serviceaccount", "ci-deploy", "-o", "json"]).success().json();
    assert_eq!(object["metadata"]["annotations"]["iam.miloapis.com/use-case"], "cicd");
}

#[test]
fn the_accounts_of_a_seed_are_listed_and_an_empty_project_says_so() {
    let world = staging();
    let seeded = machines(&world, &["list", "--project", "production-a1b2c3", "-o", "name"]).success();
    assert_eq!(seeded.line(), "ci");
    let none = machines(&world, &["list"]).success().says("There are no service accounts here");
    assert_eq!(none.stdout, "");
    assert_eq!(machines(&world, &["list", "-o", "json"]).success().json(), json!([]));
}

#[test]
fn the_older_name_is_an_alias_of_every_command() {
    let world = with_account();
    for root in ["machine-accounts", "machine-account", "service-account"] {
        assert_eq!(world.run([root, "list", "-o", "name"]).success().line(), "ci-deploy", "{root}");
        let _ = world.run([root, "keys", "list", "--account", "ci-deploy"]).success();
    }
}

#[test]
fn a_project_has_to_be_meant() {
    let mut world = World::ada();
    let _ = machines(&world, &["list"]).exits(2).says("which project?").says("--project");
    let _ = world.run(["--organization", "acme", "service-accounts", "list"]).exits(2).says("which project?");
    let _ = world.run(["--namespace", "x", "service-accounts", "list", "--project", "staging-d4e5f6"]).exits(2);
    let _ = world.run(["--project", "staging-d4e5f6", "service-accounts", "list"]).success();
    world.set("DATUM_PROJECT", "staging-d4e5f6");
    let _ = machines(&world, &["list"]).success();
}

#[test]
fn an_address_that_does_not_come_is_waited_for_within_a_bound() {
    let world = staging();
    // The first look fails, and so does every one after it.
    world.emulator().add_fault("api.other:status=503,after=1".parse().unwrap());
    let late = machines(&world, &["create", "slow", "--timeout", "1s"]).exits(5);
    let late = late.says("Created service account slow").says("slow has no address yet after 1 s");
    assert_eq!(late.stdout, "");
    world.emulator().clear_faults();
    let _ = machines(&world, &["get", "slow"]).success();
}

#[test]
fn what_exists_is_not_made_again_and_what_does_not_is_named() {
    let world = with_account();
    let _ = machines(&world, &["create", "ci-deploy"]).exits(1).says("already exists");
    let _ = machines(&world, &["create", "No Such Name"]).exits(1);
    for words in [["get", "ci-deplyo"], ["enable", "ci-deplyo"], ["disable", "ci-deplyo"]] {
        let _ = machines(&world, &words).exits(1).says("did you mean ci-deploy?");
    }
    let _ = machines(&world, &["delete", "ci-deplyo", "--yes"]).exits(1).says("did you mean ci-deploy?");
    let _ = machines(&world, &["delete", "ci-deploy"]).exits(2).says("--yes");
    let _ = machines(&world, &["get", "ci-deploy"]).success();
}

#[test]
fn a_command_that_may_not_is_told_so_and_nothing_is_made() {
    let world = World::new();
    let _ = world.login("grace@example.com").success();
    // Grace may look at acme, and no more.
    let _ = machines(&world, &["list", "--project", "production-a1b2c3"]).success();
    let _ = machines(&world, &["create", "x", "--project", "production-a1b2c3"]).exits(1).says("cannot create");
    let _ = machines(&world, &["get", "x", "--project", "production-a1b2c3"]).exits(1);
}

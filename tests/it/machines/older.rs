//! Deployments that still call service accounts machine accounts.

use datumctl::emulator::{Options, Seed};

use super::{as_machine, at_work, content, exchange, key_ids, key_in, machines};
use crate::support::World;

fn older() -> World {
    let seed = Seed { machine_accounts: true, ..Seed::default() };
    at_work(World::with(Options { seed, ..Options::default() }))
}

#[test]
fn the_same_commands_use_the_older_types() {
    let world = older();
    let made = machines(&world, &["create", "ci-deploy", "-o", "json"]).success().json();
    assert_eq!((&made["email"], &made["client_id"]), (&"ci-deploy@staging-d4e5f6.iam.datum.net".into(), &made["uid"]));
    let object = world.run(["get", "machineaccount", "ci-deploy", "-o", "json"]).success().json();
    assert_eq!(object["kind"], "MachineAccount");
    let path = key_in(&world, "c.json");
    assert_eq!(content(&path)["type"], "datum_machine_account");
    let _ = exchange(&world, &path).success();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer"]).success();
    let _ = as_machine(&world, &path, &["get", "dnszones", "--project", "staging-d4e5f6"]).success();
    let _ = machines(&world, &["roles", "ci-deploy", "-o", "name"]).success();
    let words = ["keys", "rotate", "--account", "ci-deploy", "--output-file", path.to_str().unwrap()];
    let _ = machines(&world, &words).success();
    assert_eq!(key_ids(&world), [content(&path)["private_key_id"].as_str().unwrap()]);
    let _ = machines(&world, &["disable", "ci-deploy"]).success();
    let _ = exchange(&world, &path).exits(4);
    let deleted = machines(&world, &["delete", "ci-deploy", "--yes"]).success();
    assert_eq!(deleted.line(), "machineaccount.iam.miloapis.com \"ci-deploy\" deleted");
}

#[test]
fn a_key_made_here_works_there_too() {
    let world = older();
    let _ = machines(&world, &["create", "ci-deploy"]).success();
    let path = world.keeper("c.json");
    let words = ["keys", "create", "--account", "ci-deploy", "--generate", "--key-size", "2048", "--output-file"];
    let _ = machines(&world, &[&words[..], &[path.to_str().unwrap()]].concat()).success();
    let _ = exchange(&world, &path).success();
}

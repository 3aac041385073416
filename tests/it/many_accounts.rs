//! Five hundred accounts in one home.

use serde_json::Value;

use crate::support::World;

const ADA: &str = "ada@example.com";

/// The home of a world in which Ada is signed in, with copies of her session for `count` more people.
fn crowded(count: usize) -> World {
    let world = World::ada();
    let read = |name: &str| std::fs::read_to_string(world.path(name)).expect("a file");
    let mut config: Value = yaml_serde::from_str(&read("config")).expect("YAML");
    let mut store: Value = serde_json::from_str(&read("credentials.json")).expect("JSON");
    let entries = store["datumctl-auth"].as_object_mut().expect("entries");
    let entry = entries[&world.user_key(ADA)].as_str().expect("an entry").to_owned();
    let mut known: Vec<String> = serde_json::from_str(entries["known_users"].as_str().expect("a list")).expect("JSON");
    let session = config["sessions"][0].to_string();
    for number in 0..count {
        let of = |text: &str| text.replace(ADA, &person(number));
        entries.insert(of(&world.user_key(ADA)), of(&entry).into());
        known.push(of(&world.user_key(ADA)));
        let session = serde_json::from_str(&of(&session)).expect("JSON");
        config["sessions"].as_array_mut().expect("a list").push(session);
    }
    entries["known_users"] = serde_json::to_string(&known).expect("JSON").into();
    std::fs::write(world.path("config"), yaml_serde::to_string(&config).expect("YAML")).expect("a file");
    std::fs::write(world.path("credentials.json"), store.to_string()).expect("a file");
    world
}

fn person(number: usize) -> String {
    format!("person-{number:03}@example.com")
}

#[test]
fn five_hundred_accounts_are_no_burden() {
    // LGO-11: benches/run measures how little they cost.
    let world = crowded(499);
    let list = world.run(["auth", "list"]).success();
    assert_eq!(list.stdout.lines().count(), 501, "{list}");
    let before = world.path("credentials.json").metadata().expect("a file").len();
    assert!(before < 2_000_000, "{before} bytes");
    let _ = world.run(["auth", "switch", &person(250)]).success();
    assert!(world.run(["whoami"]).success().stdout.contains(&person(250)));
    assert_eq!(world.token(), world.credential(&person(250))["token"]["access_token"]);
    // Hers is the only refresh token that lives: all others are copies of it.
    world.expire(&person(250));
    let refreshed = world.token();
    assert_eq!(refreshed, world.credential(&person(250))["token"]["access_token"]);
    let _ = world.run(["logout", &person(3)]).success();
    let list = world.run(["auth", "list"]).success();
    assert_eq!(list.stdout.lines().count(), 500, "{list}");
    assert_ne!(world.credential(&person(499 - 1))["token"]["access_token"], refreshed);
}

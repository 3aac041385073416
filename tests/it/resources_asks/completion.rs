//! What the shell is offered behind the words so far.

use std::collections::BTreeMap;

use crate::support::World;

/// What bash is offered for the last of `words`.
fn offered(world: &World, words: &[&str]) -> Vec<String> {
    let output = world
        .command([&["--", "datumctl"], words].concat())
        .envs(BTreeMap::from([("DATUMCTL_COMPLETE", "bash"), ("_CLAP_IFS", "\n")]))
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .output()
        .expect("the binary runs");
    let output = world.finish(&output, false).success();
    assert!(output.stderr.is_empty(), "{output}");
    output.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_flags_are_offered_without_the_hidden_ones() {
    let world = World::new();
    let commands = offered(&world, &[""]);
    assert!(commands.contains(&"get".to_owned()) && commands.contains(&"auth".to_owned()), "{commands:?}");
    assert!(!commands.iter().any(|word| word.starts_with("__")), "{commands:?}");
    assert_eq!(offered(&world, &["auth", "get-t"]), ["get-token"]);
    assert!(offered(&world, &["get", "--plat"]).contains(&"--platform-wide".to_owned()));
}

#[test]
fn contexts_organizations_projects_and_sessions_are_offered() {
    let world = World::ada();
    assert_eq!(offered(&world, &["ctx", "use", "acme/p"]), ["acme/production-a1b2c3"]);
    assert_eq!(offered(&world, &["get", "--organization", "a"]), ["acme"]);
    assert_eq!(offered(&world, &["get", "--project", "stag"]), ["staging-d4e5f6"]);
    let sessions = offered(&world, &["whoami", "--session", "ada"]);
    assert!(sessions.len() == 1 && sessions[0].starts_with("ada@example.com@"), "{sessions:?}");
}

#[test]
fn types_and_names_are_offered_in_the_scope_of_the_words() {
    let world = World::ada();
    let types = offered(&world, &["--organization", "acme", "get", "pro"]);
    assert!(types.contains(&"projects".to_owned()), "{types:?}");
    let names = offered(&world, &["get", "projects", "--organization", "acme", ""]);
    assert!(names.contains(&"staging-d4e5f6".to_owned()), "{names:?}");
    let names = offered(&world, &["get", "--organization=acme", "projects/stag"]);
    assert_eq!(names, ["projects/staging-d4e5f6"]);
    assert_eq!(offered(&world, &["get", "organizations", "a"]), ["acme"]);
    assert!(offered(&world, &["auth", "can-i", "get", "organi"]).contains(&"organizations".to_owned()));
}

#[test]
fn completion_is_silent_when_nothing_can_be_found_out() {
    let world = World::new();
    assert!(offered(&world, &["get", "x"]).is_empty());
    let world = World::ada();
    world.emulator().add_fault("api:status=500".parse().expect("a fault"));
    assert!(offered(&world, &["get", "projects", "--organization", "acme", "x"]).is_empty());
    world.emulator().clear_faults();
    world.emulator().add_fault("api:hang".parse().expect("a fault"));
    assert!(offered(&world, &["get", "projects", "--organization", "acme", "x"]).is_empty());
}

// OUT-15
#[test]
fn a_name_that_means_something_to_a_shell_is_not_offered() {
    let world = World::ada();
    let config = std::fs::read_to_string(world.path("config")).expect("a config");
    std::fs::write(world.path("config"), config.replace("staging-d4e5f6", "$(touch hacked)")).expect("a config");
    let offered = offered(&world, &["ctx", "use", ""]);
    assert!(offered.contains(&"acme/production-a1b2c3".to_owned()), "{offered:?}");
    assert!(!offered.iter().any(|word| word.contains("touch")), "{offered:?}");
}

#[test]
fn service_accounts_are_offered_wherever_one_is_named() {
    let world = World::ada();
    let project = ["--project", "production-a1b2c3"];
    for words in [&["service-accounts", "get"][..], &["machine-accounts", "disable"], &["service-accounts", "grant"]] {
        assert_eq!(offered(&world, &[words, &project, &["c"]].concat()), ["ci"], "{words:?}");
    }
    let rotate = ["service-accounts", "keys", "rotate"];
    assert_eq!(offered(&world, &[&rotate[..], &project, &["--account", ""]].concat()), ["ci"]);
}

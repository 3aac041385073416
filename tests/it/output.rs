//! What reaches a terminal or a file: hostile texts made harmless, machine formats exact, secrets nowhere.

use datumctl::emulator::{Membership, Options, Organization, Person, Project, Seed};
use serde_json::{Value, json};

use crate::support::{Output, World};

/// Everything that moves a terminal, hides text or breaks lines.
const HOSTILE: &str = "a\u{1b}[31m\u{1b}]0;t\u{7}\u{1b}]52;c;eA==\u{7}\u{1b}P+q\u{1b}\\\u{9b}2J\u{8}\r\u{b}\n\u{7f}\u{202e}\u{2028}\u{200b}z";

const DANGEROUS: [char; 14] = [
    '\u{1b}', '\u{9b}', '\u{90}', '\u{9d}', '\u{7}', '\u{8}', '\r', '\u{b}', '\u{7f}', '\u{202e}', '\u{2028}',
    '\u{200b}', '\u{feff}', '\u{2066}',
];

#[track_caller]
fn harmless(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(DANGEROUS), "{:?}", text.escape_debug().to_string());
    }
}

/// Ada Lovelace, her organization and its project, all called by hostile names.
fn hostile_seed(text: &str) -> Options {
    let ada = Person {
        id: "331".to_owned(),
        email: "ada@example.com".to_owned(),
        given_name: text.to_owned(),
        family_name: "L".to_owned(),
        email_verified: true,
    };
    let project = Project { name: "lab-1".to_owned(), display_name: text.to_owned() };
    let display_name = text.to_owned();
    let organization =
        Organization { name: "acme".to_owned(), display_name, onboarding: "Ready".to_owned(), projects: vec![project] };
    let membership = Membership {
        organization: "acme".to_owned(),
        member: "ada@example.com".to_owned(),
        roles: vec![text.to_owned()],
    };
    let seed =
        Seed { people: vec![ada], organizations: vec![organization], memberships: vec![membership], ..Seed::default() };
    Options { seed, ..Options::default() }
}

fn signed_in(text: &str) -> (World, Output) {
    let world = World::with(hostile_seed(text));
    let login = world.login("ada@example.com").success();
    let _ = world.run(["ctx", "use", "acme/lab-1"]).success();
    (world, login)
}

// OUT-01, OUT-03
#[test]
fn names_from_the_server_cannot_move_the_terminal() {
    let (world, login) = signed_in(HOSTILE);
    harmless(&login);
    for words in [
        &["whoami"][..],
        &["auth", "list"],
        &["auth", "status"],
        &["auth", "org", "--list"],
        &["ctx", "list"],
        &["ctx", "list", "--refresh"],
        &["ctx", "list", "-o", "name"],
        &["ctx", "use", "acme"],
        &["ctx", "current"],
        &["organizations", "list"],
        &["organizations", "list", "-o", "wide"],
        &["projects", "list", "-o", "wide"],
        &["auth", "switch", "ada@example.com"],
        &["auth", "get-token", "--session", HOSTILE.trim()],
        &["ctx", "use", HOSTILE],
        &["logout", HOSTILE],
        &["auth", "login", HOSTILE],
        &["login", "--hostname", HOSTILE],
        &["login", "--context", HOSTILE, "--no-context"],
        &[HOSTILE],
    ] {
        harmless(&world.run(words));
    }
    let table = world.run(["organizations", "list"]).success();
    assert!(table.stdout.contains(r"a\x1b[31m") && table.stdout.lines().count() == 2, "{table}");
}

// OUT-01
#[test]
fn a_name_of_a_megabyte_hangs_nothing_and_says_nothing_twice() {
    let mut options = hostile_seed(&"n".repeat(1 << 20));
    options.seed.people[0].given_name = "Ada".to_owned();
    let world = World::with(options);
    let _ = world.login("ada@example.com").success();
    for words in [&["whoami"][..], &["ctx", "list"], &["organizations", "list"]] {
        let output = world.run(words).success();
        assert!(output.stdout.len() < 8 << 20 && output.stderr.is_empty());
    }
}

// OUT-02
#[test]
fn machine_formats_give_back_exactly_what_the_server_said() {
    let (world, _) = signed_in(HOSTILE);
    let rows = world.run(["organizations", "list", "-o", "json"]).success();
    harmless(&rows);
    assert_eq!(rows.json()[0]["display_name"], HOSTILE);
    let yaml = world.run(["organizations", "list", "-o", "yaml"]).success();
    harmless(&yaml);
    assert_eq!(yaml_of(&yaml.stdout)[0]["display_name"], HOSTILE);
    let projects = world.run(["projects", "list", "-o", "yaml"]).success();
    assert_eq!(yaml_of(&projects.stdout)[0]["display_name"], HOSTILE);
    assert_eq!(world.run(["ctx", "list", "-o", "json"]).success().json()[1]["display_name"], HOSTILE);
    let whoami = world.run(["whoami", "-o", "json"]).success();
    harmless(&whoami);
    assert_eq!(whoami.json()["name"], format!("{HOSTILE} L"));
    assert_eq!(whoami.json()["project"]["name"], HOSTILE);
}

fn yaml_of(text: &str) -> Value {
    yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

// OUT-01, OUT-17
#[test]
fn an_error_of_the_server_is_cut_and_made_harmless() {
    let (world, _) = signed_in("plain");
    let long = format!("{HOSTILE}{}", "x".repeat(2 << 20));
    for body in [
        json!({"kind": "Status", "status": "Failure", "message": long, "reason": HOSTILE, "code": 403}).to_string(),
        json!({"error": HOSTILE, "error_description": long}).to_string(),
        format!("<html><title>{HOSTILE}</title>"),
        long.clone(),
        String::new(),
    ] {
        for (status, formats) in [(403, &["human", "json", "yaml"][..]), (404, &["human"]), (500, &["human"])] {
            world.emulator().clear_faults();
            world.emulator().add_fault(format!("api:status={status},body={body}").parse().unwrap());
            for format in formats {
                let refused = world.run(["organizations", "list", "--error-format", format]);
                assert!([1, 5].contains(&refused.status), "{refused}");
                assert!(refused.stderr.len() < 8_000, "{} bytes", refused.stderr.len());
                harmless(&refused);
            }
        }
    }
    world.emulator().clear_faults();
    let denied = json!({"error": "invalid_request", "error_description": &long[..100_000]}).to_string();
    world.emulator().add_fault(format!("token:status=400,body={denied}").parse().unwrap());
    for words in [&["auth", "get-token", "--min-ttl", "24h"][..], &["login", "--no-browser"]] {
        let refused = world.run(words);
        assert!(refused.stderr.len() < 3_000 && refused.stderr.contains("a"), "{refused}");
        harmless(&refused);
    }
}

// OUT-01
#[test]
fn errors_as_objects_keep_the_words_and_stay_one_object() {
    let (world, _) = signed_in("plain");
    let status = json!({"kind": "Status", "status": "Failure", "message": HOSTILE, "reason": "Forbidden", "code": 403});
    world.emulator().add_fault(format!("api:status=403,body={status}").parse().unwrap());
    let json = world.run(["organizations", "list", "--error-format", "json"]).exits(1);
    let object: Value = serde_json::from_str(&json.stderr).expect("one object");
    let error = object["error"].as_object().expect("error");
    assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "message", "causes", "hints", "retryable"]);
    let yaml = world.run(["organizations", "list", "--error-format", "yaml"]).exits(1);
    assert_eq!(yaml_of(&yaml.stderr), object);
}

//! `DATUM_CREDENTIALS_FILE`: commands act as a service account that was never signed in.

use std::process::Child;
use std::time::Duration;

use crate::support::World;

/// A world whose environment names the seeded service account's credentials file.
fn in_ci() -> World {
    let mut world = World::new();
    let file = world.credentials_file();
    world.set("DATUM_CREDENTIALS_FILE", file);
    world
}

fn exchanges(world: &World) -> usize {
    world.emulator().journal().iter().filter(|entry| entry.route == "token.jwt").count()
}

// JWB-17
#[test]
fn twenty_parallel_jobs_share_one_exchange() {
    let world = in_ci();
    let jobs: Vec<Child> = (0..20).map(|_| world.spawn(["auth", "get-token"])).collect();
    let mut tokens: Vec<String> = jobs
        .into_iter()
        .map(|job| world.finish(&job.wait_with_output().expect("an output"), true).success().line())
        .collect();
    tokens.dedup();
    assert_eq!((tokens.len(), exchanges(&world)), (1, 1));
}

#[test]
fn nothing_is_stored_but_a_token() {
    let world = in_ci();
    let token = world.token();
    let stored: String =
        world.files().iter().map(|(_, content)| String::from_utf8_lossy(content).into_owned()).collect();
    assert!(stored.contains(&token));
    assert!(!stored.contains("PRIVATE KEY") && !world.path("config").exists());
    assert!(world.files().iter().all(|(path, _)| path.extension().is_none_or(|extension| extension != "pem")));
    let config_home = world.home().join(".config");
    assert!(!config_home.exists());
}

#[test]
fn the_status_says_until_when_the_kept_token_is_good() {
    let world = in_ci();
    let status = || -> serde_json::Value {
        serde_json::from_str(&world.run(["auth", "status", "-o", "json"]).success().stdout).expect("JSON")
    };
    assert_eq!(status()["token_expires_at"], serde_json::Value::Null);
    let told: serde_json::Value =
        serde_json::from_str(&world.run(["auth", "get-token", "-o", "json"]).success().stdout).expect("JSON");
    assert!(told["expires_at"].is_string());
    assert_eq!(status()["token_expires_at"], told["expires_at"]);
}

// SIG-13
#[test]
fn it_works_without_a_home_that_can_be_written() {
    let file = "a regular file";
    for (variable, value) in [("HOME", file), ("DATUMCTL_HOME", file), ("HOME", "/proc/nowhere")] {
        let mut world = in_ci();
        std::fs::write(world.scratch(file), "").unwrap();
        let below = world.scratch(value).join("home");
        world.set(variable, below);
        let _ = world.token();
        let _ = world.run(["organizations", "list"]).success();
        let _ = world.run(["projects", "list"]).success();
        let _ = world.run(["whoami"]).success();
        let _ = world.run(["auth", "status"]).success();
        assert_eq!(
            exchanges(&world),
            3,
            "one exchange a command: get-token, organizations, and none for what asks nobody"
        );
    }
}

// SIG-13
#[test]
fn it_works_for_a_user_who_is_in_no_list_and_may_write_nowhere() {
    let mut world = in_ci();
    if rustix::process::geteuid().is_root() {
        // For anybody but a stranger the password file knows a home, and that one is not for tests.
        world.unset("HOME");
    } else {
        world.set("HOME", "/");
    }
    let output = world.command_of_stranger(["auth", "get-token"]).output().expect("it runs");
    let _ = world.finish(&output, true).success().line();
    let output = world.command_of_stranger(["organizations", "list"]).output().expect("it runs");
    insta::assert_snapshot!(world.finish(&output, false).success(), @"
    NAME   DISPLAY NAME   ROLE
    acme   Acme, Inc.     editor
    ");
}

#[test]
fn a_session_flag_wins_over_it_and_the_session_variable_loses() {
    let mut world = in_ci();
    let _ = world.login("ada@example.com").success().says("DATUM_CREDENTIALS_FILE is set and wins");
    let session = format!("ada@example.com@{}", world.emulator().url().trim_start_matches("http://"));
    world.set("DATUM_SESSION", &session);
    assert_eq!(world.run(["whoami", "-o", "json"]).json()["email"], "ci@production-a1b2c3.iam.datum.net");
    assert_eq!(world.run(["whoami", "-o", "json", "--session", &session]).json()["email"], "ada@example.com");
    let machine = world.token();
    let person = world.run(["auth", "get-token", "--session", &session]).success().line();
    assert_ne!(machine, person);
    world.unset("DATUM_CREDENTIALS_FILE");
    assert_eq!(world.token(), person);
}

#[test]
fn who_acts_and_why_is_said() {
    let world = in_ci();
    insta::assert_snapshot!(world.run(["whoami"]).success(), @"
    User:         ci@production-a1b2c3.iam.datum.net
    Type:         service account
    Organization: (none)
    Project:      (none)
    Context:      (none)
    Endpoint:     <url>
    Override:     DATUM_CREDENTIALS_FILE=<directory>/datum-credentials.json
    ");
    insta::assert_snapshot!(world.run(["auth", "status"]).success(), @"
    email: ci@production-a1b2c3.iam.datum.net
    active_org_slug: none
    role: none
    session: ci@production-a1b2c3.iam.datum.net@<host>
    endpoint: <url>
    context: none
    store: none
    source: credentials_file
    token_expires_at: none
    ");
    insta::assert_snapshot!(world.run(["auth", "list"]).success(), @"
    ------- stderr -------
    Nobody is logged in.
    DATUM_CREDENTIALS_FILE is set and decides who commands act as: datumctl whoami
    ");
    insta::assert_snapshot!(world.run(["ctx", "use", "acme"]).exits(2), @"
    ------- stderr -------
    error: DATUM_CREDENTIALS_FILE names a service account, which has no contexts
    hint: set DATUM_ORGANIZATION or DATUM_PROJECT instead
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["ctx", "list"]).exits(2), @"
    ------- stderr -------
    error: DATUM_CREDENTIALS_FILE names a service account, which has no contexts
    hint: set DATUM_ORGANIZATION or DATUM_PROJECT instead
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["ctx", "current"]).exits(1), @"
    ------- stderr -------
    error: DATUM_CREDENTIALS_FILE names a service account, which has no contexts
    hint: set DATUM_ORGANIZATION or DATUM_PROJECT instead
    [exit status: 1]
    ");
    insta::assert_snapshot!(world.run(["auth", "org", "--list"]).success(), @"
    SLUG   NAME         ROLE     ACTIVE
    acme   Acme, Inc.   editor
    ");
    insta::assert_snapshot!(world.run(["projects", "list", "--organization", "acme"]).success(), @"
    NAME                DISPLAY NAME   ORGANIZATION
    production-a1b2c3   Production     acme
    staging-d4e5f6      Staging        acme
    ");
    insta::assert_snapshot!(world.run(["logout"]).success(), @"status: no_credential");
}

// JWB-09
#[test]
fn a_file_that_is_missing_or_wrong_is_an_input_error_of_every_command() {
    let mut world = World::new();
    let file = world.scratch("broken.json");
    std::fs::write(&file, "{\"private_key\": \"CNRY").unwrap();
    for path in ["/nowhere/credentials.json".into(), file] {
        world.set("DATUM_CREDENTIALS_FILE", path);
        for command in [&["auth", "get-token"][..], &["whoami"], &["auth", "status"], &["organizations", "list"]] {
            let refused = world.run(command).exits(2);
            assert!(refused.stderr.contains("credentials file") && !refused.stderr.contains("CNRY"), "{refused}");
        }
    }
}

#[test]
fn an_expired_cache_is_replaced_and_a_new_key_asks_anew() {
    let mut world = in_ci();
    world.emulator().set_access_token_ttl(Duration::from_secs(1));
    let first = world.token();
    world.emulator().set_access_token_ttl(Duration::from_secs(3600));
    let second = world.token();
    assert_ne!(first, second);
    assert_eq!(world.token(), second);
    world.emulator().revoke_service_account_key("ci@production-a1b2c3.iam.datum.net").unwrap();
    let file = world.credentials_file();
    world.set("DATUM_CREDENTIALS_FILE", file);
    assert_ne!(world.token(), second);
    assert_eq!(exchanges(&world), 3);
}

#[test]
fn two_accounts_in_one_home_never_get_each_others_token() {
    let mut options = datumctl::emulator::Options::default();
    let mut other = options.seed.service_accounts[0].clone();
    let email = "deploy@production-a1b2c3.iam.datum.net";
    (other.id, other.name, other.email) = ("robot-2".into(), "deploy".into(), email.into());
    options.seed.service_accounts.push(other);
    let mut world = World::with(options);
    let files = [world.keeper("ci.json"), world.keeper("deploy.json")];
    std::fs::write(&files[0], world.emulator().credentials_json()).unwrap();
    std::fs::write(&files[1], world.emulator().credentials_json_of(email).unwrap()).unwrap();
    let mut of = |file: &std::path::Path| {
        world.set("DATUM_CREDENTIALS_FILE", file);
        (
            world.token(),
            world.run(["auth", "whoami", "-o", "json"]).success().json()["status"]["userInfo"]["username"].clone(),
        )
    };
    let (ci, deploy) = (of(&files[0]), of(&files[1]));
    assert_ne!(ci.0, deploy.0);
    assert_eq!(deploy.1, email);
    // Each finds its own again.
    assert_eq!((of(&files[0]), of(&files[1])), (ci, deploy));
}

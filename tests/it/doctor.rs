//! `auth doctor`: one line for each thing that signing in and fresh tokens need, with the mend.

use crate::support::World;

/// The report without what differs from run to run.
fn steady(text: &str) -> String {
    let time = |line: &str| match line.split_once("good until ") {
        Some((before, _)) => format!("{before}good until <time>"),
        None => line.to_owned(),
    };
    let milliseconds = |line: String| match (line.find(" ("), line.find(" ms)")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &line[..start], &line[end + 4..]),
        _ => line,
    };
    text.lines().map(|line| milliseconds(time(line)) + "\n").collect()
}

#[test]
fn everything_is_well_with_somebody_signed_in() {
    let report = World::ada().run(["auth", "doctor"]).success();
    insta::assert_snapshot!(steady(&report.stdout), @"
    ✓ home       <home>/.datumctl is yours alone and can be written
    ✓ account    ada@example.com@<host> (the active session)
    ✓ store      the credentials file
    ✓ proxy      none
    - tls        not needed: the servers are on this machine
    ✓ discovery  <url> says what it is
    ✓ clock      as the identity server's
    ✓ token      good until <time>
    ✓ api        <url> accepts the token
    ");
    assert_eq!(report.stderr, "");
}

#[test]
fn without_an_account_it_says_how_to_get_one() {
    let report = World::new().run(["auth", "doctor"]).exits(4);
    insta::assert_snapshot!(steady(&report.stdout), @"
    ✓ home       <home>/.datumctl is yours alone and can be written
    ✗ account    not logged in (datumctl login; or: in scripts and CI, set DATUM_CREDENTIALS_FILE to a credentials file)
    ✓ proxy      none
    ");
}

#[test]
fn a_service_account_of_the_environment_is_examined_too() {
    let mut world = World::new();
    let file = world.credentials_file();
    world.set("DATUM_CREDENTIALS_FILE", &file);
    let report = world.run(["auth", "doctor"]).success();
    insta::assert_snapshot!(steady(&report.stdout), @"
    ✓ home       <home>/.datumctl is yours alone and can be written
    ✓ account    ci@production-a1b2c3.iam.datum.net@<host> (DATUM_CREDENTIALS_FILE)
    - store      not needed: the credentials are in a file of yours
    ✓ proxy      none
    - tls        not needed: the servers are on this machine
    ✓ discovery  <url> says what it is
    ✓ clock      as the identity server's
    ✓ token      good until <time>
    ✓ api        <url> accepts the token
    ");
    world.emulator().disable_service_account("ci@production-a1b2c3.iam.datum.net", true).unwrap();
    let mut again = world.command(["auth", "doctor"]);
    again.env("DATUMCTL_HOME", world.scratch("another-home"));
    let report = world.finish(&again.output().unwrap(), false).exits(4);
    assert!(report.stdout.contains("✗ token") && report.stdout.contains("disabled or revoked"), "{report}");
    assert!(report.stdout.contains("- api"), "{report}");
}

#[test]
fn a_session_that_has_ended_is_found_and_the_rest_is_still_looked_at() {
    let world = World::ada();
    world.emulator().revoke_sessions("ada@example.com").unwrap();
    world.expire("ada@example.com");
    let report = world.run(["auth", "doctor", "-o", "json"]).exits(4).json();
    let outcome = |check: &str| {
        let found = report.as_array().unwrap().iter().find(|one| one["check"] == check).unwrap();
        (found["outcome"].as_str().unwrap().to_owned(), found["mend"].to_string())
    };
    assert_eq!(outcome("discovery").0, "ok");
    assert_eq!(outcome("token"), ("failed".to_owned(), r#"["datumctl login"]"#.to_owned()));
    assert_eq!(outcome("api").0, "skipped");
}

#[test]
fn a_server_that_is_not_there_and_a_home_that_is_open_are_told() {
    let mut world = World::ada();
    world.emulator().add_fault("discovery:status=503".parse().unwrap());
    let report = world.run(["auth", "doctor"]).exits(5);
    assert!(report.stdout.contains("✗ discovery") && report.stdout.contains("- clock"), "{report}");
    assert!(report.stdout.contains("✓ api"), "the token is still good: {report}");
    world.emulator().clear_faults();
    world.set("HTTPS_PROXY", "http://robot:CNRY-of-a-proxy@proxy.example:3128");
    let report = world.run(["auth", "doctor"]).success();
    assert!(report.stdout.contains("proxy.example:3128 (HTTPS_PROXY)") && !report.stdout.contains("CNRY"), "{report}");
    world.set("HTTPS_PROXY", "::not a proxy::");
    let report = world.run(["auth", "doctor"]);
    assert!(report.status != 0 && report.stdout.contains("✗ proxy"), "{report}");
}

#[cfg(unix)]
#[test]
fn a_home_that_others_can_enter_is_mended_and_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::ada();
    std::fs::set_permissions(world.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
    let report = world.run(["auth", "doctor"]).success();
    assert!(report.stdout.contains("! home") && report.stdout.contains("was open to others (mode 755)"), "{report}");
    assert!(world.run(["auth", "doctor"]).success().stdout.contains("✓ home"));
}

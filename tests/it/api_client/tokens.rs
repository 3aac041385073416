//! Whose token is sent, and what happens when it is refused.

use super::{ADA, PROJECT};
use crate::support::World;

const GRACE: &str = "grace@example.com";

/// Everybody whom the API served since entry `since` of the journal.
fn subjects(world: &World, since: usize) -> Vec<String> {
    let asked = world.emulator().journal().into_iter().skip(since).filter(|entry| entry.route.starts_with("api."));
    let mut subjects: Vec<String> = asked.filter_map(|entry| entry.subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

fn seen(world: &World) -> usize {
    world.emulator().journal().len()
}

fn subject(world: &World, email: &str) -> String {
    world.credential(email)["subject"].as_str().expect("a subject").to_owned()
}

/// The words that read zones of a project as whoever acts.
const GET: [&str; 4] = ["get", "dnszones", "--project", PROJECT];

fn session(world: &World, email: &str) -> String {
    format!("{email}@{}", world.emulator().url().trim_start_matches("http://"))
}

// API-14
#[test]
fn a_refused_token_is_replaced_once_for_all_requests_of_a_command() {
    let world = World::ada();
    let _ = world.run(GET).success();
    let since = seen(&world);
    world.emulator().expire_access_tokens();
    let _ = world.run(GET).success();
    world.assert_refreshed(1);
    let journal = world.emulator().journal();
    let statuses: Vec<_> =
        journal.iter().skip(since).filter(|entry| entry.path.contains("/dnszones")).map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(401), Some(200)]);
}

// API-14
#[test]
fn a_token_that_another_process_replaced_meanwhile_needs_no_refresh() {
    let world = World::ada();
    let _ = world.run(GET).success();
    world.emulator().expire_access_tokens();
    let _ = world.run(GET).success();
    let _ = world.run(GET).success();
    world.assert_refreshed(1);
}

// API-14
#[test]
fn a_fresh_token_that_is_refused_too_asks_for_a_login_by_the_accounts_name() {
    let world = World::ada();
    let _ = world.run(GET).success();
    let since = seen(&world);
    world.fault("api:status=401");
    let output = world.run(GET).exits(4);
    assert_eq!(output.stdout, "");
    let _ =
        output.says("error: <host> does not accept the credentials of ada@example.com@<host>").says("datumctl login");
    world.assert_refreshed(1);
    let asked = world.emulator().journal().into_iter().skip(since).filter(|entry| entry.path.contains("/dnszones"));
    assert_eq!(asked.count(), 2);
}

// API-17
#[test]
fn a_command_acts_as_the_session_it_names_and_as_nobody_else() {
    let mut world = World::two_people();
    let (ada, grace) = (subject(&world, ADA), subject(&world, GRACE));
    let (session, since) = (session(&world, ADA), seen(&world));
    let _ = world.run([&GET[..], &["--session", &session]].concat()).success();
    assert_eq!(subjects(&world, since), std::slice::from_ref(&ada));
    // A refused token is replaced by one of the same session.
    let since = seen(&world);
    world.emulator().expire_access_tokens();
    let _ = world.run([&GET[..], &["--session", &session]].concat()).success();
    assert_eq!(subjects(&world, since), std::slice::from_ref(&ada));
    let since = seen(&world);
    let _ = world.set("DATUM_SESSION", session).run(GET).success();
    assert_eq!(subjects(&world, since), [ada]);
    let since = seen(&world);
    let output = world.unset("DATUM_SESSION").run(["get", "projects", "--organization", "acme"]);
    assert!(output.status == 0 || output.status == 1, "{output}");
    assert_eq!(subjects(&world, since), [grace]);
}

// API-17
#[test]
fn a_credentials_file_stands_before_the_active_session_and_never_falls_back_to_it() {
    let mut world = World::two_people();
    let file = world.credentials_file();
    let machine = world.emulator().accounts().len();
    assert!(machine >= 2);
    world.set("DATUM_CREDENTIALS_FILE", &file);
    let since = seen(&world);
    let _ = world.run(GET).success();
    let asked = subjects(&world, since);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(![subject(&world, ADA), subject(&world, GRACE)].contains(&asked[0]));
    let since = seen(&world);
    std::fs::write(&file, "{}").expect("a writable file");
    let output = world.run(GET);
    assert!([2, 6].contains(&output.status), "{output}");
    world.set("DATUM_CREDENTIALS_FILE", "/nowhere.json");
    assert_ne!(world.run(GET).status, 0);
    assert_eq!(seen(&world), since);
}

// API-17
#[test]
fn a_session_that_cannot_act_is_an_error_and_no_reason_to_act_as_another() {
    let mut world = World::two_people();
    let session = session(&world, ADA);
    world.emulator().revoke_sessions(ADA).expect("a person");
    let since = seen(&world);
    let _ = world.run([&GET[..], &["--session", &session]].concat()).exits(4);
    world.set("DATUM_SESSION", &session);
    let _ = world.run(GET).exits(4);
    for name in ["nobody@example.com", "", "grace@example.com@elsewhere"] {
        assert_ne!(world.run([&GET[..], &["--session", name]].concat()).status, 0, "{name:?}");
        assert_ne!(world.set("DATUM_SESSION", "nobody@example.com").run(GET).status, 0);
    }
    assert!(!subjects(&world, since).contains(&subject(&world, GRACE)));
}

//! One session in the keyring and in the file: which copy counts, and how one copy is made of two.

use super::*;

#[test]
fn the_newer_of_two_copies_is_used_and_no_stale_token_is_ever_sent() {
    // KRG-12
    for newer_in_file in [true, false] {
        let desktop = Desktop::with_ada();
        let key = desktop.key();
        let older = desktop.lookup(&key).unwrap();
        let token = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
        let newer = desktop.lookup(&key).unwrap();
        if newer_in_file {
            desktop.store(&key, &older);
            desktop.write_file_store(&[(&key, &newer)]);
        } else {
            desktop.write_file_store(&[(&key, &older)]);
        }
        assert_eq!(desktop.world.token(), token, "newer in file: {newer_in_file}");
        assert_eq!(desktop.credential(&key)["token"]["access_token"], token);
        assert!(!desktop.file_text().contains(&key), "two copies are left");
        let _ = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
        assert_eq!(desktop.world.refreshes(), (2, 0));
    }
}

#[test]
fn of_two_copies_that_need_a_refresh_the_newer_is_spent() {
    // KRG-12
    for newer_in_file in [true, false] {
        let desktop = Desktop::with_ada();
        let key = desktop.key();
        let older = desktop.lookup(&key).unwrap();
        let _ = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
        let newer = desktop.lookup(&key).unwrap();
        let (file, keyring) = if newer_in_file { (&newer, &older) } else { (&older, &newer) };
        desktop.store(&key, keyring);
        desktop.write_file_store(&[(&key, file)]);
        let _ = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
        assert_eq!(desktop.world.refreshes(), (2, 0), "newer in file: {newer_in_file}");
    }
}

#[test]
fn two_copies_of_one_generation_give_one_answer_a_warning_and_a_second_chance() {
    // KRG-13
    let desktop = Desktop::with_ada();
    let key = desktop.key();
    let good = desktop.lookup(&key).unwrap();
    let edited = desktop.edit(&key, |credential| {
        credential["token"]["access_token"] = "edited".into();
        credential["token"]["refresh_token"] = "edited too".into();
    });
    desktop.store(&key, edited.to_string());
    desktop.write_file_store(&[(&key, &good)]);
    let first = desktop.world.run(["auth", "get-token"]).success().says("both stores hold different tokens");
    let second = desktop.world.run(["auth", "get-token"]).success();
    assert_eq!(first.stdout, second.stdout);
    // The server refuses the edited one; the other one is tried and wins.
    let refreshed = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_eq!(desktop.world.token(), refreshed);
    assert_eq!(desktop.world.refreshes(), (1, 0));
    assert_eq!(desktop.world.run(["auth", "get-token"]).success().stderr, "");
}

#[test]
fn a_file_left_from_long_ago_does_not_hide_the_live_session_in_the_keyring() {
    // KRG-14
    let desktop = Desktop::with_ada();
    let (key, token) = (desktop.key(), desktop.world.token());
    let old = desktop.edit(&key, |credential| {
        credential.as_object_mut().unwrap().remove("generation");
        credential["token"]["access_token"] = "long ago".into();
        credential["token"]["refresh_token"] = "spent long ago".into();
        credential["token"]["expiry"] = "2025-01-01T00:00:00Z".into();
    });
    desktop.write_file_store(&[(&key, &old.to_string()), ("active_user", &key)]);
    assert_eq!(desktop.world.token(), token);
    let _ = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    assert_eq!(desktop.world.refreshes(), (1, 0));
}

#[test]
fn an_empty_file_left_by_the_original_does_not_hide_the_keyring() {
    // KRG-14
    let desktop = Desktop::with_ada();
    let token = desktop.world.token();
    std::fs::write(desktop.world.path("credentials.json"), "{}").unwrap();
    assert_eq!(desktop.world.token(), token);
}

#[test]
fn what_fell_back_to_the_file_comes_home_when_the_keyring_is_back() {
    // KRG-11
    let desktop = Desktop::in_file();
    let (key, token) = (desktop.key(), desktop.world.token());
    let output = desktop.world.login("grace@example.com").success();
    assert!(output.stderr.contains("moved from the credentials file to the keyring"), "{output}");
    assert!(!desktop.has_file_store());
    assert_eq!(desktop.credential(&key)["token"]["access_token"], token);
    assert_eq!(desktop.lookup("active_user").unwrap(), desktop.key_of("grace@example.com"));
    assert_eq!(desktop.lookup("known_users").unwrap(), format!("[{key:?},{:?}]", desktop.key_of("grace@example.com")));
}

#[test]
fn a_move_home_that_is_killed_at_any_moment_leaves_a_session_that_works() {
    // KRG-11
    let desktop = Desktop::in_file();
    let stop_after = |delay: u64| {
        let mut child = desktop.world.spawn(["auth", "get-token", "--min-ttl", "24h"]);
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
    };
    for delay in (0..60).step_by(4) {
        stop_after(delay);
        let key = desktop.key();
        let text = desktop.lookup(&key).unwrap_or_else(|| desktop.file_entry(&key));
        // Whatever stands there now is a whole credential; back to the file for the next round.
        let _: Value = serde_json::from_str(&text).unwrap();
    }
    let token = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_eq!(desktop.world.token(), token);
    assert_eq!(desktop.credential(&desktop.key())["token"]["access_token"], token);
    assert!(!desktop.has_file_store());
    assert_eq!(desktop.world.refreshes().1, 0, "a spent token was sent again");
}

impl Desktop {
    /// Ada is signed in, in the file, although there is a keyring now.
    fn in_file() -> Self {
        let mut desktop = Self::new();
        let bus = desktop.bus.clone();
        desktop.world.unset("DBUS_SESSION_BUS_ADDRESS");
        let _ = desktop.world.login(ADA).success();
        desktop.world.set("DBUS_SESSION_BUS_ADDRESS", bus);
        desktop
    }

    fn file_text(&self) -> String {
        std::fs::read_to_string(self.world.path("credentials.json")).unwrap_or_default()
    }

    fn file_entry(&self, entry: &str) -> String {
        let file: Value = serde_json::from_str(&self.file_text()).expect("JSON");
        file[SERVICE][entry].as_str().expect("an entry").to_owned()
    }
}

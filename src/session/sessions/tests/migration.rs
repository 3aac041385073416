//! Keys of earlier versions.

use super::*;

const HOST: &str = "auth.datum.net";
const OLD: &str = "ada@example.com";
const DATE: &str = "2026-07-16T00:00:00Z";

#[test]
fn an_entry_under_a_bare_email_is_copied_to_todays_key_and_stays() {
    // STO-19
    let world = World::new(Ring::default());
    world.ring.put(OLD, &text("a1", 0, DATE));
    assert_eq!(world.sessions().migrate_key(OLD, HOST, OLD).unwrap().unwrap(), ADA);
    assert_eq!(world.ring.text(ADA), world.ring.text(OLD));
    assert_eq!(world.sessions().known_users().unwrap(), [ADA]);
}

#[test]
fn a_key_that_has_its_host_is_left_alone() {
    // STO-19
    let world = World::new(Ring::absent());
    for key in [ADA, "331@auth.datum.net"] {
        assert_eq!(world.sessions().migrate_key(key, HOST, OLD).unwrap(), None);
    }
    assert_eq!(world.sessions().migrate_key(OLD, "", OLD).unwrap(), None);
}

#[test]
fn an_entry_of_another_server_or_one_that_is_damaged_or_already_there_is_not_copied() {
    // STO-19
    let elsewhere = text("a1", 0, DATE).replace(r#""hostname":"auth.datum.net""#, r#""hostname":"auth.other.net""#);
    for (old, new) in [(elsewhere.as_str(), None), ("{", None), (&text("a1", 0, DATE), Some(text("b1", 0, DATE)))] {
        let world = World::new(Ring::default());
        world.ring.put(OLD, old);
        new.iter().for_each(|text| world.ring.put(ADA, text));
        assert_eq!(world.sessions().migrate_key(OLD, HOST, OLD).unwrap().unwrap(), ADA);
        assert_eq!(world.ring.text(ADA), new);
        assert_eq!(world.ring.text(OLD).unwrap(), old);
    }
}

#[test]
fn a_locked_keyring_does_not_count_as_nothing_to_migrate() {
    // KRG-20
    let world = World::new(Ring::default());
    world.ring.refuse(keyring::Error::Locked);
    assert!(world.sessions().migrate_key(OLD, HOST, OLD).is_err());
}

#[test]
fn a_home_without_sessions_starts_from_the_last_login_or_from_the_only_one() {
    // STO-19
    let world = World::new(Ring::default());
    assert!(world.sessions().bootstrap().unwrap().is_none());
    world.ring.put("331@auth.datum.net", &text("a1", 0, DATE));
    world.ring.put("known_users", r#"["331@auth.datum.net"]"#);
    assert_eq!(world.sessions().bootstrap().unwrap().unwrap().0, "331@auth.datum.net");
    world.ring.put("known_users", &format!(r#"["331@auth.datum.net","{BOB}"]"#));
    assert!(world.sessions().bootstrap().unwrap().is_none());
    world.ring.put(BOB, &text("b1", 0, DATE));
    world.ring.put("active_user", BOB);
    assert_eq!(world.sessions().bootstrap().unwrap().unwrap().0, BOB);
}

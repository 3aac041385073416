//! Which store counts, and what a keyring's refusal means.

use super::*;

const EARLY: &str = "2026-07-16T00:00:00Z";
const LATE: &str = "2026-07-17T00:00:00Z";

#[test]
fn the_newer_generation_is_used_and_one_copy_remains_where_the_original_finds_all_of_them() {
    // KRG-12
    for (file, ring) in [(1, 2), (2, 1)] {
        let world = World::new(Ring::default());
        world.put_file_entries(&[(ADA, &text("file", file, LATE)), (BOB, &text("b", 1, LATE))]);
        world.ring.put(ADA, &text("ring", ring, LATE));
        let newer = if file > ring { "file" } else { "ring" };
        assert_eq!(world.token(ADA).unwrap(), newer);
        assert_eq!(world.file_text(), None);
        assert_eq!(world.ring.credential(ADA).unwrap().token.access_token.expose(), newer);
        assert_eq!(world.ring.credential(BOB).unwrap().token.access_token.expose(), "b");
    }
}

#[test]
fn an_older_copy_is_removed_where_it_lies_when_the_file_has_to_stay() {
    // KRG-12
    for (file, ring) in [(1, 2), (2, 1)] {
        let world = World::new(Ring::default());
        let ada = text("file", file, LATE);
        world.put_file(format!(r#"{{"other":{{"x":"y"}},"datumctl-auth":{{"{ADA}":{ada:?}}}}}"#));
        world.ring.put(ADA, &text("ring", ring, LATE));
        assert_eq!(world.token(ADA).unwrap(), if file > ring { "file" } else { "ring" });
        assert_eq!(world.file_text().unwrap().contains(ADA), file > ring);
        assert_eq!(world.ring.text(ADA).is_some(), ring > file);
    }
}

#[test]
fn undecided_copies_survive_until_a_refresh_decides() {
    // KRG-13
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("file", 3, LATE))]);
    world.ring.put(ADA, &text("ring", 3, LATE));
    let sessions = world.sessions();
    let _lock = sessions.lock_refresh(ADA, PATIENT).unwrap();
    let stored = sessions.load(ADA).unwrap().unwrap();
    let rival = stored.rival.clone().unwrap();
    assert_eq!(rival.token.access_token.expose(), "file");
    let room = sessions.reserve(ADA, &stored).unwrap();
    assert!(matches!(room.commit(refreshed(&rival, "decided")).unwrap(), Committed::Saved(_)));
    let decided = sessions.load(ADA).unwrap().unwrap();
    assert_eq!((decided.credential.token.access_token.expose().as_str(), decided.rival.is_none()), ("decided", true));
    assert_eq!(world.file_text(), None);
}

#[test]
fn a_file_left_from_long_ago_does_not_shadow_the_keyring() {
    // KRG-14
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("old", 0, EARLY))]);
    world.ring.put(ADA, &text("live", 0, LATE));
    assert_eq!(world.token(ADA).unwrap(), "live");
    assert_eq!(world.file_text(), None);
}

#[test]
fn undecided_copies_give_one_answer_a_warning_and_a_second_chance() {
    // KRG-13
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("file", 3, LATE))]);
    world.ring.put(ADA, &text("ring", 3, LATE));
    for _ in 0..2 {
        let sessions = world.sessions();
        let stored = sessions.load(ADA).unwrap().unwrap();
        assert_eq!(stored.credential.token.access_token.expose(), "ring");
        assert_eq!(stored.rival.unwrap().token.access_token.expose(), "file");
        assert!(matches!(sessions.take_notices()[..], [Notice::TwoCopies { used: StoreKind::Keyring, .. }]));
    }
}

#[test]
fn a_keyring_that_cannot_be_asked_is_never_taken_for_an_empty_one() {
    // KRG-02, KRG-03, KRG-05, KRG-20
    for refusal in refusals() {
        let world = World::new(Ring::default());
        world.ring.refuse(refusal);
        assert!(matches!(world.sessions().load(ADA), Err(Error::Keyring(_))));
        assert!(matches!(world.sessions().save(ADA, &credential("a1")), Err(Error::Keyring(_))));
        assert_eq!(world.file_text(), None);
    }
}

#[test]
fn a_session_in_the_file_works_while_the_keyring_cannot_be_asked() {
    // KRG-02
    for refusal in refusals() {
        let world = World::new(Ring::default());
        world.put_file_entries(&[(ADA, &text("a1", 1, LATE))]);
        world.ring.refuse(refusal);
        assert_eq!(world.token(ADA).unwrap(), "a1");
        assert_eq!(world.sessions().save(ADA, &credential("a2")).unwrap().store, StoreKind::File);
        assert!(world.sessions().save(BOB, &credential("b1")).is_err());
        assert!(!world.file_text().unwrap().contains(BOB));
    }
}

#[test]
fn a_secret_too_large_for_the_keyring_goes_to_the_file_and_leaves_no_older_copy_behind() {
    // KRG-06
    let world = World::new(Ring::default());
    world.ring.put(ADA, &text("old", 1, EARLY));
    let sessions = world.sessions();
    let limited = Limited(world.ring.clone());
    let limited = Sessions::with_keyring(world.home(), StoreChoice::Auto, Box::new(limited));
    drop(sessions);
    assert_eq!(limited.save(ADA, &credential(&"x".repeat(8000))).unwrap().store, StoreKind::File);
    assert!(matches!(limited.take_notices()[..], [Notice::KeptInFile { .. }]));
    assert_eq!(world.ring.text(ADA), None);
    assert_eq!(world.token(ADA).unwrap().len(), 8000);
}

#[test]
fn a_keyring_that_returns_something_else_is_found_out() {
    // KRG-07
    let world = World::new(Ring::default());
    world.ring.0.lock().unwrap().forgets = true;
    assert!(matches!(world.sessions().save(ADA, &credential("a1")), Err(Error::NotKept { .. })));
    assert_eq!(world.file_text(), None);
}

#[test]
fn an_entry_deleted_elsewhere_is_gone_and_can_be_made_again() {
    // KRG-08
    let world = World::new(Ring::default());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    world.ring.0.lock().unwrap().entries.remove(ADA);
    assert_eq!(world.token(ADA), None);
    assert_eq!(world.sessions().known_users().unwrap(), [ADA]);
    world.sessions().save(ADA, &credential("a2")).unwrap();
    assert_eq!(world.token(ADA).unwrap(), "a2");
}

#[test]
fn the_entries_of_the_file_come_home_when_the_keyring_is_back() {
    // KRG-11
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    world.sessions().save(BOB, &credential("b1")).unwrap();
    world.sessions().set_active_user(BOB).unwrap();
    world.ring.refuse(None);
    world.ring.put("known_users", r#"["eve@example.com@auth.datum.net"]"#);
    assert_eq!(world.token(ADA).unwrap(), "a1");
    assert!(world.file_text().is_some(), "a read of a valid token changes nothing");
    let sessions = world.sessions();
    drop(sessions.lock_refresh(ADA, PATIENT).unwrap());
    assert!(matches!(sessions.take_notices()[..], [Notice::MovedToKeyring { entries: 4 }]));
    assert_eq!(world.file_text(), None);
    assert_eq!(world.ring.credential(ADA).unwrap().token.access_token.expose(), "a1");
    assert_eq!(sessions.active_user().unwrap().unwrap(), BOB);
    assert_eq!(sessions.known_users().unwrap(), ["eve@example.com@auth.datum.net", ADA, BOB]);
}

#[test]
fn the_file_stays_when_the_keyring_refuses_one_of_its_entries() {
    // KRG-11
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    let before = world.file_text();
    world.ring.refuse(None);
    world.ring.refuse_writes(true);
    drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
    assert_eq!(world.file_text(), before);
    assert_eq!(world.token(ADA).unwrap(), "a1");
}

#[test]
fn coming_home_never_replaces_a_newer_entry_of_the_keyring() {
    // KRG-11, KRG-12
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("old", 1, EARLY)), (BOB, &text("new", 5, LATE))]);
    world.ring.put(ADA, &text("new", 2, LATE));
    world.ring.put(BOB, &text("old", 4, EARLY));
    drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
    assert_eq!(world.file_text(), None);
    assert_eq!((world.token(ADA).unwrap(), world.token(BOB).unwrap()), ("new".to_owned(), "new".to_owned()));
}

#[test]
fn a_file_shared_with_another_service_stays_where_the_original_looks() {
    let world = World::new(Ring::default());
    world.put_file(format!(r#"{{"other":{{"x":"y"}},"datumctl-auth":{{"{ADA}":{:?}}}}}"#, text("a1", 1, LATE)));
    assert_eq!(world.sessions().save(ADA, &credential("a2")).unwrap().store, StoreKind::File);
    assert!(world.file_text().unwrap().contains("\"other\""));
}

#[test]
fn removing_takes_the_session_out_of_both_stores() {
    // KRG-15
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("file", 3, LATE)), ("active_user", ADA)]);
    world.ring.put(ADA, &text("ring", 3, EARLY));
    world.ring.put("active_user", ADA);
    world.sessions().remove(ADA).unwrap();
    assert_eq!(world.file_text(), None);
    assert!(world.ring.0.lock().unwrap().entries.is_empty());
}

#[test]
fn removing_says_when_the_keyring_could_not_be_asked() {
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, &text("a1", 1, LATE))]);
    world.ring.refuse(keyring::Error::Locked);
    assert!(matches!(world.sessions().remove(ADA), Err(Error::Keyring(keyring::Error::Locked))));
    assert_eq!(world.file_text(), None);
}

#[test]
fn a_chosen_store_is_the_only_one_that_is_asked() {
    // KRG-19
    let world = World::new(Ring::default());
    assert_eq!(world.sessions_in(StoreChoice::File).save(ADA, &credential("file")).unwrap().store, StoreKind::File);
    assert!(world.sessions_in(StoreChoice::Keyring).load(ADA).unwrap().is_none());
    world.ring.refuse(keyring::Error::Absent { reason: String::new() });
    let forced = world.sessions_in(StoreChoice::Keyring);
    assert!(matches!(forced.save(ADA, &credential("x")), Err(Error::Keyring(keyring::Error::Absent { .. }))));
    assert!(matches!(forced.load(ADA), Err(Error::Keyring(keyring::Error::Absent { .. }))));
}

fn refusals() -> [keyring::Error; 4] {
    [
        keyring::Error::Locked,
        keyring::Error::Denied,
        keyring::Error::TimedOut { seconds: 3 },
        keyring::Error::Other { reason: "broken".to_owned() },
    ]
}

/// A keyring that takes no more than Windows does.
struct Limited(Ring);

impl Store for Limited {
    fn read(&self, entry: &str) -> Result<Option<Secret>, Error> {
        self.0.read(entry)
    }

    fn apply(&self, changes: &[Change<'_>], held: &Held) -> Result<(), Error> {
        let size = changes.iter().filter_map(|change| change.value).map(|value| value.expose().len()).max();
        match size {
            Some(size) if size > 2560 => Err(keyring::Error::TooLarge { size }.into()),
            _ => self.0.apply(changes, held),
        }
    }
}

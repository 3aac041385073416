//! Room, journal and what killed processes leave.

use super::*;

fn commit(world: &World, key: &str, access_token: &str) -> Committed {
    let sessions = world.sessions();
    let _lock = sessions.lock_refresh(key, PATIENT).unwrap();
    let stored = sessions.load(key).unwrap().unwrap();
    let room = sessions.reserve(key, &stored).unwrap();
    room.commit(refreshed(&stored.credential, access_token)).unwrap()
}

fn both_kinds() -> [World; 2] {
    [World::new(Ring::absent()), World::new(Ring::default())]
}

#[test]
fn a_refreshed_session_is_stored_where_it_was_and_leaves_nothing_else() {
    // RFR-02
    for world in both_kinds() {
        let store = world.sessions().save(ADA, &credential("a1")).unwrap().store;
        let Committed::Saved(saved) = commit(&world, ADA, "a2") else { panic!("not saved") };
        assert_eq!((saved.store, saved.generation), (store, 2));
        assert_eq!(world.token(ADA).unwrap(), "a2");
        let journal = world.home().journal(ADA);
        assert!(!journal.exists());
        assert!(
            journal.parent().unwrap().read_dir().is_ok_and(|mut entries| entries.next().is_none())
                || store == StoreKind::File
        );
        assert!(world.leftovers().iter().all(|name| name == "credentials.json" || name == "journal"));
    }
}

#[test]
fn a_session_removed_during_its_refresh_stays_removed() {
    // RFR-36
    for world in both_kinds() {
        world.sessions().save(ADA, &credential("a1")).unwrap();
        let sessions = world.sessions();
        let stored = sessions.load(ADA).unwrap().unwrap();
        let room = sessions.reserve(ADA, &stored).unwrap();
        world.sessions().remove(ADA).unwrap();
        assert!(matches!(room.commit(refreshed(&stored.credential, "a2")).unwrap(), Committed::Removed));
        assert_eq!(world.token(ADA), None);
        assert_eq!(world.sessions().keys().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn a_login_during_the_refresh_wins() {
    // RFR-37
    for world in both_kinds() {
        world.sessions().save(ADA, &credential("a1")).unwrap();
        let sessions = world.sessions();
        let stored = sessions.load(ADA).unwrap().unwrap();
        let room = sessions.reserve(ADA, &stored).unwrap();
        assert_eq!(world.sessions().save(ADA, &credential("login")).unwrap().generation, 2);
        let Committed::Superseded(current) = room.commit(refreshed(&stored.credential, "a2")).unwrap() else {
            panic!("overwrote the login")
        };
        assert_eq!(current.credential.token.access_token.expose(), "login");
        assert_eq!(world.token(ADA).unwrap(), "login");
    }
}

#[test]
fn a_keyring_that_fails_after_the_refresh_hands_over_to_the_file() {
    let world = World::new(Ring::default());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    let sessions = world.sessions();
    let stored = sessions.load(ADA).unwrap().unwrap();
    let room = sessions.reserve(ADA, &stored).unwrap();
    world.ring.refuse_writes(true);
    let Committed::Saved(saved) = room.commit(refreshed(&stored.credential, "a2")).unwrap() else { panic!() };
    assert_eq!(saved.store, StoreKind::File);
    assert!(matches!(sessions.take_notices()[..], [Notice::KeptInOtherStore { store: StoreKind::File, .. }]));
    assert_eq!(world.token(ADA).unwrap(), "a2");
    world.ring.refuse(keyring::Error::Locked);
    assert_eq!(world.token(ADA).unwrap(), "a2");
}

#[test]
fn a_forced_keyring_that_fails_after_the_refresh_leaves_the_token_in_the_journal_for_the_next_refresh() {
    // KRG-17, KRG-19
    let world = World::new(Ring::default());
    let sessions = world.sessions_in(StoreChoice::Keyring);
    sessions.save(ADA, &credential("a1")).unwrap();
    let stored = sessions.load(ADA).unwrap().unwrap();
    let room = sessions.reserve(ADA, &stored).unwrap();
    world.ring.refuse_writes(true);
    assert!(matches!(room.commit(refreshed(&stored.credential, "a2")).unwrap(), Committed::Saved(_)));
    assert!(matches!(sessions.take_notices()[..], [Notice::KeptInJournal { .. }]));
    assert!(sessions.lock_refresh(ADA, PATIENT).is_err(), "the older refresh token must not be spent");
    world.ring.refuse_writes(false);
    drop(sessions.lock_refresh(ADA, PATIENT).unwrap());
    assert_eq!(world.token(ADA).unwrap(), "a2");
    assert!(!world.home().journal(ADA).exists());
}

#[test]
fn a_complete_journal_of_a_killed_process_is_rolled_forward() {
    // KRG-17, RFR-15
    let world = World::new(Ring::default());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    for name in ["final", "temporary"] {
        let newer = text(name, world.ring.credential(ADA).unwrap().generation + 1, "2026-07-18T00:00:00Z");
        put_journal(&world, name == "final", &wire::journal(ADA, &Secret::new(newer)).expose().clone());
        drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
        assert_eq!(world.token(ADA).unwrap(), name);
        assert_eq!(world.home().journal(ADA).parent().unwrap().read_dir().unwrap().count(), 0);
    }
}

#[test]
fn a_torn_older_or_orphaned_journal_changes_nothing_and_is_cleared() {
    // RFR-15, RFR-36
    let world = World::new(Ring::default());
    world.ring.put(ADA, &text("a5", 5, "2026-07-18T00:00:00Z"));
    let of = |key: &str, generation| {
        wire::journal(key, &Secret::new(text("j", generation, "2026-07-19T00:00:00Z"))).expose().clone()
    };
    for content in [of(ADA, 9)[..80].to_owned(), of(ADA, 4), of(BOB, 9), " ".repeat(500)] {
        put_journal(&world, true, &content);
        drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
        assert_eq!(world.token(ADA).unwrap(), "a5");
        assert!(!world.home().journal(ADA).exists());
    }
    put_journal(&world, true, &of(ADA, 9));
    world.ring.0.lock().unwrap().entries.clear();
    drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
    assert_eq!(world.token(ADA), None);
}

#[test]
fn a_complete_file_that_was_never_renamed_is_rolled_forward_for_the_sessions_that_are_newer_in_it() {
    // RFR-15
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    world.sessions().save(BOB, &credential("b1")).unwrap();
    let left = world.file_text().unwrap().replace("a1", "a2").replace(r#"\"generation\":1"#, r#"\"generation\":2"#);
    let left = left.replace(BOB, "removed@example.com@auth.datum.net") + "      ";
    std::fs::write(world.home().root().join(".datumctl-credentials.json-4194304-aaaaaaaaaaaa.tmp"), left).unwrap();
    std::fs::write(world.home().root().join(".datumctl-credentials.json-4194304-bbbbbbbbbbbb.tmp"), "{\"torn").unwrap();
    drop(world.sessions().lock_refresh(ADA, PATIENT).unwrap());
    assert_eq!((world.token(ADA).unwrap(), world.token(BOB).unwrap()), ("a2".to_owned(), "b1".to_owned()));
    assert_eq!(world.sessions().keys().unwrap(), [ADA, BOB]);
    assert_eq!(world.leftovers(), ["credentials.json"]);
}

#[test]
fn a_session_that_was_brought_home_during_its_refresh_is_stored_in_the_keyring() {
    // KRG-11
    let world = World::new(Ring::absent());
    world.sessions().save(ADA, &credential("a1")).unwrap();
    let sessions = world.sessions();
    let stored = sessions.load(ADA).unwrap().unwrap();
    let room = sessions.reserve(ADA, &stored).unwrap();
    world.ring.refuse(None);
    world.sessions().save(BOB, &credential("b1")).unwrap();
    assert_eq!(world.file_text(), None);
    assert!(matches!(room.commit(refreshed(&stored.credential, "a2")).unwrap(), Committed::Saved(_)));
    assert_eq!(world.ring.credential(ADA).unwrap().token.access_token.expose(), "a2");
    assert_eq!(world.file_text(), None);
}

/// A journal as its writer left it: in place, or as the temporary file that was to become it.
fn put_journal(world: &World, in_place: bool, content: &str) {
    let path = world.home().journal(ADA);
    crate::sys::files::create_private_directory(path.parent().unwrap()).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let temporary = path.with_file_name(format!(".datumctl-{name}-4194304-aaaaaaaaaaaa.tmp"));
    std::fs::write(if in_place { path } else { temporary }, content).unwrap();
}

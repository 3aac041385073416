//! Damaged files and entries: what is good stays usable, what is bad is kept aside.

use super::*;

#[test]
fn a_damaged_file_is_kept_aside_with_one_warning_and_the_keyring_still_serves() {
    // STO-09, STO-11, STO-12, STO-13
    let good = format!(r#"{{"datumctl-auth":{{"{BOB}":"x"}}}}"#);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let contents: [&[u8]; 5] = [b"", b"{\"datumctl-auth\":{}}canary", &[0; 64], &utf16, &good.as_bytes()[..20]];
    for content in contents {
        let world = World::new(Ring::default());
        world.ring.put(ADA, &text("a1", 1, "2026-07-16T00:00:00Z"));
        world.put_file(content);
        let sessions = world.sessions();
        assert!(sessions.load(ADA).unwrap().is_some());
        let notices = sessions.take_notices();
        let [Notice::BrokenFile { kept: Some(kept), .. }] = &notices[..] else { panic!("{notices:?}") };
        assert_eq!(std::fs::read(kept).unwrap(), content);
        assert!(!format!("{notices:?}").contains("canary"));
        assert!(world.sessions().load(ADA).unwrap().is_some());
        assert_eq!(world.file_text(), None);
    }
}

#[test]
fn login_and_logout_work_over_a_damaged_file() {
    // STO-15
    let world = World::new(Ring::absent());
    world.put_file("{");
    world.sessions().remove(ADA).unwrap();
    world.put_file("{");
    world.sessions().save(ADA, &credential("a1")).unwrap();
    assert_eq!(world.token(ADA).unwrap(), "a1");
    assert!(world.leftovers().iter().any(|name| name.starts_with("credentials.json.bad-")));
}

#[test]
fn one_damaged_entry_is_named_and_harms_no_other() {
    // STO-14, KRG-09
    for ring in [Ring::absent(), Ring::default()] {
        let world = World::new(ring);
        for damaged in [r#""canary""#, r#""""#, "7", r#""{\"token\":5}""#] {
            let ada = text("a1", 1, "2026-07-16T00:00:00Z");
            world.put_file(format!(r#"{{"datumctl-auth":{{"{ADA}":{ada:?},"{BOB}":{damaged}}}}}"#));
            let error = world.sessions().load(BOB).unwrap_err();
            assert!(matches!(&error, Error::BrokenEntry { entry, .. } if entry == BOB));
            assert!(!format!("{error} {error:?}").contains("canary"));
            assert_eq!(world.token(ADA).unwrap(), "a1");
            assert_eq!(world.sessions().keys().unwrap(), [ADA, BOB]);
            world.sessions().remove(BOB).unwrap();
            assert!(world.sessions().load(BOB).unwrap().is_none());
        }
    }
}

#[test]
fn a_damaged_entry_in_one_store_gives_way_to_the_good_one_in_the_other() {
    // KRG-09
    let world = World::new(Ring::default());
    world.put_file_entries(&[(ADA, "{")]);
    world.ring.put(ADA, &text("a1", 1, "2026-07-16T00:00:00Z"));
    let sessions = world.sessions();
    assert!(sessions.load(ADA).unwrap().is_some());
    assert!(matches!(sessions.take_notices()[..], [Notice::BrokenEntry { store: StoreKind::File, .. }]));
}

#[test]
fn a_new_login_repairs_a_damaged_entry() {
    // KRG-09
    let world = World::new(Ring::default());
    world.ring.put(ADA, "not JSON");
    assert!(matches!(world.sessions().load(ADA), Err(Error::BrokenEntry { .. })));
    world.sessions().save(ADA, &credential("a1")).unwrap();
    assert_eq!(world.token(ADA).unwrap(), "a1");
}

#[test]
fn a_damaged_list_of_known_users_is_made_anew() {
    let world = World::new(Ring::default());
    world.ring.put("known_users", "{not a list");
    world.sessions().save(ADA, &credential("a1")).unwrap();
    assert_eq!(world.sessions().known_users().unwrap(), [ADA]);
}

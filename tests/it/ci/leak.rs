//! What `docs/ci.md` promises for the day that a key has leaked: how jobs end, and with which code.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::place::{ACCOUNT, Place};
use crate::support::Output;

/// A job with a home of this name, new or not.
fn job(place: &Place, home: &str) -> Output {
    let key = place.world.scratch("credentials.json");
    if !key.exists() {
        std::fs::write(&key, place.credentials()).unwrap();
    }
    let environment: [(&str, OsString); 3] = [
        ("DATUM_CREDENTIALS_FILE", key.into()),
        ("DATUM_PROJECT", "web-x1".into()),
        ("DATUMCTL_HOME", place.world.scratch(home).into()),
    ];
    let environment: BTreeMap<_, _> = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    place.run(place.world.command(["get", "dnszones"]), &place.workspace(), &environment)
}

#[test]
fn a_revoked_key_ends_every_job_that_begins_with_4() {
    let place = Place::new();
    let _ = job(&place, "first").success();
    place.world.emulator().revoke_service_account_key(ACCOUNT).unwrap();
    let refused = job(&place, "second").exits(4);
    assert!(refused.stderr.contains("revoked"), "{refused}");
}

#[test]
fn a_disabled_account_ends_those_with_a_token_as_well() {
    let place = Place::new();
    let _ = job(&place, "first").success();
    place.world.emulator().disable_service_account(ACCOUNT, true).unwrap();
    for home in ["first", "second"] {
        let _ = job(&place, home).exits(4);
    }
}

#[test]
fn a_server_that_is_away_ends_a_job_with_5() {
    let place = Place::new();
    place.world.emulator().add_fault("token.jwt:status=503".parse().unwrap());
    let _ = job(&place, "first").exits(5);
}

//! The storms of `storms` and `real_faults`, with the sessions in the keyring.

use super::*;
use crate::real_faults::storms::{everything_at_once, five_refreshes_of_each_of_two_hundred};

#[test]
fn two_hundred_processes_at_one_expiry_make_one_refresh() {
    // RFR-11
    let desktop = Desktop::with_ada();
    let stale = desktop.world.token();
    let key = desktop.key();
    let expired = desktop.edit(&key, |credential| {
        credential["token"]["expiry"] = "2026-01-01T00:00:00Z".into();
    });
    desktop.store(&key, expired.to_string());
    let children: Vec<_> = (0..200).map(|_| desktop.world.spawn(["auth", "get-token"])).collect();
    let tokens: Vec<_> = children
        .into_iter()
        .map(|child| desktop.world.finish(&child.wait_with_output().unwrap(), true).success().line())
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "different tokens");
    assert_ne!(tokens[0], stale);
    assert_eq!(desktop.world.refreshes(), (1, 0));
    assert_eq!(desktop.credential(&key)["token"]["access_token"], tokens[0]);
}

#[test]
fn two_hundred_processes_with_five_refreshes_each_take_turns() {
    // RFR-08, RFR-44
    let desktop = Desktop::new();
    desktop.world.emulator().set_access_token_ttl(Duration::ZERO);
    let _ = desktop.world.login(ADA).success();
    five_refreshes_of_each_of_two_hundred(&desktop.world, "the keyring");
}

#[test]
fn a_storm_of_refreshes_switches_logins_and_requests_spoils_nobodys_session() {
    // LGO-12: Ada's tokens live for moments while Grace comes and goes.
    let desktop = Desktop::new();
    desktop.world.emulator().set_access_token_ttl(Duration::from_secs(61));
    let _ = desktop.world.login(ADA).success();
    let _ = desktop.world.login(GRACE).success();
    everything_at_once(&desktop.world, "the keyring");
    assert!(!desktop.world.path("credentials.json").exists());
}

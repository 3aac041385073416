//! Many processes at one expiry, with the session in the keyring.

use super::*;

#[test]
fn fifty_processes_at_one_expiry_make_one_refresh() {
    // RFR-11
    let desktop = Desktop::with_ada();
    let stale = desktop.world.token();
    let key = desktop.key();
    let expired = desktop.edit(&key, |credential| {
        credential["token"]["expiry"] = "2026-01-01T00:00:00Z".into();
    });
    desktop.store(&key, expired.to_string());
    let children: Vec<_> = (0..50).map(|_| desktop.world.spawn(["auth", "get-token"])).collect();
    let tokens: Vec<_> = children
        .into_iter()
        .map(|child| desktop.world.finish(&child.wait_with_output().unwrap(), true).success().line())
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "different tokens");
    assert_ne!(tokens[0], stale);
    assert_eq!(desktop.world.refreshes(), (1, 0));
    assert_eq!(desktop.credential(&key)["token"]["access_token"], tokens[0]);
}

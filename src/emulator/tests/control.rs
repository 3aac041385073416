//! The levers under `/_emulator/`, and that the journal keeps secrets out.

use super::client::{get, get_as, is_alive, refresh, send, tokens};
use super::start;

#[test]
fn the_levers_move_what_they_say() {
    let emulator = start();
    let first = tokens(&emulator);
    let pull = |method: &str, path: &str, body: &str| send(&emulator, method, &format!("/_emulator/{path}"), &[], body);
    assert_eq!(pull("POST", "faults", "jwks:status=500,times=1").json()["faults"][0], "jwks:status=500,times=1");
    assert_eq!(get(&emulator, "/oauth/v2/keys").status, 500);
    assert_eq!(pull("DELETE", "faults", "").json()["faults"].as_array().unwrap().len(), 0);
    assert_eq!(pull("POST", "faults", "nowhere:hang").status, 400);

    let kid = get(&emulator, "/oauth/v2/keys").json()["keys"][0]["kid"].clone();
    pull("POST", "keys/rotate", "");
    assert_ne!(get(&emulator, "/oauth/v2/keys").json()["keys"][0]["kid"], kid);

    assert_eq!(pull("POST", "settings", r#"{"access_token_ttl":"2s"}"#).json()["access_token_ttl"], "2s");
    let second = refresh(&emulator, &first["refresh_token"]).json();
    assert_eq!(second["expires_in"], 2);
    assert_eq!(pull("POST", "settings", r#"{"access_token_ttl":"2"}"#).status, 400);

    pull("POST", "tokens/expire", "");
    assert!(!is_alive(&emulator, &second["access_token"]));
    assert_eq!(pull("POST", "accounts/ada%40example.com/revoke-sessions", "").status, 200);
    assert_eq!(refresh(&emulator, &second["refresh_token"]).error(), "invalid_grant");
    assert_eq!(pull("POST", "service-accounts/ci@production-a1b2c3.iam.datum.net/revoke-key", "").status, 200);
    assert_eq!(pull("POST", "accounts/nobody/revoke-sessions", "").status, 404);
    assert_eq!(pull("POST", "next-person", "").json()["email"], "ada@example.com");
    assert_eq!(pull("POST", "next-person", "").json()["email"], "grace@example.com");
    assert_eq!(pull("GET", "next-person", "").status, 405);
    assert_eq!(pull("GET", "state", "").json()["refresh_reuse_count"], 0);
}

#[test]
fn the_journal_can_be_read_from_where_one_left_off_and_holds_no_secret() {
    let emulator = start();
    let first = tokens(&emulator);
    refresh(&emulator, &first["refresh_token"]);
    get_as(&emulator, &format!("/nowhere/{}", first["access_token"].as_str().unwrap()), "x");
    emulator.credentials_json();
    let journal = get(&emulator, "/_emulator/journal");
    for secret in emulator.minted_secrets() {
        assert!(!journal.body.contains(&secret) && secret.len() > 40);
    }
    assert!(journal.body.contains("/nowhere/[redacted]"));
    let journal = journal.json();
    let last = journal["last"].as_u64().unwrap();
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len() as u64, last);
    let refreshed = entries.iter().find(|entry| entry["route"] == "token.refresh").unwrap();
    assert_eq!((&refreshed["grant_type"], &refreshed["outcome"]), (&"refresh_token".into(), &"ok".into()));
    assert_eq!(refreshed["subject"], "331234567890123401");
    assert_eq!(
        get(&emulator, &format!("/_emulator/journal?since={}", last - 1)).json()["entries"].as_array().unwrap().len(),
        1
    );
}

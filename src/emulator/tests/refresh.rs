//! Refreshing, rotation, revocation and userinfo.

use super::client::{get_as, is_alive, post, refresh, token, tokens};
use super::start;

#[test]
fn a_refresh_rotates_and_kills_the_old_access_token_at_once() {
    let emulator = start();
    let first = tokens(&emulator);
    let second = refresh(&emulator, &first["refresh_token"]).json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert!(!is_alive(&emulator, &first["access_token"]));
    assert!(is_alive(&emulator, &second["access_token"]));
}

#[test]
fn reuse_kills_the_whole_family_and_is_counted() {
    let emulator = start();
    let first = tokens(&emulator);
    let bystander = tokens(&emulator);
    let second = refresh(&emulator, &first["refresh_token"]).json();
    assert_eq!(refresh(&emulator, &first["refresh_token"]).error(), "invalid_grant");
    assert!(!is_alive(&emulator, &second["access_token"]));
    assert_eq!(refresh(&emulator, &second["refresh_token"]).error(), "invalid_grant");
    assert_eq!(emulator.refresh_reuse_count(), 1);
    assert!(is_alive(&emulator, &bystander["access_token"]));
    assert_eq!(emulator.journal().iter().filter(|entry| entry.reuse).count(), 1);
}

#[test]
fn without_rotation_the_refresh_token_stays_good_and_the_answer_has_none() {
    let emulator = start();
    let first = tokens(&emulator);
    emulator.set_refresh_rotation(false);
    for _ in 0..2 {
        let next = refresh(&emulator, &first["refresh_token"]).json();
        assert!(next.get("refresh_token").is_none() && is_alive(&emulator, &next["access_token"]));
    }
    emulator.set_refresh_rotation(true);
    assert!(refresh(&emulator, &first["refresh_token"]).json()["refresh_token"].is_string());
    assert_eq!(emulator.refresh_reuse_count(), 0);
}

#[test]
fn a_refresh_may_narrow_scopes_and_not_widen_them() {
    let emulator = start();
    let first = tokens(&emulator);
    let wider = token(
        &emulator,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", emulator.client_id()),
            ("refresh_token", first["refresh_token"].as_str().unwrap()),
            ("scope", "openid urn:zitadel:iam:user:resourceowner"),
        ],
    );
    assert_eq!(wider.error(), "invalid_scope");
    assert_eq!(refresh(&emulator, &first["refresh_token"]).status, 200);
}

#[test]
fn revoking_a_refresh_token_ends_the_session() {
    let emulator = start();
    let first = tokens(&emulator);
    let client_id = emulator.client_id();
    let revoke = |token: &str| post(&emulator, "/oauth/v2/revoke", &[("client_id", client_id), ("token", token)]);
    assert_eq!(revoke(first["refresh_token"].as_str().unwrap()).status, 200);
    assert!(!is_alive(&emulator, &first["access_token"]));
    assert_eq!(refresh(&emulator, &first["refresh_token"]).error(), "invalid_grant");
    assert_eq!(revoke(first["refresh_token"].as_str().unwrap()).status, 200);
    assert_eq!(revoke("never-heard-of").status, 200);
    assert_eq!(emulator.refresh_reuse_count(), 0);
}

#[test]
fn revoking_an_access_token_leaves_the_session() {
    let emulator = start();
    let first = tokens(&emulator);
    let access = first["access_token"].as_str().unwrap();
    post(&emulator, "/oauth/v2/revoke", &[("client_id", emulator.client_id()), ("token", access)]);
    assert!(!is_alive(&emulator, &first["access_token"]));
    assert_eq!(refresh(&emulator, &first["refresh_token"]).status, 200);
}

#[test]
fn revocation_needs_a_known_client() {
    let emulator = start();
    let answer = post(&emulator, "/oauth/v2/revoke", &[("client_id", "x"), ("token", "y")]);
    assert_eq!((answer.status, answer.error()), (401, "invalid_client".to_owned()));
    let answer = post(&emulator, "/oauth/v2/revoke", &[("token", "y")]);
    assert_eq!((answer.status, answer.error()), (400, "invalid_request".to_owned()));
}

#[test]
fn userinfo_describes_the_token_holder_and_refuses_everybody_else() {
    let emulator = start();
    let first = tokens(&emulator);
    let said = get_as(&emulator, "/oidc/v1/userinfo", first["access_token"].as_str().unwrap()).json();
    assert_eq!((said["sub"].as_str(), said["email"].as_str()), (Some("331234567890123401"), Some("ada@example.com")));
    let refused = get_as(&emulator, "/oidc/v1/userinfo", "nonsense");
    assert_eq!((refused.status, refused.error()), (401, "invalid_token".to_owned()));
    assert!(refused.header("www-authenticate").unwrap().contains("invalid_token"));
}

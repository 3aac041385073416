//! The ID token of a refresh: optional, but when it is there it must be about the same person.

use serde_json::{Value, json};

use super::Ambush;
use crate::support::hostile::keys::Draft;

/// A world in which Mallory is signed in with a token that must be refreshed at once.
fn signed_in(change: fn(&mut Draft)) -> Ambush {
    let ambush = Ambush::new();
    ambush.provider.token_answer(|answer| answer["expires_in"] = json!(1));
    ambush.provider.id_token(change);
    let _ = ambush.login().success();
    // While the old token is good, a refresh that fails is only a warning.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    ambush
}

#[track_caller]
fn refused(ambush: &Ambush, change: fn(&mut Draft)) -> String {
    ambush.provider.id_token(change);
    let output = ambush.world.run(["auth", "get-token"]).exits(7);
    assert_eq!(output.stdout, "", "no token of somebody else is handed out");
    let list: Value = ambush.world.run(["auth", "list", "-o", "json"]).success().json();
    let active = list
        .as_array()
        .expect("a list")
        .iter()
        .find(|entry| entry["active"] == json!(true))
        .expect("an active session");
    assert_eq!(active["email"], "mallory@example.com");
    output.stderr.lines().next().unwrap_or_default().replace(&ambush.provider.url(), "<op>")
}

#[test]
fn a_refresh_never_turns_a_session_into_somebody_elses() {
    // IDT-41
    let ambush = signed_in(|_| ());
    insta::assert_snapshot!(refused(&ambush, |draft| draft.claims["sub"] = json!("somebody-else")), @"error: the server refreshed the session of another person");
    insta::assert_snapshot!(refused(&ambush, |draft| draft.claims["iss"] = json!("https://evil.example")), @"error: the ID token was issued by https://evil.example, not by <op>");
    insta::assert_snapshot!(refused(&ambush, |draft| draft.claims["aud"] = json!("other")), @"error: the ID token is meant for another client");
}

#[test]
fn a_refresh_may_bring_no_id_token_or_one_without_a_nonce() {
    // IDT-42
    let ambush = signed_in(|draft| draft.claims["auth_time"] = json!(1_700_000_000));
    insta::assert_snapshot!(refused(&ambush, |draft| draft.claims["auth_time"] = json!(1_600_000_000)), @"error: the refreshed ID token names another time of signing in");
    ambush.provider.id_token(|_| ());
    let before = ambush.provider.count("/token");
    // A second is less than what a token must have left: each of these runs refreshes.
    let _ = ambush.world.run(["auth", "get-token"]).success();
    ambush.provider.id_token(|draft| draft.claims["auth_time"] = json!(1_700_000_000));
    let _ = ambush.world.run(["auth", "get-token"]).success();
    ambush.provider.token_answer(|answer| {
        answer["expires_in"] = json!(1);
        answer.as_object_mut().expect("an object").remove("id_token");
    });
    let _ = ambush.world.run(["auth", "get-token"]).success();
    assert_eq!(ambush.provider.count("/token"), before + 3);
}

//! The claims of an ID token whose signature is good: the server vouches for them, and they are still wrong.

use serde_json::{Value, json};

use super::Ambush;
use crate::support::Answer;
use crate::support::hostile::CLIENT_ID;
use crate::support::hostile::keys::Draft;

/// Sets (or with `Value::Null` in `absent` style removes) claims and answers the line the login ends with.
#[track_caller]
fn refused_with(ambush: &Ambush, claim: &'static str, value: Option<Value>) -> String {
    ambush.provider.id_token(move |draft| set(&mut draft.claims, claim, value.clone()));
    ambush.refused(7)
}

fn set(claims: &mut Value, claim: &str, value: Option<Value>) {
    let claims = claims.as_object_mut().expect("claims");
    match value {
        Some(value) => drop(claims.insert(claim.to_owned(), value)),
        None => drop(claims.remove(claim)),
    }
}

#[test]
fn another_issuer_is_refused_however_similar() {
    // IDT-18, IDT-19, IDT-20
    let ambush = Ambush::new();
    insta::assert_snapshot!(refused_with(&ambush, "iss", Some(json!("https://evil.example/\u{1b}[31m"))), @"the ID token was issued by https://evil.example/�[31m, not by <op>");
    let url = ambush.provider.url();
    let authority = ambush.provider.authority();
    for similar in
        [format!("{url}/"), url.to_uppercase(), format!("https://{authority}"), url.replace("127.0.0.1", "localhost")]
    {
        let line = refused_with(&ambush, "iss", Some(json!(similar)));
        assert!(line.starts_with("the ID token was issued by ") && line.ends_with("not by <op>"), "{similar}: {line}");
    }
    for (value, line) in [
        (None, "the ID token's claim iss is missing"),
        (Some(json!("")), "the ID token's claim iss is empty"),
        (Some(json!(null)), "the ID token's claim iss is not a text"),
        (Some(json!(7)), "the ID token's claim iss is not a text"),
        (Some(json!([url])), "the ID token's claim iss is not a text"),
        (Some(json!({"a": url})), "the ID token's claim iss is not a text"),
    ] {
        assert_eq!(refused_with(&ambush, "iss", value), line);
    }
}

#[test]
fn a_token_for_another_client_is_refused() {
    // IDT-21, IDT-23, IDT-25
    let ambush = Ambush::new();
    for (value, line) in [
        (Some(json!("other")), "the ID token is meant for another client"),
        (Some(json!(["other"])), "the ID token is meant for another client"),
        (None, "the ID token's claim aud is missing"),
        (Some(json!("")), "the ID token's claim aud is empty"),
        (Some(json!([])), "the ID token's claim aud is empty"),
        (Some(json!(7)), "the ID token's claim aud is not a text or a list of texts"),
        (Some(json!([CLIENT_ID, 7])), "the ID token's claim aud is not a text or a list of texts"),
        (Some(json!([CLIENT_ID, "other"])), "the ID token has another audience and no azp"),
    ] {
        assert_eq!(refused_with(&ambush, "aud", value), line);
    }
    assert_eq!(refused_with(&ambush, "azp", Some(json!("other"))), "the ID token was issued to another client");
}

#[test]
fn further_audiences_are_fine_where_the_token_was_issued_to_us() {
    // IDT-24
    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| {
        draft.claims["aud"] = json!([CLIENT_ID, "323000000000000001"]);
        draft.claims["azp"] = json!(CLIENT_ID);
    });
    let _ = ambush.login().success();
}

#[test]
fn a_token_outside_of_its_time_is_refused_with_both_clocks() {
    // IDT-26, IDT-29
    let ambush = Ambush::new();
    let now = jiff::Timestamp::now().as_second();
    for (claim, time) in [("exp", now - 3600), ("exp", now - 31), ("iat", now + 24 * 3600), ("nbf", now + 3600)] {
        let line = refused_with(&ambush, claim, Some(json!(time)));
        let (start, end) = line.split_once("or your clock is wrong: local time ").expect(&line);
        let expected = if claim == "exp" { "the ID token expired at " } else { "the ID token is valid from " };
        assert!(start.starts_with(expected) && end.contains(", server time "), "{claim} {time}: {line}");
    }
    ambush.provider.always("/token", Answer::Reset);
    ambush.provider.behave();
    ambush.provider.id_token(|draft| {
        let now = jiff::Timestamp::now().as_second();
        // Just inside of the tolerance, with enough room for a slow machine; and an old token that is still good.
        draft.claims["exp"] = json!(now - 10);
        draft.claims["iat"] = json!(now - 7 * 24 * 3600);
    });
    let _ = ambush.login().success();
}

#[test]
fn times_that_are_none_are_refused() {
    // IDT-27, IDT-29
    let ambush = Ambush::new();
    let wrong =
        [json!(null), json!("9999999999"), json!(true), json!(1e308), json!(-1), json!(9_223_372_036_854_775_808_u64)];
    for claim in ["exp", "iat"] {
        assert_eq!(refused_with(&ambush, claim, None), format!("the ID token's claim {claim} is missing"));
        for value in &wrong {
            let line = refused_with(&ambush, claim, Some(value.clone()));
            assert!(line.starts_with(&format!("the ID token's claim {claim} is not a ")), "{value}: {line}");
        }
    }
    ambush.provider.id_token(|draft| {
        let exp = draft.claims["exp"].as_f64().unwrap();
        draft.payload = Some(draft.claims.to_string().replace(&format!("\"exp\":{exp}"), &format!("\"exp\":{exp:.1}")));
        assert!(draft.payload.as_ref().unwrap().contains(".0"), "a float");
    });
    let _ = ambush.login().success();
}

#[test]
fn a_token_of_another_login_is_refused() {
    // IDT-30
    let ambush = Ambush::new();
    for value in [None, Some(json!("different"))] {
        assert_eq!(refused_with(&ambush, "nonce", value), "the ID token belongs to another login");
    }
    for value in [json!(""), json!(null), json!(7)] {
        let line = refused_with(&ambush, "nonce", Some(value));
        assert!(line.starts_with("the ID token's claim nonce is "), "{line}");
    }
    ambush.provider.id_token(|draft| {
        let nonce = draft.claims["nonce"].as_str().unwrap();
        let swapped =
            |char: char| if char.is_lowercase() { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() };
        draft.claims["nonce"] = json!(nonce.chars().map(swapped).collect::<String>());
    });
    assert_eq!(ambush.refused(7), "the ID token belongs to another login");
}

#[test]
fn the_nonce_of_a_login_that_runs_at_the_same_time_is_refused() {
    // IDT-30
    let ambush = Ambush::new();
    let other = ambush.start(&["login"]);
    let url = other.login_url().expect("a URL");
    let nonce = url.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned();
    assert_eq!(refused_with(&ambush, "nonce", Some(json!(nonce))), "the ID token belongs to another login");
    drop(ambush.provider.approve(&url).with("code", None));
    end(other);
}

/// Ends a run whose outcome does not matter.
fn end(mut running: crate::support::Running<'_>) {
    running.child.kill().expect("a living process");
    running.child.wait().expect("an end");
}

#[test]
fn a_token_that_belongs_to_another_access_token_is_refused() {
    // IDT-31
    use sha2::{Digest as _, Sha256};
    let ambush = Ambush::new();
    assert_eq!(
        refused_with(&ambush, "at_hash", Some(json!("AAAAAAAAAAAAAAAAAAAAAA"))),
        "the ID token belongs to another access token"
    );
    let _ = refused_with(&ambush, "at_hash", Some(json!(7)));
    ambush.provider.id_token(|draft| {
        let hash = Sha256::digest(&draft.access_token);
        draft.claims["at_hash"] = json!(crate::support::hostile::keys::base64url(&hash[..16]));
    });
    let _ = ambush.login().success();
}

#[test]
fn a_token_about_nobody_in_particular_is_refused() {
    // IDT-32
    let ambush = Ambush::new();
    assert_eq!(refused_with(&ambush, "sub", None), "the ID token's claim sub is missing");
    for value in [json!(""), json!(7), json!(null), json!("a".repeat(300)), json!("a\u{1b}[2J"), json!("ad\u{e4}")] {
        let line = refused_with(&ambush, "sub", Some(value.clone()));
        assert!(line.starts_with("the ID token's claim sub is "), "{value}: {line}");
    }
}

#[test]
fn a_person_without_an_email_address_cannot_sign_in_and_hears_why() {
    // IDT-35
    let ambush = Ambush::new();
    insta::assert_snapshot!(refused_with(&ambush, "email", None), @"the identity server sent no email for this account");
    ambush.provider.id_token(|draft| draft.claims["email_verified"] = json!("yes"));
    insta::assert_snapshot!(ambush.refused(7), @"the ID token's claim email_verified is neither true nor false");
    for verified in [json!(false), json!("true")] {
        ambush.provider.id_token(move |draft| draft.claims["email_verified"] = verified.clone());
        let _ = ambush.login().success();
    }
}

#[test]
fn an_address_may_come_from_userinfo_if_it_is_about_the_same_person() {
    // IDT-33
    let ambush = Ambush::new();
    let without_email = |draft: &mut Draft| set(&mut draft.claims, "email", None);
    for subject in [json!("somebody-else"), json!(7), json!(null)] {
        ambush.provider.behave();
        ambush.provider.id_token(without_email);
        ambush.provider.always("/userinfo", Answer::json(200, &json!({"sub": subject, "email": "ada@example.com"})));
        let line = ambush.refused(7);
        assert!(!line.contains("sent no email"), "{line}");
        assert_eq!(ambush.provider.count("/userinfo"), 1);
    }
    ambush.provider.behave();
    ambush.provider.id_token(without_email);
    ambush.provider.always("/userinfo", Answer::json(200, &json!({"sub": "person-1", "email": "m@example.com"})));
    let output = ambush.login().success();
    assert!(output.stderr.contains("Signed in as Mallory (m@example.com)"), "{output}");
}

#[test]
fn nobody_asks_for_what_the_token_says_and_a_scope_without_openid_is_told_of() {
    let ambush = Ambush::new();
    for (scope, is_told) in [("openid profile email", false), ("profile openid", false), ("profile email", true)] {
        ambush.provider.token_answer(move |answer| answer["scope"] = scope.into());
        let output = ambush.login().success();
        assert_eq!(output.stderr.contains("openid is missing from the scope"), is_told, "{scope}: {output}");
    }
    assert_eq!(ambush.provider.count("/userinfo"), 0);
}

#[test]
fn a_name_may_come_from_userinfo_too_and_without_an_address_there_is_no_login() {
    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| ["email", "name"].iter().for_each(|claim| set(&mut draft.claims, claim, None)));
    let info = json!({"sub": "person-1", "email": "m@example.com", "name": "Mallory Malone"});
    ambush.provider.always("/userinfo", Answer::json(200, &info));
    let output = ambush.login().success();
    assert!(output.stderr.contains("Signed in as Mallory Malone (m@example.com)"), "{output}");

    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| set(&mut draft.claims, "email", None));
    ambush.provider.always("/userinfo", Answer::json(503, &json!({})));
    let line = ambush.refused(7);
    assert_eq!(line, "the identity server sent no email for this account");
}

#[test]
fn hostile_names_reach_the_terminal_as_plain_text() {
    // IDT-35
    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| draft.claims["name"] = json!("\u{1b}]0;owned\u{7}\u{202e}Ada\r\nerror: no"));
    let output = ambush.login().success();
    assert!(!output.stderr.replace('\n', "").chars().any(|char| char.is_control() || char == '\u{202e}'), "{output:?}");
}

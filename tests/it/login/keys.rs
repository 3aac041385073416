//! The provider's keys: rotated in time, broken, weak, too many.

use std::time::Instant;

use serde_json::{Value, json};

use super::Ambush;
use crate::support::Answer;
use crate::support::hostile::keys;

#[test]
fn keys_that_were_just_rotated_are_fetched_once_more() {
    // DSC-13
    let ambush = Ambush::new();
    ambush.provider.on("/keys", |_, number| {
        (number == 0).then(|| Answer::json(200, &json!({"keys": [keys::rsa_jwk(&keys::OTHER_RSA, "old")]})))
    });
    let _ = ambush.login().success();
    assert_eq!(ambush.provider.count("/keys"), 2);
}

#[test]
fn keys_that_were_rotated_between_two_logins_are_no_trouble() {
    // DSC-14
    let ambush = Ambush::new();
    let _ = ambush.login().success();
    ambush.provider.jwks(json!({"keys": [keys::rsa_jwk(&keys::OTHER_RSA, "new")]}));
    ambush.provider.id_token(|draft| {
        draft.key = keys::rsa_signer(&keys::OTHER_RSA);
        draft.header["kid"] = json!("new");
    });
    let _ = ambush.login().success();
}

#[test]
fn a_key_set_that_is_none_is_told_apart_from_a_server_that_fails() {
    // DSC-15
    let ambush = Ambush::new();
    let mut lines = Vec::new();
    for (name, status, answer) in [
        ("500", 5, Answer::text(500, "", "")),
        ("a web page", 5, Answer::text(200, "", "<html>")),
        ("a reset", 5, Answer::Reset),
        ("no list", 7, Answer::text(200, "", "{}")),
        ("an object for a list", 7, Answer::text(200, "", r#"{"keys":{}}"#)),
        ("no keys", 7, Answer::text(200, "", r#"{"keys":[]}"#)),
        ("keys that are none", 7, Answer::text(200, "", r#"{"keys":[7,null,"key",{},{"kty":"XYZ","kid":"rsa"}]}"#)),
    ] {
        ambush.provider.behave();
        ambush.provider.always("/keys", answer);
        lines.push(format!("{name}: {}", ambush.refused(status)));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    500: <op host> is not available at the moment (HTTP 500)
    a web page: <op host> answered with a web page instead of data (HTTP 200): a captive portal or a proxy?
    a reset: the connection to <op host> broke before the answer was complete: Connection reset by peer (os error 104)
    no list: the answer of <op host> cannot be accepted: keys is not a list
    an object for a list: the answer of <op host> cannot be accepted: keys is not a list
    no keys: the ID token is signed with a key that the server does not have
    keys that are none: the ID token is signed with a key that the server does not have
    ");
}

#[test]
fn keys_that_must_not_be_used_verify_nothing() {
    // DSC-15
    let ambush = Ambush::new();
    let with = |change: fn(&mut Value)| {
        let mut key = keys::rsa_jwk(&keys::RSA, "rsa");
        change(&mut key);
        key
    };
    let weak = keys::rsa_key(512);
    for (name, key) in [
        ("published private half", with(|key| key["d"] = json!("AQAB"))),
        ("for encryption", with(|key| key["use"] = json!("enc"))),
        ("for another algorithm", with(|key| key["alg"] = json!("RS512"))),
        ("exponent 1", with(|key| key["e"] = json!("AQ"))),
        ("64 kbit", with(|key| key["n"] = json!(keys::base64url([0xff; 8192])))),
        ("no modulus", with(|key| drop(key.as_object_mut().unwrap().remove("n")))),
        ("512 bits", keys::rsa_jwk(&weak, "rsa")),
        ("symmetric", json!({"kty": "oct", "kid": "rsa", "k": "c2VjcmV0"})),
        (
            "an elliptic one off its curve",
            json!({"kty": "EC", "crv": "P-256", "kid": "rsa", "x": keys::base64url([1; 32]), "y": keys::base64url([1; 32])}),
        ),
    ] {
        ambush.provider.jwks(json!({ "keys": [key] }));
        assert_eq!(ambush.refused(7), "the ID token is signed with a key that the server does not have", "{name}");
    }
    ambush.provider.id_token(|draft| draft.sign_with(jsonwebtoken::Algorithm::ES256));
    let off_curve = json!({"kty": "EC", "crv": "P-256", "kid": "p256", "x": keys::base64url([1; 32]), "y": keys::base64url([1; 32])});
    ambush.provider.jwks(json!({ "keys": [off_curve] }));
    assert_eq!(ambush.refused(7), "the ID token's signature is wrong");
}

#[test]
fn unusable_keys_beside_a_good_one_are_skipped_and_five_thousand_are_no_burden() {
    // DSC-15
    let ambush = Ambush::new();
    let good = keys::rsa_jwk(&keys::RSA, "rsa");
    ambush.provider.jwks(json!({"keys": [{"kty": "oct", "k": "AA"}, 7, {"kty": "RSA", "n": 7, "kid": "rsa"}, good]}));
    let _ = ambush.login().success();
    let small: Vec<_> =
        (0..5_000).map(|number| json!({"kty": "RSA", "kid": number.to_string(), "n": "AQAB", "e": "AQAB"})).collect();
    ambush.provider.jwks(json!({ "keys": small }));
    ambush.provider.id_token(|draft| draft.header = json!({"alg": "RS256"}));
    let start = Instant::now();
    let output = ambush.login().exits(7);
    assert!(start.elapsed().as_secs() < 10, "{output}");
}

//! The ID token as a whole: its shape, its header, its signature.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::Ambush;
use crate::support::Answer;
use crate::support::hostile::keys::{self, Draft, base64url, with_part};

/// What it is called, how it is made, and the line that refuses it.
type Forgery = (&'static str, fn(&mut Draft), &'static str);

/// Every forged token is refused with the line, once.
#[track_caller]
fn all_refused(ambush: &Ambush, cases: Vec<Forgery>) {
    for (name, forge, line) in cases {
        ambush.provider.id_token(forge);
        assert_eq!(ambush.refused(7), line, "{name}");
        assert!(ambush.provider.count("/token") > 0, "{name}: never came to the token");
    }
}

#[test]
fn a_good_token_signs_in_whatever_accepted_algorithm_it_uses() {
    // IDT-01, IDT-09
    let ambush = Ambush::new();
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
        ambush.provider.id_token(move |draft| draft.sign_with(algorithm));
        insta::allow_duplicates! {
            let shown = ambush.login().success().stderr;
            insta::assert_snapshot!(shown.lines().filter(|line| line.contains("Signed in")).collect::<String>(), @"✓ Signed in as Mallory (mallory@example.com); kept in the credentials file");
        }
    }
    let list = ambush.world.run(["auth", "list", "-o", "json"]).success().json();
    let emails: Vec<_> = list.as_array().unwrap().iter().map(|entry| entry["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["ada@example.com", "mallory@example.com"], "stored once, beside the other account");
}

#[test]
fn a_token_that_is_not_signed_is_refused() {
    // IDT-02, IDT-03
    let unsigned = |draft: &mut Draft, alg: Value| {
        draft.header = json!({"alg": alg, "kid": "rsa"});
        draft.twist = Some(|token| with_part(&token, 2, ""));
    };
    let ambush = Ambush::new();
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        ambush.provider.id_token(move |draft| unsigned(draft, json!(alg)));
        assert_eq!(ambush.refused(7), "the ID token is not signed", "{alg:?}");
    }
    ambush.provider.id_token(|draft| draft.header = json!({"kid": "rsa"}));
    assert_eq!(ambush.refused(7), "the ID token is not signed");
    for alg in [json!(7), json!(null), json!(["RS256"])] {
        ambush.provider.id_token(move |draft| draft.header["alg"] = alg.clone());
        insta::allow_duplicates!(
            insta::assert_snapshot!(ambush.refused(7), @"the ID token's header names no algorithm")
        );
    }
    assert_eq!(ambush.provider.count("/keys"), 0, "no key can make such a token good");
}

#[test]
fn a_signature_that_does_not_hold_is_refused() {
    // IDT-05, IDT-06, IDT-07
    const WRONG: &str = "the ID token's signature is wrong";
    all_refused(
        &Ambush::new(),
        vec![
            ("one bit", |draft| draft.twist = Some(|token| with_signature(&token, |bytes| bytes[100] ^= 1)), WRONG),
            ("empty", |draft| draft.twist = Some(|token| with_part(&token, 2, "")), WRONG),
            ("another key's", |draft| draft.key = keys::rsa_signer(&keys::OTHER_RSA), WRONG),
            (
                "another token's",
                |draft| draft.twist = Some(|token| with_payload(&token, |claims| claims["jti"] = json!(1))),
                WRONG,
            ),
            (
                "ES256, one bit",
                |draft| {
                    draft.sign_with(Algorithm::ES256);
                    draft.twist = Some(|token| with_signature(&token, |bytes| bytes[40] ^= 1));
                },
                WRONG,
            ),
            (
                "ES256, r = s = 0",
                |draft| {
                    draft.sign_with(Algorithm::ES256);
                    draft.twist = Some(|token| with_signature(&token, |bytes| bytes.fill(0)));
                },
                WRONG,
            ),
            (
                "ES256, 65 bytes",
                |draft| {
                    draft.sign_with(Algorithm::ES256);
                    draft.twist = Some(|token| with_signature(&token, |bytes| bytes.push(0)));
                },
                WRONG,
            ),
            (
                "ES256 in DER",
                |draft| {
                    draft.sign_with(Algorithm::ES256);
                    draft.twist = Some(|token| with_signature(&token, |bytes| *bytes = der(bytes)));
                },
                WRONG,
            ),
            (
                "sub changed",
                |draft| draft.twist = Some(|token| with_payload(&token, |claims| claims["sub"] = json!("ada"))),
                WRONG,
            ),
            (
                "email changed",
                |draft| {
                    draft.twist =
                        Some(|token| with_payload(&token, |claims| claims["email"] = json!("ada@example.com")));
                },
                WRONG,
            ),
            (
                "iss changed",
                |draft| {
                    draft.twist =
                        Some(|token| with_payload(&token, |claims| claims["iss"] = json!("https://evil.example")));
                },
                WRONG,
            ),
        ],
    );
}

fn part(token: &str, index: usize) -> Vec<u8> {
    use base64::Engine as _;
    let part = token.split('.').nth(index).expect("a part");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

fn with_signature(token: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut signature = part(token, 2);
    change(&mut signature);
    with_part(token, 2, &base64url(signature))
}

fn with_payload(token: &str, change: impl Fn(&mut Value)) -> String {
    let mut claims: Value = serde_json::from_slice(&part(token, 1)).expect("claims");
    change(&mut claims);
    with_part(token, 1, &base64url(claims.to_string()))
}

/// Two numbers as ASN.1 writes them.
fn der(raw: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| [&[2, 33, 0], bytes].concat();
    let numbers = [number(&raw[..32]), number(&raw[32..])].concat();
    [&[0x30, 70], numbers.as_slice()].concat()
}

#[test]
fn an_algorithm_that_was_not_announced_or_is_symmetric_is_refused() {
    // IDT-08
    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| {
        // The classic confusion: the public key as the secret of an HMAC.
        let public = keys::rsa_jwk(&keys::RSA, "rsa").to_string();
        (draft.algorithm, draft.key) = (Algorithm::HS256, EncodingKey::from_secret(public.as_bytes()));
        draft.header["alg"] = json!("HS256");
    });
    insta::assert_snapshot!(ambush.refused(7), @"the ID token is signed with an unexpected algorithm, HS256");
    ambush.provider.metadata(|metadata| metadata["id_token_signing_alg_values_supported"] = json!(["ES256"]));
    ambush.provider.id_token(|_| ());
    insta::assert_snapshot!(ambush.refused(7), @"the ID token is signed with an unexpected algorithm, RS256");
    ambush.provider.id_token(|draft| draft.header["alg"] = json!("\u{1b}]8;;http://evil\u{7}RS256"));
    insta::assert_snapshot!(ambush.refused(7), @"the ID token is signed with an unexpected algorithm, �]8;;http://evil�RS256");
}

#[test]
fn a_key_is_found_without_a_key_id_where_one_of_the_published_keys_fits() {
    // IDT-11, IDT-12
    let ambush = Ambush::new();
    let without_kid = |draft: &mut Draft| draft.header = json!({"alg": "RS256"});
    ambush.provider.id_token(without_kid);
    let _ = ambush.login().success();
    let several = |right: bool| {
        let mut all: Vec<_> =
            (0..3).map(|number| keys::rsa_jwk(&keys::OTHER_RSA, &format!("other-{number}"))).collect();
        all.extend(right.then(|| keys::rsa_jwk(&keys::RSA, "rsa")));
        json!({ "keys": all })
    };
    ambush.provider.jwks(several(true));
    let _ = ambush.login().success();
    let ambush = Ambush::new();
    ambush.provider.id_token(without_kid);
    ambush.provider.jwks(several(false));
    assert_eq!(ambush.refused(7), "the ID token's signature is wrong");
}

#[test]
fn a_key_that_the_server_does_not_publish_costs_one_more_look_and_no_other_request() {
    // IDT-13, IDT-14, IDT-15
    let ambush = Ambush::new();
    ambush.provider.id_token(|draft| {
        draft.key = keys::rsa_signer(&keys::OTHER_RSA);
        draft.header = json!({"alg": "RS256", "kid": "unknown"});
    });
    insta::assert_snapshot!(ambush.refused(7), @"the ID token is signed with a key that the server does not have");
    assert_eq!(ambush.provider.count("/keys"), 2);

    let url = ambush.provider.url();
    ambush.provider.id_token(move |draft| {
        draft.key = keys::rsa_signer(&keys::OTHER_RSA);
        let jwk = keys::rsa_jwk(&keys::OTHER_RSA, "rsa");
        draft.header = json!({
            "alg": "RS256", "kid": "rsa", "jwk": jwk, "x5c": ["MIIB"],
            "jku": format!("{url}/attacker/jwks"), "x5u": format!("{url}/attacker/x5u"),
        });
    });
    assert_eq!(ambush.refused(7), "the ID token's signature is wrong");
    assert_eq!((ambush.provider.count("/attacker/jwks"), ambush.provider.count("/attacker/x5u")), (0, 0));

    let long = "k".repeat(100_000);
    for kid in [json!(long), json!(7), json!(["rsa"]), json!("../../rsa"), json!("a\"\n'\u{1b}[2J")] {
        ambush.provider.id_token(move |draft| draft.header["kid"] = kid.clone());
        let line = ambush.refused(7);
        assert!(line.len() < 200, "{line}");
    }
}

#[test]
fn a_token_that_calls_itself_something_else_is_refused() {
    // IDT-17
    let ambush = Ambush::new();
    for kind in ["at+jwt", "logout+jwt", "secevent+jwt"] {
        ambush.provider.id_token(move |draft| draft.header["typ"] = json!(kind));
        assert_eq!(ambush.refused(7), format!("the token in place of the ID token is a {kind}"));
    }
    for kind in ["JWT", "jwt", "application/JWT"] {
        ambush.provider.id_token(move |draft| draft.header["typ"] = json!(kind));
        let _ = ambush.login().success();
    }
}

#[test]
fn a_token_that_has_not_the_shape_of_one_is_refused() {
    // IDT-38, IDT-37
    const NOT_THREE: &str = "the ID token has not three parts";
    const NOT_BASE64: &str = "the ID token has parts that are not base64url";
    const PADDED: fn(String) -> String =
        |token| with_part(&token, 1, &format!("{}=", token.split('.').nth(1).unwrap()));
    const PLUS: fn(String) -> String = |token| with_part(&token, 2, "+/+/");
    all_refused(
        &Ambush::new(),
        vec![
            ("two parts", |draft| draft.twist = Some(|token| token.rsplit_once('.').unwrap().0.to_owned()), NOT_THREE),
            ("four parts", |draft| draft.twist = Some(|token| token + ".e30"), NOT_THREE),
            (
                "JWE",
                |draft| draft.twist = Some(|_| "e30.e30.e30.e30.e30".to_owned()),
                "the ID token is encrypted, which is not supported",
            ),
            ("no header", |draft| draft.twist = Some(|token| with_part(&token, 0, "")), NOT_BASE64),
            ("no payload", |draft| draft.twist = Some(|token| with_part(&token, 1, "")), NOT_BASE64),
            ("+ and /", |draft| draft.twist = Some(PLUS), NOT_BASE64),
            // The signature is looked at before the payload.
            ("padding", |draft| draft.twist = Some(PADDED), "the ID token's signature is wrong"),
            (
                "newline",
                |draft| draft.twist = Some(|token| token.replacen('.', ".\n", 1)),
                "the answer of <op host> cannot be accepted: id_token holds characters that no token may hold",
            ),
            ("empty", |draft| draft.twist = Some(|_| String::new()), "the server's answer has no ID token"),
        ],
    );
    let ambush = Ambush::new();
    for payload in ["[]", "\"text\"", "7", "null", "{", ""] {
        ambush.provider.id_token(move |draft| draft.payload = Some(payload.to_owned()));
        let line = ambush.refused(7);
        assert!(line.starts_with("the ID token"), "{payload}: {line}");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    // IDT-37
    let ambush = Ambush::new();
    for (name, value) in [("sub", "ada"), ("iss", "https://evil.example"), ("aud", "client-1")] {
        ambush.provider.id_token(move |draft| {
            let claims = draft.claims.to_string();
            draft.payload = Some(format!("{},\"{name}\":\"{value}\"}}", claims.trim_end_matches('}')));
        });
        let line = ambush.refused(7);
        assert!(line.contains("two members of the same name"), "{name}: {line}");
    }
}

#[test]
fn a_token_that_wants_to_exhaust_us_is_refused_at_once() {
    // IDT-39
    fn claims(count: usize) -> String {
        format!("{{{}}}", (0..count).map(|number| format!("\"c{number}\":1")).collect::<Vec<_>>().join(","))
    }
    let ambush = Ambush::new();
    // What does not fit into the largest answer is not even read to its end.
    let cases: [(i32, fn() -> String); 5] = [
        (7, || format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))),
        (7, || format!("{{\"iss\":\"{}\"}}", "a".repeat(500_000))),
        (7, || claims(30_000)),
        (5, || format!("{{\"iss\":\"{}\"}}", "a".repeat(5_000_000))),
        (5, || claims(100_000)),
    ];
    for (status, payload) in cases {
        ambush.provider.id_token(move |draft| draft.payload = Some(payload()));
        let _ = ambush.refused(status);
    }
}

#[test]
fn a_login_without_an_id_token_stores_nothing() {
    // IDT-36
    let ambush = Ambush::new();
    ambush.provider.token_answer(|answer| drop(answer.as_object_mut().unwrap().remove("id_token")));
    insta::assert_snapshot!(ambush.refused(7), @"the server's answer has no ID token");
    ambush.provider.behave();
    ambush
        .provider
        .always("/token", Answer::json(200, &json!({"access_token": "a", "token_type": "Bearer", "id_token": null})));
    let _ = ambush.refused(7);
}

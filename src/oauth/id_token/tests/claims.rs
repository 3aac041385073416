//! One claim at a time.

use jsonwebtoken::Algorithm;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{
    ACCESS_TOKEN, CLIENT, GOOD_HEADER, IdTokenError, IdentityClaims, KeySet, NOW, base64url, claims, expectation, jwks,
    key_for, secret, server, sign, signed, verified, verify_id_token,
};
use crate::oauth::error::Error;

async fn with(claim: &str, value: &str) -> Result<IdentityClaims, IdTokenError> {
    verified(&signed(GOOD_HEADER, &claims(&[(claim, Some(value))]))).await
}

async fn without(claim: &str) -> Result<IdentityClaims, IdTokenError> {
    verified(&signed(GOOD_HEADER, &claims(&[(claim, None)]))).await
}

#[tokio::test]
async fn a_claim_of_the_wrong_json_type_is_never_taken_for_absent() {
    // IDT-19, IDT-21, IDT-27, IDT-29, IDT-30, IDT-32 (CVE-2026-25537)
    let types = ["null", "true", "false", "7", "7.5", r#""text""#, r#"["text"]"#, r#"{"a":"text"}"#];
    for claim in ["iss", "sub", "aud", "azp", "exp", "nbf", "iat", "auth_time", "nonce", "at_hash"] {
        for value in types {
            let is_time = ["exp", "nbf", "iat", "auth_time"].contains(&claim);
            let has_the_right_type = match value {
                "7" => is_time,
                r#""text""# => !is_time,
                r#"["text"]"# => claim == "aud",
                _ => false,
            };
            let outcome = with(claim, value).await;
            let wrong_type = matches!(outcome, Err(IdTokenError::Claim { claim: found, .. }) if found == claim);
            assert_eq!(wrong_type, !has_the_right_type, "{claim} {value}: {outcome:?}");
        }
    }
    for claim in ["email", "name", "preferred_username", "email_verified"] {
        for value in ["7", r#"["text"]"#, r#"{"a":"text"}"#] {
            assert!(matches!(with(claim, value).await, Err(IdTokenError::Claim { .. })), "{claim} {value}");
        }
    }
}

#[tokio::test]
async fn the_claims_that_must_be_there_are_missed() {
    // IDT-19, IDT-21, IDT-27, IDT-29, IDT-32
    for claim in ["iss", "sub", "aud", "exp", "iat"] {
        let error = without(claim).await.expect_err(claim);
        assert_eq!(error, IdTokenError::Claim { claim: error_claim(&error), problem: "is missing" });
        assert_eq!(error_claim(&error), claim);
    }
    assert_eq!(without("nonce").await, Err(IdTokenError::OtherNonce));
    for claim in ["iss", "sub", "aud", "azp", "nonce", "at_hash"] {
        assert_eq!(with(claim, r#""""#).await.map_err(|error| error_claim(&error)), Err(claim), "empty");
    }
}

fn error_claim(error: &IdTokenError) -> &'static str {
    match error {
        IdTokenError::Claim { claim, .. } => claim,
        _ => "none",
    }
}

#[tokio::test]
async fn the_issuer_is_compared_letter_by_letter() {
    // IDT-18, IDT-20
    for issuer in [
        "https://evil.example",
        "https://id.example/",
        "https://ID.example",
        "https://id.example:443",
        "http://id.example",
        "https://id.example\\u001b[2J",
    ] {
        let error = with("iss", &format!("\"{issuer}\"")).await.expect_err(issuer);
        assert!(matches!(error, IdTokenError::OtherIssuer { .. }), "{issuer}");
        let text = error.to_string();
        assert!(text.ends_with("not by https://id.example") && !text.contains('\u{1b}'), "{text}");
    }
}

#[tokio::test]
async fn the_token_must_be_for_us_alone_or_name_us_as_the_party() {
    // IDT-21, IDT-23, IDT-24, IDT-25
    let audience = async |audience: &str, party: Option<&str>| {
        verified(&signed(GOOD_HEADER, &claims(&[("aud", Some(audience)), ("azp", party)]))).await.map(drop)
    };
    let us = Some(r#""me""#);
    assert_eq!(audience(r#"["me"]"#, None).await, Ok(()));
    assert_eq!(audience(r#"["me","me"]"#, None).await, Ok(()));
    assert_eq!(audience(r#""me""#, us).await, Ok(()));
    assert_eq!(audience(r#"["me","3258491"]"#, us).await, Ok(()));
    assert_eq!(audience(r#"["3258491","me"]"#, us).await, Ok(()));
    assert_eq!(audience(r#"["me","other"]"#, None).await, Err(IdTokenError::SharedAudience));
    assert_eq!(audience(r#"["me","other"]"#, Some(r#""other""#)).await, Err(IdTokenError::OtherParty));
    assert_eq!(audience(r#""me""#, Some(r#""other""#)).await, Err(IdTokenError::OtherParty));
    assert_eq!(audience(r#""other""#, us).await, Err(IdTokenError::OtherAudience));
    assert_eq!(audience(r#"["ME"]"#, None).await, Err(IdTokenError::OtherAudience));
    for odd in ["[]", r#"[""]"#, r#"["me",""]"#, r#"["me",7]"#, "7"] {
        assert_eq!(audience(odd, us).await.map_err(|error| error_claim(&error)), Err("aud"), "{odd}");
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_with_both_clocks() {
    // IDT-26
    for (ago, passes) in [(3600, false), (31, false), (30, true), (29, true), (0, true)] {
        assert_eq!(with("exp", &(NOW - ago).to_string()).await.is_ok(), passes, "{ago}");
    }
    let (nonce, token) = (secret("the-nonce"), secret(&signed(GOOD_HEADER, &claims(&[("exp", Some("1700000000"))]))));
    let mut expectation = expectation(Some(&nonce), None);
    expectation.server_date = Some("2023-11-14T00:00:00Z".parse().expect("a time"));
    let error = verify_id_token(&CLIENT, &server(), &mut KeySet::fixed(&jwks()), &token, &expectation).await;
    let text = error.expect_err("expired").to_string();
    assert_eq!(
        text,
        "the ID token expired at 2023-11-14T22:13:20Z, or your clock is wrong: \
         local time 2027-01-15T08:00:00Z, server time 2023-11-14T00:00:00Z"
    );
}

#[tokio::test]
async fn times_are_whole_seconds_in_range() {
    // IDT-27
    for (value, passes) in [
        ("1800000300", true),
        ("1800000300.0", true),
        ("1.8000003e9", true),
        (r#""9999999999""#, false),
        ("1800000300.5", false),
        ("1e308", false),
        ("-1", false),
        ("9223372036854775808", false),
        ("9223372036854775807", false),
        ("253402300800", false),
        ("true", false),
        ("null", false),
    ] {
        assert_eq!(with("exp", value).await.is_ok(), passes, "{value}");
    }
}

#[tokio::test]
async fn a_token_from_the_future_is_refused_and_an_old_one_is_not() {
    // IDT-29
    for (claim, offset, passes) in [
        ("iat", 86_400, false),
        ("iat", 31, false),
        ("iat", 30, true),
        ("iat", 29, true),
        ("iat", -7 * 86_400, true),
        ("nbf", 31, false),
        ("nbf", 29, true),
        ("nbf", -86_400, true),
    ] {
        let outcome = with(claim, &(NOW + offset).to_string()).await;
        assert_eq!(outcome.is_ok(), passes, "{claim} {offset}");
        if let Err(error) = outcome {
            assert!(matches!(error, IdTokenError::NotYetValid { .. }));
            assert!(error.to_string().contains("your clock is wrong"));
        }
    }
}

#[tokio::test]
async fn the_nonce_must_be_that_of_this_login() {
    // IDT-30
    for nonce in [r#""other""#, r#""THE-NONCE""#, r#""the-nonce ""#] {
        assert_eq!(with("nonce", nonce).await, Err(IdTokenError::OtherNonce));
    }
}

#[tokio::test]
async fn without_a_nonce_every_other_check_stays() {
    // IDT-43
    let mut keys = KeySet::fixed(&jwks());
    for (changes, passes) in
        [([("nonce", None)], true), ([("nonce", Some(r#""any""#))], true), ([("aud", Some(r#""x""#))], false)]
    {
        let token = secret(&signed(GOOD_HEADER, &claims(&changes)));
        let outcome = verify_id_token(&CLIENT, &server(), &mut keys, &token, &expectation(None, None)).await;
        assert_eq!(outcome.is_ok(), passes, "{changes:?}");
        assert!(matches!(outcome, Ok(_) | Err(Error::IdToken(IdTokenError::OtherAudience))));
    }
}

#[tokio::test]
async fn the_access_token_must_be_the_one_that_came_along() {
    // IDT-31
    let half = |hash: &[u8]| format!("\"{}\"", base64url(&hash[..hash.len() / 2]));
    let short = half(&Sha256::digest(ACCESS_TOKEN));
    let middle = half(&Sha384::digest(ACCESS_TOKEN));
    let long = half(&Sha512::digest(ACCESS_TOKEN));
    with("at_hash", &short).await.expect("the right hash");
    without("at_hash").await.expect("no hash");
    assert_eq!(with("at_hash", r#""wrong""#).await, Err(IdTokenError::OtherAccessToken));
    assert_eq!(with("at_hash", &long).await, Err(IdTokenError::OtherAccessToken));
    assert_eq!(with("at_hash", &half(&Sha256::digest("other"))).await, Err(IdTokenError::OtherAccessToken));
    for (algorithm, kid, hash) in
        [(Algorithm::ES384, "p384", &middle), (Algorithm::RS512, "rsa", &long), (Algorithm::EdDSA, "ed", &long)]
    {
        let header = format!(r#"{{"alg":"{algorithm:?}","kid":"{kid}"}}"#);
        let token = sign(algorithm, &key_for(algorithm), &header, &claims(&[("at_hash", Some(hash))]));
        verified(&token).await.expect("the right hash");
    }
}

#[tokio::test]
async fn the_subject_is_short_printable_ascii() {
    // IDT-32
    let longest = format!("\"{}\"", "s".repeat(255));
    assert_eq!(with("sub", &longest).await.expect("255 characters").subject.len(), 255);
    let too_long = format!("\"{}\"", "s".repeat(256));
    for subject in [too_long.as_str(), r#""a\u0000b""#, r#""a\u001bb""#, r#""a\u007fb""#, "\"\u{e9}\"", "\"a\\nb\""] {
        assert_eq!(with("sub", subject).await.map_err(|error| error_claim(&error)), Err("sub"), "{subject:.20}");
    }
}

#[tokio::test]
async fn claims_for_people_may_be_missing_or_written_oddly() {
    // IDT-35
    let person = verified(&signed(GOOD_HEADER, &claims(&[("email", None), ("name", Some("null"))]))).await;
    let person = person.expect("claims for people are optional");
    assert_eq!((person.email, person.name, person.email_verified), (None, None, None));
    for (value, expected) in [("true", true), ("false", false), (r#""true""#, true), (r#""false""#, false)] {
        assert_eq!(with("email_verified", value).await.expect(value).email_verified, Some(expected));
    }
    assert!(with("email_verified", r#""yes""#).await.is_err());
}

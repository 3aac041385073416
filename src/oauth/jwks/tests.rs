use std::time::{Duration, Instant};

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use rsa::traits::PublicKeyParts as _;

use super::{ACCEPTED_ALGORITHMS, KeySet, accepted_algorithm};
use crate::http::Client;
use crate::oauth::discovery::tests::provider_on;
use crate::oauth::error::{Class, Error};
use crate::oauth::id_token::{Expectation, IdTokenError, verify_id_token};
use crate::oauth::scripted_server::{Server, json};
use crate::oauth::test_issuer::{OTHER_RSA, RSA, base64url, generated, jwks, key_for, rsa_jwk, rsa_key, sign};
use crate::secret::Secret;

const NOW: i64 = 1_800_000_000;

fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// A good token of `server`, signed with RSA under this header.
fn token(server: &Server, key: &rsa::RsaPrivateKey, header: &str) -> Secret {
    let issuer = server.host.origin();
    let payload = format!(r#"{{"iss":"{issuer}","sub":"s","aud":"me","exp":{},"iat":{NOW}}}"#, NOW + 60);
    Secret::new(sign(Algorithm::RS256, &rsa_key(key), header, &payload))
}

async fn verified(server: &Server, keys: &mut KeySet, token: &Secret) -> Result<(), Error> {
    let now = Timestamp::from_second(NOW).expect("a time");
    let expectation = Expectation { client_id: "me", nonce: None, access_token: None, now, server_date: None };
    let client = Client::new().expect("a client");
    verify_id_token(&client, &provider_on(server), keys, token, &expectation).await.map(drop)
}

fn is(outcome: &Result<(), Error>, expected: &IdTokenError) -> bool {
    matches!(outcome, Err(Error::IdToken(error)) if error == expected)
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_and_not_again_within_a_minute() {
    // IDT-13
    let server = Server::always(json(200, &jwks())).await;
    let mut keys = KeySet::new();
    for _ in 0..3 {
        let stranger = token(&server, &RSA, r#"{"alg":"RS256","kid":"stranger"}"#);
        assert!(is(&verified(&server, &mut keys, &stranger).await, &IdTokenError::UnknownKey));
    }
    assert_eq!(server.requests().len(), 2, "the set, and once more");
    verified(&server, &mut keys, &token(&server, &RSA, r#"{"alg":"RS256","kid":"rsa"}"#)).await.expect("known");
    assert_eq!(server.requests().len(), 2, "known keys are kept");
    assert!(server.requests()[0].starts_with("GET /odd/keys "), "where the metadata says");
}

#[tokio::test]
async fn keys_rotated_at_the_last_moment_are_found() {
    // DSC-13, DSC-14
    let server = Server::start(|_, number| {
        let kid = if number == 0 { "old" } else { "new" };
        let key = if number == 0 { &RSA } else { &OTHER_RSA };
        json(200, &set(&[rsa_jwk(key, &format!(r#","kid":"{kid}""#))]))
    })
    .await;
    let mut keys = KeySet::new();
    verified(&server, &mut keys, &token(&server, &RSA, r#"{"alg":"RS256","kid":"old"}"#)).await.expect("the old key");
    verified(&server, &mut keys, &token(&server, &OTHER_RSA, r#"{"alg":"RS256","kid":"new"}"#)).await.expect("rotated");
}

#[tokio::test]
async fn without_a_key_id_every_fitting_key_is_tried_up_to_twenty() {
    // IDT-11, IDT-12
    let others: Vec<String> = (0..19).map(|_| rsa_jwk(&OTHER_RSA, "")).collect();
    for (before, passes) in [(0, true), (5, true), (19, true), (20, false)] {
        let mut list = others.clone();
        list.resize_with(before, || rsa_jwk(&OTHER_RSA, ""));
        list.push(rsa_jwk(&RSA, ""));
        let server = Server::always(json(200, &set(&list))).await;
        let outcome = verified(&server, &mut KeySet::new(), &token(&server, &RSA, r#"{"alg":"RS256"}"#)).await;
        assert_eq!(outcome.is_ok(), passes, "{before}");
        assert!(passes || is(&outcome, &IdTokenError::BadSignature));
    }
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_ignored() {
    // IDT-15
    let trap = Server::always(json(200, &set(&[rsa_jwk(&OTHER_RSA, r#","kid":"rsa""#)]))).await;
    let server = Server::always(json(200, &jwks())).await;
    let own = rsa_jwk(&OTHER_RSA, "");
    for member in [
        format!(r#""jwk":{own}"#),
        format!(r#""jku":"{}""#, trap.url("/keys")),
        format!(r#""x5u":"{}""#, trap.url("/cert")),
        r#""x5c":["MIIB"]"#.to_owned(),
    ] {
        for kid in ["", r#","kid":"rsa""#] {
            let forged = token(&server, &OTHER_RSA, &format!(r#"{{"alg":"RS256"{kid},{member}}}"#));
            let outcome = verified(&server, &mut KeySet::new(), &forged).await;
            assert!(is(&outcome, &IdTokenError::BadSignature), "{member}: {outcome:?}");
        }
    }
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn a_key_set_that_cannot_be_had_is_unavailable_or_refused() {
    // DSC-15
    for (answer, class) in [
        (json(500, ""), Class::Unavailable),
        (json(200, "<html>hotel</html>"), Class::Unavailable),
        (json(200, "{}"), Class::Security),
        (json(200, r#"{"keys":{}}"#), Class::Security),
        (json(200, r#"{"keys":[]}"#), Class::Security),
        (json(200, r#"{"keys":[7,null,"x",[],{}]}"#), Class::Security),
    ] {
        let server = Server::always(answer).await;
        let outcome = verified(&server, &mut KeySet::new(), &token(&server, &RSA, r#"{"alg":"RS256"}"#)).await;
        assert_eq!(outcome.expect_err("no keys").class(), class);
    }
}

#[test]
fn asymmetric_algorithms_are_accepted_by_their_exact_name_and_no_others() {
    for algorithm in ACCEPTED_ALGORITHMS {
        assert_eq!(accepted_algorithm(&format!("{algorithm:?}")), Some(algorithm));
    }
    for name in ["HS256", "HS384", "HS512", "none", "", "rs256", "RS256 ", "ES512", "ES256K"] {
        assert_eq!(accepted_algorithm(name), None, "{name}");
    }
}

#[test]
fn unusable_keys_are_passed_over() {
    // DSC-15
    let n = base64url(RSA.n().to_bytes_be());
    let huge = base64url(vec![0xff; 8192]);
    let wide = base64url(vec![0xff; 640]);
    let even = base64url([RSA.n().to_bytes_be().as_slice(), &[0]].concat());
    let short = generated(512);
    let almost = base64url([&[0x7f][..], &[0xff; 255]].concat());
    for key in [
        format!(r#"{{"kty":"EC","n":"{n}","e":"AQAB"}}"#),
        format!(r#"{{"kty":"RSA","n":"{almost}","e":"AQAB"}}"#),
        rsa_jwk(&short, ""),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"AQ"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"AAAAAQ"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"Ag"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}","e":""}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"AQABAQAB"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}=","e":"AQAB"}}"#),
        r#"{"kty":"RSA","n":7,"e":"AQAB"}"#.to_owned(),
        r#"{"kty":"RSA","n":"","e":"AQAB"}"#.to_owned(),
        format!(r#"{{"kty":"RSA","n":"{huge}","e":"AQAB"}}"#),
        format!(r#"{{"kty":"RSA","n":"{wide}","e":"AQAB"}}"#),
        format!(r#"{{"kty":"RSA","n":"{even}","e":"AQAB"}}"#),
        r#"{"kty":"oct","k":"bm90IHNvIHNlY3JldA"}"#.to_owned(),
        r#"{"kty":"future"}"#.to_owned(),
        rsa_jwk(&RSA, r#","use":"enc""#),
        rsa_jwk(&RSA, r#","use":7"#),
        rsa_jwk(&RSA, r#","alg":"PS256""#),
        rsa_jwk(&RSA, r#","key_ops":["encrypt"]"#),
        rsa_jwk(&RSA, r#","key_ops":"verify""#),
        rsa_jwk(&RSA, r#","d":"AQAB""#),
    ] {
        let keys = KeySet::fixed(&set(std::slice::from_ref(&key)));
        assert!(keys.fitting(Algorithm::RS256, None).is_empty(), "{key:.200}");
    }
    let usable = rsa_jwk(&RSA, r#","use":"sig","alg":"RS256","key_ops":["verify"],"x5c":["whatever"]"#);
    assert_eq!(KeySet::fixed(&set(&[usable])).fitting(Algorithm::RS256, None).len(), 1);
    for (key, algorithm) in [
        (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, Algorithm::ES256),
        (r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#, Algorithm::ES256),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, Algorithm::EdDSA),
        (r#"{"kty":"OKP","crv":"X25519","x":"I22VoiIxqTVEZe63LiQX5zcGs2zj22UXUd-HE3f8M2Q"}"#, Algorithm::EdDSA),
    ] {
        assert!(KeySet::fixed(&set(&[key.to_owned()])).fitting(algorithm, None).is_empty(), "{key}");
    }
    // One coordinate is whole.
    for (x, y) in [(32, 31), (31, 32), (33, 32)] {
        let [x, y] = [x, y].map(|width| base64url(vec![7; width]));
        let key = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
        assert!(KeySet::fixed(&set(&[key])).fitting(Algorithm::ES256, None).is_empty(), "{x} {y}");
    }
    // Whole points, under the name of another type or curve.
    for (kty, crv, width, algorithm) in [
        ("RSA", "P-256", 32, Algorithm::ES256),
        ("EC", "P-384", 32, Algorithm::ES256),
        ("OKP", "P-384", 48, Algorithm::ES384),
        ("EC", "P-256", 48, Algorithm::ES384),
        ("EC", "Ed25519", 32, Algorithm::EdDSA),
    ] {
        let point = base64url(vec![7; width]);
        let key = format!(r#"{{"kty":"{kty}","crv":"{crv}","x":"{point}","y":"{point}"}}"#);
        assert!(KeySet::fixed(&set(&[key])).fitting(algorithm, None).is_empty(), "{kty} {crv}");
    }
}

#[test]
fn a_point_that_is_not_on_the_curve_verifies_nothing() {
    // DSC-15
    let x = base64url([7; 32]);
    let keys = KeySet::fixed(&set(&[format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{x}"}}"#)]));
    let token = sign(Algorithm::ES256, &key_for(Algorithm::ES256), "{}", "{}");
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    for key in keys.fitting(Algorithm::ES256, None) {
        let outcome = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::ES256);
        assert!(!outcome.unwrap_or(false));
    }
}

#[tokio::test]
async fn five_thousand_keys_are_no_burden() {
    // DSC-15
    let mut list: Vec<String> = (0..5_000).map(|number| format!(r#"{{"kty":"EC","kid":"{number}"}}"#)).collect();
    list.push(rsa_jwk(&RSA, r#","kid":"rsa""#));
    let server = Server::always(json(200, &set(&list))).await;
    let good = token(&server, &RSA, r#"{"alg":"RS256","kid":"rsa"}"#);
    let begun = Instant::now();
    verified(&server, &mut KeySet::new(), &good).await.expect("found");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

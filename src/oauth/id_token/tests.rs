use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jsonwebtoken::Algorithm;

use super::{Expectation, IdTokenError, IdentityClaims, check_refreshed_id_token, verify_id_token};
use crate::http::Client;
use crate::oauth::discovery::Provider;
use crate::oauth::discovery::tests::provider;
use crate::oauth::error::{Class, Error};
use crate::oauth::jwks::KeySet;
use crate::oauth::test_issuer::{OTHER_RSA, base64url, jwks, key_for, rsa_key, sign};
use crate::secret::Secret;

mod claims;
mod mutations;

/// Never used for a request here; building one reads the system's trust store.
static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new().expect("a client"));

const NOW: i64 = 1_800_000_000;
const ACCESS_TOKEN: &str = "the-access-token";
const GOOD_HEADER: &str = r#"{"alg":"ES256","kid":"p256","typ":"JWT"}"#;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn server() -> Provider {
    let algorithms = r#""id_token_signing_alg_values_supported":["RS256","RS512","PS256","ES256","ES384","EdDSA"]"#;
    provider(algorithms).expect("metadata")
}

/// The claims of a good token, each written as JSON; a test replaces or removes some of them.
fn claims(changes: &[(&str, Option<&str>)]) -> String {
    let mut claims = vec![
        ("iss", r#""https://id.example""#.to_owned()),
        ("sub", r#""person-1""#.to_owned()),
        ("aud", r#""me""#.to_owned()),
        ("exp", (NOW + 300).to_string()),
        ("iat", (NOW - 5).to_string()),
        ("nonce", r#""the-nonce""#.to_owned()),
        ("email", r#""ada@example.com""#.to_owned()),
        ("name", r#""Ada""#.to_owned()),
    ];
    for (name, value) in changes {
        claims.retain(|(existing, _)| existing != name);
        claims.extend(value.map(|value| (*name, value.to_owned())));
    }
    let members: Vec<String> = claims.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn signed(header: &str, payload: &str) -> String {
    sign(Algorithm::ES256, &key_for(Algorithm::ES256), header, payload)
}

fn expectation<'a>(nonce: Option<&'a Secret>, access_token: Option<&'a Secret>) -> Expectation<'a> {
    let now = Timestamp::from_second(NOW).expect("a time");
    Expectation { client_id: "me", nonce, access_token, now, server_date: None }
}

async fn verified_with(token: &str, keys: &mut KeySet) -> Result<IdentityClaims, Error> {
    let (nonce, access_token) = (secret("the-nonce"), secret(ACCESS_TOKEN));
    let expectation = expectation(Some(&nonce), Some(&access_token));
    verify_id_token(&CLIENT, &server(), keys, &secret(token), &expectation).await
}

async fn verified(token: &str) -> Result<IdentityClaims, IdTokenError> {
    match verified_with(token, &mut KeySet::fixed(&jwks())).await {
        Ok(claims) => Ok(claims),
        Err(Error::IdToken(error)) => Err(error),
        Err(error) => panic!("{error:?}"),
    }
}

async fn refused(token: &str) -> IdTokenError {
    verified(token).await.expect_err(token.get(..80).unwrap_or(token))
}

#[tokio::test]
async fn tokens_of_every_accepted_algorithm_are_verified() {
    // IDT-01, IDT-09, IDT-11
    for (algorithm, kid) in [
        (Algorithm::RS256, "rsa"),
        (Algorithm::RS512, "rsa"),
        (Algorithm::PS256, "rsa"),
        (Algorithm::ES256, "p256"),
        (Algorithm::ES384, "p384"),
        (Algorithm::EdDSA, "ed"),
    ] {
        for header in [format!(r#"{{"alg":"{algorithm:?}","kid":"{kid}"}}"#), format!(r#"{{"alg":"{algorithm:?}"}}"#)] {
            let token = sign(algorithm, &key_for(algorithm), &header, &claims(&[]));
            let person = verified(&token).await.expect(&header);
            assert_eq!(person.subject, "person-1");
            assert_eq!(person.email.as_deref(), Some("ada@example.com"));
            assert_eq!(person.name.as_deref(), Some("Ada"));
            assert_eq!(person.expires_at.as_second(), NOW + 300);
        }
    }
}

#[tokio::test]
async fn an_unsigned_token_is_refused_in_every_spelling() {
    // IDT-02, IDT-03
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"nOnE"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":""}"#,
        r#"{"kid":"p256"}"#,
    ] {
        let unsigned = format!("{}.{}.", base64url(header), base64url(claims(&[])));
        assert_eq!(refused(&unsigned).await, IdTokenError::Unsigned, "{header}");
        assert_eq!(refused(&signed(header, &claims(&[]))).await, IdTokenError::Unsigned, "{header}");
    }
    for header in [r#"{"alg":7}"#, r#"{"alg":null}"#, r#"{"alg":["ES256"]}"#] {
        assert!(matches!(refused(&signed(header, &claims(&[]))).await, IdTokenError::Header(_)), "{header}");
    }
}

#[tokio::test]
async fn algorithms_that_are_symmetric_or_not_announced_are_refused() {
    // IDT-08
    let symmetric = sign(Algorithm::HS256, &key_for(Algorithm::HS256), r#"{"alg":"HS256"}"#, &claims(&[]));
    assert!(matches!(refused(&symmetric).await, IdTokenError::UnexpectedAlgorithm(_)));
    for name in ["RS384", "PS384", "PS512", "ES512", "es256", "RS256 "] {
        let token = sign(Algorithm::RS256, &key_for(Algorithm::RS256), &format!(r#"{{"alg":"{name}"}}"#), &claims(&[]));
        let error = refused(&token).await;
        assert_eq!(error.to_string(), format!("the ID token is signed with an unexpected algorithm, {name}"));
    }
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    // IDT-05, IDT-06, IDT-07
    for (algorithm, kid) in [
        (Algorithm::RS256, "rsa"),
        (Algorithm::PS256, "rsa"),
        (Algorithm::ES256, "p256"),
        (Algorithm::ES384, "p384"),
        (Algorithm::EdDSA, "ed"),
    ] {
        let header = format!(r#"{{"alg":"{algorithm:?}","kid":"{kid}"}}"#);
        let token = sign(algorithm, &key_for(algorithm), &header, &claims(&[]));
        let other = sign(algorithm, &key_for(algorithm), &header, &claims(&[("sub", Some(r#""x""#))]));
        let (message, signature) = token.rsplit_once('.').expect("a signature");
        let (_, foreign) = other.rsplit_once('.').expect("a signature");
        let bytes =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).expect("base64");
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        let longer = [bytes.as_slice(), &[0]].concat();
        let signatures = [
            base64url(&flipped),
            String::new(),
            foreign.to_owned(),
            base64url(vec![0; bytes.len()]),
            base64url(&longer),
        ];
        for wrong in signatures {
            assert_eq!(refused(&format!("{message}.{wrong}")).await, IdTokenError::BadSignature, "{algorithm:?}");
        }
        for change in [("sub", r#""x""#), ("email", r#""eve@example.com""#), ("iss", r#""https://evil""#)] {
            let payload = base64url(claims(&[(change.0, Some(change.1))]));
            let changed = format!("{}.{payload}.{signature}", base64url(&header));
            assert_eq!(refused(&changed).await, IdTokenError::BadSignature, "{algorithm:?}");
        }
    }
    let other_key = sign(Algorithm::RS256, &rsa_key(&OTHER_RSA), r#"{"alg":"RS256","kid":"rsa"}"#, &claims(&[]));
    assert_eq!(refused(&other_key).await, IdTokenError::BadSignature);
}

#[tokio::test]
async fn a_signature_in_der_is_refused() {
    // IDT-06
    let token = signed(GOOD_HEADER, &claims(&[]));
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let raw = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).expect("base64");
    let integer = |bytes: &[u8]| [&[2, 33, 0], bytes].concat();
    let der = [vec![0x30, 70], integer(&raw[..32]), integer(&raw[32..])].concat();
    assert_eq!(refused(&format!("{message}.{}", base64url(der))).await, IdTokenError::BadSignature);
}

#[tokio::test]
async fn the_key_id_is_only_compared() {
    // IDT-14
    for kid in [r#""../../etc/passwd""#, r#""a\"b\nc""#, r#""P256""#] {
        let header = format!(r#"{{"alg":"ES256","kid":{kid}}}"#);
        assert_eq!(refused(&signed(&header, &claims(&[]))).await, IdTokenError::UnknownKey, "{kid}");
    }
    let longest = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(1024));
    assert_eq!(refused(&signed(&longest, &claims(&[]))).await, IdTokenError::UnknownKey);
    let [long, too_long] = [100_000, 1025].map(|length| format!("\"{}\"", "k".repeat(length)));
    for kid in ["7", "[\"p256\"]", "null", &long, &too_long] {
        let header = format!(r#"{{"alg":"ES256","kid":{kid}}}"#);
        assert!(matches!(refused(&signed(&header, &claims(&[]))).await, IdTokenError::Header(_)), "{kid:.20}");
    }
}

#[tokio::test]
async fn the_type_must_be_that_of_an_id_token() {
    // IDT-17
    for typ in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
        let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        verified(&signed(&header, &claims(&[]))).await.expect(typ);
    }
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", ""] {
        let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        assert!(matches!(refused(&signed(&header, &claims(&[]))).await, IdTokenError::OtherType(_)), "{typ}");
    }
    for member in [r#""typ":7"#, r#""crit":["exp"]"#, r#""crit":[]"#, r#""alg":"ES256""#] {
        let header = format!(r#"{{"alg":"ES256",{member}}}"#);
        assert!(matches!(refused(&signed(&header, &claims(&[]))).await, IdTokenError::Header(_)), "{member}");
    }
}

#[tokio::test]
async fn a_token_of_another_shape_is_refused() {
    // IDT-38
    let token = signed(GOOD_HEADER, &claims(&[]));
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    assert_eq!(refused(&format!("{token}.x.y")).await, IdTokenError::Encrypted);
    for odd in [
        String::new(),
        "..".to_owned(),
        format!("{header}.{payload}"),
        format!("{token}.x"),
        format!("{token}.x.y.z"),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.+/{signature}"),
        format!("{header}.{payload}.{signature}\n"),
        format!("{}\n{}.{payload}.{signature}", &header[..4], &header[4..]),
    ] {
        assert!(matches!(refused(&odd).await, IdTokenError::Shape(_)), "{odd}");
    }
}

#[tokio::test]
async fn monstrous_tokens_are_refused_quickly() {
    // IDT-39
    let begun = Instant::now();
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let wide: Vec<String> = (0..50_000).map(|number| format!("\"c{number}\":0")).collect();
    assert!(matches!(refused(&signed(GOOD_HEADER, &deep)).await, IdTokenError::Payload(_)));
    assert!(matches!(
        refused(&signed(GOOD_HEADER, &format!("{{{}}}", wide.join(",")))).await,
        IdTokenError::Payload(_)
    ));
    assert!(matches!(refused(&signed(&deep, &claims(&[]))).await, IdTokenError::Header(_)));
    // Of exactly the largest size, and one letter more; the rest of them is nonsense.
    let header = |length: usize| format!("{}.AA.AA", "a".repeat(length));
    let too_large = IdTokenError::Header("is too large".to_owned());
    assert_ne!(refused(&header(64 * 1024)).await, too_large);
    assert_eq!(refused(&header(64 * 1024 + 1)).await, too_large);
    let of_length = |length: usize| format!("x.x.{}", "a".repeat(length - 4));
    assert_ne!(refused(&of_length(1024 * 1024)).await, IdTokenError::Shape("is too large"));
    assert_eq!(refused(&of_length(1024 * 1024 + 1)).await, IdTokenError::Shape("is too large"));
    let huge = signed(GOOD_HEADER, &claims(&[("x", Some(&format!("\"{}\"", "a".repeat(5_000_000))))]));
    assert_eq!(refused(&huge).await, IdTokenError::Shape("is too large"));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_payload_that_is_no_plain_object_is_refused() {
    // IDT-37
    let good = claims(&[]);
    let twice = |member: &str| format!("{{{member},{}", &good[1..]);
    for payload in [
        "[]".to_owned(),
        r#""text""#.to_owned(),
        "7".to_owned(),
        "null".to_owned(),
        format!("{good} "),
        format!("{good}x"),
        twice(r#""iss":"https://id.example""#),
        twice(r#""sub":"person-1""#),
        twice(r#""s\u0075b":"person-1""#),
    ] {
        let outcome = verified(&signed(GOOD_HEADER, &payload)).await;
        // White space after the object is JSON.
        if payload.ends_with(' ') {
            outcome.expect("white space");
        } else {
            assert!(matches!(outcome, Err(IdTokenError::Payload(_))), "{payload}");
        }
    }
}

#[tokio::test]
async fn every_refusal_is_a_matter_of_security() {
    // IDT-36
    let error = Error::from(IdTokenError::Missing);
    assert_eq!((error.class(), error.is_transient()), (Class::Security, false));
    assert_eq!(error.to_string(), "the server's answer has no ID token");
}

#[test]
fn a_refreshed_token_must_be_about_the_same_person() {
    // IDT-41, IDT-42, IDT-43
    let access_token = secret(ACCESS_TOKEN);
    let refreshed = |changes: &[(&str, Option<&str>)], auth_time: Option<i64>| {
        let token = secret(&signed(GOOD_HEADER, &claims(changes)));
        let expectation = expectation(None, Some(&access_token));
        check_refreshed_id_token(&token, &server().issuer, &expectation, ("person-1", auth_time))
    };
    refreshed(&[("nonce", None)], None).expect("no nonce is demanded");
    let (token, old) = (secret(&signed(GOOD_HEADER, &claims(&[("nonce", None)]))), secret("of long ago"));
    let remembered = expectation(Some(&old), Some(&access_token));
    check_refreshed_id_token(&token, &server().issuer, &remembered, ("person-1", None)).expect("nor is an old one");
    refreshed(&[("auth_time", Some("1000"))], None).expect("nothing to compare with");
    refreshed(&[], Some(1000)).expect("nothing to compare");
    refreshed(&[("auth_time", Some("1000"))], Some(1000)).expect("the same");
    for (changes, expected) in [
        ([("auth_time", Some("999"))], IdTokenError::OtherAuthTime),
        ([("sub", Some(r#""person-2""#))], IdTokenError::OtherSubject),
        ([("aud", Some(r#""other""#))], IdTokenError::OtherAudience),
    ] {
        let Err(Error::IdToken(error)) = refreshed(&changes, Some(1000)) else { panic!("accepted {changes:?}") };
        assert_eq!(error, expected);
    }
    assert!(refreshed(&[("iss", Some(r#""https://other""#))], None).is_err());
}

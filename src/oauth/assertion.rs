//! The assertion with which a machine proves who it is (RFC 7523 section 3).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;

use super::private_key::{KeyError, SigningKey};
use crate::secret::Secret;
use crate::sys::random;

/// How far back `iat` lies, in seconds, so that a server whose clock is a little behind accepts it.
const HEAD_START: i64 = 5;
/// How long an assertion is valid, in seconds.
const LIFETIME: i64 = 60;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

fn claims<'a>(client_id: &'a str, audience: &'a str, now: Timestamp) -> Claims<'a> {
    let iat = now.as_second() - HEAD_START;
    Claims { iss: client_id, sub: client_id, aud: audience, iat, exp: iat + LIFETIME, jti: random::token::<16>() }
}

/// Signs a fresh assertion (RS256, good for one use within a minute) of `client_id` for `audience`, the issuer.
///
/// # Errors
/// [`KeyError::Inconsistent`] when the key does not sign, which its test when it was read makes very unlikely.
pub(crate) fn sign_assertion(
    key: &SigningKey,
    key_id: &str,
    client_id: &str,
    audience: &str,
    now: Timestamp,
) -> Result<Secret, KeyError> {
    let header = Header { kid: Some(key_id.to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, &claims(client_id, audience, now), key.encoding_key())
        .map(Secret::new)
        .map_err(|_| KeyError::Inconsistent)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::DecodingKey;
    use rsa::traits::PublicKeyParts as _;
    use serde_json::{Value, json};

    use super::{Algorithm, Timestamp, claims, sign_assertion};
    use crate::oauth::private_key::parse_private_key;
    use crate::oauth::private_key::tests::pkcs8;
    use crate::oauth::test_issuer::RSA;

    #[test]
    fn an_assertion_says_what_the_rfc_asks_for_and_no_more() {
        // JWB-15
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let key = parse_private_key(&pkcs8(&RSA)).expect("a key");
        let assertion = sign_assertion(&key, "key-1", "machine", "https://id.example", now).expect("signed");
        let (message, signature) = assertion.expose().rsplit_once('.').expect("a signature");
        let part = |text: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("JSON")
        };
        let (header, payload) = message.split_once('.').expect("two parts");
        assert_eq!(part(header), json!({"typ": "JWT", "alg": "RS256", "kid": "key-1"}));
        let mut payload = part(payload);
        let jti = payload["jti"].take();
        assert!(jti.as_str().is_some_and(|jti| jti.len() >= 22));
        assert_eq!(
            payload,
            json!({"iss": "machine", "sub": "machine", "aud": "https://id.example",
                   "iat": 1_799_999_995, "exp": 1_800_000_055, "jti": null})
        );
        let public = DecodingKey::from_rsa_raw_components(&RSA.n().to_bytes_be(), &RSA.e().to_bytes_be());
        let holds = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &public, Algorithm::RS256);
        assert!(holds.expect("a usable key"));
    }

    #[test]
    fn ten_thousand_assertions_have_ten_thousand_ids() {
        // JWB-15
        let ids: HashSet<String> =
            (0..10_000).map(|_| claims("machine", "https://id.example", Timestamp::UNIX_EPOCH).jti).collect();
        assert_eq!(ids.len(), 10_000);
    }
}

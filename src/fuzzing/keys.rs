//! Keys: those of a server that check signatures, and those of a machine that make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::DecodingKeyKind;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::Value;

use super::text;
use crate::auth::CredentialsFile;
use crate::oauth::fuzzing::{NOW, fitting, key_set};
use crate::oauth::{parse_private_key, parse_public_key, sign_assertion};
use crate::secret::Secret;

const ALGORITHMS: [&str; 12] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "none", "HS256", "ES512"];

/// A key set. Whatever is selected for an algorithm is as many keys as a naive reading of the set finds for it, at most
/// 20, and each is of the right size.
pub fn jwks(data: &[u8]) -> bool {
    let Ok(keys) = key_set(data) else { return false };
    let document: Value = serde_json::from_slice(data).expect("it was read");
    let all = document["keys"].as_array().expect("it was read");
    let kids = all.iter().filter_map(|key| key["kid"].as_str()).take(3).map(Some);
    let mut accepted = false;
    for kid in [None, Some("nobody's")].into_iter().chain(kids) {
        for name in ALGORITHMS {
            let Some((_, selected)) = fitting(&keys, name, kid) else {
                assert!(["none", "HS256", "ES512"].contains(&name), "{name} is accepted");
                continue;
            };
            let fits = |key: &&Value| kid.is_none_or(|kid| key["kid"] == kid) && is_usable(key, name);
            assert_eq!(selected.len(), all.iter().filter(fits).count().min(20), "{name} {kid:?}");
            for key in &selected {
                accepted = true;
                match key.kind() {
                    DecodingKeyKind::RsaModulusExponent { n, e } => {
                        assert!(["R", "P"].iter().any(|first| name.starts_with(first)), "an RSA key for {name}");
                        assert!(is_sound(n, e), "an unsafe RSA key");
                    }
                    DecodingKeyKind::SecretOrDer(bytes) => {
                        assert!(name.starts_with('E'), "a curve for {name}");
                        assert!([32, 65, 97].contains(&bytes.len()), "{} bytes", bytes.len());
                    }
                }
            }
        }
    }
    accepted
}

/// RFC 7517 and 7518, and what is safe, in the plainest words.
fn is_usable(key: &Value, algorithm: &str) -> bool {
    let text = |field: &str| key[field].as_str().unwrap_or_default();
    let number = |field: &str| {
        // Nobody needs longer ones, so nobody reads them.
        URL_SAFE_NO_PAD.decode(text(field)).ok().filter(|_| key[field].is_string() && text(field).len() <= 1024)
    };
    let Some(object) = key.as_object() else { return false };
    let allows = |field: &str, word: &str| !object.contains_key(field) || key[field] == word;
    let verifies = !object.contains_key("key_ops")
        || key["key_ops"].as_array().is_some_and(|words| words.contains(&Value::from("verify")));
    if object.contains_key("d") || !verifies || !allows("use", "sig") || !allows("alg", algorithm) {
        return false;
    }
    let is_point = |curve: &str, fields: &[&str], width: usize| {
        text("crv") == curve && fields.iter().all(|field| number(field).is_some_and(|bytes| bytes.len() == width))
    };
    match (algorithm, text("kty")) {
        ("ES256", "EC") => is_point("P-256", &["x", "y"], 32),
        ("ES384", "EC") => is_point("P-384", &["x", "y"], 48),
        ("EdDSA", "OKP") => is_point("Ed25519", &["x"], 32),
        ("RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512", "RSA") => {
            number("n").zip(number("e")).is_some_and(|(n, e)| is_sound(&n, &e))
        }
        _ => false,
    }
}

fn is_sound(modulus: &[u8], exponent: &[u8]) -> bool {
    let (n, e) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let is_odd = |number: &BigUint| number % 2_u8 == BigUint::from(1_u8);
    (2048..=4096).contains(&n.bits()) && is_odd(&n) && is_odd(&e) && e.bits() <= 32 && e > BigUint::from(1_u8)
}

/// A service account's credentials file, or a key in PEM: what is accepted signs, and the signature holds under the
/// public half of one of the keys that these inputs are made from.
pub fn service_account_file(data: &[u8]) -> bool {
    let key = match CredentialsFile::parse(data) {
        Ok(file) => {
            assert!(!file.client_id.trim().is_empty() && !file.private_key_id.trim().is_empty());
            file.private_key
        }
        Err(_) => match text(data) {
            Some(text) => Secret::new(text.to_owned()),
            None => return false,
        },
    };
    if let Ok(public) = parse_public_key(key.expose()) {
        let read = RsaPublicKey::from_public_key_pem(&public.pem).expect("PEM that others read");
        assert!((2048..=8192).contains(&read.n().bits()));
        assert_eq!(parse_public_key(&public.pem).as_ref(), Ok(&public), "written, it says the same");
        return true;
    }
    let Ok(signing) = parse_private_key(&key) else { return false };
    let now = Timestamp::from_second(NOW).expect("a time");
    let assertion = sign_assertion(&signing, "kid", "machine", "https://id.example", now).expect("a signature");
    let (message, signature) = assertion.expose().rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let signature = Signature::try_from(signature.as_slice()).expect("a signature");
    let holds = |key: RsaPublicKey| VerifyingKey::<Sha256>::new(key).verify(message.as_bytes(), &signature).is_ok();
    assert!(KNOWN.iter().any(|pem| holds(public_half(pem))), "no known key made this");
    true
}

fn public_half(pem: &str) -> RsaPublicKey {
    RsaPrivateKey::from_pkcs8_pem(pem).expect("a key").to_public_key()
}

const KNOWN: [&str; 1] = [include_str!("../../fuzz/seeds/service_account_file/pkcs8.pem")];

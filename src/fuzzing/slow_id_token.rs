//! A second reading of OpenID Connect Core section 3.1.3.7, slow and naive, which shares no line with `src/oauth`:
//! serde_json, base64 and the rsa crate alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest as _, Sha256, Sha384, Sha512};
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
use serde_json::Value;

/// What the client knows.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    pub(super) issuer: &'static str,
    pub(super) client_id: &'static str,
    /// What the client and the server agreed on; RS256 by default.
    pub(super) algorithms: &'static [&'static str],
    pub(super) nonce: Option<&'static str>,
    pub(super) access_token: Option<&'static str>,
    pub(super) now: i64,
    /// "Implementers MAY provide for some small leeway."
    pub(super) leeway: i64,
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The subject of a token that proves what it must; otherwise what speaks against it.
pub(super) fn check(token: &str, key_set: &str, policy: &Policy) -> Result<String, String> {
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() != 3 {
        return Err("it has not three parts".to_owned());
    }
    let header = json(&decode(parts[0])?)?;
    let payload = json(&decode(parts[1])?)?;
    let algorithm = header["alg"].as_str().ok_or("alg is no text")?;
    // 7. The alg value SHOULD be the default of RS256 or the algorithm sent by the Client.
    if !policy.algorithms.contains(&algorithm) {
        return Err(format!("alg is {algorithm}"));
    }
    // RFC 7515 section 4.1.11: extensions that must be understood, and none is understood here.
    if !header["crit"].is_null() {
        return Err("crit".to_owned());
    }
    // 6. The Client MUST validate the signature of all other ID Tokens using the keys provided by the Issuer.
    let signature = decode(parts[2])?;
    let message = format!("{}.{}", parts[0], parts[1]);
    let keys = json(key_set.as_bytes())?;
    let keys = keys["keys"].as_array().ok_or("no keys")?;
    if !keys.iter().any(|key| is_signed_by(key, &header, algorithm, message.as_bytes(), &signature)) {
        return Err("no key verifies the signature".to_owned());
    }
    check_claims(&payload, algorithm, policy)?;
    payload["sub"].as_str().map(str::to_owned).ok_or_else(|| "sub is no text".to_owned())
}

fn is_signed_by(key: &Value, header: &Value, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
    let contradicts = |field: &str, wanted: &Value| !key[field].is_null() && key[field] != *wanted;
    if !header["kid"].is_null() && key["kid"] != header["kid"] {
        return false;
    }
    if key["kty"] != "RSA" || contradicts("use", &"sig".into()) || contradicts("alg", &algorithm.into()) {
        return false;
    }
    let number = |field: &str| Some(BigUint::from_bytes_be(&decode(key[field].as_str()?).ok()?));
    let (Some(modulus), Some(exponent)) = (number("n"), number("e")) else { return false };
    let Ok(public) = RsaPublicKey::new(modulus, exponent) else { return false };
    match algorithm {
        "RS256" => pkcs1(&pkcs1v15::VerifyingKey::<Sha256>::new(public), message, signature),
        "RS384" => pkcs1(&pkcs1v15::VerifyingKey::<Sha384>::new(public), message, signature),
        "RS512" => pkcs1(&pkcs1v15::VerifyingKey::<Sha512>::new(public), message, signature),
        "PS256" => pss::Signature::try_from(signature)
            .is_ok_and(|signature| pss::VerifyingKey::<Sha256>::new(public).verify(message, &signature).is_ok()),
        _ => false,
    }
}

fn pkcs1(key: &impl rsa::signature::Verifier<pkcs1v15::Signature>, message: &[u8], signature: &[u8]) -> bool {
    pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

fn check_claims(payload: &Value, algorithm: &str, policy: &Policy) -> Result<(), String> {
    // 2. The Issuer Identifier MUST exactly match the value of the iss (issuer) Claim.
    if payload["iss"] != policy.issuer {
        return Err(format!("iss is {}", payload["iss"]));
    }
    // 3. The aud (audience) Claim MAY contain an array with more than one element. The ID Token MUST be rejected if it
    // does not list the Client as a valid audience, or if it contains additional audiences not trusted by the Client.
    let audience: Vec<&Value> = payload["aud"].as_array().map_or(vec![&payload["aud"]], |many| many.iter().collect());
    if !audience.iter().any(|one| **one == policy.client_id) {
        return Err(format!("aud is {}", payload["aud"]));
    }
    // 4. If the ID Token contains multiple audiences, the Client SHOULD verify that an azp Claim is present.
    if audience.iter().any(|one| **one != policy.client_id) && payload["azp"].is_null() {
        return Err("aud names others and there is no azp".to_owned());
    }
    // 5. If an azp Claim is present, the Client SHOULD verify that its client_id is the Claim Value.
    if !payload["azp"].is_null() && payload["azp"] != policy.client_id {
        return Err(format!("azp is {}", payload["azp"]));
    }
    // 9. The current time MUST be before the time represented by the exp Claim. 10. The iat Claim can be used to reject
    // tokens that were issued too far away from the current time. RFC 7519 section 4.1.5: nor before nbf.
    #[allow(clippy::cast_precision_loss, reason = "times of this age have room in a float")]
    let (now, leeway) = (policy.now as f64, policy.leeway as f64);
    let expires = payload["exp"].as_f64().ok_or("exp is no number")?;
    let issued = payload["iat"].as_f64().ok_or("iat is no number")?;
    let begins = payload["nbf"].as_f64().unwrap_or(issued);
    if now > expires + leeway || now < issued - leeway || now < begins - leeway {
        return Err(format!("exp {expires}, iat {issued}, nbf {begins}"));
    }
    if !payload["nbf"].is_null() && !payload["nbf"].is_number() {
        return Err("nbf is no number".to_owned());
    }
    // 11. If a nonce value was sent in the Authentication Request, a nonce Claim MUST be present and its value checked
    // to verify that it is the same value as the one that was sent.
    if policy.nonce.is_some_and(|nonce| payload["nonce"] != nonce) {
        return Err(format!("nonce is {}", payload["nonce"]));
    }
    // Section 3.1.3.8: at_hash is the left-most half of the hash of the ASCII representation of the access_token.
    match (policy.access_token, &payload["at_hash"]) {
        (_, Value::Null) | (None, Value::String(_)) => Ok(()),
        (Some(token), Value::String(hash)) if *hash == left_half(algorithm, token) => Ok(()),
        (_, other) => Err(format!("at_hash is {other}")),
    }
}

fn left_half(algorithm: &str, token: &str) -> String {
    let hash = match algorithm.get(2..) {
        Some("256") => Sha256::digest(token).to_vec(),
        Some("384") => Sha384::digest(token).to_vec(),
        _ => Sha512::digest(token).to_vec(),
    };
    encode(&hash[..hash.len() / 2])
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string())
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

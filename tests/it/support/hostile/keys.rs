//! The keys of the hostile provider, and the tokens it signs or forges with them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PublicKeyData as _};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

pub static RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| rsa_key(2048));
/// An RSA key that the provider does not publish.
pub static OTHER_RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| rsa_key(2048));
static P256: LazyLock<KeyPair> = LazyLock::new(|| curve(&rcgen::PKCS_ECDSA_P256_SHA256));
static P384: LazyLock<KeyPair> = LazyLock::new(|| curve(&rcgen::PKCS_ECDSA_P384_SHA384));
static ED25519: LazyLock<KeyPair> = LazyLock::new(|| curve(&rcgen::PKCS_ED25519));

fn curve(algorithm: &'static rcgen::SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).expect("a key")
}

pub fn rsa_key(bits: usize) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut OsRng, bits).expect("a key")
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The public half of an RSA key.
pub fn rsa_jwk(key: &RsaPrivateKey, kid: &str) -> Value {
    let (n, e) = (base64url(key.n().to_bytes_be()), base64url(key.e().to_bytes_be()));
    json!({"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e})
}

fn point_jwk(key: &KeyPair, name: &str, kid: &str) -> Value {
    let (x, y) = key.der_bytes()[1..].split_at(key.der_bytes().len() / 2);
    json!({"kty": "EC", "crv": name, "kid": kid, "x": base64url(x), "y": base64url(y)})
}

/// Every public key, with the key ids `rsa`, `p256`, `p384` and `ed`.
pub fn all_jwks() -> Vec<Value> {
    vec![
        rsa_jwk(&RSA, "rsa"),
        point_jwk(&P256, "P-256", "p256"),
        point_jwk(&P384, "P-384", "p384"),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": base64url(ED25519.der_bytes())}),
    ]
}

/// The key that signs with `algorithm`, and its key id.
pub fn signer(algorithm: Algorithm) -> (EncodingKey, &'static str) {
    match algorithm {
        Algorithm::ES256 => (EncodingKey::from_ec_der(P256.serialized_der()), "p256"),
        Algorithm::ES384 => (EncodingKey::from_ec_der(P384.serialized_der()), "p384"),
        Algorithm::EdDSA => (EncodingKey::from_ed_der(ED25519.serialized_der()), "ed"),
        _ => (rsa_signer(&RSA), "rsa"),
    }
}

pub fn rsa_signer(key: &RsaPrivateKey) -> EncodingKey {
    EncodingKey::from_rsa_der(key.to_pkcs1_der().expect("DER").as_bytes())
}

/// An ID token before it is signed: a test may change everything.
pub struct Draft {
    pub header: Value,
    pub claims: Value,
    /// The payload's text, where it is not the claims.
    pub payload: Option<String>,
    pub algorithm: Algorithm,
    pub key: EncodingKey,
    /// The access token it comes along with.
    pub access_token: String,
    /// What is done to the finished token.
    pub twist: Option<fn(String) -> String>,
}

impl Draft {
    pub fn new(claims: Value, access_token: String) -> Self {
        let (key, kid) = signer(Algorithm::RS256);
        let header = json!({"alg": "RS256", "kid": kid});
        Self { header, claims, payload: None, algorithm: Algorithm::RS256, key, access_token, twist: None }
    }

    /// Signs with another algorithm and the key that belongs to it.
    pub fn sign_with(&mut self, algorithm: Algorithm) {
        let (key, kid) = signer(algorithm);
        (self.algorithm, self.key) = (algorithm, key);
        self.header = json!({"alg": format!("{algorithm:?}"), "kid": kid});
    }

    pub fn finish(self) -> String {
        let payload = self.payload.unwrap_or_else(|| self.claims.to_string());
        let message = format!("{}.{}", base64url(self.header.to_string()), base64url(payload));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).expect("a signature");
        let token = format!("{message}.{signature}");
        self.twist.map_or(token.clone(), |twist| twist(token))
    }
}

/// Replaces one of the three parts of a token.
pub fn with_part(token: &str, index: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[index] = part;
    parts.join(".")
}

//! RSA keys and the RS256 signatures made with them (RFC 7515, RFC 7518 section 3.3).
//!
//! Making a 2048-bit key takes up to a second, and tests start hundreds of emulators in one process, so keys come
//! from a pool that the whole process shares. Key ids are per emulator.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePublicKey as _, EncodePrivateKey as _};
use rsa::sha2::{Digest as _, Sha256};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

use crate::secret::Secret;
use crate::sys::random::{self, SystemRandom};

const BITS: usize = 2048;

/// A private key and the id it is published under.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    source: Source,
}

/// Which key of the process-wide pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// The n-th signing key of an identity provider.
    Provider(usize),
    /// The key of the n-th service account of a seed.
    Account(usize),
    /// The n-th key that the API makes for somebody. Handlers run under one lock and a key takes up to a second, so a
    /// few pairs take turns under fresh ids, and each is made in the background before it is asked for.
    Minted(usize),
}

/// How many pairs the API's keys take turns with.
const MINTED: usize = 4;

impl Source {
    fn index(self) -> usize {
        match self {
            Self::Provider(number) => 3 * number,
            Self::Account(number) => 3 * number + 1,
            Self::Minted(number) => 3 * (number % MINTED) + 2,
        }
    }

    /// Starts making the key on a thread of its own.
    pub(crate) fn prepare(self) {
        std::thread::spawn(move || pooled(self.index()).get_or_init(generate).size());
    }
}

impl Key {
    /// A key under a fresh id.
    pub(crate) fn new(source: Source) -> Self {
        Self { id: numeric_id(), source }
    }

    fn with<T>(&self, act: impl FnOnce(&RsaPrivateKey) -> T) -> T {
        act(pooled(self.source.index()).get_or_init(generate))
    }

    /// The PKCS#8 PEM text.
    pub(crate) fn pem(&self) -> Secret {
        let pem = self.with(|key| key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF));
        Secret::new(pem.map(|pem| pem.to_string()).unwrap_or_default())
    }

    /// The PKCS#1 PEM text, the form of the credentials files that the real service writes.
    pub(crate) fn pkcs1_pem(&self) -> Secret {
        let pem = self.with(|key| key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF));
        Secret::new(pem.map(|pem| pem.to_string()).unwrap_or_default())
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub(crate) fn jwk(&self) -> Value {
        let (modulus, exponent) = self.with(|key| (key.n().to_bytes_be(), key.e().to_bytes_be()));
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
               "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent)})
    }

    /// A compact RS256 JWS of `claims`; `header` is completed with `alg`, `typ` and `kid` where it lacks them.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut full = json!({"alg": "RS256", "typ": "JWT", "kid": self.id});
        if let (Some(full), Some(header)) = (full.as_object_mut(), header.as_object()) {
            full.extend(header.clone());
        }
        let input = format!("{}.{}", encode(&full), encode(claims));
        let signature = self.with(|key| SigningKey::<Sha256>::new(key.clone()).sign(input.as_bytes()));
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Whether `signature` is this key's RS256 signature of `input`.
    pub(crate) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        PublicKey(self.with(RsaPrivateKey::to_public_key)).verifies(input, signature)
    }
}

/// A public key whose private half somebody else keeps.
#[derive(Clone, Debug)]
pub(crate) struct PublicKey(RsaPublicKey);

impl PublicKey {
    /// Reads a PKIX (X.509 `SubjectPublicKeyInfo`) PEM text of an RSA key that is long enough; the error says what is
    /// wrong with it.
    pub(crate) fn of_pem(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if !text.starts_with("-----BEGIN PUBLIC KEY-----") || text.matches("-----BEGIN").count() != 1 {
            return Err("must be one PEM block of type PUBLIC KEY");
        }
        let key = RsaPublicKey::from_public_key_pem(text).map_err(|_| "must be an RSA public key in PKIX form")?;
        match key.n().bits() >= BITS {
            true => Ok(Self(key)),
            false => Err("must have at least 2048 bits"),
        }
    }

    /// Whether `signature` is this key's RS256 signature of `input`.
    pub(crate) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::<Sha256>::new(self.0.clone());
        Signature::try_from(signature).is_ok_and(|signature| key.verify(input, &signature).is_ok())
    }
}

/// `at_hash` of an access token (OpenID Connect Core 3.1.3.6), and the S256 code challenge without its halving.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// An id of 18 digits, the look of the real service's ids.
pub(crate) fn numeric_id() -> String {
    format!("3{:017}", u64::from_le_bytes(random::bytes()) % 100_000_000_000_000_000)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn pooled(index: usize) -> Arc<OnceLock<RsaPrivateKey>> {
    static POOL: Mutex<Vec<Arc<OnceLock<RsaPrivateKey>>>> = Mutex::new(Vec::new());
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    while pool.len() <= index {
        pool.push(Arc::default());
    }
    Arc::clone(&pool[index])
}

fn generate() -> RsaPrivateKey {
    RsaPrivateKey::new(&mut SystemRandom, BITS).expect("2048 bits is a size that RSA keys can have")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Key, Source};

    #[test]
    fn a_signature_verifies_and_a_changed_one_does_not() {
        let key = Key::new(Source::Provider(0));
        let token = key.sign(&json!({}), &json!({"sub": "1"}));
        let (input, signature) = token.rsplit_once('.').unwrap();
        let mut signature = base64::Engine::decode(&super::URL_SAFE_NO_PAD, signature).unwrap();
        assert!(key.verifies(input.as_bytes(), &signature));
        signature[9] ^= 1;
        assert!(!key.verifies(input.as_bytes(), &signature));
    }
}

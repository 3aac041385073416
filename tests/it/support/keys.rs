//! RSA keys of service accounts, each size made once for all tests.

use std::sync::OnceLock;

use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::{RsaPrivateKey, rand_core};
use serde_json::{Value, json};

/// The key of this size.
pub fn rsa(bits: usize) -> &'static RsaPrivateKey {
    static KEYS: [OnceLock<RsaPrivateKey>; 4] = [const { OnceLock::new() }; 4];
    let place = &KEYS[bits / 1024 - 1];
    place.get_or_init(|| RsaPrivateKey::new(&mut SystemRandom, bits).expect("a key"))
}

/// PKCS#8 PEM.
pub fn pkcs8(key: &RsaPrivateKey) -> String {
    key.to_pkcs8_pem(LineEnding::LF).expect("PEM").to_string()
}

/// PKCS#1 PEM.
pub fn pkcs1(key: &RsaPrivateKey) -> String {
    key.to_pkcs1_pem(LineEnding::LF).expect("PEM").to_string()
}

/// The content of a credentials file with this private key.
pub fn credentials(private_key: &str) -> Value {
    json!({
        "type": "datum_service_account",
        "client_id": "robot-1",
        "private_key_id": "key-1",
        "private_key": private_key,
        "client_email": "robot@lab.iam.datum.net",
        "scope": "openid",
    })
}

struct SystemRandom;

impl rand_core::RngCore for SystemRandom {
    fn next_u32(&mut self) -> u32 {
        getrandom::u32().expect("randomness")
    }

    fn next_u64(&mut self) -> u64 {
        getrandom::u64().expect("randomness")
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        getrandom::fill(target).expect("randomness");
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(target);
        Ok(())
    }
}

impl rand_core::CryptoRng for SystemRandom {}

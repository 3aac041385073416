//! A machine that signs in with the key of a credentials file.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};

use super::JWT_GRANT;
use super::client::{Answer, token};
use crate::emulator::Emulator;
use crate::sys::{clock, random};

/// A service account as its credentials file describes it.
pub(super) struct Machine {
    pub(super) file: Value,
    issuer: String,
}

impl Machine {
    /// The first one of the seed.
    pub(super) fn of(emulator: &Emulator) -> Self {
        Self::with_file(emulator, &emulator.credentials_json())
    }

    pub(super) fn with_file(emulator: &Emulator, file: &str) -> Self {
        Self { file: serde_json::from_str(file).unwrap(), issuer: emulator.url().to_owned() }
    }

    pub(super) fn claims(&self) -> Value {
        let (id, now) = (&self.file["client_id"], clock::now().as_second());
        json!({"iss": id, "sub": id, "aud": self.issuer, "iat": now, "exp": now + 60, "jti": random::token::<16>()})
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let pem = self.file["private_key"].as_str().unwrap();
        let key = RsaPrivateKey::from_pkcs8_pem(pem).or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem)).unwrap();
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature = SigningKey::<Sha256>::new(key).sign(input.as_bytes()).to_bytes();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(super) fn header(&self) -> Value {
        json!({"alg": "RS256", "typ": "JWT", "kid": self.file["private_key_id"]})
    }

    pub(super) fn exchange(&self, emulator: &Emulator, assertion: &str) -> Answer {
        let scope = self.file["scope"].as_str().unwrap();
        token(emulator, &[("grant_type", JWT_GRANT), ("assertion", assertion), ("scope", scope)])
    }

    /// Exchanges an assertion with `change` applied to its claims.
    pub(super) fn with(&self, emulator: &Emulator, change: impl FnOnce(&mut Value)) -> Answer {
        let mut claims = self.claims();
        change(&mut claims);
        self.exchange(emulator, &self.sign(&self.header(), &claims))
    }

    /// Signs in: the access token, or why there is none.
    pub(super) fn sign_in(&self, emulator: &Emulator) -> Result<String, String> {
        let answer = self.with(emulator, |_| {}).json();
        let text = |member: &str| answer[member].as_str().map(str::to_owned);
        text("access_token").ok_or_else(|| text("error_description").unwrap_or_default())
    }
}

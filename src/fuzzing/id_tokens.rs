//! ID tokens: what is accepted, a slow reader of the specification accepts too.

use std::sync::LazyLock;

use jiff::Timestamp;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::signature::{SignatureEncoding as _, Signer as _};

use super::slow_id_token::{self, Policy};
use super::{outcome, text};
use crate::http::Client;
use crate::oauth::fuzzing::{key_set, provider};
use crate::oauth::{Expectation, IdentityClaims, Provider, check_refreshed_id_token, verify_id_token};
use crate::secret::Secret;

/// The key that signs here; its public half is the key `test` of the set.
const PRIVATE_KEY: &str = include_str!("../../fuzz/seeds/service_account_file/pkcs8.pem");
const KEY_SET: &str = include_str!("../../fuzz/seeds/jwks/fixed.json");
const PROVIDER: &str = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
    "id_token_signing_alg_values_supported":["RS256","RS512","PS256"]}"#;

/// A login: everything is known. A device login or a refresh: no nonce was sent. Without an access token at all.
const POLICIES: [Policy; 3] = [
    Policy { nonce: Some("the-nonce"), access_token: Some("the-access-token"), ..LEAST },
    Policy { access_token: Some("the-access-token"), ..LEAST },
    LEAST,
];
const LEAST: Policy = Policy {
    issuer: "https://id.example",
    client_id: "me",
    algorithms: &["RS256", "RS512", "PS256"],
    nonce: None,
    access_token: None,
    now: 1_800_000_000,
    leeway: 30,
};

static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new().expect("a client"));
static SERVER: LazyLock<Provider> = LazyLock::new(|| {
    let issuer = LEAST.issuer.parse().expect("a host");
    provider(&issuer, PROVIDER.as_bytes()).expect("metadata")
});
static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| RsaPrivateKey::from_pkcs8_pem(PRIVATE_KEY).expect("a key"));

/// `data` is a token, or a header and a payload in two lines, which are signed here and so get past the signature.
///
/// Accepted => the slow checker accepts; a refreshed token with these claims is accepted for this person only.
pub fn jwt_verify(data: &[u8]) -> bool {
    let Some(token) = text(data).map(|text| signed(text).unwrap_or_else(|| text.trim_end().to_owned())) else {
        return false;
    };
    let mut accepted = false;
    for policy in &POLICIES {
        let Some(claims) = verified(&token, policy) else { continue };
        accepted = true;
        let judged = slow_id_token::check(&token, KEY_SET, policy);
        let subject = judged.unwrap_or_else(|reason| panic!("accepted although {reason}: {token}"));
        assert_eq!(claims.subject, subject);
        assert!(!subject.is_empty() && subject.len() <= 255 && subject.is_ascii());
        assert!(refreshed(&token, policy, (&subject, claims.auth_time)), "not accepted after a refresh: {token}");
        assert!(!refreshed(&token, policy, (&format!("{subject}x"), None)), "accepted for somebody else: {token}");
    }
    accepted
}

fn verified(token: &str, policy: &Policy) -> Option<IdentityClaims> {
    let mut keys = key_set(KEY_SET.as_bytes()).expect("a key set");
    with_expectation(policy, |expectation| {
        let token = Secret::new(token.to_owned());
        outcome(verify_id_token(&CLIENT, &SERVER, &mut keys, &token, expectation)).ok()
    })
}

fn refreshed(token: &str, policy: &Policy, person: (&str, Option<i64>)) -> bool {
    with_expectation(policy, |expectation| {
        check_refreshed_id_token(&Secret::new(token.to_owned()), policy.issuer, expectation, person).is_ok()
    })
}

fn with_expectation<T>(policy: &Policy, act: impl FnOnce(&Expectation<'_>) -> T) -> T {
    let secret = |text: Option<&str>| text.map(|text| Secret::new(text.to_owned()));
    let (nonce, access_token) = (secret(policy.nonce), secret(policy.access_token));
    act(&Expectation {
        client_id: policy.client_id,
        nonce: nonce.as_ref(),
        access_token: access_token.as_ref(),
        now: Timestamp::from_second(policy.now).expect("a time"),
        server_date: None,
    })
}

fn signed(text: &str) -> Option<String> {
    let (header, payload) = text.split_once('\n').filter(|(header, _)| header.starts_with('{'))?;
    let message = format!("{}.{}", slow_id_token::encode(header), slow_id_token::encode(payload.trim_end()));
    // Whatever the header says: a wrong algorithm is a wrong signature.
    let signature = if header.contains("512") {
        SigningKey::<Sha512>::new(KEY.clone()).sign(message.as_bytes()).to_vec()
    } else if header.contains("384") {
        SigningKey::<Sha384>::new(KEY.clone()).sign(message.as_bytes()).to_vec()
    } else {
        SigningKey::<Sha256>::new(KEY.clone()).sign(message.as_bytes()).to_vec()
    };
    Some(format!("{message}.{}", slow_id_token::encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::{KEY_SET, POLICIES, signed, slow_id_token};

    /// A checker that accepts everything would never object.
    #[test]
    fn the_slow_checker_refuses_by_itself_what_must_be_refused() {
        let judged = |text: &str| {
            let token = signed(text).unwrap_or_else(|| text.trim_end().to_owned());
            slow_id_token::check(&token, KEY_SET, &POLICIES[0])
        };
        macro_rules! seed {
            ($name:literal) => {
                include_str!(concat!("../../fuzz/seeds/jwt_verify/", $name))
            };
        }
        for good in [seed!("login.txt"), seed!("login-at-hash.txt"), seed!("expired-within-leeway.txt")] {
            assert_eq!(judged(good).as_deref(), Ok("person-1"));
        }
        for good in [seed!("compact-rs256.jwt"), seed!("compact-ps256.jwt"), seed!("login-rs512.txt")] {
            assert_eq!(judged(good).as_deref(), Ok("person-1"));
        }
        for (bad, reason) in [
            (seed!("several-audiences-no-azp.txt"), "no azp"),
            (seed!("other-party.txt"), "azp is"),
            (seed!("other-issuer.txt"), "iss is"),
            (seed!("other-access-token.txt"), "at_hash is"),
            (seed!("device.txt"), "nonce is"),
            (seed!("expired.txt"), "exp "),
            (seed!("not-yet.txt"), "nbf "),
            (seed!("unknown-key.txt"), "no key"),
            (seed!("encryption-key.txt"), "no key"),
            (seed!("critical.txt"), "crit"),
            (seed!("unsigned.txt"), "alg is"),
            (seed!("symmetric.txt"), "alg is"),
            (seed!("wrong-types.txt"), "exp is no number"),
            (seed!("compact-mismatch.jwt"), "no key"),
            (seed!("compact-unsigned.jwt"), "alg is"),
            (seed!("compact-encrypted.jwt"), "three parts"),
        ] {
            let found = judged(bad).expect_err(bad);
            assert!(found.contains(reason), "{found} for {bad}");
        }
    }
}

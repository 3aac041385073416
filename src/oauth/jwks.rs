//! The keys that sign ID tokens (RFC 7517), fetched when needed and fetched again once when they do not fit.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;
use tokio::time::Instant;

use super::answer::{Reply, ask};
use super::discovery::{Provider, need};
use super::error::Error;
use super::json::Object;
use crate::http::{Client, Request};

/// The most keys tried for one token.
const MAX_CANDIDATES: usize = 20;
/// The shortest time between two fetches that unknown keys cause.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);
/// The RSA moduli accepted, in bits (RFC 7518 section 3.3; above, verification becomes a burden).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The algorithm of that name if we accept it: asymmetric ones only (RFC 8725 section 3.1).
pub(super) fn accepted_algorithm(name: &str) -> Option<Algorithm> {
    name.parse().ok().filter(|algorithm| ACCEPTED_ALGORITHMS.contains(algorithm))
}

/// Every algorithm we accept; `none` and the symmetric ones are not among them.
pub(super) const ACCEPTED_ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// One server's keys, in memory only.
#[derive(Debug, Default)]
pub(crate) struct KeySet {
    keys: Option<Vec<Object>>,
    refetched: Option<Instant>,
}

impl KeySet {
    /// A set that is fetched at its first use.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A set that holds `keys` and fetches nothing for a minute.
    #[cfg(test)]
    pub(super) fn fixed(keys: &str) -> Self {
        Self::of(&super::discovery::tests::reply(keys)).expect("a key set")
    }

    /// The set of one answer, which fetches nothing for a minute.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of(reply: &Reply) -> Result<Self, Error> {
        Ok(Self { keys: Some(read(reply)?), refetched: Some(Instant::now()) })
    }

    /// The keys that may have signed a token with this header, at most 20.
    ///
    /// When there is none, the set is fetched once more: the server may have rotated its keys. A second unknown key
    /// within 60 seconds causes no further fetch.
    ///
    /// # Errors
    /// [`Error::Metadata`] without `jwks_uri`; [`Error::Http`] and [`Error::Answer`] when the set cannot be had.
    pub(super) async fn candidates(
        &mut self,
        client: &Client,
        provider: &Provider,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Vec<DecodingKey>, Error> {
        if self.keys.is_none() {
            self.keys = Some(fetch(client, provider).await?);
        }
        let found = self.fitting(algorithm, kid);
        let rested = self.refetched.is_none_or(|at| at.elapsed() >= REFETCH_PAUSE);
        if !found.is_empty() || !rested {
            return Ok(found);
        }
        self.refetched = Some(Instant::now());
        self.keys = Some(fetch(client, provider).await?);
        Ok(self.fitting(algorithm, kid))
    }

    pub(super) fn fitting(&self, algorithm: Algorithm, kid: Option<&str>) -> Vec<DecodingKey> {
        self.keys
            .iter()
            .flatten()
            .filter(|key| kid.is_none_or(|kid| key.value("kid").is_some_and(|value| value == kid)))
            .filter(|key| is_meant_for(key, algorithm))
            .filter_map(|key| decoding_key(key, algorithm))
            .take(MAX_CANDIDATES)
            .collect()
    }
}

async fn fetch(client: &Client, provider: &Provider) -> Result<Vec<Object>, Error> {
    let reply = ask(client, Request::get(need(provider.jwks_uri.as_ref(), "jwks_uri")?.clone())).await?;
    read(&reply)
}

fn read(reply: &Reply) -> Result<Vec<Object>, Error> {
    match reply.object.value("keys") {
        Some(Value::Array(keys)) => Ok(keys.iter().filter_map(Value::as_object).cloned().map(Object::from).collect()),
        _ => Err(reply.field("keys", "is not a list")),
    }
}

/// Whether the key's own words allow it to verify signatures of `algorithm`, and it is a public key.
fn is_meant_for(key: &Object, algorithm: Algorithm) -> bool {
    let says = |field, allowed: &str| key.value(field).is_none_or(|value| value == allowed);
    let operations = match key.value("key_ops") {
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => false,
        None => true,
    };
    // A key whose private half is published proves nothing any more.
    operations && says("use", "sig") && says("alg", &format!("{algorithm:?}")) && key.value("d").is_none()
}

fn decoding_key(key: &Object, algorithm: Algorithm) -> Option<DecodingKey> {
    let is = |field, expected: &str| key.value(field).is_some_and(|value| value == expected);
    match (algorithm.family(), algorithm) {
        (AlgorithmFamily::Rsa, _) if is("kty", "RSA") => rsa(key),
        (_, Algorithm::ES256) if is("kty", "EC") && is("crv", "P-256") => elliptic(key, 32),
        (_, Algorithm::ES384) if is("kty", "EC") && is("crv", "P-384") => elliptic(key, 48),
        (AlgorithmFamily::Ed, _) if is("kty", "OKP") && is("crv", "Ed25519") => {
            let point = bytes(key, "x").filter(|point| point.len() == 32)?;
            DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(point)).ok()
        }
        _ => None,
    }
}

fn rsa(key: &Object) -> Option<DecodingKey> {
    let (modulus, exponent) = (positive(key, "n")?, positive(key, "e")?);
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let sound = RSA_BITS.contains(&bits) && modulus.last()? % 2 == 1;
    let exponent_is_sound = exponent.len() <= 4 && exponent.last()? % 2 == 1 && exponent != [1];
    (sound && exponent_is_sound).then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

/// A point of `width` bytes per coordinate; whether it lies on the curve is checked when it is used.
fn elliptic(key: &Object, width: usize) -> Option<DecodingKey> {
    let (x, y) = (bytes(key, "x")?, bytes(key, "y")?);
    if x.len() != width || y.len() != width {
        return None;
    }
    DecodingKey::from_ec_components(&URL_SAFE_NO_PAD.encode(x), &URL_SAFE_NO_PAD.encode(y)).ok()
}

/// A big-endian number without leading zeros.
fn positive(key: &Object, field: &str) -> Option<Vec<u8>> {
    let bytes = bytes(key, field)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(<[u8]>::to_vec)
}

fn bytes(key: &Object, field: &str) -> Option<Vec<u8>> {
    // Longer than any accepted number: not worth decoding.
    let text = key.value(field)?.as_str().filter(|text| text.len() <= 1024)?;
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;

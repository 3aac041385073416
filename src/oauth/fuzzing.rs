//! For `crate::fuzzing`: what reads the server's answers, each given bytes in place of a connection.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

use super::answer::{self, Reply};
use super::device::DeviceAuthorization;
use super::{Error, KeySet, Provider, TokenAnswer, discovery, jwks, token};
use crate::http::{Answer, Host};

pub(crate) use super::callback::fuzzing as callback;
pub(crate) use super::device::fuzzing as device;

/// When every answer here comes.
pub(crate) const NOW: i64 = 1_800_000_000;

/// An answer as a server sends it.
fn reply(status: u16, retry_after: Option<u32>, body: &[u8]) -> Result<Reply, Error> {
    let headers: HeaderMap = retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))).into_iter().collect();
    let now = Timestamp::from_second(NOW).expect("a time");
    answer::read("id.example".to_owned(), Answer { status, headers, body: body.to_vec() }, now)
}

pub(crate) fn token_answer(status: u16, retry_after: Option<u32>, body: &[u8]) -> Result<TokenAnswer, Error> {
    token::read(reply(status, retry_after, body)?)
}

pub(crate) fn provider(issuer: &Host, body: &[u8]) -> Result<Provider, Error> {
    discovery::read(&reply(200, None, body)?, issuer)
}

/// The codes for a device login at this server.
pub(crate) fn device_authorization(provider: &Provider, body: &[u8]) -> Result<DeviceAuthorization, Error> {
    device::read_authorization(reply(200, None, body)?, provider)
}

pub(crate) fn key_set(body: &[u8]) -> Result<KeySet, Error> {
    KeySet::of(&reply(200, None, body)?)
}

/// The keys that would be tried for a token of this algorithm and key id; `None` when the algorithm is not accepted.
pub(crate) fn fitting(keys: &KeySet, algorithm: &str, kid: Option<&str>) -> Option<(Algorithm, Vec<DecodingKey>)> {
    let algorithm = jwks::accepted_algorithm(algorithm)?;
    Some((algorithm, keys.fitting(algorithm, kid)))
}

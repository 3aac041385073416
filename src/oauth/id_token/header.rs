//! The three parts of a compact JWS and its header (RFC 7515).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::error::IdTokenError;
use crate::oauth::json::Object;
use crate::oauth::jwks::accepted_algorithm;
use crate::oauth::server_text::ServerText;

/// The largest token, in bytes.
const MAX_TOKEN: usize = 1024 * 1024;
/// The largest header, in base64url characters, and the longest key id.
const MAX_HEADER: usize = 64 * 1024;
const MAX_KID: usize = 1024;

/// A token in its parts, each still base64url.
pub(super) struct Parts<'a> {
    pub(super) header: &'a str,
    pub(super) payload: &'a str,
    pub(super) signature: &'a str,
    /// What is signed: header and payload with their dot.
    pub(super) message: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, IdTokenError> {
        if token.len() > MAX_TOKEN {
            return Err(IdTokenError::Shape("is too large"));
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let &[header, payload, signature] = parts.as_slice() else {
            let encrypted = parts.len() == 5;
            return Err(if encrypted { IdTokenError::Encrypted } else { IdTokenError::Shape("has not three parts") });
        };
        // An empty signature is left to the header, which can say that the token is not signed at all.
        if header.is_empty() || payload.is_empty() || URL_SAFE_NO_PAD.decode(signature).is_err() {
            return Err(IdTokenError::Shape("has parts that are not base64url"));
        }
        let message = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        Ok(Self { header, payload, signature, message })
    }
}

/// What of the header counts. `jwk`, `jku`, `x5u` and `x5c` never do: they would let a token bring its own key.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

/// Reads the header; only an algorithm of `announced` is accepted.
pub(super) fn check_header(parts: &Parts<'_>, announced: &[Algorithm]) -> Result<Header, IdTokenError> {
    if parts.header.len() > MAX_HEADER {
        return Err(IdTokenError::Header("is too large".to_owned()));
    }
    let bytes = URL_SAFE_NO_PAD.decode(parts.header);
    let bytes = bytes.map_err(|_| IdTokenError::Shape("has parts that are not base64url"))?;
    let object = Object::parse(&bytes).map_err(|error| IdTokenError::Header(format!("cannot be accepted: {error}")))?;
    let algorithm = algorithm(&object, announced)?;
    if object.value("crit").is_some() {
        return Err(IdTokenError::Header("demands extensions that are not supported".to_owned()));
    }
    check_type(object.value("typ"))?;
    let kid = match object.value("kid") {
        None => None,
        Some(Value::String(kid)) if kid.len() <= MAX_KID => Some(kid.clone()),
        Some(_) => return Err(IdTokenError::Header("has an unacceptable key id".to_owned())),
    };
    Ok(Header { algorithm, kid })
}

fn algorithm(object: &Object, announced: &[Algorithm]) -> Result<Algorithm, IdTokenError> {
    let name = match object.value("alg") {
        Some(Value::String(name)) => name,
        Some(_) => return Err(IdTokenError::Header("names no algorithm".to_owned())),
        None => return Err(IdTokenError::Unsigned),
    };
    if name.is_empty() || name.eq_ignore_ascii_case("none") {
        return Err(IdTokenError::Unsigned);
    }
    accepted_algorithm(name)
        .filter(|algorithm| announced.contains(algorithm))
        .ok_or_else(|| IdTokenError::UnexpectedAlgorithm(ServerText::new(name)))
}

/// RFC 8725 section 3.11: a token that says it is something else is something else.
fn check_type(value: Option<&Value>) -> Result<(), IdTokenError> {
    match value {
        None => Ok(()),
        Some(Value::String(name)) => {
            let known = ["jwt", "application/jwt"].iter().any(|known| name.eq_ignore_ascii_case(known));
            if known { Ok(()) } else { Err(IdTokenError::OtherType(ServerText::new(name))) }
        }
        Some(_) => Err(IdTokenError::Header("has an unacceptable type".to_owned())),
    }
}

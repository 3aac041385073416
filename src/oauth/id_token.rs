//! ID tokens (OpenID Connect Core section 3.1.3.7, RFC 7519, RFC 8725).
//!
//! The order is: shape, header, signature, claims. Nothing of the payload is read before the signature holds, and a
//! claim of the wrong JSON type is an error, never "absent".

mod claims;
mod error;
mod header;

use jiff::Timestamp;

use self::claims::Claims;
use self::header::{Parts, check_header};
use super::discovery::Provider;
use super::error::Error;
use super::jwks::{ACCEPTED_ALGORITHMS, KeySet};
use crate::http::Client;
use crate::secret::Secret;

pub(crate) use self::error::IdTokenError;

/// What the token must prove.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation<'a> {
    /// Our client id: the audience.
    pub(crate) client_id: &'a str,
    /// The nonce of the authorization request; `None` where none was sent (device flow, refresh).
    pub(crate) nonce: Option<&'a Secret>,
    /// The access token of the same answer, for `at_hash`.
    pub(crate) access_token: Option<&'a Secret>,
    /// The time to check against.
    pub(crate) now: Timestamp,
    /// The server's own clock, as a hint in errors about time.
    pub(crate) server_date: Option<Timestamp>,
}

/// Who signed in. Every text is the server's: untrusted where it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityClaims {
    /// The person's stable id at this issuer: 1 to 255 printable ASCII characters.
    pub(crate) subject: String,
    /// The mail address, if given.
    pub(crate) email: Option<String>,
    /// Whether the server vouches for the mail address, if it says so.
    pub(crate) email_verified: Option<bool>,
    /// The display name, if given.
    pub(crate) name: Option<String>,
    /// The name the person signs in with, if given.
    pub(crate) preferred_username: Option<String>,
    /// When the person last authenticated, in seconds since 1970, if given.
    pub(crate) auth_time: Option<i64>,
    /// When the token expires.
    pub(crate) expires_at: Timestamp,
}

/// Checks `token` completely and says who it is about.
///
/// # Errors
/// [`Error::IdToken`] for every check that fails; [`Error::Http`], [`Error::Answer`], [`Error::Metadata`] when the
/// server's keys cannot be had.
pub(crate) async fn verify_id_token(
    client: &Client,
    provider: &Provider,
    keys: &mut KeySet,
    token: &Secret,
    expectation: &Expectation<'_>,
) -> Result<IdentityClaims, Error> {
    let parts = Parts::split(token.expose())?;
    let header = check_header(&parts, &provider.id_token_algorithms)?;
    let candidates = keys.candidates(client, provider, header.algorithm, header.kid.as_deref()).await?;
    if candidates.is_empty() {
        return Err(IdTokenError::UnknownKey.into());
    }
    let holds = candidates.iter().any(|key| {
        // An unusable key is an error here; it verifies nothing.
        jsonwebtoken::crypto::verify(parts.signature, parts.message.as_bytes(), key, header.algorithm).unwrap_or(false)
    });
    if !holds {
        return Err(IdTokenError::BadSignature.into());
    }
    let claims = Claims::parse(parts.payload)?;
    Ok(claims.check(&provider.issuer, header.algorithm, expectation)?)
}

/// Checks the ID token of a refresh answer: all claims as in [`verify_id_token`], and it must be about the same person
/// (OpenID Connect Core section 12.2). `auth_time` is compared only where both tokens have one.
///
/// The token came straight from the token endpoint, so the server's certificate stands in for the signature (section
/// 3.1.3.7, item 6): a refresh costs one round trip, not three.
///
/// # Errors
/// [`Error::IdToken`], among others [`IdTokenError::OtherSubject`] and [`IdTokenError::OtherAuthTime`].
pub(crate) fn check_refreshed_id_token(
    token: &Secret,
    issuer: &str,
    expectation: &Expectation<'_>,
    (subject, auth_time): (&str, Option<i64>),
) -> Result<IdentityClaims, Error> {
    // A refreshed token should not carry a nonce, and the one of long ago is not remembered.
    let expectation = Expectation { nonce: None, ..*expectation };
    let parts = Parts::split(token.expose())?;
    let header = check_header(&parts, &ACCEPTED_ALGORITHMS)?;
    let claims = Claims::parse(parts.payload)?.check(issuer, header.algorithm, &expectation)?;
    if claims.subject != subject {
        return Err(IdTokenError::OtherSubject.into());
    }
    if let (Some(before), Some(now)) = (auth_time, claims.auth_time)
        && before != now
    {
        return Err(IdTokenError::OtherAuthTime.into());
    }
    Ok(claims)
}

#[cfg(test)]
mod tests;

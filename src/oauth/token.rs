//! The token endpoint: one POST, one answer, read strictly (RFC 6749 sections 4.1.3, 5 and 6; RFC 7523; RFC 7009).
//!
//! Nothing is repeated here: whether a repetition is safe depends on what the caller holds and knows.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::answer::{Reply, ask};
use super::authorize::AuthorizationRequest;
use super::error::{AnswerError, Error};
use crate::http::{Client, Request};
use crate::secret::Secret;

/// The longest token we accept, in bytes.
const MAX_TOKEN: usize = 128 * 1024;
/// The longest lifetime we believe: ten years.
const MAX_LIFETIME_SECONDS: f64 = 10.0 * 365.0 * 24.0 * 60.0 * 60.0;

/// How long an access token says it lives (`expires_in`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// That long, counted from the answer.
    Known(Duration),
    /// The server did not say, or said nonsense.
    Unknown,
    /// Zero or less: good for one use at best.
    UseOnce,
}

impl Lifetime {
    /// Reads any JSON value; never fails, because a token without a lifetime is still a token.
    fn read(value: Option<&Value>) -> Self {
        let seconds = match value {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        match seconds {
            Some(seconds) if seconds.is_finite() && seconds < 1.0 => Self::UseOnce,
            Some(seconds) if (1.0..=MAX_LIFETIME_SECONDS).contains(&seconds) => {
                Self::Known(Duration::from_secs_f64(seconds.floor()))
            }
            _ => Self::Unknown,
        }
    }
}

/// A successful token answer (RFC 6749 section 5.1).
#[derive(Debug)]
pub(crate) struct TokenAnswer {
    /// The access token: printable ASCII without spaces, at most 128 KiB.
    pub(crate) access_token: Secret,
    /// `Bearer` in the server's own case; every other type is refused.
    pub(crate) token_type: String,
    /// The next refresh token; `None` means that the old one stays (an empty text counts as none).
    pub(crate) refresh_token: Option<Secret>,
    /// How long the access token lives.
    pub(crate) lifetime: Lifetime,
    /// The ID token, not verified yet.
    pub(crate) id_token: Option<Secret>,
    /// The scope that was granted where the server says so. Untrusted text.
    pub(crate) scope: Option<String>,
    /// When the answer came, by our clock.
    pub(crate) received_at: Timestamp,
    /// The server's own clock (`Date`), as a hint.
    pub(crate) server_date: Option<Timestamp>,
}

/// Exchanges the code that `authorization` brought (RFC 6749 section 4.1.3).
///
/// # Errors
/// [`Error::Http`], [`Error::Answer`], [`Error::Refused`], as for every function of this file. A code is good for one
/// use: an error that leaves open whether the server acted means signing in again.
pub(crate) async fn exchange_code(
    client: &Client,
    token_endpoint: &Url,
    client_id: &str,
    authorization: &AuthorizationRequest,
    code: &Secret,
) -> Result<TokenAnswer, Error> {
    request(
        client,
        token_endpoint,
        &[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", &authorization.redirect_uri),
            ("client_id", client_id),
            ("code_verifier", authorization.verifier.expose()),
        ],
    )
    .await
}

/// Spends a refresh token (RFC 6749 section 6).
pub(crate) async fn refresh(
    client: &Client,
    token_endpoint: &Url,
    client_id: &str,
    refresh_token: &Secret,
) -> Result<TokenAnswer, Error> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose()), ("client_id", client_id)];
    request(client, token_endpoint, &form).await
}

/// Exchanges a signed assertion (RFC 7523 section 2.1).
pub(crate) async fn jwt_bearer(
    client: &Client,
    token_endpoint: &Url,
    assertion: &Secret,
    scope: &str,
) -> Result<TokenAnswer, Error> {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.expose()),
        ("scope", scope),
    ];
    request(client, token_endpoint, &form).await
}

/// Revokes a token (RFC 7009). `hint` is `refresh_token` or `access_token`; a token that is invalid already is revoked.
pub(crate) async fn revoke(
    client: &Client,
    revocation_endpoint: &Url,
    client_id: &str,
    token: &Secret,
    hint: &str,
    limit: Duration,
) -> Result<(), Error> {
    let form = [("token", token.expose().as_str()), ("token_type_hint", hint), ("client_id", client_id)];
    let request = Request { timeout: limit, ..Request::form(revocation_endpoint.clone(), &form) };
    match ask(client, request).await {
        // Success has no content to speak of: the status says it all.
        Ok(_) | Err(Error::Answer(AnswerError::Empty { status: 200, .. })) => Ok(()),
        Err(Error::Answer(AnswerError::Malformed { .. } | AnswerError::Cut { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// One form POST to a token endpoint.
pub(super) async fn request(client: &Client, endpoint: &Url, form: &[(&str, &str)]) -> Result<TokenAnswer, Error> {
    let reply = ask(client, Request::form(endpoint.clone(), form)).await?;
    read(reply)
}

pub(super) fn read(mut reply: Reply) -> Result<TokenAnswer, Error> {
    let token_type = text(&mut reply, "token_type")?.ok_or_else(|| reply.field("token_type", "is missing"))?;
    if !token_type.eq_ignore_ascii_case("bearer") {
        return Err(reply.field("token_type", "is not Bearer"));
    }
    let access_token = token(&mut reply, "access_token")?.ok_or_else(|| reply.field("access_token", "is missing"))?;
    Ok(TokenAnswer {
        access_token,
        token_type,
        refresh_token: token(&mut reply, "refresh_token")?,
        lifetime: Lifetime::read(reply.object.value("expires_in")),
        id_token: token(&mut reply, "id_token")?,
        scope: scope(reply.object.value("scope")),
        received_at: reply.received_at,
        server_date: reply.server_date,
    })
}

fn text(reply: &mut Reply, field: &'static str) -> Result<Option<String>, Error> {
    reply.object.take_text(field).map_err(|error| reply.wrong_type(error))
}

/// A token that may travel in a header: printable ASCII without spaces (RFC 6750 section 2.1), bounded.
pub(super) fn token(reply: &mut Reply, field: &'static str) -> Result<Option<Secret>, Error> {
    let Some(token) = text(reply, field)?.map(Secret::new) else { return Ok(None) };
    if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(reply.field(field, "holds characters that no token may hold"));
    }
    // An ID token's own limit is that of its reader, which names it.
    if token.expose().len() > MAX_TOKEN && field != "id_token" {
        return Err(reply.field(field, "is too long"));
    }
    Ok(Some(token))
}

/// The granted scope; some servers send a list in place of a text.
fn scope(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => Some(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

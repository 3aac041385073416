//! What the identity server says about itself (RFC 8414, OpenID Connect Discovery), checked before it is believed.

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use url::Url;

use super::answer::{Reply, ask};
use super::error::{AnswerError, Class, Error};
use super::jwks;
use super::server_text::ServerText;
use crate::http::{self, Client, Host, Request, is_safe_endpoint};

/// The time discovery may take, repetitions included.
const LIMIT: Duration = Duration::from_secs(30);
/// The pauses before the repetitions after a 5xx.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// The longest pause the server may ask for instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The longest endpoint we accept, in bytes.
const MAX_ENDPOINT: usize = 2048;

/// Why the server's description of itself is unusable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    /// There is no description at the well-known place.
    #[error("{host} does not describe itself as an OpenID provider (HTTP {status})")]
    NotAProvider {
        /// The server that was asked.
        host: String,
        /// The HTTP status code.
        status: u16,
    },
    /// The description belongs to another issuer (RFC 8414 section 3.3: simple string comparison).
    #[error("asked {asked}, but the answer describes the issuer {found}")]
    OtherIssuer {
        /// The issuer that was asked.
        asked: String,
        /// The issuer that the document names.
        found: ServerText,
    },
    /// An endpoint is no https URL, or hides something.
    #[error("the server's {field} {problem}")]
    Endpoint {
        /// The metadata member.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The server names PKCE methods, and S256 is not among them.
    #[error("the server does not offer S256, the only safe PKCE method")]
    NoS256,
    /// An endpoint that is needed now is not there.
    #[error("the server has no {field}")]
    Missing {
        /// The metadata member.
        field: &'static str,
    },
}

impl MetadataError {
    pub(super) fn class(&self) -> Class {
        match self {
            Self::NotAProvider { .. } => Class::Unavailable,
            Self::OtherIssuer { .. } | Self::Endpoint { .. } | Self::NoS256 => Class::Security,
            Self::Missing { .. } => Class::Unsupported,
        }
    }
}

/// An identity server whose description was checked.
///
/// Every endpoint is https without user name and fragment, or http on this machine when the issuer is that too.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    /// The issuer, exactly as asked and as answered.
    pub(crate) issuer: String,
    /// Where a browser goes to sign in.
    pub(crate) authorization_endpoint: Option<Url>,
    /// Where codes, refresh tokens and assertions become access tokens.
    pub(crate) token_endpoint: Url,
    /// The keys that sign ID tokens.
    pub(crate) jwks_uri: Option<Url>,
    /// Where the device flow starts (RFC 8628).
    pub(crate) device_authorization_endpoint: Option<Url>,
    /// Where tokens are revoked (RFC 7009).
    pub(crate) revocation_endpoint: Option<Url>,
    /// Where claims about the person are (OpenID Connect Core section 5.3).
    pub(crate) userinfo_endpoint: Option<Url>,
    /// The algorithms of ID tokens that both the server and we know; RS256 when the server names none.
    pub(crate) id_token_algorithms: Vec<Algorithm>,
    /// Whether a callback without `iss` must be refused (RFC 9207).
    pub(crate) iss_parameter_supported: bool,
    /// Whether the issuer is an http origin on this machine, so that its endpoints may be too.
    pub(crate) is_local: bool,
    /// The server's clock minus ours is visible from these two: the `Date` of the answer and our time.
    pub(crate) server_date: Option<Timestamp>,
    /// When the description came, by our clock.
    pub(crate) received_at: Timestamp,
}

impl Provider {
    /// By how many seconds our clock was ahead of the server's when it answered; `None` where it did not say.
    pub(crate) fn clock_ahead(&self) -> Option<i64> {
        Some(self.received_at.duration_since(self.server_date?).as_secs())
    }

    /// The revocation endpoint, needed now.
    ///
    /// # Errors
    /// [`MetadataError::Missing`].
    pub(crate) fn need_revocation_endpoint(&self) -> Result<&Url, Error> {
        need(self.revocation_endpoint.as_ref(), "revocation_endpoint")
    }

    /// Whether `url`'s host is the issuer's or that of an endpoint the server named.
    pub(super) fn has_host_of(&self, url: &Url) -> bool {
        let issuer = Url::parse(&self.issuer).ok();
        [
            issuer.as_ref(),
            Some(&self.token_endpoint),
            self.authorization_endpoint.as_ref(),
            self.device_authorization_endpoint.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|known| known.host() == url.host())
    }
}

/// An endpoint that a flow cannot do without.
pub(super) fn need<'a>(endpoint: Option<&'a Url>, field: &'static str) -> Result<&'a Url, Error> {
    endpoint.ok_or(MetadataError::Missing { field }.into())
}

/// Fetches and checks `issuer`'s description; a 5xx is repeated twice.
///
/// # Errors
/// [`Error::Http`], [`Error::Answer`], [`Error::Metadata`].
pub(crate) async fn discover(client: &Client, issuer: &Host) -> Result<Provider, Error> {
    match tokio::time::timeout(LIMIT, fetch(client, issuer)).await {
        Ok(reply) => read(&reply?, issuer),
        Err(_) => Err(http::Error::Timeout { host: issuer.authority(), limit: LIMIT }.into()),
    }
}

async fn fetch(client: &Client, issuer: &Host) -> Result<Reply, Error> {
    let url = issuer.join("/.well-known/openid-configuration");
    let mut pauses = PAUSES.into_iter();
    loop {
        match ask(client, Request::get(url.clone())).await {
            Err(error @ Error::Answer(AnswerError::Unavailable { .. })) => {
                let asked = error.retry_after().unwrap_or_default();
                match pauses.next() {
                    Some(pause) if asked <= LONGEST_PAUSE => tokio::time::sleep(pause.max(asked)).await,
                    _ => return Err(error),
                }
            }
            Err(Error::Answer(AnswerError::Unexpected { host, status })) => {
                return Err(MetadataError::NotAProvider { host, status }.into());
            }
            outcome => return outcome,
        }
    }
}

pub(super) fn read(reply: &Reply, issuer: &Host) -> Result<Provider, Error> {
    let asked = issuer.origin();
    let found = reply.object.text("issuer").map_err(|error| reply.wrong_type(error))?;
    let found = found.ok_or_else(|| reply.field("issuer", "is missing"))?;
    if found != asked {
        return Err(MetadataError::OtherIssuer { asked, found: ServerText::new(found) }.into());
    }
    refuse_without_s256(reply)?;
    let is_local = asked.starts_with("http://");
    let at = |field| endpoint(reply, field, is_local);
    Ok(Provider {
        issuer: asked,
        authorization_endpoint: at("authorization_endpoint")?,
        token_endpoint: at("token_endpoint")?.ok_or(MetadataError::Missing { field: "token_endpoint" })?,
        jwks_uri: at("jwks_uri")?,
        device_authorization_endpoint: at("device_authorization_endpoint")?,
        revocation_endpoint: at("revocation_endpoint")?,
        userinfo_endpoint: at("userinfo_endpoint")?,
        id_token_algorithms: id_token_algorithms(reply),
        iss_parameter_supported: reply.object.value("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true)),
        is_local,
        server_date: reply.server_date,
        received_at: reply.received_at,
    })
}

fn refuse_without_s256(reply: &Reply) -> Result<(), Error> {
    match reply.object.value("code_challenge_methods_supported") {
        Some(Value::Array(methods)) if !methods.iter().any(|method| method == "S256") => {
            Err(MetadataError::NoS256.into())
        }
        _ => Ok(()),
    }
}

fn endpoint(reply: &Reply, field: &'static str, is_local: bool) -> Result<Option<Url>, Error> {
    let text = reply.object.label(field).map_err(|error| reply.wrong_type(error))?;
    let Some(text) = text else { return Ok(None) };
    let url = checked_url(&text, is_local).map_err(|problem| MetadataError::Endpoint { field, problem })?;
    Ok(Some(url))
}

/// Parses a URL that a server named and that we will talk to or show.
pub(super) fn checked_url(text: &str, is_local: bool) -> Result<Url, &'static str> {
    // The URL parser would silently drop tabs and newlines.
    if text.len() > MAX_ENDPOINT || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("is not a URL");
    }
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or a fragment");
    }
    if !is_safe_endpoint(&url) || (url.scheme() == "http" && !is_local) {
        return Err("is not an https URL");
    }
    Ok(url)
}

fn id_token_algorithms(reply: &Reply) -> Vec<Algorithm> {
    match reply.object.value("id_token_signing_alg_values_supported") {
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).filter_map(jwks::accepted_algorithm).collect()
        }
        // OpenID Connect Core section 15.1: every provider signs with RS256 unless it says otherwise.
        _ => vec![Algorithm::RS256],
    }
}

#[cfg(test)]
pub(super) mod tests;

//! The device authorization request (RFC 8628 sections 3.1 and 3.2).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::DeviceAuthorization;
use crate::http::{Client, Request};
use crate::oauth::answer::{Reply, ask};
use crate::oauth::discovery::{Provider, checked_url, need};
use crate::oauth::error::Error;
use crate::oauth::token;

/// The pause where the server names none.
const DEFAULT_INTERVAL: f64 = 5.0;
/// The longest life of a code, also where the server names none.
const MAX_LIFETIME: f64 = 30.0 * 60.0;
/// The longest code a person may be asked to type.
const MAX_USER_CODE: usize = 64;

/// Asks for a pair of codes.
///
/// # Errors
/// [`Error::Metadata`] without a device authorization endpoint; [`Error::Http`], [`Error::Answer`], [`Error::Refused`].
pub(crate) async fn start(
    client: &Client,
    provider: &Provider,
    client_id: &str,
    scope: &str,
) -> Result<DeviceAuthorization, Error> {
    let endpoint =
        need(provider.device_authorization_endpoint.as_ref(), "device_authorization_endpoint (no device flow)")?;
    let request = Request::form(endpoint.clone(), &[("client_id", client_id), ("scope", scope)]);
    read(ask(client, request).await?, provider)
}

pub(super) fn read(mut reply: Reply, provider: &Provider) -> Result<DeviceAuthorization, Error> {
    let missing = "is missing";
    let device_code = token::token(&mut reply, "device_code")?.ok_or_else(|| reply.field("device_code", missing))?;
    let verification_uri =
        uri(&reply, "verification_uri", provider)?.ok_or_else(|| reply.field("verification_uri", missing))?;
    let verification_uri_complete = uri(&reply, "verification_uri_complete", provider)?;
    if verification_uri_complete.as_ref().is_some_and(|complete| complete.origin() != verification_uri.origin()) {
        return Err(reply.field("verification_uri_complete", "leads to another host than verification_uri"));
    }
    Ok(DeviceAuthorization {
        device_code,
        user_code: user_code(&reply)?,
        verification_uri,
        verification_uri_complete,
        expires_in: expires_in(&reply)?,
        interval: interval(reply.object.value("interval")),
    })
}

fn user_code(reply: &Reply) -> Result<String, Error> {
    let code = reply.object.label("user_code").map_err(|error| reply.wrong_type(error))?;
    let code = code.ok_or_else(|| reply.field("user_code", "is missing"))?;
    if code.chars().count() > MAX_USER_CODE {
        return Err(reply.field("user_code", "is too long to be typed"));
    }
    Ok(code)
}

/// An address that is shown to the person, who will sign in there: it must be the server's own.
fn uri(reply: &Reply, field: &'static str, provider: &Provider) -> Result<Option<Url>, Error> {
    let text = reply.object.label(field).map_err(|error| reply.wrong_type(error))?;
    let Some(text) = text else { return Ok(None) };
    let url = checked_url(&text, provider.is_local).map_err(|problem| reply.field(field, problem))?;
    if !provider.has_host_of(&url) {
        return Err(reply.field(field, "leads to a host that is not the server's"));
    }
    Ok(Some(url))
}

fn expires_in(reply: &Reply) -> Result<Duration, Error> {
    match reply.object.value("expires_in") {
        None | Some(Value::Null) => Ok(Duration::from_secs_f64(MAX_LIFETIME)),
        Some(value) => match seconds(value) {
            Some(seconds) if seconds > 0.0 => Ok(Duration::from_secs_f64(seconds.min(MAX_LIFETIME))),
            _ => Err(reply.field("expires_in", "is not a lifetime")),
        },
    }
}

fn interval(value: Option<&Value>) -> Duration {
    let seconds = value.and_then(seconds).unwrap_or(DEFAULT_INTERVAL);
    Duration::from_secs_f64(seconds.ceil().clamp(1.0, 60.0))
}

/// A finite number, also where it is written as text.
fn seconds(value: &Value) -> Option<f64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds: &f64| seconds.is_finite())
}

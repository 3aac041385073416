//! The device flow (RFC 8628): the person signs in on another screen while we ask now and then.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod poll;
mod start;

use std::time::Duration;

use url::Url;

use self::poll::{RealTime, poll};
use super::discovery::Provider;
use super::error::{Class, Error};
use super::server_text::ServerText;
use super::token::{self, TokenAnswer};
use crate::http::Client;
use crate::secret::Secret;

pub(crate) use self::start::start;

/// What the person needs, and what we poll with.
#[derive(Debug)]
pub(crate) struct DeviceAuthorization {
    /// Our half; secret.
    pub(crate) device_code: Secret,
    /// What the person types: 1 to 64 characters in the server's words, untrusted where it is shown.
    pub(crate) user_code: String,
    /// Where the person goes: https, on a host of this server.
    pub(crate) verification_uri: Url,
    /// The same with the code filled in, on the same host.
    pub(crate) verification_uri_complete: Option<Url>,
    /// How long the codes live: at most 30 minutes.
    pub(crate) expires_in: Duration,
    /// The pause between two questions: 1 to 60 seconds.
    pub(crate) interval: Duration,
}

/// What happens while we wait.
#[derive(Debug)]
pub(crate) enum DeviceEvent<'a> {
    /// The server cannot be reached; told once until it can. We go on.
    Trouble(&'a Error),
    /// The server answers again.
    Recovered,
}

/// Why the device flow brought no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    /// The person refused.
    #[error("the sign-in was refused in the browser{}", .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// The reason in the server's words.
        description: Option<ServerText>,
    },
    /// Nobody signed in while the code lived.
    #[error("the code expired before anybody signed in")]
    Expired,
    /// The server does not know the code any more, perhaps because an answer was lost on its way.
    #[error("the code is not valid any more; start again")]
    Spent,
}

impl DeviceError {
    pub(super) fn class(&self) -> Class {
        Class::Denied
    }
}

/// Asks for the token until the person has decided, the code has expired or the server says something final.
///
/// Trouble on the way is told to `tell` once and waited out with growing pauses.
///
/// # Errors
/// [`Error::Device`], [`Error::Refused`], and [`Error::Answer`] or [`Error::Http`] where they are a matter of security.
pub(crate) async fn wait(
    client: &Client,
    provider: &Provider,
    client_id: &str,
    authorization: &DeviceAuthorization,
    tell: &mut dyn FnMut(DeviceEvent<'_>),
) -> Result<TokenAnswer, Error> {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", authorization.device_code.expose().as_str()),
        ("client_id", client_id),
    ];
    let ask = async || token::request(client, &provider.token_endpoint, &form).await;
    poll(authorization, &mut RealTime::start(), ask, tell).await
}

#[cfg(test)]
mod tests;

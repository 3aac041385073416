//! The only constructor of an HTTP client: time limits, size limits, no redirects, redaction, trust store.
//!
//! It never follows a redirect, because every request made here carries a credential or fetches what decides where
//! one goes. A caller that may follow does so by hand, within one origin.

mod client;
mod host;
mod tls;

use std::time::Duration;

pub(crate) use client::{Answer, Body, Client, Error, Request, Stream};
pub(crate) use reqwest::header::HeaderMap;

pub(crate) use tls::Trust;

pub(crate) use host::{Host, HostError, is_safe_endpoint};

use crate::secret::Secret;

/// The largest answer of an identity endpoint, in bytes.
pub(crate) const IDENTITY_ANSWER_LIMIT: usize = 1024 * 1024;

/// The time a connection may take to be made.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time a whole identity request may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a request gets its bearer token: a function, not a string, because tokens expire under long work.
pub(crate) trait TokenProvider {
    /// The current access token. After the server answered 401 to `refused`, a token that differs from it.
    ///
    /// # Errors
    /// Whatever kept the token away; the caller passes it on unchanged.
    fn token(&self, refused: Option<&Secret>) -> impl Future<Output = Result<Secret, anyhow::Error>>;

    /// Whether somebody else has put another good token in the place of `refused`, which [`TokenProvider::token`] then
    /// hands out. Waits for whoever is at it; asks no server itself.
    fn has_newer(&self, _refused: &Secret) -> bool {
        false
    }
}

impl<T: TokenProvider> TokenProvider for &T {
    fn token(&self, refused: Option<&Secret>) -> impl Future<Output = Result<Secret, anyhow::Error>> {
        (**self).token(refused)
    }

    fn has_newer(&self, refused: &Secret) -> bool {
        (**self).has_newer(refused)
    }
}

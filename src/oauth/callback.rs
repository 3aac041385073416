//! How the browser's answer comes back: through a short-lived server on loopback (RFC 8252 section 7.3), or pasted.
//!
//! Only a GET with the right path, Host and state decides. Any web page can send anything else, so everything else is
//! answered, counted and ignored.

mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod page;
mod request;
mod response;
mod server;

pub(crate) use error::CallbackError;
pub(crate) use response::{AuthorizationResponse, Expected, parse_pasted};
pub(crate) use server::CallbackServer;

#[cfg(test)]
mod tests;

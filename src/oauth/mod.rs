//! The protocol and nothing about us: OAuth 2.0 and OpenID Connect for native clients.
//!
//! Discovery (RFC 8414), the authorization request with PKCE (RFC 6749, 7636), the loopback callback (RFC 8252, 9207),
//! token answers, refresh and the JWT bearer grant (RFC 6749, 6750, 7523), the device flow (RFC 8628), revocation
//! (RFC 7009), ID tokens and their keys (OpenID Connect Core, RFC 7517, 7519, 8725). Nothing here knows a host name, a
//! client id or a file path, stores anything or prints anything.

mod answer;
mod assertion;
mod authorize;
mod callback;
mod device;
mod discovery;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod id_token;
mod json;
mod jwks;
mod pkce;
mod private_key;
#[cfg(test)]
mod scripted_server;
mod server_text;
#[cfg(test)]
mod test_issuer;
mod token;
mod userinfo;

pub(crate) use assertion::sign_assertion;
pub(crate) use authorize::AuthorizationRequest;
pub(crate) use callback::{AuthorizationResponse, CallbackError, CallbackServer, parse_pasted};
pub(crate) use device::{DeviceEvent, start as start_device_flow, wait as wait_for_device};
pub(crate) use discovery::{Provider, discover};
pub(crate) use error::{Class, Error, ErrorCode};
pub(crate) use id_token::{Expectation, IdTokenError, IdentityClaims, check_refreshed_id_token, verify_id_token};
pub(crate) use jwks::KeySet;
pub(crate) use private_key::{
    KeyError, KeyPair, PublicKey, SigningKey, make_key_pair, parse_private_key, parse_public_key,
};
pub(crate) use token::{Lifetime, TokenAnswer, exchange_code, jwt_bearer, refresh, revoke};
pub(crate) use userinfo::fetch_userinfo;

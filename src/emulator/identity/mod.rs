//! The identity provider: OAuth 2.0 and OpenID Connect under the paths of the real one (Zitadel).
//!
//! `authorize` and `interaction` are what a browser sees, `device` is RFC 8628, `token` dispatches the four grants,
//! `ledger` knows which codes and tokens live, `form` reads parameters strictly.

mod assertion;
mod authorize;
mod device;
mod discovery;
mod form;
mod id_token;
mod interaction;
mod ledger;
mod revoke;
mod token;
mod userinfo;

pub(crate) use authorize::authorize;
pub(crate) use device::{Devices, device_authorization, device_page};
pub(crate) use discovery::{discovery, jwks};
pub(crate) use interaction::{Flow, Flows, consent_page, home, login_page};
pub(crate) use ledger::Ledger;
pub(crate) use revoke::{end_session, revoke};
pub(crate) use token::{grant_name, note_of_form, token};
pub(crate) use userinfo::userinfo;

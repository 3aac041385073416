//! What is remembered and where: credentials, the stores, locks, wire format, migration.
//!
//! [`Sessions`] is the way in. It makes no network call and prints nothing: what a person should hear is collected as
//! [`Notice`]s.

mod credential;
mod error;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod home;
pub(crate) mod index;
pub(crate) mod key_file;
mod keyring;
mod precedence;
mod sessions;
mod store;
mod wire;

pub(crate) use credential::{Credential, Extra, Freshness, Kind, ServiceAccount, Token};
pub(crate) use error::{Error, Notice};
pub(crate) use home::Home;
pub(crate) use keyring::Error as KeyringError;
pub(crate) use sessions::{Committed, Room, Sessions, Stored, is_current_key};
pub(crate) use store::{StoreChoice, StoreKind};

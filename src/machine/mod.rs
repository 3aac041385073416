//! Service accounts and their life: accounts, keys, credentials files, rotation, roles.
//!
//! Everything here acts in one project's control plane (roles also in its organization's). A private key is a
//! [`Secret`](crate::secret::Secret) from the answer it came in to the file it goes to, and passes through nothing else.

mod account;
mod document;
mod error;
mod generation;
mod key;
mod machines;
mod roles;
mod rotation;

pub(crate) use crate::oauth::{KeyPair, make_key_pair};
pub(crate) use account::{Account, NewAccount, State};
pub(crate) use document::{Document, ROOM, Superseded};
pub(crate) use error::Error;
pub(crate) use key::{CreatedKey, Key, NewKey, read_public_key};
pub(crate) use machines::Machines;
pub(crate) use roles::{Binding, Granted, Resource, Role, Roles, find_role};
pub(crate) use rotation::{Home, Renewal, Rotation, Settled, TakenBack, has_key};

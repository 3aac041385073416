//! The contract of a place that keeps entries, and the names of the entries.

use serde::{Deserialize, Serialize};

use super::{Error, home::Held};
use crate::secret::Secret;

/// A place that keeps named secrets.
pub(crate) trait Store: Send + Sync {
    /// The value of `entry`; `None` only when the store is there and does not have it.
    fn read(&self, entry: &str) -> Result<Option<Secret>, Error>;

    /// Writes and deletes entries, in this order where they cannot change together.
    fn apply(&self, changes: &[Change<'_>], held: &Held) -> Result<(), Error>;
}

/// One entry and its new value; `None` deletes it, which is no error when it is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    /// The entry's name.
    pub(crate) entry: &'a str,
    /// Its new value.
    pub(crate) value: Option<&'a Secret>,
}

/// The kinds of places.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreKind {
    /// `credentials.json` in the home.
    File,
    /// The operating system's keyring.
    Keyring,
}

impl StoreKind {
    /// `file` or `keyring`, as machine output calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
        }
    }
}

/// Which places the user allows (`DATUMCTL_CREDENTIAL_STORE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StoreChoice {
    /// The keyring, and the file where there is no keyring.
    #[default]
    Auto,
    /// The file only.
    File,
    /// The keyring only.
    Keyring,
}

impl StoreChoice {
    /// Whether the user allows this place.
    pub(super) fn allows(self, kind: StoreKind) -> bool {
        match self {
            Self::Auto => true,
            Self::File => kind == StoreKind::File,
            Self::Keyring => kind == StoreKind::Keyring,
        }
    }
}

/// The keyring's service name and the file's top-level key.
pub(super) const SERVICE: &str = "datumctl-auth";
/// The entry that names the user key of the last login.
pub(super) const ACTIVE_USER: &str = "active_user";
/// The entry that lists all user keys as a JSON array.
pub(super) const KNOWN_USERS: &str = "known_users";
/// Begins the names of entries that are not sessions; the original never looks at them.
pub(super) const CACHE_PREFIX: &str = "token-cache:";

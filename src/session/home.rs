//! Where everything lies: the paths of one datumctl home, shared with the original.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::Error;
use crate::sys::env;
use crate::sys::lock::Lock;

/// The paths of one home directory and of the service-account key files that belong to it.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
    key_files: PathBuf,
}

/// Proof that the store lock is held; every read-modify-write of a store asks for it.
#[derive(Debug)]
pub(crate) struct Held {
    _lock: Lock,
}

impl Home {
    /// The home that the environment names, else the original's; `None` where the user has no home directory.
    pub(crate) fn locate() -> Option<Self> {
        let root = env::datumctl_home()?;
        if env::var_os(env::DATUMCTL_HOME).is_some() {
            return Some(Self::own(std::path::absolute(&root).unwrap_or(root)));
        }
        Some(Self::of_user(root, &env::user_config_directory()?))
    }

    /// A home of its own (`DATUMCTL_HOME`): everything lies below `root`.
    pub(crate) fn own(root: PathBuf) -> Self {
        let key_files = root.join("service-accounts");
        Self { root, key_files }
    }

    /// A home in which nothing is and nothing can be made, for users who have none.
    pub(crate) fn nowhere() -> Self {
        Self::own(PathBuf::from("/dev/null/datumctl"))
    }

    /// The original's places: `root` is `~/.datumctl`, `config_directory` what the system calls the user's
    /// configuration directory (`~/.config`, `~/Library/Application Support`, `%AppData%`).
    pub(crate) fn of_user(root: PathBuf, config_directory: &Path) -> Self {
        Self { root, key_files: config_directory.join("datumctl").join("service-accounts") }
    }

    /// The home directory itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Settings, sessions' metadata and contexts (YAML).
    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// The file store.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.root.join("credentials.json")
    }

    /// The directory of what control planes said about their types; it can be deleted at any time.
    pub(crate) fn types(&self) -> PathBuf {
        self.root.join("cache").join("types")
    }

    /// What the fast path needs to know of the config.
    pub(crate) fn index(&self) -> PathBuf {
        self.root.join("active.json")
    }

    /// The lock that serializes the refreshes of one session.
    pub(crate) fn refresh_lock(&self, key: &str) -> PathBuf {
        self.root.join("locks").join(format!("{}.lock", short_hash(key)))
    }

    /// Where the result of a refresh waits until the keyring has it.
    pub(crate) fn journal(&self, key: &str) -> PathBuf {
        self.root.join("journal").join(format!("{}.json", short_hash(key)))
    }

    /// Where the private keys of service accounts lie.
    pub(crate) fn key_files(&self) -> &Path {
        &self.key_files
    }

    /// Takes the lock under which stores are changed; held for moments only, and always after a refresh lock.
    pub(super) fn lock_store(&self) -> Result<Held, Error> {
        Ok(Held { _lock: Lock::take(&self.root.join("locks").join("store.lock"), STORE_PATIENCE)? })
    }
}

/// 16 hexadecimal digits that stand for a text of any length and alphabet in a file name.
pub(super) fn short_hash(text: &str) -> String {
    hash(text)[..16].to_owned()
}

/// SHA-256 of the text's UTF-8 bytes in lowercase hexadecimal.
pub(super) fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Its holders write one small file or make a few keyring calls.
const STORE_PATIENCE: Duration = Duration::from_secs(20);

//! [`TypeCache`]: the types of a control plane, kept on disk for the next command.
//!
//! It only saves time: what is missing, old, damaged, a link, somebody else's or open to others is asked for again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Types;
use crate::sys::{clock, files};

/// As long as kubectl trusts its own.
const LIFE: Duration = Duration::from_secs(6 * 60 * 60);
const LIMIT: u64 = 16 * 1024 * 1024;

/// Where one control plane's types are kept.
#[derive(Debug)]
pub(crate) struct TypeCache {
    path: PathBuf,
    owner: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    /// What the record is of; file names are too short to tell for certain.
    owner: String,
    read_at: Timestamp,
    types: Types,
}

impl TypeCache {
    /// The cache below `directory` of the control plane at `root` as `account` sees it.
    pub(crate) fn new(directory: &Path, root: &str, account: &str) -> Self {
        let owner = format!("{account} at {root}");
        let name: String = Sha256::digest(&owner).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { path: directory.join(format!("{name}.json")), owner }
    }

    /// The types, if they were read in the last six hours by this user for this account.
    pub(crate) fn load(&self) -> Option<Types> {
        if files::is_link(&self.path) {
            return None;
        }
        let content = files::read_noting(&self.path, LIMIT).ok()??;
        if !content.notices.is_empty() {
            return None;
        }
        let record: Record = serde_json::from_slice(&content.bytes).ok()?;
        let age = clock::now().duration_since(record.read_at);
        let is_young = Duration::try_from(age).is_ok_and(|age| age < LIFE);
        (record.owner == self.owner && is_young).then_some(record.types)
    }

    /// Keeps `types`; a cache that cannot be written is no loss.
    pub(crate) fn store(&self, types: &Types) {
        let record = Record { owner: self.owner.clone(), read_at: clock::now(), types: types.clone() };
        let Ok(text) = serde_json::to_vec(&record) else { return };
        if let Some(directory) = self.path.parent()
            && files::create_private_directory(directory).is_ok()
        {
            // Whoever could write to the directory before could have made us write to any file of ours.
            if files::is_link(&self.path) {
                let _ = files::remove(&self.path);
            }
            let _ = files::write(&self.path, &text);
        }
    }
}

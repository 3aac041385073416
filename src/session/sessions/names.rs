//! The lists of keys.

use super::Sessions;
use crate::session::error::Error;
use crate::session::store::{ACTIVE_USER, CACHE_PREFIX, KNOWN_USERS, StoreKind};
use crate::session::wire;

impl Sessions {
    /// The user key of the last login or switch, as the original knows it: the file's, when there is a file.
    pub(crate) fn active_user(&self) -> Result<Option<String>, Error> {
        let value = match self.text(StoreKind::File, ACTIVE_USER)? {
            Some(value) => Some(value),
            None => self.text(StoreKind::Keyring, ACTIVE_USER)?,
        };
        Ok(value.map(|value| value.expose().clone()).filter(|key| !key.is_empty()))
    }

    /// The user keys on the lists of both stores, in the order of their first login.
    pub(crate) fn known_users(&self) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        for kind in [StoreKind::Keyring, StoreKind::File] {
            let list = self.text(kind, KNOWN_USERS)?.map_or_else(Vec::new, |list| wire::parse_list(&list));
            keys.extend(list.into_iter().filter(|key| !key.is_empty()));
        }
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        Ok(keys)
    }

    /// The known user keys, and those that lie in the file without being listed.
    pub(crate) fn keys(&self) -> Result<Vec<String>, Error> {
        let mut keys = self.known_users()?;
        if self.choice.allows(StoreKind::File)
            && let Some(document) = self.document()?
        {
            let unlisted = |name: &&str| !is_reserved(name) && !keys.iter().any(|key| key == name);
            let unlisted: Vec<_> =
                document.entries().map(|(name, _)| name).filter(unlisted).map(str::to_owned).collect();
            keys.extend(unlisted);
        }
        Ok(keys)
    }
}

/// Entries that are no sessions.
pub(super) fn is_reserved(entry: &str) -> bool {
    entry == ACTIVE_USER || entry == KNOWN_USERS || entry.starts_with(CACHE_PREFIX)
}

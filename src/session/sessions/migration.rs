//! User keys of earlier versions.
//!
//! Today a key is `<email>@<auth host>` (a service account's email or client id). Before it was `<email>`, and a one-time
//! migration of the original made keys `<subject>@<auth host>`. All are read; none but today's is made.

use super::{Sessions, Stored};
use crate::session::error::Error;
use crate::session::wire;

/// Whether a key has today's form, as far as the identity server is known.
pub(crate) fn is_current_key(key: &str, auth_hostname: &str) -> bool {
    auth_hostname.is_empty() || key.ends_with(&format!("@{auth_hostname}"))
}

impl Sessions {
    /// Today's key for a session whose key is `old`; `None` when `old` already belongs to this identity server.
    ///
    /// The entry is copied to it if it can be and if there is none yet; the old one stays for the original. The caller
    /// writes the key into the config, also when nothing could be copied.
    pub(crate) fn migrate_key(&self, old: &str, auth_hostname: &str, email: &str) -> Result<Option<String>, Error> {
        if is_current_key(old, auth_hostname) {
            return Ok(None);
        }
        let identity = if email.is_empty() { old } else { email };
        let new = format!("{identity}@{auth_hostname}");
        let held = self.hold()?;
        let stored = match self.load_unmended(old) {
            Err(Error::BrokenEntry { .. }) => None,
            other => other?,
        };
        if let Some(Stored { credential, store, .. }) = stored
            && (credential.hostname.is_empty() || credential.hostname == auth_hostname)
            && matches!(self.load_unmended(&new), Ok(None))
        {
            self.write_text(store, &new, &wire::write(&credential), &held)?;
        }
        Ok(Some(new))
    }

    /// The session that stands in the stores while the config knows none: that of the last login, else the only one
    /// there is. Configs of early versions had no sessions.
    pub(crate) fn bootstrap(&self) -> Result<Option<(String, Stored)>, Error> {
        let key = match self.active_user()? {
            Some(active) => active,
            None => match self.known_users()?.as_mut_slice() {
                [only] => std::mem::take(only),
                _ => return Ok(None),
            },
        };
        Ok(self.load(&key)?.map(|stored| (key, stored)))
    }
}

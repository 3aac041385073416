//! Picking up what a killed process left: a journal, or a complete file that was never renamed into place.

use super::{Sessions, Stored};
use crate::session::error::Error;
use crate::session::home::Held;
use crate::session::precedence::is_newer;
use crate::session::store::{Change, Store as _, StoreChoice, StoreKind};
use crate::session::wire::{self, Document, Slot};
use crate::sys::files;

impl Sessions {
    /// Rolls an unfinished refresh of this session forward. The caller holds its refresh lock.
    ///
    /// # Errors
    /// A newer token waits in the journal and no store takes it: spending the older one would end the session.
    pub(super) fn recover(&self, key: &str) -> Result<(), Error> {
        let journal = self.home.journal(key);
        let leftovers = files::leftovers(&journal);
        let away = self.is_away_from_home();
        if !journal.exists() && leftovers.is_empty() && files::leftovers(&self.home.credentials()).is_empty() && !away {
            return Ok(());
        }
        let held = self.hold()?;
        for leftover in leftovers {
            if let Ok(bytes) = leftover.content(LARGEST) {
                self.roll_forward(key, &bytes, &held)?;
            }
            leftover.remove()?;
        }
        if let Some(bytes) = files::read(&journal, LARGEST)? {
            self.roll_forward(key, &bytes, &held)?;
            files::remove(&journal)?;
        }
        if away {
            // The keyring may be back; while it is not, the file serves.
            let _ = self.move_home(&held);
        }
        Ok(())
    }

    /// [`Sessions::load`] once a refresh has died whose lock the caller still holds: what it wrote down counts.
    pub(crate) fn load_recovered(&self, key: &str) -> Result<Option<Stored>, Error> {
        self.recover(key)?;
        self.load(key)
    }

    /// Stores what a journal says if the session still exists and is older.
    fn roll_forward(&self, key: &str, journal: &[u8], held: &Held) -> Result<(), Error> {
        let Some(text) = wire::parse_journal(journal, key) else { return Ok(()) };
        let Ok(credential) = wire::parse(&text) else { return Ok(()) };
        match self.load_unmended(key)? {
            Some(current) if is_newer(&credential, &current.credential) => {}
            _ => return Ok(()),
        }
        match self.write_session(StoreKind::Keyring, key, &credential, held) {
            Err(Error::Keyring(_)) if self.choice == StoreChoice::Auto => {
                self.write_session(StoreKind::File, key, &credential, held)
            }
            other => other,
        }
    }

    /// Takes newer sessions over from complete files that their writers could not rename, and removes those files.
    pub(super) fn roll_forward_file(&self, held: &Held) -> Result<(), Error> {
        for leftover in files::leftovers(&self.home.credentials()) {
            if let Some(Ok(left)) = leftover.content(LARGEST).ok().map(|bytes| Document::parse(&bytes)) {
                let current = self.document()?.unwrap_or_default();
                let newer: Vec<_> = left
                    .entries()
                    .filter_map(|(entry, slot)| Some((entry, text_if_newer(slot, current.entry(entry)?)?)))
                    .collect();
                let changes: Vec<_> = newer.iter().map(|(entry, text)| Change { entry, value: Some(*text) }).collect();
                if !changes.is_empty() {
                    self.file.apply(&changes, held)?;
                }
            }
            leftover.remove()?;
        }
        Ok(())
    }
}

/// The left text, when both are sessions and it is the newer one.
fn text_if_newer<'a>(left: &'a Slot, current: &Slot) -> Option<&'a crate::secret::Secret> {
    let (Slot::Text(left), Slot::Text(current)) = (left, current) else { return None };
    is_newer(&wire::parse(left).ok()?, &wire::parse(current).ok()?).then_some(left)
}

/// As much as the file store may hold.
const LARGEST: u64 = 32 << 20;

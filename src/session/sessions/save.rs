//! Writing a session that a login or an exchange has made.

use super::{Saved, Sessions};
use crate::secret::Secret;
use crate::session::credential::Credential;
use crate::session::error::{Error, Notice};
use crate::session::home::Held;
use crate::session::keyring;
use crate::session::store::{ACTIVE_USER, CACHE_PREFIX, Change, KNOWN_USERS, StoreChoice, StoreKind};
use crate::session::wire;

impl Sessions {
    /// Writes the session under the next generation, adds its key to the known ones and removes older copies.
    ///
    /// The file takes the place of a keyring that does not exist or does not take secrets of this size, with a notice;
    /// never of one that is locked, denies access or does not answer.
    pub(crate) fn save(&self, key: &str, credential: &Credential) -> Result<Saved, Error> {
        let held = self.hold()?;
        let mut credential = credential.clone();
        credential.generation = self.latest_generation(key).max(credential.generation) + 1;
        let target = self.target(key, &held)?;
        let store = match self.write_session(target, key, &credential, &held) {
            Err(Error::Keyring(because)) if self.may_fall_back(&because) => {
                self.write_session(StoreKind::File, key, &credential, &held)?;
                self.notice(Notice::KeptInFile { path: self.home.credentials(), because });
                StoreKind::File
            }
            other => other.map(|()| target)?,
        };
        self.drop_copy(store.other(), key, &held);
        Ok(Saved { store, generation: credential.generation })
    }

    /// Finds out whether a session could be stored now: room in the home, and a keyring that lets itself be used.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        self.prepare_home()?;
        self.file.reserve()?;
        if !self.choice.allows(StoreKind::Keyring) {
            return Ok(());
        }
        match self.keyring.read(ACTIVE_USER) {
            Err(Error::Keyring(error)) if !self.may_fall_back(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Forgets who was active.
    pub(crate) fn clear_active_user(&self) -> Result<(), Error> {
        if self.active_user()?.is_none() {
            return Ok(());
        }
        let held = self.hold()?;
        for kind in [StoreKind::Keyring, StoreKind::File] {
            self.drop_copy(kind, ACTIVE_USER, &held);
        }
        Ok(())
    }

    /// The user key of the last login or switch.
    pub(crate) fn set_active_user(&self, key: &str) -> Result<(), Error> {
        let held = self.hold()?;
        let value = key.to_owned().into();
        let change = [Change { entry: ACTIVE_USER, value: Some(&value) }];
        match self.apply(self.target(key, &held)?, &change, &held) {
            Err(Error::Keyring(because)) if self.may_fall_back(&because) => self.apply(StoreKind::File, &change, &held),
            other => other,
        }
    }

    /// Where a write belongs. As long as the file holds anything, the original looks nowhere else; so either all of it
    /// can be brought home to the keyring now, or the file it is.
    pub(super) fn target(&self, key: &str, held: &Held) -> Result<StoreKind, Error> {
        match self.choice {
            StoreChoice::File => return Ok(StoreKind::File),
            StoreChoice::Keyring => return Ok(StoreKind::Keyring),
            StoreChoice::Auto => {}
        }
        match self.move_home(held) {
            Ok(()) => Ok(StoreKind::Keyring),
            Err(Error::Keyring(error)) if !self.may_fall_back(&error) && self.copy(StoreKind::File, key)?.is_none() => {
                Err(error.into())
            }
            Err(_) => Ok(StoreKind::File),
        }
    }

    /// Whether the file may be used because the keyring said this.
    pub(super) fn may_fall_back(&self, error: &keyring::Error) -> bool {
        self.choice == StoreChoice::Auto
            && matches!(error, keyring::Error::Absent { .. } | keyring::Error::TooLarge { .. })
    }

    /// The entry and, unless it is a cache, its place among the known keys.
    pub(super) fn write_session(
        &self,
        store: StoreKind,
        key: &str,
        credential: &Credential,
        held: &Held,
    ) -> Result<(), Error> {
        self.write_text(store, key, &wire::write(credential), held)
    }

    /// [`Sessions::write_session`] for a text that is stored as it is.
    pub(super) fn write_text(&self, store: StoreKind, key: &str, value: &Secret, held: &Held) -> Result<(), Error> {
        let entry = Change { entry: key, value: Some(value) };
        let known = self.store(store).read(KNOWN_USERS)?.map_or_else(Vec::new, |list| wire::parse_list(&list));
        if key.starts_with(CACHE_PREFIX) || known.iter().any(|known| known == key) {
            return self.apply(store, &[entry], held);
        }
        let list = wire::to_json(&known.iter().map(String::as_str).chain([key]).collect::<Vec<_>>());
        self.apply(store, &[entry, Change { entry: KNOWN_USERS, value: Some(&list) }], held)
    }

    /// Deletes an older copy. It may fail: the generation tells which one counts.
    pub(super) fn drop_copy(&self, store: StoreKind, entry: &str, held: &Held) {
        if self.choice.allows(store)
            && matches!(self.store(store).read(entry), Ok(Some(_)) | Err(Error::BrokenEntry { .. }))
        {
            let _ = self.store(store).apply(&[Change { entry, value: None }], held);
        }
    }

    /// 0 where there is no copy, or none that can be read.
    fn latest_generation(&self, key: &str) -> u64 {
        let generation = |kind| self.copy(kind, key).ok().flatten().map_or(0, |credential| credential.generation);
        generation(StoreKind::File).max(generation(StoreKind::Keyring))
    }
}

//! Reading: which copy of a session counts.

use super::{Sessions, Stored};
use crate::secret::Secret;
use crate::session::credential::{Credential, Token};
use crate::session::error::{Error, Notice};
use crate::session::keyring;
use crate::session::precedence::{self, Precedence};
use crate::session::store::{Change, Store as _, StoreChoice, StoreKind};
use crate::session::wire::{self, Slot};

impl Sessions {
    /// The session of this user key; `None` when no store has it.
    ///
    /// Of two copies the newer counts and the older is removed. A keyring that cannot be asked (locked, denied, silent)
    /// is an error unless the file holds the session: it is never the same as having none.
    pub(crate) fn load(&self, key: &str) -> Result<Option<Stored>, Error> {
        let file = self.copy(StoreKind::File, key);
        let keyring = self.copy(StoreKind::Keyring, key);
        let found = |credential, store| Ok(Some(Stored { credential, store, rival: None }));
        match (file, keyring) {
            (Ok(Some(file)), Ok(Some(keyring))) => Ok(Some(self.choose(key, file, keyring))),
            (Ok(Some(file)), Ok(None)) => found(file, StoreKind::File),
            (Ok(Some(file)), Err(error)) => {
                self.notice_broken(error);
                found(file, StoreKind::File)
            }
            (Ok(None), Ok(Some(keyring))) => found(keyring, StoreKind::Keyring),
            (Err(error @ Error::BrokenEntry { .. }), Ok(Some(keyring))) => {
                self.notice_broken(error);
                found(keyring, StoreKind::Keyring)
            }
            (Ok(None), Ok(None)) => Ok(None),
            (Err(error), _) | (Ok(None), Err(error)) => Err(error),
        }
    }

    /// The token of a session in one store, for a caller that knows where it lies; `None` for any reason, and also when
    /// there is something to tell a person. Its refresh token stays where it is.
    pub(crate) fn peek(&self, kind: StoreKind, key: &str) -> Option<Token> {
        match kind {
            _ if !self.choice.allows(kind) => None,
            StoreKind::Keyring => wire::peek_token(&self.keyring.read(key).ok()??),
            StoreKind::File => {
                let bytes = self.file.bytes_without_notices()?;
                wire::peek_token_in_file(&bytes, key)
            }
        }
    }

    /// One store's copy; a store that is not allowed, and a keyring that does not exist, have none.
    pub(super) fn copy(&self, kind: StoreKind, key: &str) -> Result<Option<Credential>, Error> {
        let Some(text) = self.text(kind, key)? else { return Ok(None) };
        match wire::parse(&text) {
            Ok(credential) => Ok(Some(credential)),
            Err(at) => Err(Error::BrokenEntry { entry: key.to_owned(), store: kind, at }),
        }
    }

    /// One store's text of an entry, under the same rules.
    pub(super) fn text(&self, kind: StoreKind, entry: &str) -> Result<Option<Secret>, Error> {
        match (kind, self.choice) {
            _ if !self.choice.allows(kind) => Ok(None),
            (StoreKind::File, _) => self.text_in_file(entry),
            (StoreKind::Keyring, StoreChoice::Auto) => match self.keyring.read(entry) {
                Err(Error::Keyring(keyring::Error::Absent { .. })) => Ok(None),
                other => other,
            },
            (StoreKind::Keyring, _) => self.keyring.read(entry),
        }
    }

    fn text_in_file(&self, entry: &str) -> Result<Option<Secret>, Error> {
        match self.document()?.as_ref().and_then(|document| document.entry(entry)) {
            None => Ok(None),
            Some(Slot::Text(text)) => Ok(Some(text.clone())),
            Some(Slot::Other(_)) => self.file.read(entry),
        }
    }

    /// The file store's content; a damaged file is moved aside and counts as none.
    pub(super) fn document(&self) -> Result<Option<wire::Document>, Error> {
        let mut notices = Vec::new();
        let document = self.file.document(&mut notices);
        notices.into_iter().for_each(|notice| self.notice(notice));
        match document {
            Err(Error::BrokenFile { at, path }) => {
                let moved = match self.home.lock_store() {
                    Ok(held) => self.file.set_aside(at, &held),
                    Err(_) => Some(Notice::BrokenFile { path, kept: None, at }),
                };
                moved.into_iter().for_each(|notice| self.notice(notice));
                Ok(None)
            }
            other => other,
        }
    }

    fn choose(&self, key: &str, file: Credential, keyring: Credential) -> Stored {
        let keyring_wins = match precedence::compare(&keyring, &file) {
            Precedence::Newer | Precedence::Same => true,
            Precedence::Older => false,
            Precedence::Unknown => {
                let keyring_wins = precedence::by_expiry(&keyring.token, &file.token).is_ge();
                let used = if keyring_wins { StoreKind::Keyring } else { StoreKind::File };
                self.notice(Notice::TwoCopies { entry: key.to_owned(), used });
                let (credential, rival) = if keyring_wins { (keyring, file) } else { (file, keyring) };
                return Stored { credential, store: used, rival: Some(Box::new(rival)) };
            }
        };
        let (credential, store) = if keyring_wins { (keyring, StoreKind::Keyring) } else { (file, StoreKind::File) };
        // A failure costs nothing: the next command finds the same two copies and chooses the same one.
        let _ = self.remove_older_copy(key, store);
        Stored { credential, store, rival: None }
    }

    /// Makes one copy of two. As long as there is a file the original looks nowhere else, so all of it goes home to the
    /// keyring, which is there; only if it cannot, the copy that lost is removed where it lies.
    fn remove_older_copy(&self, key: &str, winner: StoreKind) -> Result<(), Error> {
        let held = self.hold()?;
        if self.move_home(&held).is_ok() {
            return Ok(());
        }
        let (Some(winning), Some(losing)) = (self.copy(winner, key)?, self.copy(winner.other(), key)?) else {
            return Ok(());
        };
        if matches!(precedence::compare(&winning, &losing), Precedence::Newer | Precedence::Same) {
            self.store(winner.other()).apply(&[Change { entry: key, value: None }], &held)?;
        }
        Ok(())
    }

    fn notice_broken(&self, error: Error) {
        if let Error::BrokenEntry { entry, store, .. } = error {
            self.notice(Notice::BrokenEntry { entry, store });
        }
    }
}

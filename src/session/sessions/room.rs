//! Room for the next token, reserved before the refresh token is spent.

use super::draft::Form;
use super::{Draft, Saved, Sessions, Stored};
use crate::session::credential::Credential;
use crate::session::error::{Error, Notice};
use crate::session::home::Held;
use crate::session::precedence::is_newer;
use crate::session::store::{Change, StoreChoice, StoreKind};
use crate::session::wire;
use crate::sys::files::{self, Reservation};

/// Room on disk for the result of a refresh; dropping it gives the room back.
///
/// A session in the file gets room in the file. A session in the keyring gets a journal: the result is durable there
/// before the keyring is asked to take it.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    sessions: &'a Sessions,
    key: String,
    base: Credential,
    reservation: Reservation,
    journaled: bool,
}

/// What became of a refreshed session.
#[derive(Debug)]
pub(crate) enum Committed {
    /// It was removed while we asked, and stays so; the new tokens should be revoked.
    Removed,
    /// It is stored.
    Saved(Saved),
    /// Somebody stored a newer one while we asked, and that counts.
    Superseded(Box<Stored>),
}

impl Sessions {
    /// Reserves room for the next version of `stored`, the session as it was last read under its refresh lock.
    ///
    /// # Errors
    /// A full or read-only disk, while nothing has been spent.
    pub(crate) fn reserve(&self, key: &str, stored: &Stored) -> Result<Room<'_>, Error> {
        self.prepare_home()?;
        let journaled = stored.store == StoreKind::Keyring;
        let reservation = if journaled {
            let path = self.home.journal(key);
            files::create_private_directory(path.parent().unwrap_or(self.home.root()))?;
            Reservation::make(&path, wire::write(&stored.credential).expose().len() as u64 * 2 + GROWTH)?
        } else {
            self.file.reserve()?
        };
        Ok(Room { sessions: self, key: key.to_owned(), base: stored.credential.clone(), reservation, journaled })
    }
}

impl Room<'_> {
    /// Stores the refreshed session under the next generation, unless it was removed or renewed meanwhile.
    ///
    /// A store that refuses is replaced by the other one, and at last by the journal, each with a notice. Whatever fails
    /// on the way is tried once more from what lies in the reserved room.
    ///
    /// # Errors
    /// The result could be stored nowhere. It is still good for an answer, and the next command looks for it in the room,
    /// which stays.
    pub(crate) fn commit(mut self, credential: Credential) -> Result<Committed, Error> {
        self.reservation.outlast_failure();
        let (sessions, key, base) = (self.sessions, self.key.clone(), self.base.clone());
        self.put(credential).or_else(|error| {
            sessions.recover(&key)?;
            match sessions.load_unmended(&key)? {
                None => Ok(Committed::Removed),
                Some(Stored { credential, store, .. }) if is_newer(&credential, &base) => {
                    Ok(Committed::Saved(Saved { store, generation: credential.generation }))
                }
                Some(_) => Err(error),
            }
        })
    }

    /// What writes the refreshed session down as soon as it arrives.
    pub(crate) fn draft(&self) -> Draft {
        let form = if self.journaled {
            Form::Journal
        } else {
            Form::File(self.sessions.file.document(&mut Vec::new()).ok().flatten().unwrap_or_default())
        };
        let room = self.reservation.draft().ok();
        Draft { room, key: self.key.clone(), generation: self.base.generation, form }
    }

    fn put(self, mut credential: Credential) -> Result<Committed, Error> {
        let sessions = self.sessions;
        let held = sessions.hold()?;
        let mut generation = self.base.generation;
        match sessions.load_unmended(&self.key) {
            Ok(None) => {
                self.reservation.give_back();
                return Ok(Committed::Removed);
            }
            Ok(Some(current)) if is_newer(&current.credential, &self.base) => {
                self.reservation.give_back();
                return Ok(Committed::Superseded(Box::new(current)));
            }
            Ok(Some(current)) => generation = generation.max(current.credential.generation),
            // A store that cannot be read now is no reason to lose what the refresh token has bought.
            Err(_) => {}
        }
        credential.generation = generation + 1;
        let generation = credential.generation;
        let store = self.write(&credential, &held)?;
        Ok(Committed::Saved(Saved { store, generation }))
    }

    fn write(self, credential: &Credential, held: &Held) -> Result<StoreKind, Error> {
        if self.journaled { self.write_to_keyring(credential, held) } else { self.write_to_file(credential, held) }
    }

    fn write_to_file(self, credential: &Credential, held: &Held) -> Result<StoreKind, Error> {
        let (sessions, key) = (self.sessions, self.key.as_str());
        let value = wire::write(credential);
        let change = [Change { entry: key, value: Some(&value) }];
        if !matches!(sessions.copy(StoreKind::File, key), Ok(None)) {
            match sessions.file.apply_in(self.reservation, &change, held) {
                Ok(()) => {
                    sessions.drop_copy(StoreKind::Keyring, key, held);
                    return Ok(StoreKind::File);
                }
                Err(because)
                    if sessions.choice == StoreChoice::Auto
                        && sessions.write_session(StoreKind::Keyring, key, credential, held).is_ok() =>
                {
                    sessions.notice_other(StoreKind::Keyring, because);
                    return Ok(StoreKind::Keyring);
                }
                Err(error) => return Err(error),
            }
        }
        // The file's entries were brought home to the keyring while we asked.
        self.reservation.give_back();
        sessions.write_session(StoreKind::Keyring, key, credential, held)?;
        Ok(StoreKind::Keyring)
    }

    fn write_to_keyring(self, credential: &Credential, held: &Held) -> Result<StoreKind, Error> {
        let (sessions, key) = (self.sessions, self.key.as_str());
        self.reservation.commit(wire::journal(key, &wire::write(credential)).expose().as_bytes())?;
        let stored = sessions.write_session(StoreKind::Keyring, key, credential, held);
        let Err(because) = stored else {
            files::remove(&sessions.home.journal(key))?;
            sessions.drop_copy(StoreKind::File, key, held);
            return Ok(StoreKind::Keyring);
        };
        if sessions.choice == StoreChoice::Auto
            && sessions.write_session(StoreKind::File, key, credential, held).is_ok()
        {
            files::remove(&sessions.home.journal(key))?;
            sessions.notice_other(StoreKind::File, because);
            return Ok(StoreKind::File);
        }
        sessions.notice(Notice::KeptInJournal { because: Box::new(because) });
        Ok(StoreKind::Keyring)
    }
}

impl Sessions {
    fn notice_other(&self, store: StoreKind, because: Error) {
        self.notice(Notice::KeptInOtherStore { store, because: Box::new(because) });
    }

    /// [`Sessions::load`] under the store lock: looks at both copies and removes none.
    pub(super) fn load_unmended(&self, key: &str) -> Result<Option<Stored>, Error> {
        let (file, keyring) = (self.copy(StoreKind::File, key), self.copy(StoreKind::Keyring, key));
        let stored = |credential, store| Stored { credential, store, rival: None };
        Ok(match (file, keyring) {
            (Ok(Some(file)), Ok(Some(keyring))) => Some(if is_newer(&file, &keyring) {
                stored(file, StoreKind::File)
            } else {
                stored(keyring, StoreKind::Keyring)
            }),
            (Ok(Some(file)), _) => Some(stored(file, StoreKind::File)),
            (_, Ok(Some(keyring))) => Some(stored(keyring, StoreKind::Keyring)),
            (Err(error), _) | (_, Err(error)) => return Err(error),
            (Ok(None), Ok(None)) => None,
        })
    }
}

/// Room for an answer with very large tokens.
const GROWTH: u64 = 64 << 10;

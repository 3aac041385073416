//! The store of stores: one session may lie in the keyring, in the file or (for a while) in both.
//!
//! `load` decides which copy counts, `save`, `room` and `draft` write, `remove` forgets, `names` keeps the lists of keys,
//! `recover` picks up what killed processes left, `moving` brings entries home to the keyring, `migration` knows the keys
//! that earlier versions used.

mod draft;
mod load;
mod migration;
mod moving;
mod names;
mod recover;
mod remove;
mod room;
mod save;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::credential::Credential;
use super::error::{Error, Notice};
use super::file::FileStore;
use super::home::{self, Held, Home};
use super::keyring;
use super::store::{CACHE_PREFIX, Change, Store, StoreChoice, StoreKind};
use crate::sys::files;
use crate::sys::lock::{self, Lock};

pub(crate) use draft::Draft;
pub(crate) use migration::is_current_key;
pub(crate) use room::{Committed, Room};

/// All that is remembered in one home. Opening it touches nothing.
pub(crate) struct Sessions {
    home: Home,
    choice: StoreChoice,
    file: FileStore,
    keyring: Box<dyn Store>,
    notices: Mutex<Vec<Notice>>,
}

/// A session as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The copy that counts.
    pub(crate) credential: Credential,
    /// Where it lies.
    pub(crate) store: StoreKind,
    /// The other store's copy when nothing tells which is newer: to be tried once if the server refuses this one.
    pub(crate) rival: Option<Box<Credential>>,
}

/// How a session was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    /// Where it lies now.
    pub(crate) store: StoreKind,
    /// Its new generation.
    pub(crate) generation: u64,
}

impl Sessions {
    /// The sessions of `home` in the places that `choice` allows.
    pub(crate) fn new(home: Home, choice: StoreChoice) -> Self {
        Self::with_keyring(home, choice, Box::new(keyring::Keyring::new()))
    }

    fn with_keyring(home: Home, choice: StoreChoice, keyring: Box<dyn Store>) -> Self {
        let file = FileStore::new(home.clone());
        Self { home, choice, file, keyring, notices: Mutex::default() }
    }

    /// Where everything lies.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// The name of an entry for tokens that belong to no session, e.g. those of an account from the environment; it
    /// can be loaded, saved and locked like a session, and the original never sees it.
    pub(crate) fn cache_key(identity: &str) -> String {
        format!("{CACHE_PREFIX}{}", home::hash(identity))
    }

    /// What a person should be told, once.
    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        let notices = std::mem::take(&mut *self.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let settled = |notice| match notice {
            Notice::File(notice) => Notice::File(notice.settled()),
            other => other,
        };
        notices.into_iter().map(settled).collect()
    }

    /// Takes the lock that serializes refreshes of this session, waiting at most `patience`, and picks up what an
    /// earlier holder could not finish. Read the session again afterwards.
    pub(crate) fn lock_refresh(&self, key: &str, patience: Duration) -> Result<Lock, Error> {
        self.prepare_home()?;
        let lock = Lock::take(&self.home.refresh_lock(key), patience)?;
        self.recover(key)?;
        Ok(lock)
    }

    /// [`Sessions::lock_refresh`] for whoever will spend the refresh token: also waits for a holder whose lock file
    /// somebody has deleted.
    pub(crate) fn lock_to_spend(&self, key: &str, patience: Duration) -> Result<Lock, Error> {
        let deadline = Instant::now() + patience;
        let lock = self.lock_refresh(key, patience)?;
        if lock.is_first() {
            self.await_unseen_holder(key, deadline)?;
        }
        Ok(lock)
    }

    /// Adopts the lock that our parent took with [`Sessions::lock_refresh`].
    #[cfg(unix)]
    pub(crate) fn adopt_refresh_lock(&self, key: &str) -> std::io::Result<Lock> {
        Lock::adopt_from_standard_input(&self.home.refresh_lock(key))
    }

    /// A lock file that nobody held before may stand in for a deleted one whose holder is in the middle of a refresh.
    /// Its reservation gives it away: it makes that before it makes sure of its lock for the last time.
    fn await_unseen_holder(&self, key: &str, deadline: Instant) -> Result<(), Error> {
        let (credentials, journal) = (self.home.credentials(), self.home.journal(key));
        while let Some(holder) = files::living_writer(&journal).or_else(|| files::living_writer(&credentials)) {
            if Instant::now() >= deadline {
                return Err(lock::Error::Busy { path: self.home.refresh_lock(key), holder: Some(holder) }.into());
            }
            std::thread::sleep(UNSEEN_HOLDER_PAUSE);
        }
        Ok(())
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(notice);
    }

    fn prepare_home(&self) -> Result<(), Error> {
        for notice in files::create_private_directory(self.home.root())? {
            self.notice(Notice::File(notice));
        }
        Ok(())
    }

    /// Takes the store lock in a home that is ready to be written and whose file is not damaged.
    fn hold(&self) -> Result<Held, Error> {
        self.prepare_home()?;
        let held = self.home.lock_store()?;
        if let Err(Error::BrokenFile { at, path }) = self.file.document(&mut Vec::new()) {
            match self.file.set_aside(at, &held) {
                Some(Notice::BrokenFile { kept: None, .. }) => return Err(Error::BrokenFile { at, path }),
                other => other.into_iter().for_each(|notice| self.notice(notice)),
            }
        }
        self.roll_forward_file(&held)?;
        Ok(held)
    }

    fn store(&self, kind: StoreKind) -> &dyn Store {
        match kind {
            StoreKind::File => &self.file,
            StoreKind::Keyring => &*self.keyring,
        }
    }

    /// Writes to the keyring and looks whether it kept what it was given.
    fn apply_to_keyring(&self, changes: &[Change<'_>], held: &Held) -> Result<(), Error> {
        self.keyring.apply(changes, held)?;
        for change in changes {
            if let Some(value) = change.value
                && self.keyring.read(change.entry)?.as_ref() != Some(value)
            {
                return Err(Error::NotKept { entry: change.entry.to_owned() });
            }
        }
        Ok(())
    }

    fn apply(&self, kind: StoreKind, changes: &[Change<'_>], held: &Held) -> Result<(), Error> {
        match kind {
            StoreKind::File => self.file.apply(changes, held),
            StoreKind::Keyring => self.apply_to_keyring(changes, held),
        }
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sessions")
            .field("home", &self.home)
            .field("choice", &self.choice)
            .finish_non_exhaustive()
    }
}

impl StoreKind {
    /// The other place.
    fn other(self) -> Self {
        match self {
            Self::File => Self::Keyring,
            Self::Keyring => Self::File,
        }
    }
}

/// Short against a refresh, which is what is waited for.
const UNSEEN_HOLDER_PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests;

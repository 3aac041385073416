//! The operating system's keyring, under the original's names and encodings.
//!
//! Linux: the Secret Service. macOS and Windows: the `keyring` crate. Every call runs on a thread of its own behind one
//! deadline, because a locked or stopped keyring makes its clients wait for ever.

mod encoding;
mod split;
mod worker;

#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::home::Held;
use super::store::{Change, Store, StoreKind};
use super::wire::ParseError;
use crate::secret::Secret;
use worker::Worker;

/// One connection to a keyring, used by one thread; entries are those of our service.
trait Backend: Send {
    /// The bytes of an entry; `None` when the keyring is there and does not have it.
    fn read(&mut self, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error>;

    /// Creates or replaces an entry.
    fn write(&mut self, entry: &str, secret: &Secret<Vec<u8>>) -> Result<(), Error>;

    /// Deletes an entry, however often it is there.
    fn delete(&mut self, entry: &str) -> Result<(), Error>;
}

/// The keyring of the person who runs us; opened at the first call.
pub(super) struct Keyring {
    worker: &'static Worker,
}

/// One for the process: whoever asks second neither connects again nor waits again for a keyring that is silent.
static WORKER: Worker = Worker::new(open);

impl Keyring {
    /// Nothing is opened yet.
    pub(super) fn new() -> Self {
        Self { worker: &WORKER }
    }
}

impl Store for Keyring {
    fn read(&self, entry: &str) -> Result<Option<Secret>, super::Error> {
        let name = entry.to_owned();
        let Some(bytes) = self.worker.call(move |backend| split::read(backend, &name))? else { return Ok(None) };
        match encoding::decode(&bytes) {
            Some(text) => Ok(Some(text)),
            None => {
                let at = ParseError::whole("not text");
                Err(super::Error::BrokenEntry { entry: entry.to_owned(), store: StoreKind::Keyring, at })
            }
        }
    }

    fn apply(&self, changes: &[Change<'_>], _held: &Held) -> Result<(), super::Error> {
        for change in changes {
            let entry = change.entry.to_owned();
            match change.value.map(encoding::encode) {
                Some(bytes) => self.worker.call(move |backend| split::write(backend, &entry, &bytes, LARGEST))?,
                None => self.worker.call(move |backend| split::delete(backend, &entry))?,
            }
        }
        Ok(())
    }
}

/// Connects to this system's keyring; `true` in the flag says that we wait for a person to unlock it.
fn open(prompting: &Arc<AtomicBool>) -> Result<Box<dyn Backend>, Error> {
    #[cfg(target_os = "linux")]
    return Ok(Box::new(secret_service::Service::connect(Arc::clone(prompting))?));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = prompting;
        Ok(Box::new(native::Native::connect()?))
    }
}

/// Why the keyring could not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// This machine or login has none.
    #[error("there is no keyring here: {reason}")]
    Absent {
        /// What is missing.
        reason: String,
    },
    /// The person or the system refused.
    #[error("access to the keyring was denied")]
    Denied,
    /// It is locked and nobody unlocked it.
    #[error("the keyring is locked")]
    Locked,
    /// Anything else that the system's keyring says.
    #[error("the keyring failed: {reason}")]
    Other {
        /// Its words.
        reason: String,
    },
    /// It did not answer.
    #[error("the keyring did not answer within {seconds} seconds")]
    TimedOut {
        /// How long we waited.
        seconds: u64,
    },
    /// It does not take secrets of this size.
    #[error("the keyring does not take a secret of {size} bytes")]
    TooLarge {
        /// The secret's size in bytes.
        size: usize,
    },
}

/// What one entry takes: CRED_MAX_CREDENTIAL_BLOB_SIZE on Windows. A Secret Service took 32 MiB; a message of the bus
/// may not be larger than 128 MiB.
const LARGEST: usize = if cfg!(windows) { 2560 } else { 16 << 20 };

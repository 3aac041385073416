//! A key that a machine signs with.

use std::time::Duration;

use jiff::Timestamp;

use crate::emulator::keys::{self, Key, PublicKey};
use crate::sys::clock;

/// How long a key lives that nobody set an end for: ten years.
const LONG: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// What a key is known by. A private half is never kept here: the server's own pairs are in the pool.
#[derive(Clone, Debug)]
pub(crate) struct MachineKey {
    /// The `kid` of assertions.
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    half: Half,
}

#[derive(Clone, Debug)]
enum Half {
    /// The server made the pair.
    Made(Key),
    /// The owner made the pair and gave this.
    Given(PublicKey),
}

impl MachineKey {
    /// When a key ends that is made now and for which nobody asked for an end.
    pub(crate) fn default_end() -> Timestamp {
        clock::now().saturating_add(LONG).unwrap_or(Timestamp::MAX)
    }

    /// A pair that the server made.
    pub(crate) fn made(key: Key, expires: Timestamp) -> Self {
        Self::new(key.id.clone(), Half::Made(key), expires)
    }

    /// A pair that its owner made.
    pub(crate) fn given(key: PublicKey, expires: Timestamp) -> Self {
        Self::new(keys::numeric_id(), Half::Given(key), expires)
    }

    fn new(id: String, half: Half, expires: Timestamp) -> Self {
        Self { id, created: clock::now(), expires, half }
    }

    /// The pair, if the server made it.
    pub(crate) fn pair(&self) -> Option<&Key> {
        match &self.half {
            Half::Made(key) => Some(key),
            Half::Given(_) => None,
        }
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.expires <= clock::now()
    }

    /// Whether `signature` is this key's RS256 signature of `input`.
    pub(crate) fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.half {
            Half::Made(key) => key.verifies(input, signature),
            Half::Given(key) => key.verifies(input, signature),
        }
    }
}

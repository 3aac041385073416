//! What an emulator is started with.

use std::time::Duration;

use super::{Fault, Seed};

/// How to start an [`Emulator`](super::Emulator). The default is the built-in seed, a free port and 12 h tokens.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Who and what exists.
    pub seed: Seed,
    /// Life of an access token; also `expires_in`.
    pub access_token_ttl: Duration,
    /// Scripted misbehaviour from the first request on.
    pub faults: Vec<Fault>,
    /// Shortest time between two polls of the device flow.
    pub device_interval: Duration,
    /// Life of a device code and its user code.
    pub device_code_ttl: Duration,
    /// Life of an authorization code.
    pub code_ttl: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: Seed::default(),
            access_token_ttl: Duration::from_secs(12 * 60 * 60),
            faults: Vec::new(),
            device_interval: Duration::from_secs(5),
            device_code_ttl: Duration::from_secs(300),
            code_ttl: Duration::from_secs(60),
        }
    }
}

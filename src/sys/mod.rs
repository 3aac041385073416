//! What we ask of the machine: environment, clock, randomness, files, locks, processes and the browser.
//!
//! Nothing outside this folder reads the environment or the clock, writes a file or starts a process.

pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod editor;
pub(crate) mod env;
pub(crate) mod files;
pub(crate) mod input;
pub(crate) mod lock;
pub(crate) mod lock_file;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod terminal;

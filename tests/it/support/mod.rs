//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.

pub mod keys;
mod leaks;
mod output;
pub mod recorder;
mod world;

pub use output::Output;
pub use recorder::Recorder;
pub use world::{DATUMCTL, World};

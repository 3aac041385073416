//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.

pub(crate) mod document;
mod output;
mod world;

pub use output::Output;
pub use world::{DATUMCTL, World};

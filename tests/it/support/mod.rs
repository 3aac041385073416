//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.

pub mod original;
mod output;
mod store;
mod world;

pub use output::Output;
pub use store::overwrite;
pub use world::{DATUMCTL, World};

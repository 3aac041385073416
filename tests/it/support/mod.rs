//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.

pub mod document;
mod output;
mod part;
mod store;
mod world;

pub use output::Output;
pub use part::part;
pub use store::overwrite;
pub use world::{DATUMCTL, World};

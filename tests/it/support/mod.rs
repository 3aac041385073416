//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.

mod output;
mod part;
mod world;

pub use output::Output;
pub use part::part;
pub use world::{DATUMCTL, World};

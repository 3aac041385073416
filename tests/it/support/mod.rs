//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret.
//!
//! `hostile` is another identity server, which does what a test tells it; `running` watches a run that is not over
//! yet, `browser` is the test's own, `terminal` puts a person's terminal around the binary.

pub mod document;
mod output;
mod store;
pub mod browser;
pub mod hostile;
mod output;
mod running;
pub mod keys;
mod leaks;
mod output;
pub mod recorder;
mod part;
mod world;

pub use hostile::{Answer, HostileProvider};
pub use output::Output;
pub use store::overwrite;
pub use running::Running;
pub use recorder::Recorder;
pub use part::part;
pub use world::{DATUMCTL, World};

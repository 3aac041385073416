//! The world that a test lives in: a home, an emulator, the binary, and a watch over every secret, which includes
//! what `processes` sees.
//!
//! `hostile` is another identity server, which does what a test tells it; `running` watches a run that is not over
//! yet, `browser` is the test's own, `terminal` puts a person's terminal around the binary.

pub mod browser;
pub mod document;
pub mod figure;
pub mod hostile;
pub mod keys;
mod leaks;
pub mod original;
mod output;
mod part;
mod processes;
pub mod recorder;
mod running;
#[cfg(unix)]
mod script;
mod store;
#[cfg(target_os = "linux")]
pub mod strace;
#[cfg(unix)]
pub mod terminal;
mod tls_front;
mod world;

pub use hostile::{Answer, HostileProvider, Request};
pub use output::Output;
pub use part::part;
pub use running::Running;
#[cfg(unix)]
pub use script::script;
pub use store::overwrite;
pub use tls_front::TlsFront;
pub use world::{DATUMCTL, World};

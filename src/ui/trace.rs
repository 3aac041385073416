//! `-v`: what goes over the wire, on stderr, without secrets: they are never handed to the tracing macros, and the
//! events of other crates, who may know them, are not shown at any level.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// Starts tracing: `-v` shows requests, `-vv` everything of ours.
pub(super) fn start(verbosity: u8) {
    let level = if verbosity > 1 { LevelFilter::TRACE } else { LevelFilter::DEBUG };
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(verbosity > 1);
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines).with(ours));
}

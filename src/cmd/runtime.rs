//! Runs work that waits for input and output, until it ends or a signal ends it.

use crate::error::Failure;
use crate::sys::process;

/// Runs `work` on a runtime of this thread. A signal drops it, which closes what it opened; nothing half-done is
/// left, because storing never waits.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::no_runtime(&error))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            outcome = work => outcome,
            signal = process::ending_signal() => Err(Failure::interrupted(signal)),
        }
    });
    // A thread that still resolves a name or reads the terminal must not keep us here.
    runtime.shutdown_background();
    outcome
}

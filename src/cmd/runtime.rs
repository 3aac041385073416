//! Runs work that waits for input and output, until it ends or a signal ends it.

use std::cell::Cell;

use crate::error::Failure;
use crate::sys::process::{EndingSignals, Signal};
use crate::ui::Ui;

/// Runs `work` on a runtime of this thread. A signal drops it, which closes what it opened; nothing half-done is
/// left, because storing never waits.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    on_runtime(async {
        let mut signals = EndingSignals::listen();
        tokio::select! {
            biased;
            outcome = work => outcome,
            signal = signals.next() => Err(Failure::interrupted(signal)),
        }
    })
}

/// Whether a signal has to wait, because what is half-done elsewhere would stay so.
#[derive(Debug, Default)]
pub(crate) struct Shield {
    is_raised: Cell<bool>,
    heard: Cell<Option<Signal>>,
}

impl Shield {
    /// From now on the first signal only asks.
    pub(crate) fn raise(&self) {
        self.is_raised.set(true);
    }

    /// Whether a signal has asked for the end.
    pub(crate) fn is_asked(&self) -> bool {
        self.heard.get().is_some()
    }
}

/// [`block_on`] for work that raises `shield` before something that has to be brought to an end: then the first signal
/// is heard when it is, and only a second one drops the work. Work that succeeded all the same has succeeded.
pub(crate) fn block_on_shielded<T>(
    ui: &Ui,
    shield: &Shield,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    on_runtime(async {
        let mut signals = EndingSignals::listen();
        let mut work = std::pin::pin!(work);
        loop {
            let signal = tokio::select! {
                biased;
                outcome = &mut work => return match shield.heard.get() {
                    Some(signal) => outcome.map_err(|failure| failure.because_of(signal)),
                    None => outcome,
                },
                signal = signals.next() => signal,
            };
            if !shield.is_raised.get() || shield.heard.replace(Some(signal)).is_some() {
                return Err(Failure::interrupted(signal));
            }
            ui.status("Bringing this to an end first, so that no key is left behind; again to give up at once");
        }
    })
}

fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = crate::sys::process::runtime();
    let runtime = runtime.map_err(|error| Failure::no_runtime(&error))?;
    let outcome = runtime.block_on(work);
    // A thread that still resolves a name or reads the terminal must not keep us here.
    runtime.shutdown_background();
    outcome
}

//! The terminal, put back as it was when a signal ends us in the middle of a question.

#[cfg(unix)]
use super::process::{Signal, ending_signal};

/// From now on a signal that ends us first restores the terminal's present settings and calls `tidy`.
///
/// Its thread stays for the rest of the process: once watched, the signals no longer end it by themselves.
#[cfg(unix)]
pub(crate) fn restore_when_ended(tidy: impl FnOnce() + Send + 'static) {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    static WATCHING: std::sync::Once = std::sync::Once::new();
    WATCHING.call_once(|| {
        let Ok(settings) = tcgetattr(rustix::stdio::stdin()) else { return };
        let Ok(runtime) = super::process::runtime() else { return };
        std::thread::spawn(move || {
            let signal = runtime.block_on(ending_signal());
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &settings);
            tidy();
            std::process::exit(match signal {
                Signal::Interrupt => 130,
                Signal::Terminate => 143,
            });
        });
    });
}

/// Runs `work`, which may leave the terminal in any state, and puts the settings back as they were.
pub(crate) fn restored<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(rustix::stdio::stdin());
        let outcome = work();
        if let Ok(settings) = before {
            // A terminal that went away needs no settings.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &settings);
        }
        outcome
    }
    #[cfg(not(unix))]
    work()
}

/// Consoles elsewhere put themselves back.
#[cfg(not(unix))]
pub(crate) fn restore_when_ended(_tidy: impl FnOnce() + Send + 'static) {}

//! Child processes, and the signals that end us.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A signal that asks the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, a shutdown, a closed terminal.
    Terminate,
}

/// Waits for the first signal that asks us to end.
pub(crate) async fn ending_signal() -> Signal {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
            return interrupt().await;
        };
        tokio::select! {
            signal = interrupt() => signal,
            _ = terminate.recv() => Signal::Terminate,
            _ = hang_up.recv() => Signal::Terminate,
        }
    }
    #[cfg(not(unix))]
    interrupt().await
}

async fn interrupt() -> Signal {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Signal::Interrupt
}

/// The absolute path of the running program.
pub(crate) fn own_executable() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Starts this program again so that no signal meant for us reaches it: a process group of its own, no terminal.
///
/// Its standard input is `input`, its standard output a pipe to us.
pub(crate) fn spawn_survivor(arguments: &[&str], input: Stdio) -> io::Result<Child> {
    let mut command = Command::new(own_executable()?);
    command.args(arguments).stdin(input).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NEW_PROCESS_GROUP);
    }
    command.spawn()
}

/// Leaves the terminal and its hang-ups behind; for a process that [`spawn_survivor`] started.
pub(crate) fn leave_terminal() {
    // Fails only where we lead a process group already and then have nothing to leave.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

/// Makes a bug end the process with what `report` answers, one line and no backtrace.
pub(crate) fn report_panics(report: impl Fn(&str) -> u8 + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let number = report(&format!("internal error at {}", place.as_deref().unwrap_or("an unknown place")));
        std::process::exit(i32::from(number));
    }));
}

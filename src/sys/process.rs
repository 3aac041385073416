//! Child processes, and the signals that end us.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use zeroize::Zeroizing;

use super::{env, files};

/// A runtime of one thread: everything here waits, and little computes.
///
/// # Errors
/// The system gives no more descriptors.
pub(crate) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    // What it opens: three descriptors to wait with, and three for signals, at the lack of which tokio panics.
    #[cfg(unix)]
    {
        let pair = std::os::unix::net::UnixStream::pair;
        drop([pair()?, pair()?, pair()?]);
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

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
    EndingSignals::listen().next().await
}

/// The signals that ask us to end. None is missed from the moment this exists, however close they come.
pub(crate) struct EndingSignals {
    #[cfg(unix)]
    streams: Option<[tokio::signal::unix::Signal; 3]>,
}

impl EndingSignals {
    /// Begins to listen.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let listen = || -> io::Result<_> {
                Ok([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?])
            };
            Self { streams: listen().ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        if let Some([interrupt, terminate, hang_up]) = &mut self.streams {
            return tokio::select! {
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
                _ = hang_up.recv() => Signal::Terminate,
            };
        }
        interrupt().await
    }
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

/// Starts this program again; once it has called [`leave_terminal`], no signal meant for us reaches it.
///
/// Its standard input is `input`, its standard output a pipe to us.
pub(crate) fn spawn_survivor(arguments: &[&str], input: Stdio) -> io::Result<Survivor> {
    let mut command = Command::new(own_executable()?);
    command.args(arguments).stdin(input).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NEW_PROCESS_GROUP);
    }
    command.spawn().map(Survivor)
}

/// A process that [`spawn_survivor`] started, and that will not end with us.
#[derive(Debug)]
pub(crate) struct Survivor(Child);

impl Survivor {
    /// Waits for its end and hands over all that it said; it may hold secrets.
    pub(crate) fn answer(mut self) -> Zeroizing<Vec<u8>> {
        let mut answer = Zeroizing::new(Vec::new());
        if let Some(mut pipe) = self.0.stdout.take() {
            let _ = pipe.read_to_end(&mut answer);
        }
        // Waiting only avoids a zombie; where we ignore SIGCHLD there is none and this fails.
        let _ = self.0.wait();
        answer
    }
}

/// Makes a write beyond the limit of file sizes (`ulimit -f`) an error, as a full disk is, and not our death.
pub(crate) fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        const SIGXFSZ: i32 = rustix::process::Signal::XFSZ.as_raw();
        // Without it the system would kill us: no worse than before.
        let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    }
}

/// Leaves our parent's process group, its terminal and that terminal's hang-ups behind; for a process that
/// [`spawn_survivor`] started, before it does anything that must not be cut off.
pub(crate) fn leave_terminal() {
    // Fails only for the leader of a process group, which that process never is.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

/// Answers the process that started this one with [`spawn_survivor`]. One that is gone no longer listens, and that is
/// no failure.
pub(crate) fn answer_caller(answer: &[u8]) {
    let _ = io::stdout().lock().write_all(answer);
}

/// Makes a bug end the process with what `report` answers, one line and no backtrace.
pub(crate) fn report_panics(report: impl Fn(&str) -> u8 + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let number = report(&format!("internal error at {}", place.as_deref().unwrap_or("an unknown place")));
        std::process::exit(i32::from(number));
    }));
}

/// Runs `command` to its end in our place: Ctrl-C reaches it from the terminal, a request to terminate is passed on.
///
/// Answers its exit status, or 128 and the number of the signal that ended it.
pub(crate) fn supervise(
    command: &[OsString],
    set: &[(&'static str, OsString)],
    remove: &[&'static str],
) -> io::Result<u8> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut builder = tokio::process::Command::new(&command[0]);
        builder.args(&command[1..]).envs(set.iter().map(|(name, value)| (name, value)));
        for name in remove {
            builder.env_remove(name);
        }
        let mut signals = EndingSignals::listen();
        let mut child = builder.spawn()?;
        loop {
            tokio::select! {
                status = child.wait() => return status.map(exit_status),
                signal = signals.next() => if signal == Signal::Terminate { terminate(&mut child) },
            }
        }
    })
}

#[cfg(unix)]
fn terminate(child: &mut tokio::process::Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    // A child that has ended meanwhile needs no signal.
    let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
}

#[cfg(not(unix))]
fn terminate(child: &mut tokio::process::Child) {
    let _ = child.start_kill();
}

fn exit_status(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// `PATH` with `directory` in front, in which `program` is called `datumctl`.
pub(crate) fn path_with(program: &Path, directory: &Path) -> Result<OsString, files::Error> {
    let failed = |error| files::Error::io("prepare", directory, error);
    std::fs::create_dir(directory).map_err(failed)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(program, directory.join("datumctl")).map_err(failed)?;
    #[cfg(not(unix))]
    std::fs::copy(program, directory.join("datumctl.exe")).map_err(failed)?;
    let rest = env::var_os(env::PATH).unwrap_or_default();
    let all = std::iter::once(directory.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).map_err(|error| failed(io::Error::other(error)))
}

/// The shell where `SHELL` says nothing.
pub(crate) const DEFAULT_SHELL: &str = if cfg!(windows) { "cmd.exe" } else { "/bin/sh" };

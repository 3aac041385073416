//! Locks of other programs' making: a file that exists for as long as somebody holds it, as client-go puts one beside a
//! kubeconfig.
//!
//! Nothing frees such a lock when its holder dies, so we do not die while we hold one: a signal that asks us to end
//! waits until it is given back. One that somebody else left behind is reported with its age and never taken away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::files;
use super::process::{Signal, ending_signal};

/// Why the locks could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file was there for the whole wait.
    #[error("{} is in the way", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// How long it has existed, where the system tells.
        age: Option<Duration>,
    },
    /// A lock file could not be created.
    #[error(transparent)]
    File(#[from] files::Error),
}

/// Held locks; dropping them removes their files.
#[derive(Debug)]
pub(crate) struct LockFiles {
    paths: Vec<PathBuf>,
    _not_ending: MutexGuard<'static, ()>,
}

impl LockFiles {
    /// Creates all of `paths`, or none: waits up to `patience` for those that exist. Their directories must exist.
    pub(crate) fn take(paths: &[PathBuf], patience: Duration) -> Result<Self, Error> {
        end_between_locks_only();
        let deadline = Instant::now() + patience;
        loop {
            let not_ending = NOT_ENDING.lock().unwrap_or_else(PoisonError::into_inner);
            let mut locks = Self { paths: Vec::new(), _not_ending: not_ending };
            let held = paths.iter().find_map(|path| match create(path) {
                Ok(()) => {
                    locks.paths.push(path.clone());
                    None
                }
                Err(error) => Some((path, error)),
            });
            let Some((path, error)) = held else { return Ok(locks) };
            drop(locks);
            if error.kind() != io::ErrorKind::AlreadyExists {
                return Err(files::Error::io("create", path, error).into());
            }
            if Instant::now() >= deadline {
                return Err(Error::Held { path: path.clone(), age: age(path) });
            }
            let [random] = super::random::bytes::<1>();
            std::thread::sleep(SHORTEST_PAUSE + SHORTEST_PAUSE * u32::from(random) / 64);
        }
    }
}

impl Drop for LockFiles {
    fn drop(&mut self) {
        for path in &self.paths {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Like client-go: a file that nobody may read, there before or not.
fn create(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0);
    options.open(path).map(drop)
}

fn age(path: &Path) -> Option<Duration> {
    path.symlink_metadata().ok()?.modified().ok()?.elapsed().ok()
}

/// From now on a signal that asks the process to end does so when no lock is held.
fn end_between_locks_only() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let Ok(runtime) = super::process::runtime() else { return };
        let (ready, watched) = mpsc::channel();
        std::thread::spawn(move || {
            let signal = runtime.block_on(async {
                let mut ending = std::pin::pin!(ending_signal());
                // The first look at it is what makes it listen.
                tokio::select! {
                    biased;
                    signal = &mut ending => return signal,
                    () = async { drop(ready) } => {}
                }
                ending.await
            });
            let _not_locked = NOT_ENDING.lock().unwrap_or_else(PoisonError::into_inner);
            std::process::exit(match signal {
                Signal::Interrupt => 130,
                Signal::Terminate => 143,
            });
        });
        let _ = watched.recv() as Result<(), _>;
    });
}

/// Whoever holds this must not be cut off.
static NOT_ENDING: Mutex<()> = Mutex::new(());

/// Writers of such files hold their locks for milliseconds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);

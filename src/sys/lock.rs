//! Exclusive locks between processes.
//!
//! A lock is an operating-system lock on a separate file (flock, LockFileEx): the kernel frees it when its holder
//! dies, so there are no stale locks. After locking, the file's inode is compared with the path's, so that a deleted
//! or replaced lock file never has two holders.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files;

/// Why a lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Somebody held it for the whole wait.
    #[error("{} is held by {}", path.display(), holder.map_or("another process".to_owned(), |pid| format!("process {pid}")))]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// The process that said it holds it.
        holder: Option<u32>,
    },
    /// The lock file could not be created or locked.
    #[error(transparent)]
    File(#[from] files::Error),
}

/// A held lock; released on drop and on death.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
    is_first: bool,
}

impl Lock {
    /// Takes the lock at `path`; the directory and the file are created as needed. Gives up on a holder that has not
    /// changed for `patience`: while holders come and go, everybody's turn comes.
    ///
    /// Waiters ask again after short random pauses that grow to 16 ms: a blocking flock cannot be given up, and many
    /// waiters in the kernel all wake at each release.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<Self, Error> {
        let mut deadline = Instant::now() + patience;
        files::create_private_directory(path.parent().unwrap_or(Path::new(".")))?;
        let mut file = open(path)?;
        let mut pause = SHORTEST_PAUSE;
        let mut waiting_for = holder(&mut file);
        loop {
            match file.try_lock() {
                Ok(()) if is_still_at(&file, path) => {
                    let is_first = holder(&mut file).is_none();
                    return Ok(Self { file, path: path.to_owned(), is_first }.signed());
                }
                Ok(()) => file = open(path)?,
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    let holder = holder(&mut file);
                    if holder.is_none() || holder == waiting_for {
                        return Err(Error::Busy { path: path.to_owned(), holder });
                    }
                    (waiting_for, deadline) = (holder, Instant::now() + patience);
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(jittered(pause).min(deadline.saturating_duration_since(Instant::now())));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(error)) => return Err(files::Error::io("lock", path, error).into()),
            }
        }
    }

    /// The lock as the standard input of a child, which then holds it together with us (Unix).
    pub(crate) fn try_clone_to_child(&self) -> std::io::Result<std::process::Stdio> {
        self.file.try_clone().map(std::process::Stdio::from)
    }

    /// Adopts the lock at `path`, which our parent took and passed as standard input (Unix).
    #[cfg(unix)]
    pub(crate) fn adopt_from_standard_input(path: &Path) -> std::io::Result<Self> {
        use std::os::fd::AsFd as _;
        let file = std::io::stdin().as_fd().try_clone_to_owned()?.into();
        Ok(Self { file, path: path.to_owned(), is_first: false }.signed())
    }

    /// Whether nobody has held this very file before. Then it is new, or somebody deleted the one that another process
    /// still holds.
    pub(crate) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Whether others still wait for this lock. Once its file is deleted or replaced, they take another: ask before
    /// doing what must not be done twice.
    pub(crate) fn is_intact(&self) -> bool {
        is_still_at(&self.file, &self.path)
    }

    /// Writes our process id for those who wait; only a courtesy, so a full disk does not matter.
    fn signed(mut self) -> Self {
        let text = format!("{:<width$}\n", std::process::id(), width = HOLDER_WIDTH);
        let _ = self.file.rewind().and_then(|()| self.file.write_all(text.as_bytes()));
        self
    }
}

/// A file that somebody replaces by renaming, held while its next content is made.
#[derive(Debug)]
pub(crate) struct Hold {
    #[cfg(unix)]
    _file: Option<File>,
}

impl Hold {
    /// Holds the file at `path`, which must be there. It is locked itself and never written to; nobody who only reads it
    /// notices. Where there are no locks, nothing is held.
    ///
    /// # Errors
    /// [`Error::Busy`] at once.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        loop {
            let file = files::open_unfollowed(path)?;
            match file.try_lock() {
                // Whoever held it before us may have replaced it.
                Ok(()) if !is_still_at(&file, path) => {}
                Ok(()) => return Ok(Self { _file: Some(file) }),
                Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: path.to_owned(), holder: None }),
                Err(TryLockError::Error(_)) => return Ok(Self { _file: None }),
            }
        }
    }

    /// Elsewhere a lock would keep readers out.
    #[cfg(not(unix))]
    pub(crate) fn of(_path: &Path) -> Result<Self, Error> {
        Ok(Self {})
    }
}

/// Opens the lock file, creating it 0600; refuses links and anything but a regular file.
fn open(path: &Path) -> Result<File, files::Error> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(|error| files::Error::io("open", path, error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(file),
        Ok(_) => Err(files::Error::NotAFile { path: path.to_owned() }),
        Err(error) => Err(files::Error::io("open", path, error)),
    }
}

/// Whether the path still names the file that we locked.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Open files cannot be replaced on other systems.
#[cfg(not(unix))]
fn is_still_at(_file: &File, _path: &Path) -> bool {
    true
}

/// The process id that the holder wrote.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(HOLDER_WIDTH as u64).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Between half the pause and all of it.
fn jittered(pause: Duration) -> Duration {
    let [random] = super::random::bytes::<1>();
    pause / 2 + pause / 2 * u32::from(random) / 256
}

/// A refresh against a server on the same machine takes about 10 ms.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
/// 200 waiters then ask 12 000 times a second altogether, about 2 % of one core.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);
/// Room for any process id, so that a longer earlier one is always overwritten.
const HOLDER_WIDTH: usize = 10;

#[cfg(test)]
mod tests;

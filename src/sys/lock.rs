//! Exclusive locks between processes.
//!
//! A lock is an operating-system lock on a separate file (flock, LockFileEx): the kernel frees it when its holder
//! dies, so there are no stale locks. After locking, the file's inode is compared with the path's, so that a deleted
//! or replaced lock file never has two holders.

use std::path::{Path, PathBuf};
use std::time::Duration;

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
    File(#[from] super::files::Error),
}

/// A held lock; released on drop and on death.
#[derive(Debug)]
pub(crate) struct Lock {
    file: std::fs::File,
}

impl Lock {
    /// Takes the lock at `path`, waiting at most `patience`.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<Self, Error> {
        let _ = patience;
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| super::files::Error::io("open", path, error))?;
        file.lock().map_err(|error| super::files::Error::io("lock", path, error))?;
        Ok(Self { file })
    }

    /// The lock as the standard input of a child, which then holds it together with us (Unix).
    pub(crate) fn try_clone_to_child(&self) -> std::io::Result<std::process::Stdio> {
        self.file.try_clone().map(std::process::Stdio::from)
    }

    /// Adopts the lock that our parent passed as standard input (Unix).
    #[cfg(unix)]
    pub(crate) fn adopt_from_standard_input() -> std::io::Result<Self> {
        use std::os::fd::AsFd as _;
        Ok(Self { file: std::io::stdin().as_fd().try_clone_to_owned()?.into() })
    }
}

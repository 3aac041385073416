//! Temporary files whose writer died: how they are told from those of the living, read and removed.
//!
//! A living writer holds an operating-system lock on its temporary file, which the kernel drops with the process. Where
//! there are no locks the process id in the name decides.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::{Error, read_bounded, remove, trust};

/// A temporary file of ours that nobody will finish; we hold its lock.
#[derive(Debug)]
pub(crate) struct Leftover {
    path: PathBuf,
    file: File,
}

impl Leftover {
    /// What its writer managed to write; room that was reserved but not used is spaces.
    pub(crate) fn content(&self, limit: u64) -> Result<Vec<u8>, Error> {
        read_bounded(&self.file, &self.path, limit)
    }

    /// Removes it.
    pub(crate) fn remove(self) -> Result<(), Error> {
        remove(&self.path)
    }
}

/// The leftovers of writes to `target`.
pub(crate) fn leftovers(target: &Path) -> Vec<Leftover> {
    let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
    let Ok(entries) = std::fs::read_dir(super::parent(&target)) else { return Vec::new() };
    let stem = stem(&target);
    entries
        .flatten()
        .filter(|entry| writer(&entry.file_name().to_string_lossy(), &stem).is_some())
        .filter_map(|entry| adopt(entry.path(), &stem))
        .collect()
}

/// A process that has reserved room for `target` and may be about to fill it.
pub(crate) fn living_writer(target: &Path) -> Option<u32> {
    let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
    let stem = stem(&target);
    std::fs::read_dir(super::parent(&target)).ok()?.flatten().find_map(|entry| {
        let writer = writer(&entry.file_name().to_string_lossy(), &stem)?;
        let is_living = entry.path().exists() && adopt(entry.path(), &stem).is_none();
        is_living.then_some(writer)
    })
}

/// Locks the file at `path` if its writer is gone.
fn adopt(path: PathBuf, stem: &str) -> Option<Leftover> {
    let file = trust::open_unfollowed(&path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let gone = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => {
            let name = path.file_name()?.to_string_lossy().into_owned();
            !is_running(writer(&name, stem)?)
        }
    };
    gone.then_some(Leftover { path, file })
}

/// The process that a temporary file's name belongs to; `None` when the name is not of our pattern.
fn writer(name: &str, stem: &str) -> Option<u32> {
    let (pid, random) = name.strip_prefix(stem)?.strip_suffix(SUFFIX)?.split_once('-')?;
    if random.is_empty() { None } else { pid.parse().ok() }
}

/// `.datumctl-<file name>-`, shared by all temporary files for `target`.
fn stem(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".datumctl-{name}-")
}

/// `.datumctl-<file name>-<pid>-`, to which random characters and [`SUFFIX`] are added.
pub(super) fn prefix(target: &Path) -> String {
    format!("{}{}-", stem(target), std::process::id())
}

/// Whether a process with this id exists.
fn is_running(pid: u32) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, test_kill_process};
        let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
        test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
    }
    #[cfg(not(unix))]
    {
        let _ = pid;
        true
    }
}

/// The end of a temporary file's name.
pub(super) const SUFFIX: &str = ".tmp";

//! Why a kubeconfig cannot be used. Never quotes the file: there are keys and tokens in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sys::{files, lock_file};
use crate::yaml::Defect;

/// Why a kubeconfig could not be read or changed. It is then as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be read, or not be replaced.
    #[error(transparent)]
    File(#[from] files::Error),
    /// `KUBECONFIG` is nothing but separators, or there is neither it nor a home directory.
    #[error("there is no kubeconfig to write to")]
    NoFile,
    /// The lock file of kubectl was there for the whole wait.
    #[error("{} has been in the way{}", path.display(), age.map_or(String::new(), |age| format!(" for {}", in_words(age))))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long it has existed.
        age: Option<Duration>,
    },
    /// The file is not the YAML we understand.
    #[error("{} is not readable{}: {defect}", path.display(), line.map_or(String::new(), |line| format!(" (line {line})")))]
    Unreadable {
        /// The kubeconfig.
        path: PathBuf,
        /// Where reading stopped, counted from 1.
        line: Option<usize>,
        /// What is wrong there.
        defect: Defect,
    },
    /// It is YAML, but no kubeconfig that kubectl would read.
    #[error("{} is not a kubeconfig: {reason}", path.display())]
    NotAKubeconfig {
        /// The file.
        path: PathBuf,
        /// What kubectl would stumble over.
        reason: String,
    },
    /// The layout is one in which nothing can be changed without writing other entries anew.
    #[error("{} is laid out in a way that cannot be changed without touching other entries", path.display())]
    Layout {
        /// The kubeconfig.
        path: PathBuf,
    },
    /// Other writers were faster each time.
    #[error("the kubeconfig files changed again and again while they were being changed")]
    Contended,
}

impl Error {
    pub(super) fn unreadable(path: &Path, (defect, line): (Defect, Option<usize>)) -> Self {
        Self::Unreadable { path: path.to_owned(), line, defect }
    }
}

impl From<lock_file::Error> for Error {
    fn from(error: lock_file::Error) -> Self {
        match error {
            lock_file::Error::Held { path, age } => Self::Locked { path, age },
            lock_file::Error::File(error) => Self::File(error),
        }
    }
}

fn in_words(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7200 => format!("{} minutes", seconds / 60),
        seconds @ 7200..172_800 => format!("{} hours", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

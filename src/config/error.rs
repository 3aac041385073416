//! What can be wrong with the file as a whole, and what is worth telling about a file that could be used.

use std::path::{Path, PathBuf};

use crate::sys::{files, lock};
use crate::yaml::Defect;

/// Why the configuration could not be read or changed. Never quotes the file: people keep notes in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file could not be read, or not be replaced.
    #[error(transparent)]
    File(#[from] files::Error),
    /// The lock that writers take could not be had.
    #[error(transparent)]
    Lock(#[from] lock::Error),
    /// The file is not the YAML we understand.
    #[error("{} is not readable{}: {defect}", path.display(), line.map_or(String::new(), |line| format!(" (line {line})")))]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// Where reading stopped, counted from 1.
        line: Option<usize>,
        /// What is wrong there.
        defect: Defect,
    },
    /// A newer program wrote the file; writing it with what we know would lose what we do not.
    #[error("{} was made by a newer version ({api_version})", path.display())]
    MadeByNewerVersion {
        /// The configuration file.
        path: PathBuf,
        /// Its `apiVersion`.
        api_version: String,
    },
}

impl Error {
    pub(super) fn unreadable(path: &Path, (defect, line): (Defect, Option<usize>)) -> Self {
        Self::Unreadable { path: path.to_owned(), line, defect }
    }
}

/// Something about the file that the person should hear of once; the command goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The file had no content at all (a crash, a full disk), and counts as an empty configuration.
    WasEmpty {
        /// The file.
        path: PathBuf,
        /// Where the empty file was kept, once something was written in its place.
        kept: Option<PathBuf>,
    },
    /// The layout could not be edited in place: the file was written anew, without its comments and order.
    WrittenAnew {
        /// The file.
        path: PathBuf,
        /// Where the text as it was before is kept.
        kept: Option<PathBuf>,
    },
}

/// An entry that cannot be used as it stands; the others can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A session entry without a usable name, user key or server, 1-based in file order. Kept, not used.
    BrokenSession {
        /// Its place in `sessions`, counted from 1.
        position: usize,
        /// The key that is missing or unusable.
        key: &'static str,
    },
    /// A context entry without a usable name or session. Kept, not used.
    BrokenContext {
        /// Its place in `contexts`, counted from 1.
        position: usize,
        /// The key that is missing or unusable.
        key: &'static str,
    },
    /// Several different sessions have one name, so that the name picks none of them.
    DuplicateSession {
        /// The name.
        name: String,
    },
    /// A session name with a slash: contexts of other sessions could look like its own.
    SlashInSessionName {
        /// The name.
        name: String,
    },
    /// `current-context` names a context that is not there, or one whose session is not.
    DanglingCurrentContext {
        /// The pointer.
        name: String,
    },
    /// `active-session` names a session that is not there.
    DanglingActiveSession {
        /// The pointer.
        name: String,
    },
    /// A context belongs to a session that is not there.
    OrphanContext {
        /// The context.
        name: String,
    },
}

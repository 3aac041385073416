//! Files that hold something of ours: bounded reads, private directories and durable replacement.
//!
//! Every write is: a temporary file in the same directory, created 0600 and filled and fsynced *before* anything
//! irreversible happens ([`Reservation::make`]), then content, fsync, rename, fsync of the directory
//! ([`Reservation::commit`]). A reader therefore sees the old file or the new one, never a part.

mod leftover;
mod named;
mod reservation;
mod stamp;
mod trust;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use leftover::{Leftover, leftovers, living_writer};
pub(crate) use named::{Present, reserve_named};
pub(crate) use reservation::{Draft, Reservation};
pub(crate) use stamp::Stamp;

/// Why a file could not be read or replaced. Carries the path, never the content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The path or one of its directories belongs to somebody else, or can be replaced by anybody.
    #[error("{}: {reason}", path.display())]
    Untrusted {
        /// The offending path.
        path: PathBuf,
        /// What is wrong with it, in plain words.
        reason: &'static str,
    },
    /// Something lies where something new was to be made.
    #[error("{} exists already", path.display())]
    Exists {
        /// The path asked for.
        path: PathBuf,
    },
    /// There is nothing where something was to be replaced.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The path asked for.
        path: PathBuf,
    },
    /// A secret was to be kept where everybody can read or write it.
    #[error("{} is open to everybody (mode {mode:o})", path.display())]
    OpenToAll {
        /// The offending path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something that is not a regular file lies in its place.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The offending path.
        path: PathBuf,
    },
    /// The file is larger than anything we would have written.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The offending path.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The operating system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// `read`, `create`, `write`, `sync`, `rename`, `remove`, ...
        action: &'static str,
        /// The path it was asked for.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Names the action and the path that an operating-system error belongs to.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

/// Something about a file that its owner should know, although the work went on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "permissions are told of on Unix only"))]
pub(crate) enum Notice {
    /// Others can read or write the path; it stays so until the next write.
    Loose {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others could enter the directory or read the file; it is 0700 or 0600 now.
    Tightened {
        /// The directory or file.
        path: PathBuf,
        /// The permission bits it had.
        mode: u32,
    },
    /// We run as root (sudo) in a directory of an ordinary user, who will not be able to read what we write.
    RootInUsersDirectory {
        /// The directory.
        path: PathBuf,
    },
}

impl Notice {
    /// The notice as it stands when the work is done: a write may have mended what a read had found.
    pub(crate) fn settled(self) -> Self {
        match self {
            Self::Loose { path, mode } if !trust::is_loose(&path) => Self::Tightened { path, mode },
            other => other,
        }
    }
}

/// What [`read_noting`] found.
#[derive(Debug)]
pub(crate) struct Content {
    /// The whole file.
    pub(crate) bytes: Vec<u8>,
    /// Loose permissions of the file or of its directory.
    pub(crate) notices: Vec<Notice>,
}

/// Reads a file of at most `limit` bytes that only its owner can have written; `None` when there is none.
///
/// Never blocks on a FIFO and never follows a link that leads to somebody else's file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    Ok(read_noting(path, limit)?.map(|content| content.bytes))
}

/// [`read`], also telling which permissions are looser than what we write.
pub(crate) fn read_noting(path: &Path, limit: u64) -> Result<Option<Content>, Error> {
    let Some((file, notices)) = trust::open(path)? else { return Ok(None) };
    let bytes = read_bounded(&file, path, limit)?;
    Ok(Some(Content { bytes, notices }))
}

/// Reads the rest of an open file, refusing more than `limit` bytes.
fn read_bounded(mut file: &std::fs::File, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    let expected = file.metadata().map_or(0, |metadata| metadata.len().min(limit));
    let mut content = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    let read =
        file.by_ref().take(limit + 1).read_to_end(&mut content).map_err(|error| Error::io("read", path, error))?;
    if read as u64 > limit {
        return Err(Error::TooLarge { path: path.to_owned(), limit });
    }
    Ok(content)
}

/// Makes `path` (and its missing parents) a directory that only its owner can enter (0700), whatever the umask.
///
/// An existing directory with looser permissions is tightened, and a notice says so.
pub(crate) fn create_private_directory(path: &Path) -> Result<Vec<Notice>, Error> {
    create_missing(path)?;
    trust::make_private(path)
}

/// Opens the file at `path`, which is no link, for reading.
#[cfg(unix)]
pub(crate) fn open_unfollowed(path: &Path) -> Result<std::fs::File, Error> {
    trust::open_unfollowed(path).map_err(|error| Error::io("open", path, error))
}

/// Whether a link lies at `path`, wherever it leads.
pub(crate) fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
}

/// Makes a file of ours 0600 and says what was wrong with it.
pub(crate) fn make_file_private(path: &Path) -> Result<Option<Notice>, Error> {
    trust::make_file_private(path)
}

/// A directory of our own that is removed when dropped (0700).
pub(crate) fn temporary_directory() -> Result<tempfile::TempDir, Error> {
    let builder = tempfile::Builder::new().prefix("datumctl-").tempdir();
    builder.map_err(|error| Error::io("create a temporary directory in", &std::env::temp_dir(), error))
}

/// Creates a directory below those that exist, each 0700 before the next, for a umask may take even our own permission.
pub(crate) fn create_missing(path: &Path) -> Result<(), Error> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    create_missing(parent(path))?;
    #[cfg(unix)]
    let builder = {
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
    };
    #[cfg(not(unix))]
    let builder = std::fs::DirBuilder::new();
    match uninterrupted(|| builder.create(path)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(Error::io("create", path, error)),
    }
    trust::make_private(path)?;
    sync_directory(path)
}

/// Replaces `path` with `content`, durably, 0600, and clears away what dead writers left beside it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    Reservation::make(path, content.len() as u64)?.commit(content)?;
    leftovers(path).into_iter().try_for_each(Leftover::remove)
}

/// The files beside `path` whose names begin with `prefix`.
pub(crate) fn siblings(path: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent(path)).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path()).collect()
}

/// Removes `path` durably; a missing file is no error.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match uninterrupted(|| std::fs::remove_file(path)) {
        Ok(()) => sync_directory(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path, error)),
    }
}

/// Moves a file aside under a new name in the same directory, durably and 0600: it may hold what it held before.
pub(crate) fn move_aside(path: &Path, aside: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        uninterrupted(|| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)))
            .map_err(|error| Error::io("make private", path, error))?;
    }
    uninterrupted(|| std::fs::rename(path, aside)).map_err(|error| Error::io("move aside", path, error))?;
    sync_directory(path)
}

/// The directory that holds `path`.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a creation, rename or removal in the directory of `path` survive a power cut.
fn sync_directory(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let synced = std::fs::File::open(parent(path)).and_then(|directory| directory.sync_all());
        match synced {
            Err(error) if cannot_sync_directories(&error) => {}
            other => other.map_err(|error| Error::io("sync the directory of", path, error))?,
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Some network and FUSE file systems have no fsync for directories; there is nothing better to do on them.
#[cfg(unix)]
fn cannot_sync_directories(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::INVAL, Errno::OPNOTSUPP, Errno::NOSYS]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Repeats a call that a signal interrupted.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// A temporary directory as private as a home, whatever the umask of the tests.
#[cfg(test)]
pub(crate) fn temporary_home() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(directory.path(), private).expect("it is ours");
    }
    directory
}

#[cfg(test)]
mod tests;

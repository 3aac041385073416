//! Files that hold something of ours: bounded reads, private directories and durable replacement.
//!
//! Every write is: a temporary file in the same directory, created 0600 and filled and fsynced *before* anything
//! irreversible happens ([`Reservation::make`]), then content, fsync, rename, fsync of the directory
//! ([`Reservation::commit`]). A reader therefore sees the old file or the new one, never a part.

use std::io;
use std::path::{Path, PathBuf};

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

/// Reads a file of at most `limit` bytes that only its owner can have written; `None` when there is none.
///
/// Never blocks on a FIFO and never follows a link that leads to somebody else's file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let mut content = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut content).map_err(|error| Error::io("read", path, error))?;
    if read as u64 > limit {
        return Err(Error::TooLarge { path: path.to_owned(), limit });
    }
    Ok(Some(content))
}

/// Creates `path` (and its parents) as a directory only its owner can enter (0700).
pub(crate) fn create_private_directory(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Error::io("create", path, error))
}

/// Room on disk for the next content of `target`, held as a filled and fsynced temporary file beside it.
///
/// Dropping it removes the temporary file and leaves `target` as it was.
#[derive(Debug)]
pub(crate) struct Reservation {
    target: PathBuf,
    file: tempfile::NamedTempFile,
}

impl Reservation {
    /// Reserves `size` bytes beside `target`, whose directory must exist.
    pub(crate) fn make(target: &Path, size: u64) -> Result<Self, Error> {
        let directory = target.parent().unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".datumctl-")
            .suffix(".tmp")
            .tempfile_in(directory)
            .map_err(|error| Error::io("create a temporary file for", target, error))?;
        let mut room = io::repeat(b' ');
        io::copy(&mut io::Read::take(&mut room, size), &mut file.as_file())
            .and_then(|_| file.as_file().sync_all())
            .map_err(|error| Error::io("reserve room for", target, error))?;
        Ok(Self { target: target.to_owned(), file })
    }

    /// Replaces the target with `content`, durably.
    pub(crate) fn commit(mut self, content: &[u8]) -> Result<(), Error> {
        use std::io::{Seek as _, Write as _};
        let target = &self.target;
        let file = self.file.as_file_mut();
        file.rewind()
            .and_then(|()| file.write_all(content))
            .and_then(|()| file.set_len(content.len() as u64))
            .and_then(|()| file.sync_all())
            .map_err(|error| Error::io("write", target, error))?;
        self.file.persist(target).map_err(|error| Error::io("replace", target, error.error))?;
        sync_directory(target)
    }
}

/// Replaces `path` with `content`, durably, 0600.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    Reservation::make(path, content.len() as u64)?.commit(content)
}

/// Removes `path` durably; a missing file is no error.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_directory(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path, error)),
    }
}

/// Makes a rename or removal in the directory of `path` survive a power cut.
fn sync_directory(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| Error::io("sync the directory of", path, error))?;
    }
    Ok(())
}

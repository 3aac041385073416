//! The writing half: a filled and fsynced temporary file that becomes the target.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, leftover, parent, sync_directory, trust};

/// Room on disk for the next content of `target`, held as a filled and fsynced temporary file beside it.
///
/// Dropping it removes the temporary file and leaves `target` as it was.
#[derive(Debug)]
pub(crate) struct Reservation {
    target: PathBuf,
    file: tempfile::NamedTempFile,
    /// Whether whatever lies at the target by then stays.
    is_new: bool,
}

impl Reservation {
    /// Reserves `size` bytes beside `target`, whose directory must exist.
    ///
    /// A target that is a link to a file of ours is replaced where it really lies. The room is filled with spaces,
    /// so that a JSON text in it stays one when its writer dies before cutting off the rest.
    pub(crate) fn make(target: &Path, size: u64) -> Result<Self, Error> {
        let target = trust::write_target(target)?;
        let file = create_locked(&target)?;
        let mut room = io::Read::take(io::repeat(b' '), size);
        io::copy(&mut room, &mut file.as_file())
            .and_then(|_| file.as_file().sync_all())
            .map_err(|error| Error::io("reserve room for", &target, error))?;
        Ok(Self { target, file, is_new: false })
    }

    /// The same room for a target that must not be there, also when the content is complete.
    pub(super) fn of_something_new(self) -> Self {
        Self { is_new: true, ..self }
    }

    /// Gives the new file the owner, the group and the permissions of the file that it replaces, if there is one.
    pub(crate) fn with_permissions_of_target(self) -> Result<Self, Error> {
        #[cfg(unix)]
        if let Ok(old) = self.target.symlink_metadata() {
            use std::os::unix::fs::{MetadataExt as _, fchown};
            let file = self.file.as_file();
            let new = file.metadata().map_err(|error| Error::io("read", self.file.path(), error))?;
            let differs = (old.uid(), old.gid()) != (new.uid(), new.gid());
            let owned = if differs { fchown(file, Some(old.uid()), Some(old.gid())) } else { Ok(()) };
            owned
                .and_then(|()| file.set_permissions(old.permissions()))
                .map_err(|error| Error::io("keep owner and permissions of", &self.target, error))?;
        }
        Ok(self)
    }

    /// A second way into this room, for whoever gets the content first.
    pub(crate) fn draft(&self) -> io::Result<Draft> {
        self.file.as_file().try_clone().map(Draft)
    }

    /// From now on the room stays when its content cannot become the target: the next writer takes over what is in it.
    pub(crate) fn outlast_failure(&mut self) {
        self.file.disable_cleanup(true);
    }

    /// Gives the room back after all.
    pub(crate) fn give_back(mut self) {
        self.file.disable_cleanup(false);
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
        // Locks keep readers out on Windows, and a moment later this is the target.
        #[cfg(windows)]
        let _ = self.file.as_file().unlock();
        if self.is_new {
            self.file.persist_noclobber(target).map_err(|refused| match refused.error.kind() {
                io::ErrorKind::AlreadyExists => Error::Exists { path: target.clone() },
                _ => Error::io("create", target, refused.error),
            })?;
        } else {
            persist(self.file, target).map_err(|error| Error::io("replace", target, error))?;
        }
        sync_directory(target)
    }
}

/// Writes into reserved room before anything is known about the target: no more than one system call, so that next to
/// nothing can come between having a content and having it on disk.
#[derive(Debug)]
pub(crate) struct Draft(std::fs::File);

impl Draft {
    /// Writes `content` at the beginning of the room; what is left of the room stays spaces.
    pub(crate) fn write(&self, content: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::write_all_at(&self.0, content, 0);
        #[cfg(not(unix))]
        {
            use std::io::{Seek as _, Write as _};
            (&self.0).rewind().and_then(|()| (&self.0).write_all(content))
        }
    }
}

/// Creates a temporary file beside `target` (0600, unpredictable name, never an existing file) that we hold locked,
/// so that others can tell it from the leftover of a dead process.
fn create_locked(target: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let describe = |error| Error::io("create a temporary file for", target, error);
    loop {
        let file = tempfile::Builder::new()
            .prefix(&leftover::prefix(target))
            .suffix(leftover::SUFFIX)
            .rand_bytes(12)
            .tempfile_in(parent(target))
            .map_err(describe)?;
        restore_mode(&file).map_err(describe)?;
        // A cleaner may have taken it for a leftover before we could lock it; where there are no locks, it asks for us.
        let taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !taken && file.path().symlink_metadata().is_ok() {
            return Ok(file);
        }
    }
}

/// A umask may have taken our own permission away.
fn restore_mode(file: &tempfile::NamedTempFile) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.as_file().metadata()?.permissions().mode() & 0o777 != 0o600 {
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Renames over the target, again when a signal or (on Windows) a short-lived reader gets in the way.
fn persist(mut file: tempfile::NamedTempFile, target: &Path) -> io::Result<()> {
    let mut patience = if cfg!(windows) { 20 } else { 0 };
    loop {
        match file.persist(target) {
            Ok(_) => return Ok(()),
            Err(refused) if refused.error.kind() == io::ErrorKind::Interrupted => file = refused.file,
            Err(refused) if patience > 0 && refused.error.kind() == io::ErrorKind::PermissionDenied => {
                patience -= 1;
                std::thread::sleep(std::time::Duration::from_millis(10));
                file = refused.file;
            }
            Err(refused) => return Err(refused.error),
        }
    }
}

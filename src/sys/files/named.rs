//! A file that a person names to put a secret in: private from birth, never written through a link, and nothing is
//! replaced unasked.

use std::io;
use std::path::Path;

use super::{Error, Leftover, Reservation, leftovers};

/// What is to happen with what lies at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Present {
    /// There must be nothing, also when the file is complete.
    Refused,
    /// It goes, with its owner and permissions.
    Replaced,
    /// It must be there and closed to the world; its owner, its group and its permissions stay.
    Renewed,
}

/// Reserves `size` bytes for a new content of `path`, and as many more as its renewed content has, in a file beside it
/// that only we can read.
///
/// # Errors
/// The path is a link, something other than a regular file, somebody else's, in a directory where anybody can replace
/// it, or not as [`Present`] wants it; or the system refused.
pub(crate) fn reserve_named(path: &Path, size: u64, present: Present) -> Result<Reservation, Error> {
    let owned = || path.to_owned();
    let mut more = 0;
    if !names_a_file(path) {
        return Err(Error::NotAFile { path: owned() });
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if present == Present::Renewed {
                return Err(Error::Missing { path: owned() });
            }
        }
        Err(error) => return Err(Error::io("look at", path, error)),
        Ok(metadata) if metadata.is_symlink() => {
            return Err(Error::Untrusted { path: owned(), reason: "is a link; name the file that it leads to" });
        }
        Ok(metadata) if !metadata.is_file() => return Err(Error::NotAFile { path: owned() }),
        Ok(_) if present == Present::Refused => return Err(Error::Exists { path: owned() }),
        Ok(metadata) if present == Present::Renewed => {
            closed_to_the_world(path, &metadata)?;
            more = metadata.len().min(LARGEST);
        }
        Ok(_) => {}
    }
    leftovers(path).into_iter().try_for_each(Leftover::remove)?;
    let reservation = Reservation::make(path, size + more)?;
    match present {
        Present::Refused => Ok(reservation.of_something_new()),
        Present::Replaced => Ok(reservation),
        Present::Renewed => reservation.with_permissions_of_target(),
    }
}

/// `new/` and `new/.` are directories, also while there is nothing.
fn names_a_file(path: &Path) -> bool {
    let whole = path.as_os_str().as_encoded_bytes();
    path.file_name().is_some_and(|name| whole.ends_with(name.as_encoded_bytes()))
}

/// No more is reserved for what is there than any content of ours has.
const LARGEST: u64 = 1024 * 1024;

#[cfg(unix)]
fn closed_to_the_world(path: &Path, metadata: &std::fs::Metadata) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    match metadata.mode() & 0o7777 {
        mode if mode & 0o007 != 0 => Err(Error::OpenToAll { path: path.to_owned(), mode }),
        _ => Ok(()),
    }
}

/// Files of a user's profile are private on other systems.
#[cfg(not(unix))]
fn closed_to_the_world(_path: &Path, _metadata: &std::fs::Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::{Error, Present, reserve_named};
    use crate::sys::files::temporary_home;

    #[test]
    fn what_appears_meanwhile_is_not_replaced_unasked() {
        let directory = temporary_home();
        let path = directory.path().join("secret");
        let reservation = reserve_named(&path, 10, Present::Refused).unwrap();
        write(&path, "somebody's").unwrap();
        assert!(matches!(reservation.commit(b"ours"), Err(Error::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody's");
        assert!(matches!(reserve_named(&path, 10, Present::Refused), Err(Error::Exists { .. })));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        reserve_named(&path, 10, Present::Replaced).unwrap().commit(b"ours").unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), path.metadata().unwrap().mode() & 0o777), (b"ours".to_vec(), 0o600));
    }

    #[test]
    fn a_renewed_file_keeps_who_may_read_it_unless_that_is_everybody() {
        let directory = temporary_home();
        let path = directory.path().join("secret");
        assert!(matches!(reserve_named(&path, 10, Present::Renewed), Err(Error::Missing { .. })));
        write(&path, "old").unwrap();
        set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        reserve_named(&path, 10, Present::Renewed).unwrap().commit(b"new").unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), path.metadata().unwrap().mode() & 0o777), (b"new".to_vec(), 0o640));
        set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(reserve_named(&path, 10, Present::Renewed), Err(Error::OpenToAll { mode: 0o604, .. })));
    }

    #[test]
    fn a_link_is_never_written_through() {
        let directory = temporary_home();
        let (path, behind) = (directory.path().join("link"), directory.path().join("behind"));
        for content in [None, Some("x")] {
            content.iter().for_each(|content| write(&behind, content).unwrap());
            let _ = std::fs::remove_file(&path);
            symlink(&behind, &path).unwrap();
            for present in [Present::Refused, Present::Replaced, Present::Renewed] {
                assert!(matches!(reserve_named(&path, 10, present), Err(Error::Untrusted { .. })), "{present:?}");
            }
        }
    }
}

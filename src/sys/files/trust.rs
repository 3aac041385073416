//! Whose file is it? Opening without following links or blocking, and the checks of owner, kind and permissions.
//!
//! A file is ours when it belongs to us, to root, or (under sudo) to the person who called sudo, and when nobody else
//! can replace it: no directory above it is writable by others, unless it is sticky like `/tmp`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
use super::uninterrupted;
use super::{Error, Notice, parent};

/// Opens `path` for reading if it is a regular file that is ours; `None` when there is none.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> Result<Option<(File, Vec<Notice>)>, Error> {
    let (file, linked) = match open_unfollowed(path) {
        Ok(file) => (file, false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if is_link(path, &error) => {
            let target = follow(path)?;
            (open_unfollowed(&target).map_err(|error| Error::io("read", &target, error))?, true)
        }
        Err(error) if is_socket(&error) => return Err(Error::NotAFile { path: path.to_owned() }),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let metadata = file.metadata().map_err(|error| Error::io("read", path, error))?;
    check_file(path, &metadata, linked)?;
    let mut notices = check_directory_once(parent(path))?;
    notices.extend(loose(path, &metadata));
    Ok(Some((file, notices)))
}

/// Opens `path` for reading; `None` when there is none.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> Result<Option<(File, Vec<Notice>)>, Error> {
    match File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|metadata| metadata.is_file()) => Ok(Some((file, Vec::new()))),
        Ok(_) => Err(Error::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if path.is_dir() => Err(Error::NotAFile { path: path.to_owned() }),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// Where a write to `path` has to go: itself, or the file of ours that it links to.
///
/// # Errors
/// Refuses links to nothing, in circles or to a file of somebody else, and anything that is not a regular file.
pub(super) fn write_target(path: &Path) -> Result<PathBuf, Error> {
    let target = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(Error::io("write", path, error)),
        Ok(metadata) if metadata.is_symlink() => follow(path)?,
        Ok(metadata) => {
            check_file(path, &metadata, false)?;
            path.to_owned()
        }
    };
    check_directory(parent(&target))?;
    Ok(target)
}

/// Makes an existing directory 0700 and says what was wrong with it.
#[cfg(unix)]
pub(super) fn make_private(path: &Path) -> Result<Vec<Notice>, Error> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let metadata = path.metadata().map_err(|error| Error::io("read", path, error))?;
    if !metadata.is_dir() {
        return Err(Error::io("create", path, io::ErrorKind::NotADirectory.into()));
    }
    if !is_ours(metadata.uid()) {
        return Err(Error::Untrusted { path: path.to_owned(), reason: SOMEBODY_ELSE });
    }
    let mut notices = Vec::new();
    if rustix::process::geteuid().is_root() && metadata.uid() != 0 {
        notices.push(Notice::RootInUsersDirectory { path: path.to_owned() });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o777 != 0o700 {
        uninterrupted(|| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)))
            .map_err(|error| Error::io("make private", path, error))?;
        if mode & 0o077 != 0 {
            notices.push(Notice::Tightened { path: path.to_owned(), mode });
        }
    }
    check_directory(path)?;
    Ok(notices)
}

/// Directories of a user's profile are private on other systems.
#[cfg(not(unix))]
pub(super) fn make_private(_path: &Path) -> Result<Vec<Notice>, Error> {
    Ok(Vec::new())
}

/// Makes a regular file of ours 0600, on the open file so that nothing else can be meant.
#[cfg(unix)]
pub(super) fn make_file_private(path: &Path) -> Result<Option<Notice>, Error> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let Some((file, _)) = open(path)? else { return Ok(None) };
    let mode = file.metadata().map_err(|error| Error::io("read", path, error))?.mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(None);
    }
    uninterrupted(|| file.set_permissions(std::fs::Permissions::from_mode(0o600)))
        .map_err(|error| Error::io("make private", path, error))?;
    Ok(Some(Notice::Tightened { path: path.to_owned(), mode }))
}

/// Files of a user's profile are private on other systems.
#[cfg(not(unix))]
pub(super) fn make_file_private(_path: &Path) -> Result<Option<Notice>, Error> {
    Ok(None)
}

/// Opens for reading without following a final link, blocking on a FIFO or taking a terminal.
#[cfg(unix)]
pub(super) fn open_unfollowed(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    uninterrupted(|| Ok(rustix::fs::open(path, flags, Mode::empty())?)).map(File::from)
}

/// Opens for reading.
#[cfg(not(unix))]
pub(super) fn open_unfollowed(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The regular file of ours that the link at `path` leads to.
fn follow(path: &Path) -> Result<PathBuf, Error> {
    let refuse = |reason| Error::Untrusted { path: path.to_owned(), reason };
    let target = path.canonicalize().map_err(|_| refuse("is a link that leads nowhere"))?;
    let metadata = target.symlink_metadata().map_err(|error| Error::io("read", &target, error))?;
    check_file(path, &metadata, true)?;
    Ok(target)
}

/// Refuses everything but a regular file of ours; what a link leads to must be our very own, not merely root's.
#[cfg(unix)]
fn check_file(path: &Path, metadata: &std::fs::Metadata, linked: bool) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let refuse = |reason| Err(Error::Untrusted { path: path.to_owned(), reason });
    match (metadata.is_file(), linked) {
        (false, true) => refuse("is a link to something that is not a regular file"),
        (false, false) => Err(Error::NotAFile { path: path.to_owned() }),
        (true, true) if !is_ours_alone(metadata.uid()) => refuse("is a link to somebody else's file"),
        (true, false) if !is_ours(metadata.uid()) => refuse(SOMEBODY_ELSE),
        (true, _) => Ok(()),
    }
}

/// Refuses everything but a regular file.
#[cfg(not(unix))]
fn check_file(path: &Path, metadata: &std::fs::Metadata, _linked: bool) -> Result<(), Error> {
    if metadata.is_file() { Ok(()) } else { Err(Error::NotAFile { path: path.to_owned() }) }
}

/// [`check_directory`], once for files of one directory that are read one after the other.
#[cfg(unix)]
fn check_directory_once(directory: &Path) -> Result<Vec<Notice>, Error> {
    static BLAMELESS: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut blameless = BLAMELESS.lock().unwrap_or_else(PoisonError::into_inner);
    if blameless.as_deref() == Some(directory) {
        return Ok(Vec::new());
    }
    let notices = check_directory(directory)?;
    *blameless = notices.is_empty().then(|| directory.to_owned());
    Ok(notices)
}

/// Refuses a directory whose files somebody else could replace, there or further up.
#[cfg(unix)]
fn check_directory(directory: &Path) -> Result<Vec<Notice>, Error> {
    use std::os::unix::fs::MetadataExt as _;
    let directory = directory.canonicalize().map_err(|error| Error::io("enter", directory, error))?;
    let mut notices = Vec::new();
    for ancestor in directory.ancestors() {
        let metadata = ancestor.symlink_metadata().map_err(|error| Error::io("enter", ancestor, error))?;
        let refuse = |reason| Err(Error::Untrusted { path: ancestor.to_owned(), reason });
        if is_open_to_others(&metadata) {
            return refuse("is a directory in which anybody can replace files");
        }
        if ancestor == directory {
            if !is_ours(metadata.uid()) {
                return refuse(SOMEBODY_ELSE);
            }
            notices.extend(loose(ancestor, &metadata));
        }
    }
    Ok(notices)
}

/// Directories of a user's profile are private on other systems.
#[cfg(not(unix))]
fn check_directory(_directory: &Path) -> Result<Vec<Notice>, Error> {
    Ok(Vec::new())
}

/// Writable by others without the sticky bit; the group counts unless it is root's or the user's own private group.
#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let group_is_ours = metadata.gid() == 0 || metadata.gid() == rustix::process::getegid().as_raw();
    let writers = if group_is_ours { 0o002 } else { 0o022 };
    metadata.mode() & 0o1000 == 0 && metadata.mode() & writers != 0
}

/// A notice when others can read or write the path.
#[cfg(unix)]
fn loose(path: &Path, metadata: &std::fs::Metadata) -> Option<Notice> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o7777;
    (mode & 0o077 != 0).then(|| Notice::Loose { path: path.to_owned(), mode })
}

/// Whether others can read or write what lies at `path` now.
#[cfg(unix)]
pub(super) fn is_loose(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| loose(path, &metadata).is_some())
}

/// Directories of a user's profile are private on other systems.
#[cfg(not(unix))]
pub(super) fn is_loose(_path: &Path) -> bool {
    false
}

/// Ours alone, or root's.
#[cfg(unix)]
fn is_ours(owner: u32) -> bool {
    owner == 0 || is_ours_alone(owner)
}

/// The effective user's; under sudo also the user's who called it.
#[cfg(unix)]
fn is_ours_alone(owner: u32) -> bool {
    let us = rustix::process::geteuid();
    owner == us.as_raw()
        || (us.is_root() && crate::sys::env::var(crate::sys::env::SUDO_UID).is_some_and(|uid| uid.parse() == Ok(owner)))
}

/// `O_NOFOLLOW` met a link: ELOOP, on some BSDs EMLINK or EFTYPE.
#[cfg(unix)]
fn is_link(path: &Path, error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
        || path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
}

/// Opening a socket fails with ENXIO, on some systems EOPNOTSUPP; so do devices without a driver.
#[cfg(unix)]
fn is_socket(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::NXIO, Errno::OPNOTSUPP].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(unix)]
const SOMEBODY_ELSE: &str = "belongs to somebody else";

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_is_not_ours_but_roots_is() {
        // STO-03
        use super::is_ours;
        let us = rustix::process::geteuid().as_raw();
        assert!(is_ours(us));
        assert!(is_ours(0));
        assert!(!is_ours(us + 4242));
    }
}

//! Private keys of service accounts: `<sha256 of the user key>.pem`, 0600, in a directory of their own (0700).

use std::path::{Path, PathBuf};

use super::Error;
use super::home::{Home, hash};
use crate::secret::Secret;
use crate::sys::files;

/// Where the key of this user key lies.
pub(crate) fn path(home: &Home, key: &str) -> PathBuf {
    home.key_files().join(format!("{}.pem", hash(key)))
}

/// Writes the PEM text of a private key as it is; returns where.
pub(crate) fn write(home: &Home, key: &str, pem: &Secret) -> Result<PathBuf, Error> {
    files::create_private_directory(home.key_files())?;
    let path = path(home, key);
    files::write(&path, pem.expose().as_bytes())?;
    Ok(path)
}

/// Reads a key file from where its credential says it is; `None` when it is gone.
pub(crate) fn read(path: &Path) -> Result<Option<Secret>, Error> {
    let Some(bytes) = files::read(path, LARGEST)? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| files::Error::NotAFile { path: path.to_owned() })?;
    Ok(Some(Secret::new(text)))
}

/// Takes a key file of ours (0600), and the directory it lies in (0700), away from others; says what they could do.
pub(crate) fn tighten(home: &Home, path: &Path) -> Result<Vec<files::Notice>, Error> {
    if path.parent() != Some(home.key_files()) || !path.is_file() {
        return Ok(Vec::new());
    }
    let mut notices = files::create_private_directory(home.key_files())?;
    notices.extend(files::make_file_private(path)?);
    Ok(notices)
}

/// Removes the key file of this user key.
pub(crate) fn remove(home: &Home, key: &str) -> Result<(), Error> {
    Ok(files::remove(&path(home, key))?)
}

/// Removes the key file that a stored credential names, if its name is the one we or the original gave it; a key file
/// that the person keeps somewhere is theirs.
pub(super) fn remove_stored(home: &Home, key: &str, stored: &str) -> Result<(), Error> {
    let stored = Path::new(stored);
    if stored.is_absolute() && stored.file_name() == path(home, key).file_name() {
        files::remove(stored)?;
    }
    Ok(())
}

/// An RSA key of 16384 bits is 13 kB.
const LARGEST: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::{Home, path, read, remove, remove_stored, tighten, write};
    use crate::secret::Secret;

    #[test]
    fn the_name_is_the_one_the_original_gives() {
        let home = Home::of_user("/home/ci/.datumctl".into(), std::path::Path::new("/home/ci/.config"));
        let key = "ci@web-x1.iam.datum.net@auth.staging.env.datum.net";
        assert_eq!(
            path(&home, key).to_str().unwrap(),
            "/home/ci/.config/datumctl/service-accounts/0ac8acba5ac82f9116bc56515ec792500177c34842298e21a6b2866ad37310cc.pem"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_private_and_kept_verbatim() {
        // STO-01
        use std::os::unix::fs::PermissionsExt as _;
        let directory = crate::sys::files::temporary_home();
        let home = Home::own(directory.path().join("home"));
        let pem = Secret::new("-----BEGIN\n\nverbatim \n".to_owned());
        let path = write(&home, "key", &pem).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), pem);
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        remove(&home, "key").unwrap();
        assert!(read(&path).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn only_a_key_file_of_ours_is_made_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = crate::sys::files::temporary_home();
        let home = Home::own(directory.path().join("home"));
        assert!(tighten(&home, &path(&home, "key")).unwrap().is_empty());
        assert!(!home.key_files().exists(), "nothing is made for a file that is not there");
        let theirs = directory.path().join("mine.pem");
        std::fs::write(&theirs, "x").unwrap();
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&theirs, open.clone()).unwrap();
        assert!(tighten(&home, &theirs).unwrap().is_empty());
        assert_eq!(theirs.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        let ours = write(&home, "key", &Secret::new("x".to_owned())).unwrap();
        std::fs::set_permissions(&ours, open).unwrap();
        assert_eq!(tighten(&home, &ours).unwrap().len(), 1);
        assert_eq!(ours.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_key_file_that_the_original_left_elsewhere_is_removed_by_its_name() {
        let directory = crate::sys::files::temporary_home();
        let home = Home::own(directory.path().join("home"));
        let elsewhere = directory.path().join(path(&home, "key").file_name().unwrap());
        std::fs::write(&elsewhere, "x").unwrap();
        remove_stored(&home, "key", elsewhere.to_str().unwrap()).unwrap();
        assert!(!elsewhere.exists());
    }

    #[test]
    fn a_key_file_of_the_person_is_not_removed() {
        let directory = crate::sys::files::temporary_home();
        let home = Home::own(directory.path().join("home"));
        let theirs = directory.path().join("mine.pem");
        std::fs::write(&theirs, "x").unwrap();
        remove_stored(&home, "key", theirs.to_str().unwrap()).unwrap();
        assert!(theirs.exists());
    }
}

//! Which files, and the way of every change: read, decide, lock, read again, change, write.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::document::Document;
use super::{Error, Merged};
use crate::sys::lock_file::LockFiles;
use crate::sys::{env, files};

/// The files that make up a person's kubeconfig, the first with the last word.
#[derive(Clone, Debug)]
pub(crate) struct Kubeconfig {
    paths: Vec<PathBuf>,
}

/// What a change came to.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    /// The files that were written; none when everything was there already.
    pub(crate) written: Vec<PathBuf>,
    /// What the owner of the files should know.
    pub(crate) notices: Vec<files::Notice>,
    /// What the change answered.
    pub(crate) answer: T,
}

impl Kubeconfig {
    /// `path` alone if it is given, else the parts of `KUBECONFIG` that are not empty, else `~/.kube/config`.
    pub(crate) fn locate(path: Option<&Path>) -> Result<Self, Error> {
        let paths: Vec<PathBuf> = match path {
            Some(path) => vec![path.to_owned()],
            None if env::var_os(env::KUBECONFIG).is_some() => env::paths(env::KUBECONFIG),
            None => env::user_home().map(|home| home.join(".kube").join("config")).into_iter().collect(),
        };
        let mut seen = BTreeSet::new();
        let is_new = |path: &PathBuf| !path.as_os_str().is_empty() && seen.insert(path.clone());
        let paths: Vec<_> = paths.into_iter().filter(is_new).collect();
        if paths.is_empty() { Err(Error::NoFile) } else { Ok(Self { paths }) }
    }

    /// Changes the files as `change` says; it may be asked several times and must answer the same to the same files.
    ///
    /// # Errors
    /// [`Error`]; of several files, those before the one that failed are written.
    pub(crate) fn change<T>(&self, change: impl Fn(&mut Merged) -> T) -> Result<Outcome<T>, Error> {
        let mut to_lock = BTreeSet::new();
        for _ in 0..ATTEMPTS {
            let locks = match to_lock.is_empty() {
                true => None,
                false => Some(lock(&to_lock)?),
            };
            let mut merged = self.read()?;
            let answer = change(&mut merged);
            let changed: Vec<&Document> = merged.documents().iter().filter(|document| document.is_changed()).collect();
            if changed.iter().all(|document| to_lock.contains(document.path())) {
                changed.iter().try_for_each(|document| document.write())?;
                drop(locks);
                let written = changed.iter().map(|document| document.path().to_owned()).collect();
                let notices = merged.documents().iter().flat_map(|document| document.notices().iter().cloned());
                return Ok(Outcome { written, notices: notices.collect(), answer });
            }
            to_lock.extend(changed.iter().map(|document| document.path().to_owned()));
        }
        Err(Error::Contended)
    }

    /// New entries go to the first file that exists, else to the last.
    fn read(&self) -> Result<Merged, Error> {
        let documents = self.paths.iter().map(|path| Document::read(path)).collect::<Result<Vec<_>, _>>()?;
        let existing = documents.iter().position(Document::exists);
        let default = existing.unwrap_or(documents.len() - 1);
        Ok(Merged::new(documents, default))
    }
}

/// Takes client-go's locks, `<file>.lock`, in the order that everybody takes them.
fn lock(paths: &BTreeSet<PathBuf>) -> Result<LockFiles, Error> {
    for directory in paths.iter().filter_map(|path| path.parent()) {
        files::create_missing(directory)?;
    }
    let lock_of = |path: &PathBuf| {
        let mut name = OsString::from(path);
        name.push(".lock");
        PathBuf::from(name)
    };
    let locks: Vec<_> = paths.iter().map(lock_of).collect();
    Ok(LockFiles::take(&locks, LOCK_PATIENCE)?)
}

/// Each attempt locks the files that the one before wanted to write.
const ATTEMPTS: usize = 4;
/// kubectl holds its locks for milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

//! `active.json`: what the fast path of `auth get-token` needs to know, derived from the config.
//!
//! It names the active session, its user key and its store, and carries a stamp of the config it was made from. The
//! config stays the only truth: an index whose stamp differs is never used. It holds no secret.

use serde::{Deserialize, Serialize};

use super::home::Home;
use super::{Error, StoreKind};
use crate::sys::files::{self, Stamp};

/// The index as it lies in the file; its texts are borrowed from the file's content.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Index<'a> {
    /// The format; another number is another program's.
    version: u32,
    /// The config from which this was derived.
    config: Stamp,
    /// Whether there was a file store.
    has_file: bool,
    /// Name of the active session.
    #[serde(borrow)]
    pub(crate) session: &'a str,
    /// Its user key: the name of its entry.
    #[serde(borrow)]
    pub(crate) key: &'a str,
    /// Where the entry lies.
    pub(crate) store: StoreKind,
}

impl<'a> Index<'a> {
    /// An index of the home as it is now; `None` when it has no config.
    ///
    /// Take the stamp (by calling this) before reading the config that `session` and `key` come from, or check
    /// [`Index::is_current`] after: otherwise a change in between goes unseen.
    pub(crate) fn new(home: &Home, session: &'a str, key: &'a str, store: StoreKind) -> Option<Self> {
        let config = Stamp::of(&home.config()).ok()??;
        Some(Self { version: VERSION, config, has_file: has_file(home), session, key, store })
    }

    /// Reads an index; `None` for anything that is not exactly one of ours.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|index: &Self| index.version == VERSION)
    }

    /// Whether config and file store are as they were.
    pub(crate) fn is_current(&self, home: &Home) -> bool {
        matches!(Stamp::of(&home.config()), Ok(Some(now)) if now == self.config) && has_file(home) == self.has_file
    }

    /// Writes the index.
    pub(crate) fn write(&self, home: &Home) -> Result<(), Error> {
        let text = serde_json::to_vec(self).expect("numbers and texts");
        Ok(files::write(&home.index(), &text)?)
    }
}

/// Removes the index, e.g. when no session is active.
pub(crate) fn remove(home: &Home) -> Result<(), Error> {
    Ok(files::remove(&home.index())?)
}

/// The original uses a file store that has any content; so do we.
fn has_file(home: &Home) -> bool {
    home.credentials().metadata().is_ok_and(|metadata| metadata.len() > 0)
}

const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::{Index, remove};
    use crate::session::home::Home;
    use crate::session::store::StoreKind;

    const ADA: &str = "ada@example.com@auth.datum.net";

    fn home() -> (tempfile::TempDir, Home) {
        let directory = crate::sys::files::temporary_home();
        let home = Home::own(directory.path().join("home"));
        crate::sys::files::create_private_directory(home.root()).unwrap();
        crate::sys::files::write(&home.config(), b"kind: DatumctlConfig\n").unwrap();
        (directory, home)
    }

    fn written(home: &Home) -> Vec<u8> {
        Index::new(home, "ada@example.com@api.datum.net", ADA, StoreKind::File).unwrap().write(home).unwrap();
        std::fs::read(home.index()).unwrap()
    }

    #[test]
    fn an_index_is_read_back_and_current_until_the_config_changes() {
        // RFR-01
        let (_directory, home) = home();
        let bytes = written(&home);
        let index = Index::parse(&bytes).unwrap();
        assert_eq!((index.key, index.store), (ADA, StoreKind::File));
        assert!(index.is_current(&home));
        crate::sys::files::write(&home.config(), b"kind: DatumctlConfig\n").unwrap();
        assert!(!index.is_current(&home), "the same text in a new file");
        let bytes = written(&home);
        std::fs::write(home.config(), b"kind: Datumctlconfig\n").unwrap();
        assert!(!Index::parse(&bytes).unwrap().is_current(&home), "an edit in place");
        std::fs::remove_file(home.config()).unwrap();
        assert!(!Index::parse(&bytes).unwrap().is_current(&home));
    }

    #[test]
    fn an_index_is_stale_when_a_file_store_appears_or_disappears() {
        let (_directory, home) = home();
        let bytes = written(&home);
        std::fs::write(home.credentials(), "{}").unwrap();
        assert!(!Index::parse(&bytes).unwrap().is_current(&home));
        let bytes = written(&home);
        std::fs::remove_file(home.credentials()).unwrap();
        assert!(!Index::parse(&bytes).unwrap().is_current(&home));
    }

    #[test]
    fn what_is_not_exactly_an_index_is_none() {
        let (_directory, home) = home();
        let text = String::from_utf8(written(&home)).unwrap();
        let newer = text.replace("\"version\":1", "\"version\":2");
        for broken in ["", "{}", "null", &text[1..], &newer, &format!("{text}x")] {
            assert!(Index::parse(broken.as_bytes()).is_none(), "{broken}");
        }
        remove(&home).unwrap();
        assert!(!home.index().exists());
    }
}

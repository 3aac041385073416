//! The file store: `credentials.json`, shared with the original.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Error;
use super::error::Notice;
use super::home::{Held, Home};
use super::store::{Change, Store, StoreKind};
use super::wire::{Document, ParseError, Slot};
use crate::secret::Secret;
use crate::sys::files::{self, Reservation};

/// The file store of one home.
#[derive(Debug)]
pub(super) struct FileStore {
    home: Home,
}

impl FileStore {
    /// The store in `home`; nothing is opened yet.
    pub(super) fn new(home: Home) -> Self {
        Self { home }
    }

    /// All of the file; `None` when there is none. Loose permissions are added to `notices`.
    pub(super) fn document(&self, notices: &mut Vec<Notice>) -> Result<Option<Document>, Error> {
        let path = self.home.credentials();
        let Some(content) = files::read_noting(&path, LARGEST)? else { return Ok(None) };
        notices.extend(content.notices.into_iter().map(Notice::File));
        match Document::parse(&content.bytes) {
            Ok(document) => Ok(Some(document)),
            Err(at) => Err(Error::BrokenFile { path, at }),
        }
    }

    /// The file's bytes if there is nothing to tell about its permissions.
    pub(super) fn bytes_without_notices(&self) -> Option<Zeroizing<Vec<u8>>> {
        let content = files::read_noting(&self.home.credentials(), LARGEST).ok()??;
        content.notices.is_empty().then(|| Zeroizing::new(content.bytes))
    }

    /// Room for the file's next content, whatever single entry grows in it.
    pub(super) fn reserve(&self) -> Result<Reservation, Error> {
        let path = self.home.credentials();
        let size = path.metadata().map_or(0, |metadata| metadata.len());
        Ok(Reservation::make(&path, size + GROWTH)?)
    }

    /// Changes the file in room that was reserved for it.
    pub(super) fn apply_in(&self, room: Reservation, changes: &[Change<'_>], _held: &Held) -> Result<(), Error> {
        let document = self.changed(changes)?;
        Ok(room.commit(document.to_json().expose().as_bytes())?)
    }

    /// Moves a damaged file aside, unless it has been mended meanwhile.
    pub(super) fn set_aside(&self, at: ParseError, _held: &Held) -> Option<Notice> {
        let path = self.home.credentials();
        if !matches!(self.document(&mut Vec::new()), Err(Error::BrokenFile { .. })) {
            return None;
        }
        let date = crate::sys::clock::now().strftime("%Y%m%dT%H%M%S%.6fZ");
        let kept = path.with_file_name(format!("{KEPT_PREFIX}{date}"));
        let moved = files::move_aside(&path, &kept).is_ok();
        Some(Notice::BrokenFile { path, kept: moved.then_some(kept), at })
    }

    /// The damaged files that [`FileStore::set_aside`] kept.
    pub(super) fn kept_copies(&self) -> Vec<PathBuf> {
        files::siblings(&self.home.credentials(), KEPT_PREFIX)
    }

    fn changed(&self, changes: &[Change<'_>]) -> Result<Document, Error> {
        let mut document = self.document(&mut Vec::new())?.unwrap_or_default();
        document.apply(changes);
        Ok(document)
    }
}

impl Store for FileStore {
    fn read(&self, entry: &str) -> Result<Option<Secret>, Error> {
        let document = self.document(&mut Vec::new())?;
        match document.as_ref().and_then(|document| document.entry(entry)) {
            None => Ok(None),
            Some(Slot::Text(text)) => Ok(Some(text.clone())),
            Some(Slot::Other(_)) => {
                let at = ParseError::whole("not a text");
                Err(Error::BrokenEntry { entry: entry.to_owned(), store: StoreKind::File, at })
            }
        }
    }

    /// Changes all entries in one replacement. The last entry takes the file with it: the original would use an empty
    /// one for ever.
    fn apply(&self, changes: &[Change<'_>], _held: &Held) -> Result<(), Error> {
        let path = self.home.credentials();
        let document = self.changed(changes)?;
        if document.is_empty() {
            return Ok(files::remove(&path)?);
        }
        let text = document.to_json();
        Ok(Reservation::make(&path, text.expose().len() as u64)?.commit(text.expose().as_bytes())?)
    }
}

const KEPT_PREFIX: &str = "credentials.json.bad-";
/// Far more than thousands of sessions need.
const LARGEST: u64 = 32 << 20;
/// Room for an answer with very large tokens.
const GROWTH: u64 = 64 << 10;

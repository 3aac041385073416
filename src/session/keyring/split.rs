//! Secrets larger than one entry may be (Windows): the entry then lists the pieces, which are entries of their own.
//!
//! The pieces of a new version lie beside those of the old one until the entry points to them, so that a reader finds
//! one version or the other, and a killed writer leaves the old one.

use super::{Backend, Error};
use crate::secret::Secret;

/// Reads an entry, put together from its pieces if it has any. A missing piece makes it unreadable, not absent.
pub(super) fn read(backend: &mut dyn Backend, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error> {
    let Some(first) = backend.read(entry)? else { return Ok(None) };
    let Some(pieces) = Pieces::parse(&first) else { return Ok(Some(first)) };
    let mut whole = Vec::new();
    for name in pieces.names(entry) {
        match backend.read(&name)? {
            Some(piece) => whole.extend_from_slice(piece.expose()),
            None => return Ok(Some(first)),
        }
    }
    Ok(Some(Secret::new(whole)))
}

/// Writes an entry, in pieces if it is larger than `limit`, and removes the pieces of the version before.
pub(super) fn write(
    backend: &mut dyn Backend,
    entry: &str,
    secret: &Secret<Vec<u8>>,
    limit: usize,
) -> Result<(), Error> {
    let size = secret.expose().len();
    let count = size.div_ceil(limit);
    if count > MOST_PIECES {
        return Err(Error::TooLarge { size });
    }
    let before = previous(backend, entry)?;
    if count <= 1 {
        backend.write(entry, secret)?;
    } else {
        let pieces = Pieces { version: before.as_ref().map_or(0, |before| 1 - before.version.min(1)), count };
        for (name, piece) in pieces.names(entry).zip(secret.expose().chunks(limit)) {
            backend.write(&name, &Secret::new(piece.to_vec()))?;
        }
        backend.write(entry, &Secret::new(pieces.text().into_bytes()))?;
    }
    before.map_or(Ok(()), |before| before.names(entry).try_for_each(|name| backend.delete(&name)))
}

/// Deletes an entry and its pieces.
pub(super) fn delete(backend: &mut dyn Backend, entry: &str) -> Result<(), Error> {
    let before = previous(backend, entry)?;
    backend.delete(entry)?;
    before.map_or(Ok(()), |before| before.names(entry).try_for_each(|name| backend.delete(&name)))
}

fn previous(backend: &mut dyn Backend, entry: &str) -> Result<Option<Pieces>, Error> {
    if !cfg!(any(windows, test)) {
        return Ok(None);
    }
    Ok(backend.read(entry)?.and_then(|text| Pieces::parse(&text)))
}

/// Which entries a split secret lies in: version 0 or 1, so that the next one never overwrites the current one.
struct Pieces {
    version: u8,
    count: usize,
}

impl Pieces {
    fn parse(secret: &Secret<Vec<u8>>) -> Option<Self> {
        let text = std::str::from_utf8(secret.expose()).ok()?;
        let (version, count) = text.strip_prefix(PREFIX)?.split_once('/')?;
        let pieces = Self { version: version.parse().ok()?, count: count.parse().ok()? };
        (pieces.count <= MOST_PIECES).then_some(pieces)
    }

    fn text(&self) -> String {
        format!("{PREFIX}{}/{}", self.version, self.count)
    }

    fn names(&self, entry: &str) -> impl Iterator<Item = String> {
        let version = self.version;
        (0..self.count).map(move |number| format!("{entry}#{version}.{number}"))
    }
}

/// Never the beginning of a JSON text.
const PREFIX: &str = "datumctl-pieces:";
/// 160 kB on Windows.
const MOST_PIECES: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Backend, Error, delete, read, write};
    use crate::secret::Secret;

    /// Entries of at most ten bytes.
    #[derive(Default)]
    struct Small {
        entries: BTreeMap<String, Vec<u8>>,
        writes_left: Option<usize>,
    }

    impl Backend for Small {
        fn read(&mut self, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error> {
            Ok(self.entries.get(entry).cloned().map(Secret::new))
        }

        fn write(&mut self, entry: &str, secret: &Secret<Vec<u8>>) -> Result<(), Error> {
            if let Some(left) = &mut self.writes_left {
                *left = left.checked_sub(1).ok_or(Error::Denied)?;
            }
            self.entries.insert(entry.to_owned(), secret.expose().clone());
            Ok(())
        }

        fn delete(&mut self, entry: &str) -> Result<(), Error> {
            self.entries.remove(entry);
            Ok(())
        }
    }

    fn secret(size: usize, letter: u8) -> Secret<Vec<u8>> {
        Secret::new(vec![letter; size])
    }

    fn content(small: &mut Small) -> Option<Vec<u8>> {
        read(small, "e").unwrap().map(|secret| secret.expose().clone())
    }

    #[test]
    fn a_secret_of_any_size_is_read_back_and_leaves_no_piece_of_an_older_version() {
        // KRG-06
        let mut small = Small::default();
        for (size, entries) in [(10, 1), (11, 3), (35, 5), (20, 3), (100, 11), (5, 1), (0, 1)] {
            write(&mut small, "e", &secret(size, b'x'), 10).unwrap();
            assert_eq!(content(&mut small).unwrap(), vec![b'x'; size]);
            assert_eq!(small.entries.len(), entries, "{size}");
        }
        write(&mut small, "e", &secret(50, b'x'), 10).unwrap();
        delete(&mut small, "e").unwrap();
        assert!(small.entries.is_empty());
    }

    #[test]
    fn a_write_that_fails_half_way_leaves_the_old_secret_readable() {
        // KRG-06
        for allowed in 0..6 {
            let mut small = Small::default();
            write(&mut small, "e", &secret(30, b'o'), 10).unwrap();
            small.writes_left = Some(allowed);
            let written = write(&mut small, "e", &secret(50, b'n'), 10);
            assert_eq!(written.is_ok(), allowed == 6);
            assert_eq!(content(&mut small).unwrap(), vec![b'o'; 30]);
        }
    }

    #[test]
    fn a_secret_beyond_all_pieces_is_refused_before_anything_is_written() {
        // KRG-06
        let mut small = Small::default();
        assert!(matches!(write(&mut small, "e", &secret(1000, b'x'), 10), Err(Error::TooLarge { size: 1000 })));
        assert!(small.entries.is_empty());
    }

    #[test]
    fn a_missing_piece_makes_the_secret_damaged_not_absent() {
        let mut small = Small::default();
        write(&mut small, "e", &secret(30, b'x'), 10).unwrap();
        small.entries.remove("e#0.1").unwrap();
        assert!(content(&mut small).unwrap().starts_with(b"datumctl-pieces:"));
    }
}

//! Bringing the file store's entries home to the keyring: all of them or none.

use super::Sessions;
use crate::secret::Secret;
use crate::session::error::{Error, Notice};
use crate::session::home::Held;
use crate::session::precedence::{self, Precedence};
use crate::session::store::{ACTIVE_USER, Change, KNOWN_USERS, Store as _, StoreKind};
use crate::session::wire::{self, ParseError, Slot};

impl Sessions {
    /// Makes the keyring the only store: writes every entry of the file to it, looks whether it kept them, and only
    /// then deletes the file. A home without a file is already there.
    ///
    /// # Errors
    /// The first refusal; the file is then as it was.
    pub(super) fn move_home(&self, held: &Held) -> Result<(), Error> {
        let Some(document) = self.document()? else { return Ok(()) };
        let broken = |at| Error::BrokenFile { path: self.home.credentials(), at };
        if !document.is_ours_alone() {
            return Err(broken(ParseError::whole("shared with another service")));
        }
        let mut entries = Vec::new();
        for (entry, slot) in document.entries() {
            match slot {
                Slot::Text(text) => entries.push((entry, text)),
                Slot::Other(_) => return Err(broken(ParseError::whole("not a text"))),
            }
        }
        for (entry, text) in &entries {
            if let Some(text) = self.merged(entry, text)? {
                self.apply_to_keyring(&[Change { entry, value: Some(&text) }], held)?;
            }
        }
        let deletions: Vec<_> = entries.iter().map(|(entry, _)| Change { entry, value: None }).collect();
        self.file.apply(&deletions, held)?;
        if !deletions.is_empty() {
            self.notice(Notice::MovedToKeyring { entries: deletions.len() });
        }
        Ok(())
    }

    /// What the keyring should hold for an entry of the file; `None` when it already does.
    fn merged(&self, entry: &str, text: &Secret) -> Result<Option<Secret>, Error> {
        let Some(there) = self.keyring.read(entry)? else { return Ok(Some(text.clone())) };
        if there == *text {
            return Ok(None);
        }
        Ok(match entry {
            ACTIVE_USER => Some(text.clone()),
            KNOWN_USERS => {
                let mut keys = wire::parse_list(&there);
                let missing: Vec<_> = wire::parse_list(text).into_iter().filter(|key| !keys.contains(key)).collect();
                keys.extend(missing);
                Some(wire::to_json(&keys))
            }
            _ => match (wire::parse(&there), wire::parse(text)) {
                (Ok(there), Ok(ours)) => match precedence::compare(&there, &ours) {
                    Precedence::Newer | Precedence::Same => None,
                    Precedence::Older => Some(text.clone()),
                    Precedence::Unknown => return Err(Error::Undecided { entry: entry.to_owned() }),
                },
                (Ok(_), Err(_)) => None,
                (Err(_), _) => Some(text.clone()),
            },
        })
    }

    /// Whether moving home is due and worth trying.
    pub(super) fn is_away_from_home(&self) -> bool {
        self.choice.allows(StoreKind::Keyring)
            && self.choice.allows(StoreKind::File)
            && self.home.credentials().exists()
    }
}

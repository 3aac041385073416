//! Forgetting a session.

use super::Sessions;
use crate::session::credential::{Credential, Kind};
use crate::session::error::Error;
use crate::session::home::Held;
use crate::session::key_file;
use crate::session::store::{ACTIVE_USER, Change, KNOWN_USERS, StoreKind};
use crate::session::wire;
use crate::sys::files;

impl Sessions {
    /// Removes the session from both stores, the journal, the lists and the disk, with the copies that earlier versions
    /// kept under other keys. Works on damaged entries too.
    ///
    /// # Errors
    /// A store that could not be asked; whatever the other one held is gone all the same.
    pub(crate) fn remove(&self, key: &str) -> Result<(), Error> {
        let held = self.hold()?;
        files::remove(&self.home.journal(key))?;
        let mut refusal = None;
        for kind in [StoreKind::File, StoreKind::Keyring] {
            if let Err(error) = self.remove_from(kind, key, &held) {
                refusal = Some(error);
            }
        }
        key_file::remove(&self.home, key)?;
        refusal.map_or(Ok(()), Err)
    }

    /// Removes the damaged files that were moved aside and what killed writers left: they may hold tokens.
    pub(crate) fn remove_kept_copies(&self) -> Result<(), Error> {
        let held = self.hold()?;
        for copy in self.file.kept_copies() {
            files::remove(&copy)?;
        }
        drop(held);
        for leftover in files::leftovers(&self.home.credentials()) {
            leftover.remove()?;
        }
        Ok(())
    }

    fn remove_from(&self, kind: StoreKind, key: &str, held: &Held) -> Result<(), Error> {
        let credential = match self.copy(kind, key) {
            Ok(credential) => credential,
            Err(Error::BrokenEntry { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut keys = vec![key.to_owned()];
        for alias in credential.iter().flat_map(|credential| aliases(key, credential)) {
            if let (Some(credential), Ok(Some(other))) = (&credential, self.copy(kind, &alias))
                && is_same_identity(credential, &other)
            {
                keys.push(alias);
            }
        }
        if let Some(path) = credential.as_ref().and_then(key_path) {
            key_file::remove_stored(&self.home, key, path)?;
        }
        let known = self.text(kind, KNOWN_USERS)?.map(|list| wire::parse_list(&list));
        let known = known.filter(|known| known.iter().any(|known| keys.contains(known)));
        let known = known.map(|known| known.into_iter().filter(|known| !keys.contains(known)).collect::<Vec<_>>());
        let list = known.as_ref().filter(|known| !known.is_empty()).map(wire::to_json);
        let active = self.text(kind, ACTIVE_USER)?.is_some_and(|active| keys.contains(active.expose()));
        let mut changes = Vec::new();
        for entry in &keys {
            if !matches!(self.text(kind, entry), Ok(None)) {
                changes.push(Change { entry, value: None });
            }
        }
        changes.extend(known.is_some().then_some(Change { entry: KNOWN_USERS, value: list.as_ref() }));
        changes.extend(active.then_some(Change { entry: ACTIVE_USER, value: None }));
        if changes.is_empty() { Ok(()) } else { self.apply(kind, &changes, held) }
    }
}

/// The keys under which earlier versions stored the same identity; the original would sign it in again from them.
fn aliases(key: &str, credential: &Credential) -> Vec<String> {
    let by_subject = format!("{}@{}", credential.subject, credential.hostname);
    [credential.user_email.clone(), by_subject].into_iter().filter(|alias| !alias.is_empty() && alias != key).collect()
}

fn is_same_identity(one: &Credential, other: &Credential) -> bool {
    one.subject == other.subject && (other.hostname.is_empty() || one.hostname == other.hostname)
}

fn key_path(credential: &Credential) -> Option<&str> {
    match &credential.kind {
        Kind::Interactive => None,
        Kind::ServiceAccount(account) => account.private_key_path.as_deref(),
    }
}

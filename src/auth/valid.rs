//! The short way to a valid token: what a script asks for a thousand times.
//!
//! It trusts the index of the active session only while the config is the very file that the index was made from, reads
//! the credential and answers it if it is still good. Whatever it does not recognise is `None`: the ordinary way decides.
//! It takes no lock, writes nothing and starts neither a runtime nor a connection.

use super::{Auth, FreshToken, TokenRequest};
use crate::session::index::{self, Index};
use crate::session::{Home, Sessions, StoreChoice};
use crate::sys::{env, files};

/// The active session's token if it serves `request`, and `named`, if given, is that session.
pub(crate) fn valid_token(choice: StoreChoice, named: Option<&str>, request: &TokenRequest) -> Option<FreshToken> {
    let overridden = [env::DATUM_CREDENTIALS_FILE, env::DATUM_SESSION].iter().any(|name| env::var_os(name).is_some());
    if overridden && named.is_none() {
        return None;
    }
    let home = Home::locate()?;
    let bytes = files::read(&home.index(), INDEX_LIMIT).ok()??;
    let index = Index::parse(&bytes).filter(|index| index.is_current(&home))?;
    if named.is_some_and(|name| name != index.session) {
        return None;
    }
    let token = Sessions::new(home, choice).peek(index.store, index.key)?;
    request.is_served_by(&token).then(|| FreshToken::from(&token))
}

impl Auth {
    /// Brings the index up to date with the config, so that the next `get-token` can take the short way. It is only a
    /// shortcut: when it cannot be written, nothing is lost.
    pub(crate) fn note_active_session(&self) {
        let home = self.sessions.home();
        let outcome = self.active_session().and_then(|(session, key)| {
            let store = self.sessions.load(&key).ok()??.store;
            let index = Index::new(home, &session, &key, store)?;
            // The stamp is younger than what was read; if the config changed in between, the next command notes it.
            let unchanged = self.active_session().as_ref() == Some(&(session.clone(), key.clone()));
            unchanged.then(|| index.write(home))
        });
        if outcome.is_none() {
            let _ = index::remove(home);
        }
    }

    /// Name and user key of the active session.
    fn active_session(&self) -> Option<(String, String)> {
        let config = self.load_active_config().ok()?;
        let session = config.effective_session().ok()?;
        Some((session.name.clone(), session.user_key.clone()))
    }

    /// Notes the active session unless the index already says the same about the same config.
    pub(crate) fn note_active_session_if_stale(&self) {
        let home = self.sessions.home();
        let bytes = files::read(&home.index(), INDEX_LIMIT).ok().flatten();
        let index = bytes.as_deref().and_then(Index::parse);
        if !index.is_some_and(|index| index.is_current(home)) {
            self.note_active_session();
        }
    }
}

const INDEX_LIMIT: u64 = 64 * 1024;

//! Homes of earlier versions: user keys of older forms, and credentials that no session points at yet.

use super::target::session_name;
use super::{Auth, Error};
use crate::config::{Config, SessionDetails};
use crate::http::Host;
use crate::session::{Credential, Stored, is_current_key};

impl Auth {
    /// Brings an old home up to date; what was there stays for the original.
    pub(super) fn modernize(&self, config: Config) -> Result<Config, Error> {
        let outdated =
            config.sessions.iter().any(|session| !is_current_key(&session.user_key, &session.endpoint.auth_hostname));
        if outdated {
            return self.migrate_keys(&config);
        }
        if config.sessions.is_empty() {
            return self.adopt_credential(config);
        }
        Ok(config)
    }

    fn migrate_keys(&self, config: &Config) -> Result<Config, Error> {
        let mut keys = Vec::new();
        for session in &config.sessions {
            let (old, host) = (&session.user_key, &session.endpoint.auth_hostname);
            if let Some(new) = self.sessions.migrate_key(old, host, &session.user_email)? {
                keys.push((session.name.clone(), old.clone(), new));
            }
        }
        self.update_config(|config| {
            for (name, old, new) in &keys {
                let unchanged =
                    config.sessions.iter_mut().find(|session| session.name == *name && session.user_key == *old);
                if let Some(session) = unchanged {
                    session.user_key.clone_from(new);
                }
            }
            config.clone()
        })
    }

    /// Gives the credential of the last login, or the only one there is, a session.
    fn adopt_credential(&self, config: Config) -> Result<Config, Error> {
        // Stores that cannot be read are reported by whoever needs them.
        let Ok(Some((key, Stored { credential, .. }))) = self.sessions.bootstrap() else { return Ok(config) };
        let Some(details) = details(key, &credential) else { return Ok(config) };
        self.update_config(|config| {
            if config.sessions.is_empty() {
                let name = details.name.clone();
                config.upsert_session(details);
                let _ = config.activate(&name);
            }
            config.clone()
        })
    }
}

/// The session that a login would have made for this credential; `None` if it does not say where it belongs.
fn details(key: String, credential: &Credential) -> Option<SessionDetails> {
    let api: Host = credential.api_hostname.parse().ok()?;
    let identity = if credential.user_email.is_empty() { &credential.user_name } else { &credential.user_email };
    Some(SessionDetails {
        name: session_name(identity, &api),
        user_key: key,
        user_email: credential.user_email.clone(),
        user_name: Some(credential.user_name.clone()),
        server: api.origin(),
        auth_hostname: credential.hostname.clone(),
    })
}

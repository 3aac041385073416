//! Logging out: revoked at the server (RFC 7009), then removed here whatever the server said.

use std::time::Duration;

use super::{Auth, Error};
use crate::config::Session;
use crate::http::{Client, Host};
use crate::oauth;
use crate::secret::Secret;
use crate::session::Credential;

/// What the server said about the revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// The server has revoked the refresh token.
    Done,
    /// There was no refresh token to revoke.
    Nothing,
    /// The server does not know about the logout.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A session that was removed.
#[derive(Debug)]
pub(crate) struct LoggedOut {
    /// Its metadata.
    pub(crate) session: Session,
    /// What the server said.
    pub(crate) revocation: Revocation,
}

/// Logs out of `sessions`, one after the other. If the active one is among them and one other is left, that is active.
///
/// A credential that another remaining session shares (same account, other API host) stays.
pub(crate) async fn logout(auth: &Auth, sessions: &[Session]) -> Result<Vec<LoggedOut>, Error> {
    // Who holds the config for long is met before anything is revoked.
    auth.update_config(|_| ())?;
    let mut done = Vec::with_capacity(sessions.len());
    for session in sessions {
        let shared = auth.load_config()?.sessions.iter().any(|other| {
            other.user_key == session.user_key && !sessions.iter().any(|leaving| leaving.name == other.name)
        });
        let revocation = if shared { Revocation::Nothing } else { end(auth, session).await? };
        auth.update_config(|config| {
            let was_active = config.effective_session().is_ok_and(|active| active.name == session.name);
            config.remove_session(&session.name);
            // The only one left is the one that is meant; among several, a person decides.
            if let ([only], true) = (config.sessions.as_slice(), was_active) {
                let only = only.name.clone();
                let _ = config.activate(&only);
            }
        })?;
        done.push(LoggedOut { session: session.clone(), revocation });
    }
    auth.align_active_user()?;
    Ok(done)
}

/// Revokes and removes one credential, under its lock so that no refresh brings it back.
async fn end(auth: &Auth, session: &Session) -> Result<Revocation, Error> {
    // A refresh that hangs must not keep anybody logged in: after a while the removal goes ahead without the lock.
    let lock = auth.sessions.lock_refresh(&session.user_key, LOCK_PATIENCE).ok();
    let revocation = match auth.load_credential(&session.user_key) {
        Ok(Some(credential)) => match (&credential.token.refresh_token, credential.hostname.parse::<Host>()) {
            (Some(token), Ok(issuer)) => match revoke(auth, &issuer, &credential.client_id, token).await {
                Ok(()) => Revocation::Done,
                Err(error) => Revocation::Failed { reason: super::refresh::chain(&error) },
            },
            (Some(_), Err(error)) => Revocation::Failed { reason: error.to_string() },
            (None, _) => Revocation::Nothing,
        },
        Ok(None) => Revocation::Nothing,
        Err(error) => Revocation::Failed { reason: super::refresh::chain(&error) },
    };
    auth.sessions.remove(&session.user_key)?;
    drop(lock);
    Ok(revocation)
}

/// Revokes a refresh token within five seconds, discovery included.
pub(super) async fn revoke(auth: &Auth, issuer: &Host, client_id: &str, token: &Secret) -> Result<(), Error> {
    let client = auth.client()?;
    Ok(revoke_at(client, issuer, client_id, token).await?)
}

/// Revokes the tokens of a refresh that came too late, best effort: its session was removed meanwhile.
pub(super) async fn revoke_quietly(client: &Client, credential: &Credential) {
    let issuer = credential.hostname.parse::<Host>();
    if let (Ok(issuer), Some(token)) = (issuer, &credential.token.refresh_token)
        && let Err(error) = revoke_at(client, &issuer, &credential.client_id, token).await
    {
        tracing::debug!(%error, "the refresh token was not revoked");
    }
}

async fn revoke_at(client: &Client, issuer: &Host, client_id: &str, token: &Secret) -> Result<(), oauth::Error> {
    let work = async {
        let provider = oauth::discover(client, issuer).await?;
        let endpoint = provider.need_revocation_endpoint()?;
        oauth::revoke(client, endpoint, client_id, token, "refresh_token", PATIENCE).await
    };
    let late = |_| crate::http::Error::Timeout { host: issuer.authority(), limit: PATIENCE };
    tokio::time::timeout(PATIENCE, work).await.map_err(late)?
}

const PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

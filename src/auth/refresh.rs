//! Spends a refresh token and stores the new one, whatever happens to the command that asked.
//!
//! The caller holds the session's lock. The work is done by this program started again in a session of its own
//! (setsid), which holds the same lock: Ctrl-C, `timeout -s KILL` or kubectl ending its plugin kill the caller, never the
//! part between "sent" and "stored". Room on disk is reserved before the token is sent, so that a full or read-only
//! disk costs nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::repeat::once_more;
use super::service_account::{IdentityServer, MachineKey};
use super::token::stored as store_token;
use super::{Auth, Error, FreshToken, TokenRequest, run_to_end};
use crate::http::{Client, Host, HostError, is_safe_endpoint};
use crate::oauth::{self, Class, ErrorCode, TokenAnswer};
use crate::secret::Secret;
use crate::session::{Committed, Credential, Room, ServiceAccount, Sessions, Stored};
use crate::sys::lock::Lock;
use crate::sys::{clock, process};

/// How long a refresh waits for another one of the same session.
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// How a refresh failed. It crosses from the surviving process to its caller, so it holds text, and no secret.
#[derive(Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "failure")]
pub(crate) enum Failure {
    /// The surviving process ended without an answer.
    #[error("the refresh was cut off")]
    CutOff,
    /// The server refused for a reason that does not end the session.
    #[error("the identity server refused to refresh: {code}")]
    Denied {
        /// The OAuth error code (RFC 6749 section 5.2).
        code: String,
        /// The server's words, unsanitised.
        description: Option<String>,
    },
    /// `invalid_grant`, and no sibling has stored a newer token.
    #[error("the session has ended")]
    GrantExpired {
        /// The server's words, unsanitised.
        description: Option<String>,
    },
    /// There is no room for the new token; the old one was not sent.
    #[error("no room to store a new token, so none was asked for: {reason}")]
    NoRoom {
        /// What the disk or the keyring said.
        reason: String,
    },
    /// The server answered, and a security check refused the answer: the old tokens are spent.
    #[error("{reason}")]
    Rejected {
        /// What was wrong with it.
        reason: String,
    },
    /// The server is not to be trusted; nothing was sent.
    #[error("{reason}")]
    Security {
        /// What was wrong with it.
        reason: String,
    },
    /// The session was removed meanwhile.
    #[error("logged out meanwhile")]
    SignedOut,
    /// The store failed before anything was spent.
    #[error("{reason}")]
    Store {
        /// What the store said.
        reason: String,
    },
    /// The server or the network is out of reach; the session is as good as before.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
    },
}

impl Failure {
    /// Whether the session is as good as before.
    pub(crate) fn leaves_session_alive(&self) -> bool {
        !matches!(self, Self::GrantExpired { .. } | Self::SignedOut | Self::CutOff | Self::Rejected { .. })
    }
}

/// What the surviving process says to its caller, over a pipe.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reply {
    Refreshed { access_token: Secret, token_type: String, expires_at: Option<jiff::Timestamp>, notices: Vec<String> },
    Failed(Failure),
}

/// Refreshes in a process that outlives this one, which takes the lock along.
pub(super) fn in_survivor(auth: &Auth, key: &str, request: &TokenRequest, lock: Lock) -> Result<FreshToken, Error> {
    let min_ttl = request.min_ttl.as_secs().to_string();
    // An address may begin with a dash.
    let key_argument = format!("--key={key}");
    let mut arguments = vec![WORKER_COMMAND, &key_argument, "--min-ttl", &min_ttl];
    if let Some(refused) = &request.refused {
        arguments.extend(["--refused", refused]);
    }
    let Ok(child) = lock.try_clone_to_child().and_then(|input| process::spawn_survivor(&arguments, input)) else {
        // No process to be had: better an unprotected refresh than none.
        return finish(auth, refresh_under(auth, key, request, lock));
    };
    // Where a lock cannot be inherited, the other process must be able to take it.
    let _held = cfg!(unix).then_some(lock);
    match serde_json::from_slice(&child.answer()).ok() {
        Some(Reply::Refreshed { access_token, token_type, expires_at, notices }) => {
            notices.into_iter().for_each(|notice| auth.notice(notice));
            Ok(FreshToken { access_token, token_type, expires_at })
        }
        Some(Reply::Failed(failure)) => Err(failure.into()),
        None => match auth.sessions.load_recovered(key)? {
            // It died after it had written the answer down: that is as good as its own word.
            Some(found) if request.is_served_by(&found.credential.token) => {
                Ok(FreshToken::from(&found.credential.token))
            }
            _ => Err(Failure::CutOff.into()),
        },
    }
}

fn finish(auth: &Auth, outcome: Outcome) -> Result<FreshToken, Error> {
    let refreshed = outcome?;
    refreshed.notices.into_iter().for_each(|notice| auth.notice(notice));
    Ok(FreshToken::from(&refreshed.credential.token))
}

/// The surviving process: adopts the lock, refreshes, stores, answers on standard output.
pub(crate) fn run_worker(auth: &Auth, key: &str, request: &TokenRequest) {
    process::leave_terminal();
    let outcome = adopt_lock(auth, key).and_then(|lock| refresh_under(auth, key, request, lock));
    let line = match &outcome {
        Ok(refreshed) => {
            let token = FreshToken::from(&refreshed.credential.token);
            serde_json::json!({
                "access_token": token.access_token.expose(),
                "token_type": token.token_type,
                "expires_at": token.expires_at,
                "notices": refreshed.notices,
            })
        }
        Err(failure) => serde_json::json!(failure),
    };
    let line = zeroize::Zeroizing::new(line.to_string());
    process::answer_caller(line.as_bytes());
}

#[cfg(unix)]
fn adopt_lock(auth: &Auth, key: &str) -> Result<Lock, Failure> {
    auth.sessions.adopt_refresh_lock(key).map_err(|error| Failure::Store { reason: error.to_string() })
}

#[cfg(not(unix))]
fn adopt_lock(auth: &Auth, key: &str) -> Result<Lock, Failure> {
    lock_again(auth, key)
}

fn lock_again(auth: &Auth, key: &str) -> Result<Lock, Failure> {
    auth.sessions.lock_to_spend(key, LOCK_PATIENCE).map_err(|error| Failure::Store { reason: chain(&error) })
}

/// A refresh that can be answered.
struct Refreshed {
    credential: Credential,
    notices: Vec<String>,
}

type Outcome = Result<Refreshed, Failure>;

/// Refreshes under `lock`; if somebody deletes its file before the token is sent, under the one that others now take.
fn refresh_under(auth: &Auth, key: &str, request: &TokenRequest, mut lock: Lock) -> Outcome {
    loop {
        let client = Client::new().map_err(|error| Failure::Unavailable { reason: chain(&error) })?;
        if let Some(refreshed) =
            run_to_end(refresh(&client, &auth.sessions, key, request, &lock)).map_err(no_runtime)??
        {
            return Ok(refreshed);
        }
        lock = lock_again(auth, key)?;
    }
}

fn no_runtime(error: std::io::Error) -> Failure {
    Failure::Unavailable { reason: Error::NoRuntime(error).to_string() }
}

/// The refresh itself, under the session's lock: re-read, reserve, send, verify, store. `None` when the lock is gone.
async fn refresh(
    client: &Client,
    sessions: &Sessions,
    key: &str,
    request: &TokenRequest,
    lock: &Lock,
) -> Result<Option<Refreshed>, Failure> {
    let unchanged = |credential| Ok(Some(Refreshed { credential, notices: Vec::new() }));
    let stored = reload(sessions, key)?;
    if request.is_served_by(&stored.credential.token) {
        return unchanged(stored.credential);
    }
    let room = sessions.reserve(key, &stored).map_err(|error| Failure::NoRoom { reason: chain(&error) })?;
    if !lock.is_intact() {
        return Ok(None);
    }
    let refreshed = match spend(client, &room, &stored.credential).await {
        Err(Refused::Ended(description)) => {
            let newer = newer_than(&stored, reload(sessions, key)?).ok_or(Failure::GrantExpired { description })?;
            if request.is_served_by(&newer.token) {
                return unchanged(newer);
            }
            spend(client, &room, &newer).await?
        }
        refreshed => refreshed?,
    };
    keep(client, sessions, room, refreshed).await.map(Some)
}

/// Stores what a refresh brought. Even when nothing takes it, it is good for this one answer.
async fn keep(client: &Client, sessions: &Sessions, room: Room<'_>, refreshed: Credential) -> Outcome {
    let mut notices = Vec::new();
    let credential = match room.commit(refreshed.clone()) {
        Ok(Committed::Saved(saved)) => {
            tracing::debug!(store = saved.store.name(), generation = saved.generation, "stored");
            refreshed
        }
        Ok(Committed::Superseded(newer)) => newer.credential,
        Ok(Committed::Removed) => {
            super::logout::revoke_quietly(client, &refreshed).await;
            return Err(Failure::SignedOut);
        }
        Err(error) => {
            let reason = chain(&error);
            notices.push(format!(
                "the new token could not be stored; the next command tries again, or asks you to log in: {reason}"
            ));
            refreshed
        }
    };
    notices.extend(sessions.take_notices().iter().map(ToString::to_string));
    Ok(Refreshed { credential, notices })
}

fn reload(sessions: &Sessions, key: &str) -> Result<Stored, Failure> {
    match sessions.load(key) {
        Ok(Some(stored)) => Ok(stored),
        Ok(None) => Err(Failure::SignedOut),
        Err(error) => Err(Failure::Store { reason: chain(&error) }),
    }
}

/// After `invalid_grant`: the token that somebody else stored meanwhile, or the other store's copy, if there is one.
fn newer_than(sent: &Stored, found: Stored) -> Option<Credential> {
    let differs = |credential: &Credential| {
        let refresh_token = &credential.token.refresh_token;
        refresh_token.is_some() && *refresh_token != sent.credential.token.refresh_token
    };
    let rival = sent.rival.as_deref().cloned();
    [Some(found.credential), rival].into_iter().flatten().find(differs)
}

/// Why the server gave no token.
enum Refused {
    /// `invalid_grant`, with the server's words.
    Ended(Option<String>),
    /// Anything else.
    Failed(Failure),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Ended(description) => Self::GrantExpired { description },
            Refused::Failed(failure) => failure,
        }
    }
}

impl From<oauth::Error> for Refused {
    fn from(error: oauth::Error) -> Self {
        let reason = chain(&error);
        match (&error, error.class()) {
            (oauth::Error::Refused(refusal), Class::Denied) => {
                let description = refusal.description.as_ref().map(ToString::to_string);
                match refusal.code {
                    ErrorCode::InvalidGrant => Self::Ended(description),
                    _ => Self::Failed(Failure::Denied { code: refusal.code.to_string(), description }),
                }
            }
            (_, Class::Unavailable | Class::Setup) => Self::Failed(Failure::Unavailable { reason }),
            _ if error.was_not_sent() => Self::Failed(Failure::Security { reason }),
            _ => Self::Failed(Failure::Rejected { reason }),
        }
    }
}

/// Sends the refresh token and writes down what it brings; once more when the connection or the server failed, never
/// after a refusal.
///
/// All of it is one task, which writes the moment it has read: the runtime asks the system for nothing in between.
///
/// If the first answer was lost after the server had rotated the token, the repeat meets `invalid_grant`: the session
/// is lost either way, and without a repeat it would also be lost when the server never got the request.
async fn spend(client: &Client, room: &Room<'_>, credential: &Credential) -> Result<Credential, Refused> {
    let unusable = |reason: &str| Refused::Failed(Failure::Store { reason: reason.to_owned() });
    let refresh_token = credential.token.refresh_token.clone().ok_or_else(|| unusable("there is no refresh token"))?;
    let endpoint = token_endpoint(credential).ok_or_else(|| unusable(UNSAFE_ENDPOINT))?;
    let (client, draft, credential) = (client.clone(), room.draft(), credential.clone());
    let work = async move {
        let answer = once_more(|| oauth::refresh(&client, &endpoint, &credential.client_id, &refresh_token)).await?;
        check_identity(&credential, &answer).map_err(Refused::Failed)?;
        let token = store_token(answer, Some(&credential.token));
        let refreshed = Credential { token, ..credential };
        draft.write(&refreshed);
        Ok(refreshed)
    };
    tokio::spawn(work).await.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
}

/// The token endpoint that the login found; the store is ours, but a hand may have edited it.
fn token_endpoint(credential: &Credential) -> Option<Url> {
    Url::parse(&credential.endpoint_token_url).ok().filter(is_safe_endpoint)
}

/// An ID token in the answer must be about the same person (OpenID Connect Core section 12.2).
fn check_identity(credential: &Credential, answer: &TokenAnswer) -> Result<(), Failure> {
    let Some(id_token) = &answer.id_token else { return Ok(()) };
    let refused = |reason: String| Failure::Rejected { reason };
    let issuer: Host = credential.hostname.parse().map_err(|error: HostError| refused(error.to_string()))?;
    let expectation = oauth::Expectation {
        client_id: &credential.client_id,
        nonce: None,
        access_token: Some(&answer.access_token),
        now: clock::now(),
        server_date: answer.server_date,
    };
    let identity = (credential.subject.as_str(), credential.extra.integer(AUTH_TIME));
    match oauth::check_refreshed_id_token(id_token, &issuer.origin(), &expectation, identity) {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(chain(&error))),
    }
}

/// A service account's token is exchanged in this process: nothing is spent that could be lost.
pub(super) fn exchange_under_lock(
    auth: &Auth,
    key: &str,
    stored: &Stored,
    machine: &ServiceAccount,
) -> Result<FreshToken, Error> {
    let credential = &stored.credential;
    let machine_key = MachineKey::of_stored(machine, auth.private_key(machine)?);
    let room = auth.sessions.reserve(key, stored)?;
    let issuer = credential.issuer()?;
    let endpoint = token_endpoint(credential).ok_or_else(|| Failure::Store { reason: UNSAFE_ENDPOINT.to_owned() })?;
    let client = Client::new()?;
    let server = IdentityServer::known(&client, &issuer, endpoint);
    let token = run_to_end(server.exchange(&machine_key, &credential.user_name)).map_err(Error::NoRuntime)??;
    match room.commit(Credential { token: token.clone(), ..credential.clone() }) {
        Ok(_) => {}
        Err(error) => auth.notice(format_args!("the new token could not be stored: {}", chain(&error))),
    }
    Ok(FreshToken::from(&token))
}

/// An error and what caused it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// The field that remembers when the person last authenticated, in seconds since 1970.
pub(super) const AUTH_TIME: &str = "auth_time";

/// The hidden command that is the surviving process.
pub(crate) const WORKER_COMMAND: &str = "__refresh";

const UNSAFE_ENDPOINT: &str = "the stored token endpoint is not a safe address";

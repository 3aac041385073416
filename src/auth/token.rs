//! Hands out a token that is still good: from the store if it is, refreshed once if it is not.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Account, Auth, Error, refresh};
use crate::config::Session;
use crate::http::TokenProvider;
use crate::oauth::{Lifetime, TokenAnswer};
use crate::secret::Secret;
use crate::session::{Credential, Freshness, Kind, Stored, Token};
use crate::sys::clock;

/// What a token must be good for.
#[derive(Clone, Debug)]
pub(crate) struct TokenRequest {
    /// The life it must have left.
    pub(crate) min_ttl: Duration,
    /// The SHA-256 (hex) of a token that a server has refused; any other will do.
    pub(crate) refused: Option<String>,
}

impl Default for TokenRequest {
    /// A minute: long enough for a request, and late enough that the refresh, which kills the old token at once,
    /// does not break what others still use.
    fn default() -> Self {
        Self { min_ttl: Duration::from_secs(60), refused: None }
    }
}

impl TokenRequest {
    /// A token other than the one a server has just refused.
    pub(crate) fn instead_of(refused: &Secret) -> Self {
        Self { refused: Some(digest(refused)), ..Self::default() }
    }

    /// Whether `token` will do as it is.
    pub(crate) fn is_served_by(&self, token: &Token) -> bool {
        matches!(token.freshness(clock::now(), self.min_ttl), Freshness::Fresh | Freshness::Unending)
            && !self.refuses(token)
    }

    fn refuses(&self, token: &Token) -> bool {
        self.refused.as_ref().is_some_and(|refused| *refused == digest(&token.access_token))
    }

    /// Whether `token` still works, though not for as long as was asked: better than an error.
    fn tolerates(&self, token: &Token) -> bool {
        token.freshness(clock::now(), Duration::ZERO) != Freshness::Expired && !self.refuses(token)
    }
}

/// A token and until when it lasts.
#[derive(Clone, Debug)]
pub(crate) struct FreshToken {
    /// RFC 6750 bearer token.
    pub(crate) access_token: Secret,
    /// `Bearer`, in the server's own case.
    pub(crate) token_type: String,
    /// `None` where the server did not say.
    pub(crate) expires_at: Option<Timestamp>,
}

impl From<&Token> for FreshToken {
    fn from(token: &Token) -> Self {
        let token_type = if token.token_type.is_empty() { "Bearer".to_owned() } else { token.token_type.clone() };
        Self { access_token: token.access_token.clone(), token_type, expires_at: token.expiry }
    }
}

/// A token of `account` that serves `request`.
///
/// A valid one is answered without a lock and without a write. Otherwise: lock, re-read, and only if it is still
/// needed one refresh, stored durably before it is answered.
pub(crate) fn token(auth: &Auth, account: &Account, request: &TokenRequest) -> Result<FreshToken, Error> {
    match account {
        Account::Machine(machine) => machine.token(auth, request),
        Account::Stored { session, .. } => session_token(auth, session, request),
    }
}

fn session_token(auth: &Auth, session: &Session, request: &TokenRequest) -> Result<FreshToken, Error> {
    let credential = load(auth, session)?.credential;
    if request.is_served_by(&credential.token) {
        return Ok(FreshToken::from(&credential.token));
    }
    match renew(auth, session, &credential, request) {
        Err(error) if error.leaves_session_alive() && request.tolerates(&credential.token) => {
            auth.notice(format_args!("the token could not be refreshed and is about to expire: {error}"));
            Ok(FreshToken::from(&credential.token))
        }
        outcome => outcome,
    }
}

/// Locks, re-reads, and gets a new token only if that is still needed.
fn renew(auth: &Auth, session: &Session, stale: &Credential, request: &TokenRequest) -> Result<FreshToken, Error> {
    if matches!(stale.kind, Kind::Interactive) && stale.token.refresh_token.is_none() {
        return Err(Error::NotRefreshable { account: session.name.clone() });
    }
    let lock = auth.sessions.lock_to_spend(&session.user_key, refresh::LOCK_PATIENCE)?;
    let stored = load(auth, session)?;
    if request.is_served_by(&stored.credential.token) {
        return Ok(FreshToken::from(&stored.credential.token));
    }
    match &stored.credential.kind {
        Kind::ServiceAccount(machine) => refresh::exchange_under_lock(auth, &session.user_key, &stored, machine),
        Kind::Interactive => refresh::in_survivor(auth, &session.user_key, request, lock),
    }
}

fn load(auth: &Auth, session: &Session) -> Result<Stored, Error> {
    auth.sessions.load(&session.user_key)?.ok_or_else(|| Error::CredentialGone { account: session.name.clone() })
}

/// The token of an answer as it is stored; `previous` lends its refresh token when the server sent none.
pub(super) fn stored(answer: TokenAnswer, previous: Option<&Token>) -> Token {
    let lifetime = match answer.lifetime {
        Lifetime::Known(lifetime) => lifetime,
        Lifetime::Unknown => UNKNOWN_LIFETIME,
        Lifetime::UseOnce => Duration::ZERO,
    };
    let expires_in = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let refresh_token = answer.refresh_token.or_else(|| previous.and_then(|token| token.refresh_token.clone()));
    let mut token = Token::new(answer.access_token, answer.token_type, refresh_token);
    token.expiry = answer.received_at.checked_add(lifetime).ok();
    token.expires_in = (expires_in > 0).then_some(expires_in);
    token.extra = previous.map(|token| token.extra.clone()).unwrap_or_default();
    token
}

/// The SHA-256 of a secret, as hex; it may stand on a command line where the secret may not.
pub(super) fn digest(secret: &Secret) -> String {
    Sha256::digest(secret.expose().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The tokens of one account, for whoever talks to its API server.
///
/// Every request asks the store; a burst of them shares one answer.
#[derive(Debug)]
pub(crate) struct SessionTokens<'a> {
    auth: &'a Auth,
    account: &'a Account,
    held: RefCell<Option<(Secret, Timestamp)>>,
}

/// How long one look at the store serves: a thousand parallel reads are one burst, two pages of a slow list are not.
const BURST: Duration = Duration::from_secs(2);

impl<'a> SessionTokens<'a> {
    /// The tokens of `account`.
    pub(crate) fn new(auth: &'a Auth, account: &'a Account) -> Self {
        Self { auth, account, held: RefCell::new(None) }
    }

    fn held(&self) -> Option<Secret> {
        let held = self.held.borrow();
        let (token, since) = held.as_ref()?;
        let age = Duration::try_from(clock::now().duration_since(*since)).ok()?;
        (age < BURST).then(|| token.clone())
    }

    fn hold(&self, token: Secret) {
        *self.held.borrow_mut() = Some((token, clock::now()));
    }
}

impl Error {
    /// Whether the session is as good as before, so that a token with little life left may still be handed out.
    fn leaves_session_alive(&self) -> bool {
        match self {
            Self::Refresh(failure) => failure.leaves_session_alive(),
            Self::CredentialGone { .. } | Self::KeyRejected { .. } => false,
            _ => true,
        }
    }
}

impl TokenProvider for SessionTokens<'_> {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, anyhow::Error> {
        if let Some(token) =
            self.held().filter(|token| refused.is_none_or(|refused| refused.expose() != token.expose()))
        {
            return Ok(token);
        }
        let request = refused.map_or_else(TokenRequest::default, TokenRequest::instead_of);
        // Blocks on purpose: a command that waits for its own token has nothing else to do.
        let token = token(self.auth, self.account, &request)?.access_token;
        self.hold(token.clone());
        Ok(token)
    }

    fn has_newer(&self, refused: &Secret) -> bool {
        let Account::Stored { session, .. } = self.account else { return false };
        let request = TokenRequest::instead_of(refused);
        let newer = || Some(load(self.auth, session).ok()?.credential.token).filter(|token| request.tolerates(token));
        let newer = newer().or_else(|| {
            // Who is refreshing has ended the token at the server already, and stores the next one before it lets go.
            let _lock = self.auth.sessions.lock_refresh(&session.user_key, refresh::LOCK_PATIENCE).ok()?;
            newer()
        });
        newer.map(|token| self.hold(token.access_token)).is_some()
    }
}

/// The life assumed of a token whose server does not say (RFC 6749 section 5.1 only recommends it).
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(300);

//! Service accounts: an assertion signed here (RFC 7523) for an access token, never a refresh token.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use super::credentials_file::{CredentialsFile, Error as FileError, Source};
use super::repeat::once_more;
use super::target::session_name;
use super::{Auth, Error, FreshToken, Target, TokenRequest, run_to_end, token};
use crate::http::{Client, Host};
use crate::oauth::{self, ErrorCode, Provider, SigningKey, TokenAnswer};
use crate::session::{Credential, Extra, Kind, ServiceAccount, Sessions, Token, key_file};
use crate::sys::clock;

/// What an assertion is made from.
#[derive(Debug)]
pub(crate) struct MachineKey {
    /// Issuer and subject.
    pub(crate) client_id: String,
    /// The header's `kid`.
    pub(crate) key_id: String,
    /// The RSA private key, tried and found usable.
    pub(crate) signing_key: SigningKey,
    /// The scope to ask for.
    pub(crate) scope: String,
}

/// The account of `DATUM_CREDENTIALS_FILE`.
#[derive(Debug)]
pub(crate) struct MachineAccount {
    pub(crate) file: CredentialsFile,
    pub(crate) target: Target,
    path: PathBuf,
    name: String,
    latest: RefCell<Option<Token>>,
}

impl MachineAccount {
    /// The account whose credentials lie at `path`.
    pub(crate) fn read(path: PathBuf, target: Target) -> Result<Self, FileError> {
        let file = CredentialsFile::read(&Source::Path(path.clone()))?;
        let name = session_name(file.identity(), &target.api);
        Ok(Self { file, target, path, name, latest: RefCell::default() })
    }

    /// `<identity>@<API host>`, as a stored session would be called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A fresh token: from the cache, or exchanged under the account's lock and cached where there is a store.
    ///
    /// It works without a writable home: then nothing is locked, and the token lasts as long as the command. A key that
    /// is refused may have been replaced since it was read: then the file has another one.
    pub(crate) fn token(&self, auth: &Auth, request: &TokenRequest) -> Result<FreshToken, Error> {
        let mut outcome = self.token_of(&self.file, auth, request);
        let mut tried = self.file.private_key_id.clone();
        for _ in 0..REPLACEMENTS {
            let Err(Error::KeyRejected { .. }) = &outcome else { break };
            let Some(newer) = self.replaced(&tried) else { break };
            outcome = self.token_of(&newer, auth, request);
            tried = newer.private_key_id;
        }
        outcome
    }

    /// The credentials that lie at the path by now, if they have another key than the one that was tried.
    fn replaced(&self, tried: &str) -> Option<CredentialsFile> {
        let now = CredentialsFile::read(&Source::Path(self.path.clone())).ok()?;
        (now.client_id == self.file.client_id && now.private_key_id != tried).then_some(now)
    }

    fn token_of(&self, file: &CredentialsFile, auth: &Auth, request: &TokenRequest) -> Result<FreshToken, Error> {
        let key = self.cache_key(file);
        let serves = |token: &Token| request.is_served_by(token);
        let cached = || self.latest.borrow().clone().filter(serves).or_else(|| stored(auth, &key).filter(serves));
        if let Some(token) = cached() {
            return Ok(FreshToken::from(&token));
        }
        let lock = auth.sessions.lock_refresh(&key, super::refresh::LOCK_PATIENCE).ok();
        if let Some(token) = lock.as_ref().and_then(|_| cached()) {
            return Ok(FreshToken::from(&token));
        }
        let machine_key = MachineKey::try_from(file)?;
        let (client, issuer) = (Client::new()?, &self.target.auth);
        let token = run_to_end(async {
            let server = IdentityServer::find(&client, issuer).await?;
            server.exchange_file(file, &machine_key).await
        })
        .map_err(Error::NoRuntime)??;
        if lock.is_some() {
            // A cache that cannot be written costs an exchange next time, nothing else.
            let _ = auth.sessions.save(&key, &machine_credential(&self.file, &self.target, token.clone()));
        }
        let answer = FreshToken::from(&token);
        self.latest.replace(Some(token));
        Ok(answer)
    }

    /// When the cached token expires, if there is one.
    pub(crate) fn cached_expiry(&self, auth: &Auth) -> Option<Timestamp> {
        stored(auth, &self.cache_key(&self.file))?.expiry
    }

    /// One cache entry per issuer, client, key and scope.
    fn cache_key(&self, file: &CredentialsFile) -> String {
        let scope = file.scope.as_deref().unwrap_or_default();
        Sessions::cache_key(&[&self.target.auth.origin(), &file.client_id, &file.private_key_id, scope].join("\n"))
    }
}

/// What a token that was exchanged for a key is stored as; without the key.
pub(super) fn machine_credential(file: &CredentialsFile, target: &Target, token: Token) -> Credential {
    Credential {
        hostname: target.auth.stored(),
        api_hostname: target.api.stored(),
        client_id: file.client_id.clone(),
        endpoint_auth_url: String::new(),
        endpoint_token_url: String::new(),
        scopes: None,
        token,
        user_name: file.identity().to_owned(),
        user_email: file.client_email.clone().unwrap_or_default(),
        subject: file.client_id.clone(),
        kind: Kind::Interactive,
        generation: 0,
        extra: Extra::default(),
    }
}

fn stored(auth: &Auth, key: &str) -> Option<Token> {
    Some(auth.sessions.load(key).ok()??.credential.token)
}

impl TryFrom<&CredentialsFile> for MachineKey {
    type Error = FileError;

    /// A key that cannot be used is refused here, before anything is sent.
    fn try_from(file: &CredentialsFile) -> Result<Self, FileError> {
        Ok(Self {
            client_id: file.client_id.clone(),
            key_id: file.private_key_id.clone(),
            signing_key: oauth::parse_private_key(&file.private_key).map_err(FileError::Key)?,
            scope: file.scope.clone().unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
        })
    }
}

impl MachineKey {
    /// The key of a stored session.
    pub(super) fn of_stored(machine: &ServiceAccount, signing_key: SigningKey) -> Self {
        Self {
            client_id: machine.client_id.clone(),
            key_id: machine.private_key_id.clone(),
            signing_key,
            scope: machine.scope.clone().unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
        }
    }
}

impl Auth {
    /// The private key of a stored service account: from its key file, or from the entry itself in old homes.
    pub(super) fn private_key(&self, machine: &ServiceAccount) -> Result<SigningKey, Error> {
        if let Some(inline) = &machine.private_key {
            return Ok(oauth::parse_private_key(inline).map_err(FileError::Key)?);
        }
        let path = machine.private_key_path.as_deref().map(Path::new).unwrap_or(Path::new(""));
        let tightened = key_file::tighten(self.sessions.home(), path)?;
        tightened.iter().for_each(|notice| self.notice(notice));
        let key = key_file::read(path)?.ok_or_else(|| Error::KeyFileGone { path: path.to_owned() })?;
        oauth::parse_private_key(&key).map_err(|source| Error::KeyFileUnusable { path: path.to_owned(), source })
    }
}

/// An identity server that exchanges assertions.
#[derive(Clone, Debug)]
pub(crate) struct IdentityServer<'a> {
    client: &'a Client,
    issuer: &'a Host,
    /// Where assertions go, and nowhere else.
    pub(crate) token_endpoint: Url,
}

impl<'a> IdentityServer<'a> {
    /// The server `issuer`, by what it says of itself (RFC 8414).
    pub(crate) async fn find(client: &'a Client, issuer: &'a Host) -> Result<Self, Error> {
        let Provider { token_endpoint, .. } = oauth::discover(client, issuer).await?;
        Ok(Self { client, issuer, token_endpoint })
    }

    /// The server `issuer` whose token endpoint is known.
    pub(super) fn known(client: &'a Client, issuer: &'a Host, token_endpoint: Url) -> Self {
        Self { client, issuer, token_endpoint }
    }

    /// Obtains a token with the credentials of `file` and forgets it: proof that they work.
    ///
    /// # Errors
    /// [`Error::KeyRejected`] for a key that the server does not, or not yet, know.
    pub(crate) async fn prove(&self, file: &CredentialsFile) -> Result<(), Error> {
        self.exchange_file(file, &MachineKey::try_from(file)?).await.map(drop)
    }

    /// A token for the credentials of `file`, whose key is `key`; those of another environment are refused.
    pub(super) async fn exchange_file(&self, file: &CredentialsFile, key: &MachineKey) -> Result<Token, Error> {
        self.check_token_uri(file.token_uri.as_deref())?;
        self.exchange(key, file.identity()).await
    }

    /// Signs an assertion and exchanges it; once more when the connection or the server failed, each time with a fresh
    /// assertion.
    pub(super) async fn exchange(&self, key: &MachineKey, account: &str) -> Result<Token, Error> {
        let ask = || async {
            let (signing_key, client_id, issuer) = (&key.signing_key, &key.client_id, self.issuer.origin());
            let assertion = oauth::sign_assertion(signing_key, &key.key_id, client_id, &issuer, clock::now())?;
            oauth::jwt_bearer(self.client, &self.token_endpoint, &assertion, &key.scope).await
        };
        let answer = once_more(ask).await.map_err(|error| rejected(error, key, account))?;
        Ok(token::stored(TokenAnswer { refresh_token: None, ..answer }, None))
    }

    /// Refuses a file that names somebody else's token endpoint: it belongs to another environment, or is a trap.
    fn check_token_uri(&self, named: Option<&str>) -> Result<(), Error> {
        let Some(text) = named else { return Ok(()) };
        let ours = |url: &Url| {
            url.origin() == self.token_endpoint.origin() && url.username().is_empty() && url.password().is_none()
        };
        match Url::parse(text) {
            Ok(url) if ours(&url) => Ok(()),
            parsed => Err(FileError::ForeignTokenEndpoint {
                named: parsed
                    .ok()
                    .map_or_else(|| "an unreadable URL".to_owned(), |url| url.origin().ascii_serialization()),
                expected: self.issuer.origin(),
            }
            .into()),
        }
    }
}

/// A refused assertion is about the key, not about anybody's login (RFC 7523 section 3.1).
fn rejected(error: oauth::Error, key: &MachineKey, account: &str) -> Error {
    match error {
        oauth::Error::Refused(refusal)
            if matches!(refusal.code, ErrorCode::InvalidGrant | ErrorCode::InvalidClient | ErrorCode::AccessDenied) =>
        {
            Error::KeyRejected {
                account: account.to_owned(),
                key_id: key.key_id.clone(),
                description: refusal.description.map(|text| text.to_string()),
            }
        }
        oauth::Error::Refused(ref refusal) if refusal.code == ErrorCode::InvalidScope => Error::ScopeRejected(error),
        other => other.into(),
    }
}

/// More rotations than there are during one exchange.
const REPLACEMENTS: usize = 3;

const DEFAULT_SCOPE: &str = "openid profile email offline_access";

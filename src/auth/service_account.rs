//! Service accounts: an assertion signed here (RFC 7523) for an access token, never a refresh token.

use std::cell::RefCell;
use std::path::Path;

use jiff::Timestamp;
use url::Url;

use super::credentials_file::{CredentialsFile, Error as FileError};
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
    name: String,
    latest: RefCell<Option<Token>>,
}

impl MachineAccount {
    pub(crate) fn new(file: CredentialsFile, target: Target) -> Self {
        let name = session_name(file.identity(), &target.api);
        Self { file, target, name, latest: RefCell::default() }
    }

    /// `<identity>@<API host>`, as a stored session would be called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A fresh token: from the cache, or exchanged under the account's lock and cached where there is a store.
    ///
    /// It works without a writable home: then nothing is locked, and the token lasts as long as the command.
    pub(crate) fn token(&self, auth: &Auth, request: &TokenRequest) -> Result<FreshToken, Error> {
        let key = self.cache_key();
        let serves = |token: &Token| request.is_served_by(token);
        let cached = || self.latest.borrow().clone().filter(serves).or_else(|| self.stored(auth).filter(serves));
        if let Some(token) = cached() {
            return Ok(FreshToken::from(&token));
        }
        let lock = auth.sessions.lock_refresh(&key, super::refresh::LOCK_PATIENCE).ok();
        if let Some(token) = lock.as_ref().and_then(|_| cached()) {
            return Ok(FreshToken::from(&token));
        }
        let machine_key = MachineKey::try_from(&self.file)?;
        let (client, issuer) = (Client::new()?, &self.target.auth);
        let (named, identity) = (self.file.token_uri.as_deref(), self.file.identity());
        let token = run_to_end(async {
            let provider = oauth::discover(&client, issuer).await?;
            check_token_uri(named, issuer, &provider)?;
            exchange(&client, &provider.token_endpoint, issuer, &machine_key, identity).await
        })?;
        if lock.is_some() {
            // A cache that cannot be written costs an exchange next time, nothing else.
            let _ = auth.sessions.save(&key, &self.cache_entry(token.clone()));
        }
        let answer = FreshToken::from(&token);
        self.latest.replace(Some(token));
        Ok(answer)
    }

    /// When the cached token expires, if there is one.
    pub(crate) fn cached_expiry(&self, auth: &Auth) -> Option<Timestamp> {
        self.stored(auth)?.expiry
    }

    fn stored(&self, auth: &Auth) -> Option<Token> {
        Some(auth.sessions.load(&self.cache_key()).ok()??.credential.token)
    }

    /// One cache entry per issuer, client, key and scope.
    fn cache_key(&self) -> String {
        let scope = self.file.scope.as_deref().unwrap_or_default();
        Sessions::cache_key(
            &[&self.target.auth.origin(), &self.file.client_id, &self.file.private_key_id, scope].join("\n"),
        )
    }

    fn cache_entry(&self, token: Token) -> Credential {
        Credential {
            hostname: self.target.auth.stored(),
            api_hostname: self.target.api.stored(),
            client_id: self.file.client_id.clone(),
            endpoint_auth_url: String::new(),
            endpoint_token_url: String::new(),
            scopes: None,
            token,
            user_name: self.file.identity().to_owned(),
            user_email: self.file.client_email.clone().unwrap_or_default(),
            subject: self.file.client_id.clone(),
            kind: Kind::Interactive,
            generation: 0,
            extra: Extra::default(),
        }
    }
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

/// Signs an assertion and exchanges it at `token_endpoint` of `issuer`; once more when the connection or the server
/// failed, each time with a fresh assertion.
pub(super) async fn exchange(
    client: &Client,
    token_endpoint: &Url,
    issuer: &Host,
    key: &MachineKey,
    account: &str,
) -> Result<Token, Error> {
    let ask = || async {
        let (signing_key, client_id) = (&key.signing_key, &key.client_id);
        let assertion = oauth::sign_assertion(signing_key, &key.key_id, client_id, &issuer.origin(), clock::now())?;
        oauth::jwt_bearer(client, token_endpoint, &assertion, &key.scope).await
    };
    let answer = once_more(ask).await.map_err(|error| rejected(error, key, account))?;
    Ok(token::stored(TokenAnswer { refresh_token: None, ..answer }, None))
}

/// Refuses a file that names somebody else's token endpoint: it belongs to another environment, or is a trap.
pub(super) fn check_token_uri(named: Option<&str>, issuer: &Host, provider: &Provider) -> Result<(), Error> {
    let Some(text) = named else { return Ok(()) };
    let ours = |url: &Url| {
        url.origin() == provider.token_endpoint.origin() && url.username().is_empty() && url.password().is_none()
    };
    match Url::parse(text) {
        Ok(url) if ours(&url) => Ok(()),
        parsed => Err(FileError::ForeignTokenEndpoint {
            named: parsed.ok().map_or_else(|| "an unreadable URL".to_owned(), |url| url.origin().ascii_serialization()),
            expected: issuer.origin(),
        }
        .into()),
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
        other => other.into(),
    }
}

const DEFAULT_SCOPE: &str = "openid profile email offline_access";

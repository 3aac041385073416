//! The JSON of a stored credential, byte for byte as the original `datumctl` (Go) writes it.
//!
//! Compact, its field order, `<>&` escaped; our `generation` and the fields we do not know come last. The only place of
//! module where secrets are exposed to text.

mod document;
mod peek;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub(super) use document::{Document, Slot};
pub(super) use peek::{token as peek_token, token_in_file as peek_token_in_file};

use super::credential::{Credential, Extra, Kind, ServiceAccount, Token};
use crate::secret::Secret;

/// Where and how a JSON text is broken; never what it says.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{kind} at line {line}, column {column}")]
pub(crate) struct ParseError {
    kind: &'static str,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        let kind = match error.classify() {
            Category::Data => "a field of the wrong type or missing",
            Category::Eof => "cut off",
            Category::Io => "unreadable",
            Category::Syntax => "not JSON",
        };
        Self { kind, line: error.line(), column: error.column() }
    }
}

impl ParseError {
    /// The text as a whole is not what it should be.
    pub(super) fn whole(kind: &'static str) -> Self {
        Self { kind, line: 1, column: 1 }
    }
}

/// Reads a stored credential.
pub(super) fn parse(text: &Secret) -> Result<Credential, ParseError> {
    let read: Read = serde_json::from_str(text.expose())?;
    Ok(Credential {
        hostname: read.hostname,
        api_hostname: read.api_hostname,
        client_id: read.client_id,
        endpoint_auth_url: read.endpoint_auth_url,
        endpoint_token_url: read.endpoint_token_url,
        scopes: read.scopes,
        token: read.token.into(),
        user_name: read.user_name,
        user_email: read.user_email,
        subject: read.subject,
        kind: kind(&read.credential_type, read.service_account.or(read.machine_account)),
        generation: read.generation,
        extra: Extra(read.extra),
    })
}

/// The text that a store holds for `credential`.
pub(super) fn write(credential: &Credential) -> Secret {
    let service_account = match &credential.kind {
        Kind::Interactive => None,
        Kind::ServiceAccount(account) => Some(WriteAccount::from(&**account)),
    };
    to_json(&Write {
        hostname: &credential.hostname,
        api_hostname: &credential.api_hostname,
        client_id: &credential.client_id,
        endpoint_auth_url: &credential.endpoint_auth_url,
        endpoint_token_url: &credential.endpoint_token_url,
        scopes: credential.scopes.as_deref(),
        token: WriteToken::from(&credential.token),
        user_name: &credential.user_name,
        user_email: &credential.user_email,
        subject: &credential.subject,
        credential_type: service_account.as_ref().map(|_| SERVICE_ACCOUNT),
        service_account,
        generation: Some(credential.generation).filter(|generation| *generation > 0),
        extra: &credential.extra.0,
    })
}

/// Compact JSON in the manner of Go.
pub(super) fn to_json(value: &impl Serialize) -> Secret {
    let json = Secret::new(serde_json::to_string(value).expect("strings, numbers and maps with string keys"));
    escape_like_go(json)
}

/// Go escapes what could end a script element; in JSON these characters occur within strings only.
pub(super) fn escape_like_go(json: Secret) -> Secret {
    if !json.expose().contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return json;
    }
    let mut escaped = String::with_capacity(json.expose().len() * 6);
    for character in json.expose().chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    Secret::new(escaped)
}

/// Reads `known_users`; what is no list of texts counts as empty, for it can be rebuilt.
pub(super) fn parse_list(text: &Secret) -> Vec<String> {
    serde_json::from_str(text.expose()).unwrap_or_default()
}

/// The text of a journal: one entry on its way to the keyring.
pub(super) fn journal(entry: &str, value: &Secret) -> Secret {
    to_json(&WriteJournal { entry, value: value.expose() })
}

/// The value in a journal of this entry; `None` when it was not written to its end.
pub(super) fn parse_journal(bytes: &[u8], entry: &str) -> Option<Secret> {
    let journal: ReadJournal = serde_json::from_slice(bytes).ok()?;
    (journal.entry == entry).then_some(journal.value)
}

/// A machine, by any of the names that versions of the original gave it. Version 0.13 had an object `machine_account`.
fn kind(credential_type: &str, account: Option<ReadAccount>) -> Kind {
    match (credential_type, account) {
        ("service_account" | "datum_service_account" | "machine_account" | "datum_machine_account", account) => {
            Kind::ServiceAccount(Box::new(account.unwrap_or_default().into()))
        }
        _ => Kind::Interactive,
    }
}

#[derive(Deserialize)]
struct ReadJournal {
    entry: String,
    value: Secret,
}

#[derive(Serialize)]
struct WriteJournal<'a> {
    entry: &'a str,
    value: &'a str,
}

#[derive(Deserialize)]
struct Read {
    #[serde(default, deserialize_with = "nullable")]
    hostname: String,
    #[serde(default, deserialize_with = "nullable")]
    api_hostname: String,
    #[serde(default, deserialize_with = "nullable")]
    client_id: String,
    #[serde(default, deserialize_with = "nullable")]
    endpoint_auth_url: String,
    #[serde(default, deserialize_with = "nullable")]
    endpoint_token_url: String,
    scopes: Option<Vec<String>>,
    token: ReadToken,
    #[serde(default, deserialize_with = "nullable")]
    user_name: String,
    #[serde(default, deserialize_with = "nullable")]
    user_email: String,
    #[serde(default, deserialize_with = "nullable")]
    subject: String,
    #[serde(default, deserialize_with = "nullable")]
    credential_type: String,
    service_account: Option<ReadAccount>,
    machine_account: Option<ReadAccount>,
    #[serde(default)]
    generation: u64,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize)]
struct ReadToken {
    #[serde(default)]
    access_token: Option<Secret>,
    #[serde(default, deserialize_with = "nullable")]
    token_type: String,
    refresh_token: Option<Secret>,
    #[serde(default, deserialize_with = "expiry")]
    expiry: Option<(Timestamp, String)>,
    #[serde(default)]
    expires_in: Value,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl From<ReadToken> for Token {
    fn from(read: ReadToken) -> Self {
        let access_token = read.access_token.unwrap_or_else(|| Secret::new(String::new()));
        let mut token = Self::new(access_token, read.token_type, read.refresh_token);
        if let Some((at, text)) = read.expiry {
            token.expiry = (text != NEVER).then_some(at);
            token.expiry_text = Some(text);
        }
        token.expires_in = read.expires_in.as_i64();
        token.extra = Extra(read.extra);
        token
    }
}

#[derive(Default, Deserialize)]
struct ReadAccount {
    #[serde(default, deserialize_with = "nullable")]
    client_email: String,
    #[serde(default, deserialize_with = "nullable")]
    client_id: String,
    #[serde(default, deserialize_with = "nullable")]
    private_key_id: String,
    private_key: Option<Secret>,
    #[serde(default, deserialize_with = "nullable")]
    token_uri: String,
    scope: Option<String>,
    private_key_path: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl From<ReadAccount> for ServiceAccount {
    fn from(read: ReadAccount) -> Self {
        Self {
            client_email: read.client_email,
            client_id: read.client_id,
            private_key_id: read.private_key_id,
            private_key: read.private_key.filter(|key| !key.expose().is_empty()),
            token_uri: read.token_uri,
            scope: read.scope.filter(|scope| !scope.is_empty()),
            private_key_path: read.private_key_path.filter(|path| !path.is_empty()),
            extra: Extra(read.extra),
        }
    }
}

#[derive(Serialize)]
struct Write<'a> {
    hostname: &'a str,
    api_hostname: &'a str,
    client_id: &'a str,
    endpoint_auth_url: &'a str,
    endpoint_token_url: &'a str,
    scopes: Option<&'a [String]>,
    token: WriteToken<'a>,
    user_name: &'a str,
    user_email: &'a str,
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<WriteAccount<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct WriteToken<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    token_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    expiry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> From<&'a Token> for WriteToken<'a> {
    fn from(token: &'a Token) -> Self {
        Self {
            access_token: token.access_token.expose(),
            token_type: &token.token_type,
            refresh_token: token.refresh_token.as_ref().map(|token| token.expose().as_str()),
            expiry: expiry_text(token),
            expires_in: token.expires_in.filter(|seconds| *seconds != 0),
            extra: &token.extra.0,
        }
    }
}

#[derive(Serialize)]
struct WriteAccount<'a> {
    client_email: &'a str,
    client_id: &'a str,
    private_key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<&'a str>,
    token_uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key_path: Option<&'a str>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

impl<'a> From<&'a ServiceAccount> for WriteAccount<'a> {
    fn from(account: &'a ServiceAccount) -> Self {
        Self {
            client_email: &account.client_email,
            client_id: &account.client_id,
            private_key_id: &account.private_key_id,
            private_key: account.private_key.as_ref().map(|key| key.expose().as_str()),
            token_uri: &account.token_uri,
            scope: account.scope.as_deref(),
            private_key_path: account.private_key_path.as_deref(),
            extra: &account.extra.0,
        }
    }
}

/// The text it was read from while it still says the same, else UTC.
fn expiry_text(token: &Token) -> String {
    let Some(expiry) = token.expiry else { return NEVER.to_owned() };
    match &token.expiry_text {
        Some(text) if text.parse::<Timestamp>().ok() == Some(expiry) => text.clone(),
        _ => expiry.to_string(),
    }
}

/// Go reads `null` as the empty value.
fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An RFC 3339 time with any offset, and its text.
fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(Timestamp, String)>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let time = text.parse().map_err(|_| serde::de::Error::custom("not a time"))?;
    Ok(Some((time, text)))
}

/// Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";
const SERVICE_ACCOUNT: &str = "service_account";

#[cfg(test)]
mod tests;

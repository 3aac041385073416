//! The credentials file of a service account: what the portal downloads and `DATUM_CREDENTIALS_FILE` names.

use std::fmt;
use std::path::PathBuf;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::sys::{files, input};

/// Where a credentials file is read from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A path, which may be a pipe.
    Path(PathBuf),
    /// `-`
    StandardInput,
}

/// The fields of a credentials file that we act on.
#[derive(Clone, Debug)]
pub(crate) struct CredentialsFile {
    /// The OAuth client id: issuer and subject of every assertion.
    pub(crate) client_id: String,
    /// The `kid` of every assertion.
    pub(crate) private_key_id: String,
    /// The RSA private key, PEM.
    pub(crate) private_key: Secret,
    /// The account's address; older files have none.
    pub(crate) client_email: Option<String>,
    /// The scope to ask for, which usually holds the API's audience.
    pub(crate) scope: Option<String>,
    /// A token endpoint named by the file: never used, only compared.
    pub(crate) token_uri: Option<String>,
}

/// Why a credentials file cannot be used. Never shows its content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It cannot be read.
    #[error("could not read the credentials file")]
    Unreadable(#[source] files::Error),
    /// It is not JSON.
    #[error("the credentials file is not valid JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// It is JSON, but not an object.
    #[error("the credentials file is not a JSON object")]
    NotAnObject,
    /// Fields are missing or wrong; all of them are named at once.
    #[error("the credentials file is incomplete: {}", join(.0))]
    Fields(Vec<Problem>),
    /// Its private key cannot be used.
    #[error("the private key in the credentials file cannot be used: {0}")]
    Key(#[source] crate::oauth::KeyError),
    /// It names a token endpoint that is not the identity server's.
    #[error("the credentials file belongs to {named}, not to {expected}: nothing was sent")]
    ForeignTokenEndpoint {
        /// The origin that the file names.
        named: String,
        /// The identity server asked for.
        expected: String,
    },
}

/// One thing that is wrong with a field.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Absent, null or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Not a string.
    #[error("{0} is not a string")]
    NotText(&'static str),
    /// A field written twice.
    #[error("{0:?} appears twice")]
    Twice(String),
    /// A `type` that is not a service account's.
    #[error("type is neither {}", TYPES.join(" nor "))]
    Type,
}

fn join(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join(", ")
}

impl CredentialsFile {
    /// Reads and checks a credentials file of at most 1 MiB.
    pub(crate) fn read(source: &Source) -> Result<Self, Error> {
        let content = match source {
            Source::Path(path) => input::read(path, LIMIT),
            Source::StandardInput => input::read_standard_input(LIMIT),
        };
        Self::parse(&Zeroizing::new(content.map_err(Error::Unreadable)?))
    }

    /// Checks the JSON text of a credentials file.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, Error> {
        let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
        let pairs: Pairs = serde_json::from_slice(content).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Error::NotAnObject,
            _ => Error::NotJson { line: error.line(), column: error.column() },
        })?;
        let mut fields =
            Fields { object: pairs.object, problems: pairs.duplicates.into_iter().map(Problem::Twice).collect() };
        if fields.required("type").is_some_and(|kind| !TYPES.contains(&kind.as_str())) {
            fields.problems.push(Problem::Type);
        }
        let (client_id, private_key_id) = (fields.required("client_id"), fields.required("private_key_id"));
        let private_key = fields.required("private_key");
        let (client_email, scope) = (fields.optional("client_email"), fields.optional("scope"));
        let token_uri = fields.optional("token_uri");
        match (client_id, private_key_id, private_key) {
            (Some(client_id), Some(private_key_id), Some(private_key)) if fields.problems.is_empty() => {
                let private_key = Secret::new(private_key);
                Ok(Self { client_id, private_key_id, private_key, client_email, scope, token_uri })
            }
            _ => Err(Error::Fields(fields.problems)),
        }
    }

    /// The address people know the account by; the client id where there is none.
    pub(crate) fn identity(&self) -> &str {
        self.client_email.as_deref().unwrap_or(&self.client_id)
    }
}

struct Fields {
    object: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Fields {
    fn required(&mut self, field: &'static str) -> Option<String> {
        let reported = self.problems.len();
        let value = self.optional(field);
        if value.is_none() && self.problems.len() == reported {
            self.problems.push(Problem::Missing(field));
        }
        value
    }

    fn optional(&mut self, field: &'static str) -> Option<String> {
        match self.object.remove(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text).filter(|text| !text.trim().is_empty()),
            Some(_) => {
                self.problems.push(Problem::NotText(field));
                None
            }
        }
    }
}

/// A JSON object that remembers which keys came twice.
struct Pairs {
    object: Map<String, Value>,
    duplicates: Vec<String>,
}

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> serde::de::Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Pairs { object: Map::new(), duplicates: Vec::new() };
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if pairs.object.insert(key.clone(), value).is_some() && !pairs.duplicates.contains(&key) {
                pairs.duplicates.push(key);
            }
        }
        Ok(pairs)
    }
}

const LIMIT: u64 = 1024 * 1024;

const TYPES: [&str; 2] = ["datum_service_account", "datum_machine_account"];

#[cfg(test)]
mod tests;

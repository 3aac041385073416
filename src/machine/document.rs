//! [`Document`]: the content of a credentials file while it is made, completed and renewed.

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Error;
use crate::auth::CredentialsFile;
use crate::secret::Secret;

/// A credentials file: what the platform wrote, and fields of ours that readers ignore.
pub(crate) struct Document {
    /// All fields in their order; the private key's place is taken by null.
    fields: Map<String, Value>,
    private_key: Secret,
}

/// An earlier key of the account, and from when on nobody needs it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Superseded {
    /// Its id.
    pub(crate) private_key_id: String,
    /// RFC 3339.
    pub(crate) revoke_after: Timestamp,
}

/// Larger than a credentials file with the longest key.
pub(crate) const ROOM: u64 = 16 * 1024;
const PRIVATE_KEY: &str = "private_key";
const SUPERSEDED: &str = "superseded_keys";

impl Document {
    /// The document that `text` is, if it is a complete credentials file.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Error> {
        let private_key = CredentialsFile::parse(text)?.private_key;
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let mut fields: Map<String, Value> = serde_json::from_slice(text).map_err(|_| Error::UnreadableAnswer)?;
        if let Some(Value::String(copy)) = fields.insert(PRIVATE_KEY.to_owned(), Value::Null) {
            drop(Zeroizing::new(copy));
        }
        Ok(Self { fields, private_key })
    }

    /// The document that the platform wrote for a pair of its own.
    pub(crate) fn of_platform(text: &Secret) -> Result<Self, Error> {
        Self::parse(text.expose().as_bytes())
    }

    /// The document of a key that was not made by the platform.
    pub(crate) fn assemble(account: (&str, &str), key_id: &str, private_key: Secret, scope: &str) -> Self {
        let (client_id, email) = account;
        let fields = [
            ("type", "datum_service_account"),
            ("client_id", client_id),
            ("private_key_id", key_id),
            (PRIVATE_KEY, ""),
            ("client_email", email),
            ("scope", scope),
        ];
        let mut fields: Map<String, Value> =
            fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        fields[PRIVATE_KEY] = Value::Null;
        Self { fields, private_key }
    }

    /// Says which environment it belongs to, in fields that every reader skips or only compares.
    pub(crate) fn belongs_to(mut self, token_endpoint: &str, api: &str, project: &str) -> Self {
        for (name, text) in [("token_uri", token_endpoint), ("api_endpoint", api), ("project_id", project)] {
            self.fields.insert(name.to_owned(), text.into());
        }
        self
    }

    /// Remembers which keys are to be revoked when.
    pub(crate) fn supersedes(mut self, keys: &[Superseded]) -> Self {
        self.fields.shift_remove(SUPERSEDED);
        if !keys.is_empty() {
            self.fields.insert(SUPERSEDED.to_owned(), serde_json::json!(keys));
        }
        self
    }

    /// The keys that are to be revoked; what is unreadable there is none.
    pub(crate) fn superseded(&self) -> Vec<Superseded> {
        let entries = self.fields.get(SUPERSEDED).and_then(Value::as_array).cloned().unwrap_or_default();
        entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect()
    }

    /// The fields that a reader acts on.
    pub(crate) fn credentials(&self) -> Result<CredentialsFile, Error> {
        Ok(CredentialsFile::parse(&self.bytes())?)
    }

    /// The text of the file.
    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        // Grows once at most: a buffer that is moved leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(ROOM as usize));
        // Strings, numbers and maps with texts as keys can always be written.
        let _ = serde_json::to_writer_pretty(&mut *text, self);
        text.push(b'\n');
        text
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            match name.as_str() {
                PRIVATE_KEY => map.serialize_entry(name, self.private_key.expose())?,
                _ => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

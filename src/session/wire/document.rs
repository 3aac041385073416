//! The text of the file store: service, entry, value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{ParseError, escape_like_go};
use crate::secret::Secret;
use crate::session::store::{Change, SERVICE};

/// All of `credentials.json`; services and values that are not ours are kept as they are.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(in crate::session) struct Document(BTreeMap<String, Service>);

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Service {
    Entries(BTreeMap<String, Slot>),
    Other(Value),
}

/// One value.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::session) enum Slot {
    /// As it should be.
    Text(Secret),
    /// Something else, which the original would stumble over.
    Other(Value),
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text.expose()),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl Document {
    /// Reads the file's bytes; a byte order mark and spaces around the object are no harm.
    pub(in crate::session) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(ParseError::whole("empty"));
        }
        let document: Self = serde_json::from_slice(bytes)?;
        match document.0.get(SERVICE) {
            Some(Service::Other(_)) => Err(ParseError::whole("not a list of entries")),
            _ => Ok(document),
        }
    }

    /// Two-space indent, sorted keys, no newline at the end.
    pub(in crate::session) fn to_json(&self) -> Secret {
        let json = serde_json::to_string_pretty(self).expect("strings and JSON values under string keys");
        escape_like_go(Secret::new(json))
    }

    /// Our entries, sorted by name.
    pub(in crate::session) fn entries(&self) -> impl Iterator<Item = (&str, &Slot)> {
        let entries = match self.0.get(SERVICE) {
            Some(Service::Entries(entries)) => Some(entries),
            _ => None,
        };
        entries.into_iter().flatten().map(|(name, slot)| (name.as_str(), slot))
    }

    /// One of our entries.
    pub(in crate::session) fn entry(&self, name: &str) -> Option<&Slot> {
        match self.0.get(SERVICE)? {
            Service::Entries(entries) => entries.get(name),
            Service::Other(_) => None,
        }
    }

    /// Sets and deletes entries; a service without entries is removed.
    pub(in crate::session) fn apply(&mut self, changes: &[Change<'_>]) {
        let service = self.0.entry(SERVICE.to_owned()).or_insert_with(|| Service::Entries(BTreeMap::new()));
        if let Service::Entries(entries) = service {
            for change in changes {
                match change.value {
                    Some(value) => entries.insert(change.entry.to_owned(), Slot::Text(value.clone())),
                    None => entries.remove(change.entry),
                };
            }
            if entries.is_empty() {
                self.0.remove(SERVICE);
            }
        }
    }

    /// Whether nothing is in it, not even of others.
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing is in it that belongs to others.
    pub(in crate::session) fn is_ours_alone(&self) -> bool {
        self.0.keys().all(|service| service == SERVICE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Slot};
    use crate::secret::Secret;
    use crate::session::store::Change;

    /// Two entries as the original writes them.
    const FILE: &str = "{\n  \"datumctl-auth\": {\n    \"active_user\": \"ada@example.com@auth.datum.net\",\n    \"known_users\": \"[\\\"ada@example.com@auth.datum.net\\\"]\"\n  }\n}";

    #[test]
    fn a_file_of_the_original_is_written_back_byte_for_byte() {
        // STO-35
        assert_eq!(Document::parse(FILE.as_bytes()).unwrap().to_json().expose(), FILE);
    }

    #[test]
    fn other_services_and_values_that_are_not_text_survive_a_change() {
        // STO-14
        let text = r#"{"other":{"a":"b"},"datumctl-auth":{"z":"1","odd":{"x":[1,null]}},"list":[1]}"#;
        let mut document = Document::parse(text.as_bytes()).unwrap();
        document.apply(&[Change { entry: "<new>", value: Some(&Secret::new("2".to_owned())) }]);
        let compact = document.to_json().expose().replace([' ', '\n'], "");
        assert_eq!(
            compact,
            r#"{"datumctl-auth":{"\u003cnew\u003e":"2","odd":{"x":[1,null]},"z":"1"},"list":[1],"other":{"a":"b"}}"#
        );
        assert!(matches!(document.entry("odd"), Some(Slot::Other(_))));
    }

    #[test]
    fn the_last_entry_takes_the_service_with_it() {
        let mut document = Document::parse(br#"{"datumctl-auth":{"a":"b"}}"#).unwrap();
        document.apply(&[Change { entry: "a", value: None }]);
        assert!(document.is_empty());
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_are_no_harm() {
        // STO-13
        let text = format!("\u{feff}{}\r\n", FILE.replace('\n', "\r\n"));
        assert_eq!(Document::parse(text.as_bytes()).unwrap().to_json().expose(), FILE);
    }

    #[test]
    fn damaged_files_are_refused_without_their_text() {
        // STO-09, STO-11, STO-12, STO-13, OUT-06
        let utf16: Vec<u8> = FILE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let extra = format!("{FILE}canary");
        let torn = &FILE[..FILE.len() / 2];
        let cases: [&[u8]; 8] = [
            b"",
            extra.as_bytes(),
            torn.as_bytes(),
            &[0; 100],
            b"{\"datumctl-auth\":{\"canary\":\"\xff\xfe\"}}",
            &utf16,
            b"[\"canary\"]",
            b"{\"datumctl-auth\":[\"canary\"]}",
        ];
        for bytes in cases {
            let Err(error) = Document::parse(bytes) else { panic!("accepted") };
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}

//! JSON read strictly, because what it says decides security.
//!
//! Two members of one name, anything after the document, deep nesting and very wide objects are refused, so that no
//! two readers can understand one document differently (RFC 8725 section 2.6).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

/// The most members of one object.
const MAX_MEMBERS: usize = 1_000;
/// The most elements of one array.
const MAX_ELEMENTS: usize = 10_000;

/// Why bytes are not an acceptable JSON object.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// The document ends too early.
    #[error("it is cut off")]
    Cut,
    /// The document is something else than an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// Not JSON, or JSON that two readers may understand differently. The reason holds no part of the document.
    #[error("it is not acceptable JSON: {0}")]
    Unacceptable(String),
}

/// A member has another JSON type than its specification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongType {
    /// The member's name.
    pub(crate) field: &'static str,
    /// What it should have been, with its article.
    pub(crate) expected: &'static str,
}

/// A JSON object whose members have distinct names.
#[derive(Clone, Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Reads `bytes` as exactly one JSON object.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        match serde_json::from_slice::<Strict>(bytes) {
            Ok(Strict(Value::Object(map))) => Ok(Self(map)),
            Ok(_) => Err(JsonError::NotAnObject),
            Err(error) if error.classify() == Category::Eof => Err(JsonError::Cut),
            Err(error) => Err(JsonError::Unacceptable(error.to_string())),
        }
    }

    /// The member as it is.
    pub(crate) fn value(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// A text member; `None` when absent.
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, WrongType> {
        match self.0.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(WrongType { field, expected: "a text" }),
        }
    }

    /// A text member for people to read; `null` counts as absent.
    pub(crate) fn label(&self, field: &'static str) -> Result<Option<String>, WrongType> {
        match self.0.get(field) {
            Some(Value::Null) => Ok(None),
            _ => self.text(field).map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned)),
        }
    }

    /// Moves a text member out, so that a secret is not copied; absent, `null` and empty are all `None`.
    pub(crate) fn take_text(&mut self, field: &'static str) -> Result<Option<String>, WrongType> {
        match self.0.get_mut(field).map(Value::take) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(WrongType { field, expected: "a text" }),
        }
    }
}

impl From<Map<String, Value>> for Object {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be tokens.
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Strict(element)) = access.next_element()? {
            if elements.len() == MAX_ELEMENTS {
                return Err(A::Error::custom("an array with too many elements"));
            }
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if members.len() == MAX_MEMBERS {
                return Err(A::Error::custom("an object with too many members"));
            }
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("two members of the same name"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonError, Object};

    fn problem(text: &str) -> JsonError {
        Object::parse(text.as_bytes()).expect_err(text)
    }

    #[test]
    fn ambiguous_documents_are_refused() {
        // PKC-11, PKC-15, IDT-37, DSC-08
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":[{"a":1,"\u0061":2}]}"#,
            r"{} x",
            "{}{}",
            "\u{feff}{}",
            "{'a':1}",
            "{\"a\":1e400}",
        ] {
            assert!(matches!(problem(text), JsonError::Unacceptable(_)), "{text}");
        }
        for text in ["[]", "null", "1", "\"{}\"", "true"] {
            assert_eq!(problem(text), JsonError::NotAnObject, "{text}");
        }
    }

    #[test]
    fn a_document_cut_anywhere_is_recognised_as_cut() {
        // RFR-18
        let whole = r#"{"access_token":"abc","expires_in":3600,"list":[1,{"a":null}]}"#;
        for length in 1..whole.len() {
            assert_eq!(problem(&whole[..length]), JsonError::Cut, "{length}");
        }
        assert!(Object::parse(whole.as_bytes()).is_ok());
    }

    #[test]
    fn deep_and_wide_documents_are_refused_quickly() {
        // IDT-39
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let members: Vec<String> = (0..100_000).map(|number| format!("\"m{number}\":0")).collect();
        for text in [deep, format!("{{{}}}", members.join(","))] {
            assert!(matches!(problem(&text), JsonError::Unacceptable(_)));
        }
    }

    #[test]
    fn no_value_is_shown() {
        let object = Object::parse(br#"{"name":"CNRY-value"}"#).expect("an object");
        assert_eq!(format!("{object:?}"), r#"{"name"}"#);
    }

    #[test]
    fn the_reason_never_quotes_the_document() {
        for text in
            [r#"{"secret-name":"secret-value" x"#, r#"{"secret-name":1,"secret-name":2}"#, r#"{"a":"secret\x"}"#]
        {
            assert!(!problem(text).to_string().contains("secret"), "{text}");
        }
    }
}

//! Reading bodies: what is there twice, what no schema knows, what is filled in.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Schema;

/// A body and the fields that it has twice, as `duplicate field "spec.x"`. The last one counts.
#[derive(Debug)]
pub(in crate::emulator::api) struct Decoded {
    pub(in crate::emulator::api) value: Value,
    pub(in crate::emulator::api) duplicates: Vec<String>,
}

/// Reads a body in JSON.
///
/// # Errors
///
/// What is wrong with the JSON.
pub(in crate::emulator::api) fn decode(body: &[u8]) -> Result<Decoded, String> {
    let mut duplicates = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Node { path: String::new(), duplicates: &mut duplicates }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value)).map_err(|error| error.to_string())?;
    Ok(Decoded { value, duplicates })
}

/// Reads a body in YAML, of which JSON is a part.
///
/// # Errors
///
/// What is wrong with the YAML.
pub(in crate::emulator::api) fn decode_yaml(body: &[u8]) -> Result<Decoded, String> {
    decode(body).or_else(|_| {
        let mut duplicates = Vec::new();
        let root = Node { path: String::new(), duplicates: &mut duplicates };
        let value = root.deserialize(yaml_serde::Deserializer::from_slice(body)).map_err(|error| error.to_string())?;
        Ok(Decoded { value, duplicates })
    })
}

/// A value at a path, read so that no duplicate gets lost.
struct Node<'a> {
    path: String,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, values.len());
            match items.next_element_seed(Node { path, duplicates: &mut *self.duplicates })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let path = below(&self.path, &name);
            if object.contains_key(&name) {
                self.duplicates.push(format!("duplicate field {path:?}"));
            }
            if self.duplicates.len() > 100 {
                return Err(A::Error::custom("too many duplicate fields"));
            }
            object.insert(name, fields.next_value_seed(Node { path, duplicates: &mut *self.duplicates })?);
        }
        Ok(Value::Object(object))
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The fields that a schema does not know, each as `unknown field "spec.x"`.
pub(in crate::emulator::api) fn unknown_fields(schema: Schema, value: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    visit_unknown(schema, value, "", &mut unknown);
    unknown
}

fn visit_unknown(schema: Schema, value: &Value, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(fields) if schema.kind() == "object" => {
            for (name, value) in fields {
                let path = below(path, name);
                match schema.field(name) {
                    Some(field) => visit_unknown(field, value, &path, unknown),
                    None if schema.is_open() => {}
                    None => unknown.push(format!("unknown field {path:?}")),
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                schema.items().into_iter().for_each(|inner| {
                    visit_unknown(inner, item, &format!("{path}[{place}]"), unknown);
                });
            }
        }
        _ => {}
    }
}

/// Takes away the fields that a schema does not know, and fields without a value that the schema would not allow.
pub(in crate::emulator::api) fn prune(schema: Schema, value: &mut Value) {
    match value {
        Value::Object(fields) if schema.kind() == "object" => {
            fields.retain(|name, value| {
                (schema.field(name).is_some() && !value.is_null()) || (schema.field(name).is_none() && schema.is_open())
            });
            for (name, value) in fields {
                schema.field(name).into_iter().for_each(|field| prune(field, value));
            }
        }
        Value::Array(items) => {
            for item in items {
                schema.items().into_iter().for_each(|inner| prune(inner, item));
            }
        }
        _ => {}
    }
}

/// Takes away members of the metadata that say nothing, as a server does that reads them into a structure.
pub(in crate::emulator::api) fn drop_empty_metadata(object: &mut Value) {
    let says_nothing = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, value| name == "managedFields" || !says_nothing(value));
    }
}

/// Fills in the defaults of fields that are absent in objects that are there.
pub(in crate::emulator::api) fn set_defaults(schema: Schema, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in schema.fields() {
                if let (Some(default), false) = (field.default(), fields.contains_key(name)) {
                    fields.insert(name.to_owned(), default.clone());
                }
            }
            for (name, value) in fields {
                schema.field(name).into_iter().for_each(|field| set_defaults(field, value));
            }
        }
        Value::Array(items) => {
            for item in items {
                schema.items().into_iter().for_each(|inner| set_defaults(inner, item));
            }
        }
        _ => {}
    }
}

//! Request bodies in protobuf, which newer clients prefer for built-in types.
//!
//! A body is four bytes of magic and a `runtime.Unknown` (type, raw object). Only the members that clients send are
//! read; numbers are those of the types' `generated.proto`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

const MAGIC: &[u8] = b"k8s\0";

type Members = &'static [(u64, &'static str, Shape)];

/// How a member is written.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Message(Members),
    /// Text by text.
    Labels,
    /// Bytes by text; base64 in JSON.
    Data,
}

const METADATA: Members = &[
    (1, "name", Shape::Text),
    (2, "generateName", Shape::Text),
    (3, "namespace", Shape::Text),
    (5, "uid", Shape::Text),
    (6, "resourceVersion", Shape::Text),
    (11, "labels", Shape::Labels),
    (12, "annotations", Shape::Labels),
];

const RESOURCE_ATTRIBUTES: Members = &[
    (1, "namespace", Shape::Text),
    (2, "verb", Shape::Text),
    (3, "group", Shape::Text),
    (4, "version", Shape::Text),
    (5, "resource", Shape::Text),
    (6, "subresource", Shape::Text),
    (7, "name", Shape::Text),
];

const ACCESS: Members = &[
    (1, "resourceAttributes", Shape::Message(RESOURCE_ATTRIBUTES)),
    (2, "nonResourceAttributes", Shape::Message(&[(1, "path", Shape::Text), (2, "verb", Shape::Text)])),
];

fn members_of(kind: &str) -> Option<Members> {
    Some(match kind {
        "SelfSubjectReview" => &[(1, "metadata", Shape::Message(METADATA))],
        "SelfSubjectAccessReview" => &[(1, "metadata", Shape::Message(METADATA)), (2, "spec", Shape::Message(ACCESS))],
        "SelfSubjectRulesReview" => {
            &[(1, "metadata", Shape::Message(METADATA)), (2, "spec", Shape::Message(&[(1, "namespace", Shape::Text)]))]
        }
        "Namespace" => &[(1, "metadata", Shape::Message(METADATA))],
        "ConfigMap" => &[
            (1, "metadata", Shape::Message(METADATA)),
            (2, "data", Shape::Labels),
            (3, "binaryData", Shape::Data),
            (4, "immutable", Shape::Flag),
        ],
        "Secret" => &[
            (1, "metadata", Shape::Message(METADATA)),
            (2, "data", Shape::Data),
            (3, "type", Shape::Text),
            (4, "stringData", Shape::Labels),
            (5, "immutable", Shape::Flag),
        ],
        "DeleteOptions" => &[(4, "propagationPolicy", Shape::Text)],
        _ => return None,
    })
}

/// The object in a body as JSON; `None` where it is none of the known types.
pub(super) fn decode(body: &[u8]) -> Option<Value> {
    // Type and object are the first two members here as well.
    let (kind, raw) = pair(body.strip_prefix(MAGIC)?);
    let kind = message(kind, &[(1, "apiVersion", Shape::Text), (2, "kind", Shape::Text)]);
    let mut object = message(raw, members_of(kind["kind"].as_str()?)?);
    object["kind"] = kind["kind"].clone();
    object["apiVersion"] = kind["apiVersion"].clone();
    Some(object)
}

fn message(bytes: &[u8], members: Members) -> Value {
    let mut object = Map::new();
    for (number, wire) in fields(bytes) {
        let Some((_, name, shape)) = members.iter().find(|(known, _, _)| *known == number) else { continue };
        match (shape, wire) {
            (Shape::Flag, Wire::Number(number)) => {
                object.insert((*name).to_owned(), (number != 0).into());
            }
            // Empty text is how absence is written.
            (Shape::Text, Wire::Bytes([])) => {}
            (Shape::Text, Wire::Bytes(text)) => {
                object.insert((*name).to_owned(), String::from_utf8_lossy(text).into());
            }
            (Shape::Message(members), Wire::Bytes(bytes)) => {
                object.insert((*name).to_owned(), message(bytes, members));
            }
            (Shape::Labels | Shape::Data, Wire::Bytes(entry)) => {
                let (key, value) = pair(entry);
                let value = match shape {
                    Shape::Data => STANDARD.encode(value),
                    _ => String::from_utf8_lossy(value).into_owned(),
                };
                let entries = object.entry(*name).or_insert_with(|| json!({}));
                entries[String::from_utf8_lossy(key).as_ref()] = value.into();
            }
            _ => {}
        }
    }
    Value::Object(object)
}

fn pair(entry: &[u8]) -> (&[u8], &[u8]) {
    let part = |wanted| {
        fields(entry).find_map(|(number, wire)| match wire {
            Wire::Bytes(bytes) if number == wanted => Some(bytes),
            _ => None,
        })
    };
    (part(1).unwrap_or_default(), part(2).unwrap_or_default())
}

enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The members of a message, up to the first that makes no sense.
fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u64, Wire<'_>)> {
    std::iter::from_fn(move || {
        let tag = varint(&mut bytes)?;
        let wire = match tag & 7 {
            0 => Wire::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Wire::Bytes(content)
            }
            _ => return None,
        };
        Some((tag >> 3, wire))
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MAGIC, decode};

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    }

    #[test]
    fn a_config_map_is_read() {
        let kind = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
        let entry = [field(1, b"key"), field(2, b"value")].concat();
        let object = [field(1, &field(1, b"name")), field(2, &entry)].concat();
        let body = [MAGIC, &field(1, &kind), &field(2, &object), &field(3, b"")].concat();
        let expected =
            json!({"metadata": {"name": "name"}, "data": {"key": "value"}, "kind": "ConfigMap", "apiVersion": "v1"});
        assert_eq!(decode(&body), Some(expected));
        assert_eq!(decode(b"{}"), None);
        assert_eq!(decode(&body[..6]), None);
    }
}

//! What objects of each type look like.
//!
//! The types are structural schemas in `types/`, one file for each group. `check` says what is wrong with an object,
//! `decode` reads a body and finds fields that are unknown or there twice, `openapi` publishes the schemas.

mod check;
mod decode;
mod openapi;
mod paths;
mod swagger;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

pub(super) use self::check::{Cause, check};
pub(super) use self::decode::{Decoded, decode, decode_yaml, drop_empty_metadata, prune, set_defaults, unknown_fields};
pub(super) use self::openapi::{Served, document, index};
pub(super) use self::swagger::{PROTOBUF, PROTOBUF_WISH, protobuf, swagger};

const SHARED: &str = include_str!("types/shared.yaml");
const GROUPS: [&str; 7] = [
    include_str!("types/batch.yaml"),
    include_str!("types/core.yaml"),
    include_str!("types/dns.yaml"),
    include_str!("types/iam.yaml"),
    include_str!("types/identity.yaml"),
    include_str!("types/networking.yaml"),
    include_str!("types/resourcemanager.yaml"),
];

/// A type whose objects have a schema.
pub(super) struct Type {
    /// Empty for the core group.
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    schema: Value,
}

impl Type {
    /// `VERSION`, or `GROUP/VERSION` outside the core group.
    pub(super) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether the type is compiled into a real server, which merges such objects strategically.
    pub(super) fn is_core(&self) -> bool {
        self.group.is_empty()
    }

    /// The schema of a whole object.
    pub(super) fn schema(&'static self) -> Schema {
        Schema(&self.schema)
    }
}

/// The type of a kind, if its objects have a schema.
pub(super) fn find(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    types().iter().find(|one| (one.group.as_str(), one.version.as_str(), one.kind.as_str()) == (group, version, kind))
}

fn types() -> &'static [Type] {
    static TYPES: LazyLock<Vec<Type>> = LazyLock::new(|| GROUPS.into_iter().flat_map(read_group).collect());
    &TYPES
}

/// The schemas that others refer to, by name.
fn shared() -> &'static Value {
    static SHARED_SCHEMAS: LazyLock<Value> = LazyLock::new(|| {
        let raw = read(SHARED);
        let complete = |(name, schema): (&String, &Value)| (name.clone(), complete(schema, name, &raw));
        Value::Object(raw.as_object().into_iter().flatten().map(complete).collect())
    });
    &SHARED_SCHEMAS
}

fn read(text: &str) -> Value {
    yaml_serde::from_str(text).expect("the schemas are valid YAML, which a test holds")
}

fn read_group(text: &str) -> Vec<Type> {
    let file = read(text);
    let text = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
    let kinds = file["kinds"].as_object().into_iter().flatten();
    let read_kind = |(kind, schema): (&String, &Value)| {
        let mut schema = complete(schema, kind, shared());
        let mut properties = Map::new();
        properties.insert("apiVersion".to_owned(), described("The version of the API that the object is of."));
        properties.insert("kind".to_owned(), described("The type of the object."));
        properties.insert("metadata".to_owned(), shared()["ObjectMeta"].clone());
        properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
        schema["type"] = "object".into();
        schema["properties"] = Value::Object(properties);
        Type { group: text("group"), version: text("version"), kind: kind.clone(), schema }
    };
    kinds.map(read_kind).collect()
}

fn described(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// A schema with its references resolved and with what goes without saying.
fn complete(schema: &Value, name: &str, shared: &Value) -> Value {
    let mut whole = Map::new();
    let mut own = schema.as_object().cloned().unwrap_or_default();
    if let Some(reference) = own.remove("$ref").as_ref().and_then(Value::as_str) {
        whole = complete(&shared[reference], name, shared).as_object().cloned().unwrap_or_default();
    }
    if own.remove("immutable") == Some(Value::Bool(true)) {
        let rule = json!({"rule": "self == oldSelf", "message": format!("{name} is immutable")});
        own.insert("x-kubernetes-validations".to_owned(), json!([rule]));
    }
    if let Some(Value::Object(properties)) = own.get_mut("properties") {
        properties.iter_mut().for_each(|(name, property)| *property = complete(property, name, shared));
    }
    for part in ["items", "additionalProperties"] {
        if let Some(inner) = own.get_mut(part) {
            *inner = complete(inner, name, shared);
        }
    }
    whole.extend(own);
    let has = |part: &str| whole.contains_key(part);
    let kind = match () {
        () if has("type") => None,
        () if has("properties") || has("additionalProperties") => Some("object"),
        () if has("items") => Some("array"),
        () => Some("string"),
    };
    whole.extend(kind.map(|kind| ("type".to_owned(), kind.into())));
    Value::Object(whole)
}

/// The schema of a value.
#[derive(Clone, Copy)]
pub(super) struct Schema(&'static Value);

/// How the parts of a value belong together when two people write it.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// One value that is replaced as a whole.
    Whole,
    /// Fields or entries that can be owned one by one.
    Object,
    /// A list of values, each of which can be owned.
    Set,
    /// A list of objects that are told apart by these fields.
    Keyed(&'static [Value]),
}

impl Schema {
    fn text(self, name: &str) -> &'static str {
        self.0[name].as_str().unwrap_or_default()
    }

    /// `object`, `array`, `string`, `integer`, `number` or `boolean`.
    pub(super) fn kind(self) -> &'static str {
        self.text("type")
    }

    /// The schema of a field, or of an entry of a map.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        self.named_field(name).or_else(|| self.0.get("additionalProperties").map(Schema))
    }

    /// The schema of a field that the type names.
    pub(super) fn named_field(self, name: &str) -> Option<Self> {
        self.0["properties"].get(name).map(Schema)
    }

    fn fields(self) -> impl Iterator<Item = (&'static str, Self)> {
        self.0["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.as_str(), Self(schema)))
    }

    /// The schema of the elements of a list.
    pub(super) fn items(self) -> Option<Self> {
        self.0.get("items").map(Self)
    }

    /// Whether fields that the schema does not name are kept.
    pub(super) fn is_open(self) -> bool {
        self.0["x-kubernetes-preserve-unknown-fields"] == true
    }

    pub(super) fn shape(self) -> Shape {
        match (self.kind(), self.text("x-kubernetes-list-type")) {
            ("object", _) if self.is_open() || self.text("x-kubernetes-map-type") == "atomic" => Shape::Whole,
            ("object", _) => Shape::Object,
            ("array", "set") => Shape::Set,
            ("array", "map") => Shape::Keyed(self.list("x-kubernetes-list-map-keys")),
            _ => Shape::Whole,
        }
    }

    fn list(self, name: &str) -> &'static [Value] {
        self.0[name].as_array().map_or(&[], Vec::as_slice)
    }

    fn default(self) -> Option<&'static Value> {
        self.0.get("default")
    }

    /// What is said when the value is changed although it must not be.
    fn immutable(self) -> Option<&'static str> {
        let rule = self.list("x-kubernetes-validations").iter().find(|rule| rule["rule"] == "self == oldSelf")?;
        rule["message"].as_str()
    }
}

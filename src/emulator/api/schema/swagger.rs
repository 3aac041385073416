//! The schemas as one document of OpenAPI v2, in JSON and in the protobuf form of it.
//!
//! kubectl before 1.29 creates and applies nothing without the document, and reads it as protobuf alone.

use serde_json::{Map, Value, json};

use super::openapi::{Served, document};

/// What clients ask for to get the protobuf form. It is no media type, for the `@` in it.
pub(in crate::emulator::api) const PROTOBUF_WISH: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The media type of the protobuf form.
pub(in crate::emulator::api) const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// `/openapi/v2` in JSON.
pub(in crate::emulator::api) fn swagger(served: &[Served<'_>]) -> Value {
    let (mut paths, mut definitions) = (Map::new(), Map::new());
    let mut roots: Vec<_> = served.iter().map(Served::root).collect();
    roots.dedup();
    for document in roots.iter().filter_map(|root| document(served, root)) {
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            paths.insert(path.clone(), old_path(item));
        }
        for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
            definitions.insert(name.clone(), old_references(schema));
        }
    }
    let info = json!({"title": "Kubernetes", "version": "unversioned"});
    json!({"swagger": "2.0", "info": info, "paths": paths, "definitions": definitions})
}

/// The value with references as they were: to another place, and not inside `allOf`.
fn old_references(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let only = members.get("allOf").and_then(|all| all.get(0));
            let members = members.iter().filter(|(name, _)| *name != "allOf");
            let members = members.chain(only.and_then(Value::as_object).into_iter().flatten());
            Value::Object(members.map(|(name, value)| (name.clone(), old_references(value))).collect())
        }
        Value::Array(items) => items.iter().map(old_references).collect(),
        Value::String(text) => text.replace("#/components/schemas/", "#/definitions/").into(),
        other => other.clone(),
    }
}

fn old_path(item: &Value) -> Value {
    let member = |(name, value): (&String, &Value)| {
        let old = match value {
            Value::Array(parameters) => parameters.iter().map(old_parameter).collect(),
            operation => old_operation(operation),
        };
        (name.clone(), old)
    };
    Value::Object(item.as_object().into_iter().flatten().map(member).collect())
}

fn old_parameter(parameter: &Value) -> Value {
    let mut old = parameter.clone();
    old["type"] = parameter["schema"]["type"].clone();
    old.as_object_mut().into_iter().for_each(|old| drop(old.shift_remove("schema")));
    old
}

fn old_operation(operation: &Value) -> Value {
    let mut old = old_references(operation);
    let mut parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().map(old_parameter).collect();
    let content = old["requestBody"]["content"].as_object().cloned().unwrap_or_default();
    if let Some(body) = content.values().next() {
        old["consumes"] = content.keys().cloned().collect();
        parameters.push(json!({"name": "body", "in": "body", "required": true, "schema": body["schema"]}));
    }
    old["produces"] = json!(["application/json"]);
    old["parameters"] = parameters.into();
    for response in old["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(schema) = response.pointer("/content/application~1json/schema").cloned() {
            response["schema"] = schema;
        }
        response.as_object_mut().into_iter().for_each(|response| drop(response.shift_remove("content")));
    }
    old.as_object_mut().into_iter().for_each(|old| drop(old.shift_remove("requestBody")));
    old
}

/// The same document in protobuf, as much of it as clients look at.
pub(in crate::emulator::api) fn protobuf(swagger: &Value) -> Vec<u8> {
    let mut info = Message::default();
    info.text(1, &swagger["info"]["title"]);
    info.text(2, &swagger["info"]["version"]);
    let mut paths = Message::default();
    named(&mut paths, 2, &swagger["paths"], path);
    let mut definitions = Message::default();
    named(&mut definitions, 1, &swagger["definitions"], schema);
    let mut document = Message::default();
    document.text(1, &swagger["swagger"]);
    document.message(2, &info);
    document.message(8, &paths);
    document.message(9, &definitions);
    document.0
}

/// A message of protobuf: field numbers and values. Absent values are left out.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn bytes(&mut self, field: usize, bytes: &[u8]) {
        self.number(field << 3 | 2);
        self.number(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: usize, value: &Value) {
        value.as_str().into_iter().for_each(|text| self.bytes(field, text.as_bytes()));
    }

    fn texts(&mut self, field: usize, values: &Value) {
        values.as_array().into_iter().flatten().for_each(|value| self.text(field, value));
    }

    fn message(&mut self, field: usize, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// A value of any form, as YAML.
    fn any(&mut self, field: usize, value: &Value) {
        let mut any = Self::default();
        any.bytes(2, value.to_string().as_bytes());
        self.message(field, &any);
    }

    fn extensions(&mut self, field: usize, object: &Value) {
        for (name, value) in object.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("x-")) {
            let mut pair = Self::default();
            pair.bytes(1, name.as_bytes());
            pair.any(2, value);
            self.message(field, &pair);
        }
    }
}

/// Pairs of a name and what `write` makes of the value.
fn named(message: &mut Message, field: usize, members: &Value, write: fn(&Value) -> Message) {
    for (name, value) in members.as_object().into_iter().flatten() {
        let mut pair = Message::default();
        pair.bytes(1, name.as_bytes());
        pair.message(2, &write(value));
        message.message(field, &pair);
    }
}

fn path(item: &Value) -> Message {
    let mut message = Message::default();
    for (field, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        item.get(method).into_iter().for_each(|one| message.message(field, &operation(one)));
    }
    message
}

fn operation(operation: &Value) -> Message {
    let mut message = Message::default();
    message.texts(1, &operation["tags"]);
    message.text(5, &operation["operationId"]);
    message.texts(6, &operation["produces"]);
    message.texts(7, &operation["consumes"]);
    for one in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query") {
        let mut query = Message::default();
        for (field, member) in [(2, "in"), (3, "description"), (4, "name"), (6, "type")] {
            query.text(field, &one[member]);
        }
        // A parameter that is not in the body, and of those one in the query.
        let wrapped = [3, 2, 1].into_iter().fold(query, |inner, field| {
            let mut outer = Message::default();
            outer.message(field, &inner);
            outer
        });
        message.message(8, &wrapped);
    }
    message.extensions(13, operation);
    message
}

fn schema(schema: &Value) -> Message {
    let mut message = Message::default();
    for (field, member) in [(1, "$ref"), (2, "format"), (4, "description"), (13, "pattern")] {
        message.text(field, &schema[member]);
    }
    schema.get("default").into_iter().for_each(|default| message.any(5, default));
    message.texts(19, &schema["required"]);
    schema["enum"].as_array().into_iter().flatten().for_each(|value| message.any(20, value));
    let inner = |field, value: &Value| {
        let mut outer = Message::default();
        outer.message(field, &self::schema(value));
        outer
    };
    schema.get("additionalProperties").into_iter().for_each(|one| message.message(21, &inner(1, one)));
    if schema["type"].is_string() {
        let mut kind = Message::default();
        kind.text(1, &schema["type"]);
        message.message(22, &kind);
    }
    schema.get("items").into_iter().for_each(|one| message.message(23, &inner(1, one)));
    if schema["properties"].is_object() {
        let mut properties = Message::default();
        named(&mut properties, 1, &schema["properties"], self::schema);
        message.message(25, &properties);
    }
    message.extensions(31, schema);
    message
}

//! [`Document`]: the schemas of an OpenAPI 3 document, their references followed.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// One document. A reference leads into it and nowhere else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'a>(&'a Value);

impl<'a> Document<'a> {
    /// A document as the server sent it.
    pub(super) fn new(document: &'a Value) -> Self {
        Self(document)
    }

    /// The schema of a type.
    pub(super) fn of_kind(&self, group: &str, version: &str, kind: &str) -> Option<&'a Value> {
        let is_kind = |one: &Value| one["group"] == group && one["version"] == version && one["kind"] == kind;
        let kinds = |schema: &Value| schema["x-kubernetes-group-version-kind"].as_array().cloned().unwrap_or_default();
        let schemas = self.0["components"]["schemas"].as_object()?;
        schemas.values().find(|schema| kinds(schema).iter().any(is_kind))
    }

    /// What `schema` refers to, or itself.
    pub(super) fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target = reference(schema).and_then(|reference| self.target(reference));
        target.filter(|target| says_something(target)).unwrap_or(schema)
    }

    fn target(&self, reference: &str) -> Option<&'a Value> {
        self.0.pointer(reference.strip_prefix('#')?)
    }

    /// The field `name` of objects of `schema`, of its items, of its values.
    pub(super) fn field(&self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        self.levels(schema).into_iter().find_map(|level| properties(level)?.get(name)).filter(|one| says_something(one))
    }

    /// Fields whose names are near `name`.
    pub(super) fn similar(&self, schema: &'a Value, name: &str) -> Vec<String> {
        let levels = self.levels(schema);
        let names = levels.into_iter().filter_map(properties).flat_map(|fields| fields.keys());
        let distance = |field: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &field.to_lowercase());
        let mut near: Vec<_> = names
            .map(|field| (distance(field), field.clone()))
            .filter(|(distance, field)| *distance <= 1 + field.len() / 4)
            .collect();
        near.sort();
        near.dedup();
        near.into_iter().map(|(_, field)| field).take(3).collect()
    }

    /// The schemas that have the fields of `schema`: its own, and below lists, maps and `allOf` those of what they hold.
    fn levels(&self, schema: &'a Value) -> Vec<&'a Value> {
        let (mut levels, mut seen) = (Vec::new(), HashSet::new());
        let mut waiting = vec![schema];
        while let Some(schema) = waiting.pop() {
            if reference(schema).is_some_and(|reference| !seen.insert(reference)) {
                continue;
            }
            let resolved = self.resolved(schema);
            levels.push(resolved);
            waiting.extend(inner(resolved).into_iter().rev());
        }
        levels
    }

    /// Its description and those of what it is made of, a paragraph each.
    pub(super) fn description(&self, schema: &'a Value) -> String {
        let levels = self.levels(schema).into_iter();
        let texts = levels.filter_map(|level| level["description"].as_str()).filter(|text| !text.is_empty());
        texts.map(|text| format!("{text}\n")).collect()
    }

    /// The type in short: `string`, `[]Object`, `map[string]string`, the name of a type.
    pub(super) fn type_of(&self, schema: &'a Value) -> String {
        let kind = |schema: &'a Value| schema["type"].as_str().filter(|kind| !kind.is_empty());
        if let Some(items) = part(schema, "items") {
            return format!("[]{}", self.type_of(items));
        }
        if let Some(values) = part(schema, "additionalProperties") {
            return format!("map[string]{}", self.type_of(values));
        }
        if let ([one], None) = (all_of(schema), properties(schema)) {
            return self.type_of(one);
        }
        let Some(reference) = reference(schema) else {
            return kind(schema).filter(|kind| *kind != "object").unwrap_or("Object").to_owned();
        };
        match self.target(reference).and_then(kind) {
            None | Some("object") => {
                reference.rsplit(['/', '.']).next().filter(|name| !name.is_empty()).unwrap_or("Object").to_owned()
            }
            Some(kind) => kind.to_owned(),
        }
    }
}

/// Where `schema` refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().filter(|reference| !reference.is_empty())
}

/// The fields of `schema` itself.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema["properties"].as_object().filter(|fields| !fields.is_empty())
}

/// The schemas that `schema` is made of: alternatives, items of its list, values of its map.
pub(super) fn inner(schema: &Value) -> Vec<&Value> {
    let parts = ["items", "additionalProperties"].into_iter().filter_map(|name| part(schema, name));
    all_of(schema).iter().chain(parts).collect()
}

fn all_of(schema: &Value) -> &[Value] {
    schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// `additionalProperties` may be a bool, which says nothing about fields.
fn part<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema.get(name).filter(|part| says_something(part))
}

fn says_something(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}

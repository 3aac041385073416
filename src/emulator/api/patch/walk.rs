//! Walking objects by their schema: their fields, what differs, merging and removing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Error;
use super::fields::Fields;
use crate::emulator::api::schema::{Schema, Shape};

/// Something in an object or a list that can be owned by itself.
struct Part<'a> {
    edge: String,
    value: &'a Value,
    schema: Schema,
    /// Whether it is an item of a list or an entry of a map: there because somebody wants it there.
    listed: bool,
}

impl Part<'_> {
    /// The name of a field or an entry.
    fn name(&self) -> &str {
        self.edge.strip_prefix("f:").unwrap_or(&self.edge)
    }
}

/// The parts of a value, or `None` if it is owned as a whole.
fn parts<'a>(schema: Schema, value: &'a Value) -> Option<Vec<Part<'a>>> {
    let (shape, items) = (schema.shape(), schema.items());
    match (shape, value) {
        (Shape::Object, Value::Object(fields)) => {
            let part = |(name, value): (&String, &'a Value)| {
                let listed = schema.named_field(name).is_none();
                Some(Part { edge: format!("f:{name}"), value, schema: schema.field(name)?, listed })
            };
            Some(fields.iter().filter_map(part).collect())
        }
        (Shape::Set | Shape::Keyed(_), Value::Array(values)) => {
            let part = |value: &'a Value| Some(Part { edge: edge(shape, value)?, value, schema: items?, listed: true });
            Some(values.iter().filter_map(part).collect())
        }
        _ => None,
    }
}

/// The edge of an item of a list, if the list is one in which items can be told apart.
fn edge(shape: Shape, item: &Value) -> Option<String> {
    match shape {
        Shape::Set => Some(format!("v:{item}")),
        Shape::Keyed(names) => {
            let key = |name: &'static Value| Some((name.as_str()?, item.get(name.as_str()?)?.clone()));
            let keys: Option<BTreeMap<_, _>> = names.iter().map(key).collect();
            let keys: Map<_, _> = keys?.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Some(format!("k:{}", Value::Object(keys)))
        }
        Shape::Whole | Shape::Object => None,
    }
}

/// The fields of a value.
pub(super) fn fields(schema: Schema, value: &Value) -> Fields {
    let Some(parts) = parts(schema, value) else { return Fields::leaf() };
    let mut fields = Fields::default();
    for part in parts {
        let mut own = self::fields(part.schema, part.value);
        own.owned |= part.listed || part.value.as_object().is_some_and(Map::is_empty);
        fields.put(&part.edge, own);
    }
    fields
}

/// What is different between two values.
#[derive(Default)]
pub(super) struct Difference {
    /// Fields that are new or have another value.
    pub(super) changed: Fields,
    pub(super) removed: Fields,
}

pub(super) fn compare(schema: Schema, before: &Value, after: &Value) -> Difference {
    let mut difference = Difference::default();
    let (Some(old), Some(new)) = (parts(schema, before), parts(schema, after)) else {
        difference.changed.owned = before != after;
        return difference;
    };
    let find = |parts: &[Part<'_>], edge: &str| parts.iter().position(|part| part.edge == edge);
    for part in &new {
        let inner = match find(&old, &part.edge) {
            Some(place) => compare(part.schema, old[place].value, part.value),
            None => Difference { changed: everything(part), removed: Fields::default() },
        };
        difference.changed.put(&part.edge, inner.changed);
        difference.removed.put(&part.edge, inner.removed);
    }
    for part in old.iter().filter(|part| find(&new, &part.edge).is_none()) {
        difference.removed.put(&part.edge, everything(part));
    }
    difference
}

/// A part, and all that is in it.
fn everything(part: &Part<'_>) -> Fields {
    let mut all = fields(part.schema, part.value);
    mark_all(&mut all, part);
    all
}

fn mark_all(fields: &mut Fields, part: &Part<'_>) {
    fields.owned = true;
    for inner in parts(part.schema, part.value).into_iter().flatten() {
        let mut below = fields.at(&inner.edge).cloned().unwrap_or_default();
        mark_all(&mut below, &inner);
        fields.put(&inner.edge, below);
    }
}

/// A value with what is applied to it.
pub(super) fn merge(schema: Schema, live: &Value, applied: &Value) -> Value {
    let (Some(old), Some(new)) = (parts(schema, live), parts(schema, applied)) else { return applied.clone() };
    let merged = |part: &Part<'_>| match old.iter().find(|one| one.edge == part.edge) {
        Some(before) => merge(part.schema, before.value, part.value),
        None => part.value.clone(),
    };
    match (live, applied) {
        (Value::Object(live), Value::Object(_)) => {
            let mut fields = live.clone();
            fields.extend(new.iter().map(|part| (part.name().to_owned(), merged(part))));
            Value::Object(fields)
        }
        _ => Value::Array(in_order(&old, &new).into_iter().map(merged).collect()),
    }
}

/// The items of both lists: those that are applied in their order, the others where they stand between them.
fn in_order<'a, 'b>(old: &'b [Part<'a>], new: &'b [Part<'a>]) -> Vec<&'b Part<'a>> {
    let applied: BTreeSet<_> = new.iter().map(|part| part.edge.as_str()).collect();
    let known: BTreeSet<_> = old.iter().map(|part| part.edge.as_str()).collect();
    let mut rest = new.iter().peekable();
    let mut items = Vec::new();
    for part in old {
        if !applied.contains(part.edge.as_str()) {
            items.push(part);
            continue;
        }
        while let Some(next) = rest.next_if(|next| !known.contains(next.edge.as_str())) {
            items.push(next);
        }
        items.extend(rest.next());
    }
    items.extend(rest);
    items
}

/// A value without these fields.
pub(super) fn remove(schema: Schema, value: &Value, fields: &Fields) -> Value {
    let Some(parts) = parts(schema, value) else { return value.clone() };
    let kept = |part: &Part<'_>| match fields.at(&part.edge) {
        Some(gone) if gone.owned => None,
        Some(gone) => Some(remove(part.schema, part.value, gone)),
        None => Some(part.value.clone()),
    };
    let Value::Object(all) = value else { return Value::Array(parts.iter().filter_map(kept).collect()) };
    let mut rest = all.clone();
    for part in &parts {
        let name = part.name();
        match kept(part) {
            Some(value) => drop(rest.insert(name.to_owned(), value)),
            None => drop(rest.shift_remove(name)),
        }
    }
    Value::Object(rest)
}

/// What keeps a value from being applied as its type.
///
/// # Errors
///
/// Fields that are not declared, lists whose items cannot be told apart, things of the wrong shape.
pub(super) fn typed(schema: Schema, value: &Value, path: &str) -> Result<(), Error> {
    let wrong = |why: String| Err(Error::Untyped(format!("{path}: {why}")));
    match (schema.shape(), value) {
        (Shape::Object, Value::Object(fields)) => fields.iter().try_for_each(|(name, value)| {
            let path = format!("{path}.{name}");
            match schema.field(name) {
                Some(field) => typed(field, value, &path),
                None => Err(Error::Untyped(format!("{path}: field not declared in schema"))),
            }
        }),
        (shape @ (Shape::Set | Shape::Keyed(_)), Value::Array(items)) => {
            let mut seen = BTreeSet::new();
            for (place, item) in items.iter().enumerate() {
                let Some(edge) = edge(shape, item) else {
                    let names = if let Shape::Keyed(names) = shape { names } else { &[] };
                    let missing = names.iter().filter_map(Value::as_str).find(|name| item.get(name).is_none());
                    return wrong(format!(
                        "element {place}: associative list with keys has an element that omits key field {:?} \
                         (and doesn't have default value)",
                        missing.unwrap_or_default()
                    ));
                };
                let shown = edge_path(&edge);
                if !seen.insert(edge) {
                    return wrong(format!("duplicate entries for key {shown}"));
                }
                schema.items().map_or(Ok(()), |inner| typed(inner, item, &format!("{path}{shown}")))?;
            }
            Ok(())
        }
        (Shape::Object, Value::Null) | (Shape::Set | Shape::Keyed(_), Value::Null) | (Shape::Whole, _) => Ok(()),
        (Shape::Object, other) => wrong(format!("expected map, got &{{{other}}}")),
        (_, other) => wrong(format!("expected list, got &{{{other}}}")),
    }
}

fn edge_path(edge: &str) -> String {
    let mut fields = Fields::default();
    fields.put(edge, Fields::leaf());
    fields.paths().concat()
}

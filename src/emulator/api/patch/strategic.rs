//! Strategic merge patch: a merge patch that knows lists whose items can be told apart.

use serde_json::{Map, Value};

use super::Error;
use crate::emulator::api::schema::{Schema, Shape};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE_VALUES: &str = "$deleteFromPrimitiveList/";

/// `application/strategic-merge-patch+json`: the object with the patch, lists merged as the schema says.
///
/// # Errors
///
/// `Malformed` if a directive is none or an item of a list has no key.
pub(in crate::emulator::api) fn strategic(schema: Schema, object: &Value, patch: &Value) -> Result<Value, Error> {
    let Value::Object(patch) = patch else {
        return Err(Error::Malformed("the patch must be an object".to_owned()));
    };
    merge_object(Some(schema), object.as_object().cloned().unwrap_or_default(), patch).map(Value::Object)
}

fn merge_object(
    schema: Option<Schema>,
    mut object: Map<String, Value>,
    patch: &Map<String, Value>,
) -> Result<Map<String, Value>, Error> {
    match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
        None | Some("merge") => {}
        Some("replace") => object.clear(),
        Some("delete") => return Ok(Map::new()),
        Some(other) => return Err(Error::Malformed(format!("Unknown patch type found: {other}"))),
    }
    if let Some(Value::Array(retained)) = patch.get(RETAIN) {
        object.retain(|name, _| retained.iter().any(|one| one == name));
    }
    for (name, gone) in patch.iter().filter_map(|(name, gone)| Some((name.strip_prefix(DELETE_VALUES)?, gone))) {
        if let (Some(Value::Array(values)), Value::Array(gone)) = (object.get_mut(name), gone) {
            values.retain(|value| !gone.contains(value));
        }
    }
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        let field = schema.and_then(|schema| schema.field(name));
        let merged = match (object.get(name), value) {
            (_, Value::Null) => {
                object.remove(name);
                continue;
            }
            (Some(Value::Object(own)), Value::Object(patch)) => Value::Object(merge_object(field, own.clone(), patch)?),
            (None, Value::Object(patch)) => Value::Object(merge_object(field, Map::new(), patch)?),
            (own, Value::Array(patch)) => {
                let own = own.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Value::Array(merge_list(field, own, patch)?)
            }
            _ => value.clone(),
        };
        object.insert(name.clone(), merged);
    }
    for (name, order) in patch.iter().filter_map(|(name, order)| Some((name.strip_prefix(ORDER)?, order))) {
        let shape = schema.and_then(|schema| schema.field(name)).map_or(Shape::Whole, Schema::shape);
        if let (Some(Value::Array(items)), Value::Array(order)) = (object.get_mut(name), order) {
            items.sort_by_key(|item| order.iter().position(|one| is_same(shape, one, item)).unwrap_or(usize::MAX));
        }
    }
    Ok(object)
}

fn merge_list(schema: Option<Schema>, own: &[Value], patch: &[Value]) -> Result<Vec<Value>, Error> {
    let shape = schema.map_or(Shape::Whole, Schema::shape);
    let replaces = |item: &Value| item[DIRECTIVE] == "replace";
    if matches!(shape, Shape::Whole | Shape::Object) || patch.iter().any(replaces) {
        return Ok(patch.iter().filter(|item| !replaces(item)).cloned().collect());
    }
    let mut items = own.to_vec();
    for item in patch {
        if let Shape::Keyed(keys) = shape
            && let Some(key) = keys.iter().filter_map(Value::as_str).find(|key| item.get(key).is_none())
        {
            return Err(Error::Malformed(format!("map: {item} does not contain declared merge key: {key}")));
        }
        let place = items.iter().position(|own| is_same(shape, own, item));
        match (place, item) {
            (Some(place), Value::Object(item)) if item.get(DIRECTIVE).is_some_and(|one| one == "delete") => {
                items.remove(place);
            }
            (None, Value::Object(item)) if item.get(DIRECTIVE).is_some_and(|one| one == "delete") => {}
            (Some(place), Value::Object(item)) => {
                let before = items[place].as_object().cloned().unwrap_or_default();
                items[place] = merge_object(schema.and_then(Schema::items), before, item)?.into();
            }
            (Some(_), _) => {}
            (None, item) => items.push(item.clone()),
        }
    }
    Ok(items)
}

fn is_same(shape: Shape, one: &Value, other: &Value) -> bool {
    match shape {
        Shape::Keyed(keys) => keys.iter().filter_map(Value::as_str).all(|key| one.get(key) == other.get(key)),
        _ => one == other,
    }
}

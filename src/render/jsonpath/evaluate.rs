//! From an object to the values that a template's nodes select, step by step.

use std::borrow::Cow;

use serde_json::Value;

use super::compare::holds;
use super::error::EvaluateError;
use super::node::{Node, Slice};
use crate::render::go_text::sprint;

/// A selected value: a piece of the object, or one that the template itself says.
pub(super) type Found<'v> = Cow<'v, Value>;

/// How missing keys are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingKeys {
    /// They select nothing.
    Empty,
    /// They are an error.
    Refused,
}

/// An error, and the values that had been reached: the question whether there is something goes on with them.
pub(super) struct Halt<'v> {
    reached: Vec<Found<'v>>,
    pub(super) error: EvaluateError,
}

type Outcome<'v> = Result<Vec<Found<'v>>, Halt<'v>>;

/// Applies `nodes` one after the other.
pub(super) fn select<'v>(mut values: Vec<Found<'v>>, nodes: &[Node], missing: MissingKeys) -> Outcome<'v> {
    for node in nodes {
        values = step(values, node, missing)?;
    }
    Ok(values)
}

fn step<'v>(values: Vec<Found<'v>>, node: &Node, missing: MissingKeys) -> Outcome<'v> {
    match node {
        Node::Text(text) => Ok(vec![Cow::Owned(text.as_str().into())]),
        Node::Integer(number) => Ok(constant(&values, &(*number).into())),
        Node::Float(number) => Ok(constant(&values, &(*number).into())),
        Node::Bool(value) => Ok(constant(&values, &(*value).into())),
        Node::Word(word) => Err(Halt { reached: values, error: EvaluateError::Word(word.clone()) }),
        Node::Field(name) => field(&values, name, missing),
        Node::Slice(slice) => sliced(values, *slice),
        Node::Filter { left, operator, right } => filtered(values, left, operator, right, missing),
        Node::Wildcard => Ok(values.iter().flat_map(children).collect()),
        Node::Recursive => Ok(values.iter().flat_map(descendants).collect()),
        Node::Union(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                let found = select(values.clone(), branch, missing);
                all.extend(found.map_err(|halt| Halt { reached: values.clone(), error: halt.error })?);
            }
            Ok(all)
        }
    }
}

fn constant<'v>(values: &[Found<'v>], value: &Value) -> Vec<Found<'v>> {
    values.iter().map(|_| Cow::Owned(value.clone())).collect()
}

/// Looks into a value as long as it lives, whoever owns it.
fn inner<'v>(value: &Found<'v>, look: impl for<'a> Fn(&'a Value) -> Option<&'a Value>) -> Option<Found<'v>> {
    match value {
        Cow::Borrowed(value) => look(value).map(Cow::Borrowed),
        Cow::Owned(value) => look(value).cloned().map(Cow::Owned),
    }
}

fn field<'v>(values: &[Found<'v>], name: &str, missing: MissingKeys) -> Outcome<'v> {
    let found: Vec<_> = values.iter().filter_map(|value| inner(value, |value| value.as_object()?.get(name))).collect();
    if found.is_empty() && !values.is_empty() && missing == MissingKeys::Refused {
        return Err(Halt { reached: found, error: EvaluateError::Missing(name.to_owned()) });
    }
    Ok(found)
}

fn sliced(values: Vec<Found<'_>>, slice: Slice) -> Outcome<'_> {
    let mut found = Vec::new();
    for value in values.iter().filter(|value| !value.is_null()) {
        let Some(items) = value.as_array() else {
            let error = EvaluateError::NoList(type_name(value));
            return Err(Halt { reached: values, error });
        };
        match bounds(slice, items.len()) {
            Ok((range, step)) => {
                found
                    .extend(range.step_by(step).filter_map(|index| inner(value, |value| value.as_array()?.get(index))));
            }
            Err(error) => return Err(Halt { reached: values, error }),
        }
    }
    Ok(found)
}

/// The items that a slice of a list of this length has.
fn bounds(slice: Slice, length: usize) -> Result<(std::ops::Range<usize>, usize), EvaluateError> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let from = from_end(slice.from.unwrap_or_default());
    let to = match slice.to {
        None => length,
        // The one after the last, counted from the end.
        Some(0) if slice.is_index => length,
        Some(to) => from_end(to),
    };
    if from == to {
        return Ok((0..0, 1));
    }
    if !(0..length).contains(&from) {
        return Err(EvaluateError::OutOfBounds { index: from, length });
    }
    if !(0..=length).contains(&to) {
        return Err(EvaluateError::OutOfBounds { index: to.saturating_sub(1), length });
    }
    if from > to {
        return Err(EvaluateError::Backwards { from, to });
    }
    let step = slice.step.unwrap_or(1);
    match (usize::try_from(from), usize::try_from(to), usize::try_from(step)) {
        (Ok(from), Ok(to), Ok(step)) if step > 0 => Ok((from..to, step)),
        _ => Err(EvaluateError::Step),
    }
}

fn filtered<'v>(
    values: Vec<Found<'v>>,
    left: &[Node],
    operator: &str,
    right: &[Node],
    missing: MissingKeys,
) -> Outcome<'v> {
    let mut found = Vec::new();
    for value in &values {
        if !value.is_array() {
            let error = EvaluateError::NotFiltered(sprint(value));
            return Err(Halt { reached: values, error });
        }
        for item in children(value) {
            match passes(&item, left, operator, right, missing) {
                Ok(true) => found.push(item),
                Ok(false) => {}
                Err(error) => return Err(Halt { reached: values, error }),
            }
        }
    }
    Ok(found)
}

fn passes(
    item: &Found<'_>,
    left: &[Node],
    operator: &str,
    right: &[Node],
    missing: MissingKeys,
) -> Result<bool, EvaluateError> {
    let left = select(vec![item.clone()], left, missing);
    if operator.is_empty() {
        let reached = left.unwrap_or_else(|halt| halt.reached);
        return Ok(!reached.is_empty());
    }
    let left = left.map_err(|halt| halt.error)?;
    let left = match left.as_slice() {
        [] => return Ok(false),
        [left] => left,
        _ => return Err(EvaluateError::Several),
    };
    let right = select(vec![item.clone()], right, missing).map_err(|halt| halt.error)?;
    match right.as_slice() {
        [] => Ok(false),
        [right] => holds(left, operator, right),
        _ => Err(EvaluateError::Several),
    }
}

/// The values of an object by key, the items of a list, the bytes of a text.
fn children<'v>(value: &Found<'v>) -> Vec<Found<'v>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(fields)) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            fields.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect()
        }
        Cow::Owned(owned @ (Value::Array(_) | Value::Object(_))) => {
            let own = |value: Found<'_>| Cow::Owned(value.into_owned());
            children(&Cow::Borrowed(owned)).into_iter().map(own).collect()
        }
        Cow::Borrowed(Value::String(text)) => text.bytes().map(|byte| Cow::Owned(byte.into())).collect(),
        Cow::Owned(Value::String(text)) => text.bytes().map(|byte| Cow::Owned(byte.into())).collect(),
        _ => Vec::new(),
    }
}

/// The value and everything below it that has something within.
fn descendants<'v>(value: &Found<'v>) -> Vec<Found<'v>> {
    let mut all = Vec::new();
    let mut ahead = vec![value.clone()];
    while let Some(value) = ahead.pop() {
        let children = children(&value);
        if !children.is_empty() {
            all.push(value);
            ahead.extend(children.into_iter().rev());
        }
    }
    all
}

/// What Go calls the type.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

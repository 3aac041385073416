//! A walk through an object along a path.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{Node, Operator, Part, Slice};

/// What does not fit an object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Brackets behind something without items.
    #[error("{0} is not array or slice")]
    NotAnArray(&'static str),
    /// A filter behind something without items.
    #[error("{0} is not array or slice and cannot be filtered")]
    NotFilterable(&'static str),
    /// Behind the last item, or before the first.
    #[error("array index out of bounds: index {index}, length {length}")]
    OutOfBounds {
        /// The place that was asked for.
        index: i64,
        /// How many items there are.
        length: usize,
    },
    /// A slice that runs backwards.
    #[error("starting index {start} is greater than ending index {end}")]
    Backwards {
        /// Where it begins.
        start: i64,
        /// Where it ends.
        end: i64,
    },
    /// A slice that stands still.
    #[error("step must be > 0")]
    Step,
    /// A comparison of many.
    #[error("can only compare one element at a time")]
    Several,
    /// A text and a number, say.
    #[error("incompatible types for comparison")]
    Incompatible,
    /// An object, say.
    #[error("invalid type for comparison")]
    Incomparable,
}

/// Values on the way: those of the object are borrowed, those of the template owned.
type Found<'a> = Vec<Cow<'a, Value>>;

/// What each part finds.
pub(super) fn parts<'a>(parts: &[Part], object: &Cow<'a, Value>) -> Result<Vec<Found<'a>>, Problem> {
    let mut groups = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => groups.push(vec![literal(text)]),
            Part::Path(nodes) => groups.push(walk(nodes, vec![object.clone()])?),
            Part::Range(nodes, body) => {
                for item in walk(nodes, vec![object.clone()])? {
                    groups.extend(self::parts(body, &item)?);
                }
            }
        }
    }
    Ok(groups)
}

fn walk<'a>(nodes: &[Node], mut found: Found<'a>) -> Result<Found<'a>, Problem> {
    for node in nodes {
        found = step(node, &found)?;
    }
    Ok(found)
}

fn step<'a>(node: &Node, found: &Found<'a>) -> Result<Found<'a>, Problem> {
    Ok(match node {
        Node::Text(text) => vec![literal(text)],
        Node::Literal(value) => found.iter().map(|_| Cow::Owned(value.clone())).collect(),
        Node::Field(name) => found.iter().filter_map(|value| borrowed(value)?.get(name)).map(Cow::Borrowed).collect(),
        Node::Wildcard => found.iter().flat_map(children).map(Cow::Borrowed).collect(),
        Node::Recursive => {
            let mut all = Vec::new();
            found.iter().filter_map(borrowed).for_each(|value| descend(value, &mut all));
            all
        }
        Node::Slice(slice) => {
            let mut all = Vec::new();
            for value in found.iter().filter(|value| !value.is_null()) {
                all.extend(cut(value, *slice)?);
            }
            all
        }
        Node::Union(paths) => {
            let mut all = Vec::new();
            for path in paths {
                all.extend(walk(path, found.clone())?);
            }
            all
        }
        Node::Exists(path) => filter(found, |item| Ok(!walk(path, vec![item])?.is_empty()))?,
        Node::Compare(left, operator, right) => filter(found, |item| compare(item, left, *operator, right))?,
    })
}

fn literal<'a>(text: &str) -> Cow<'a, Value> {
    Cow::Owned(text.into())
}

/// The value, if it is the object's: literals have nothing inside.
fn borrowed<'a>(value: &Cow<'a, Value>) -> Option<&'a Value> {
    match value {
        Cow::Borrowed(value) => Some(value),
        Cow::Owned(_) => None,
    }
}

/// What is inside, fields in the order of their names.
fn children<'a>(value: &Cow<'a, Value>) -> Vec<&'a Value> {
    match borrowed(value) {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Object(fields)) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            fields.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

/// The value and all below it but what can hold nothing.
fn descend<'a>(value: &'a Value, all: &mut Found<'a>) {
    let is_empty = match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => true,
    };
    if !is_empty {
        all.push(Cow::Borrowed(value));
        children(&Cow::Borrowed(value)).into_iter().for_each(|child| descend(child, all));
    }
}

fn cut<'a>(value: &Cow<'a, Value>, slice: Slice) -> Result<Found<'a>, Problem> {
    let Some(Value::Array(items)) = borrowed(value) else { return Err(Problem::NotAnArray(kind(value))) };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let start = if slice.start < 0 { slice.start.saturating_add(length) } else { slice.start };
    let end = slice.end.unwrap_or(length);
    let end = if end < 0 || end == 0 && slice.is_index { end.saturating_add(length) } else { end };
    if start == end {
        return Ok(Vec::new());
    }
    if !(0..length).contains(&start) {
        return Err(Problem::OutOfBounds { index: start, length: items.len() });
    }
    if !(0..=length).contains(&end) {
        return Err(Problem::OutOfBounds { index: end.saturating_sub(1), length: items.len() });
    }
    if start > end {
        return Err(Problem::Backwards { start, end });
    }
    let step = usize::try_from(slice.step).ok().filter(|step| *step > 0).ok_or(Problem::Step)?;
    let (start, end) = (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0));
    Ok(items[start..end].iter().step_by(step).map(Cow::Borrowed).collect())
}

fn filter<'a>(
    found: &Found<'a>,
    passes: impl Fn(Cow<'a, Value>) -> Result<bool, Problem>,
) -> Result<Found<'a>, Problem> {
    let mut all = Vec::new();
    for value in found {
        let Some(Value::Array(items)) = borrowed(value) else { return Err(Problem::NotFilterable(kind(value))) };
        for item in items.iter().map(Cow::Borrowed) {
            if passes(item.clone())? {
                all.push(item);
            }
        }
    }
    Ok(all)
}

fn compare<'a>(item: Cow<'a, Value>, left: &[Node], operator: Operator, right: &[Node]) -> Result<bool, Problem> {
    let left = walk(left, vec![item.clone()])?;
    if left.is_empty() {
        return Ok(false);
    }
    let right = walk(right, vec![item])?;
    let ([left], [right]) = (left.as_slice(), right.as_slice()) else { return Err(Problem::Several) };
    let order = order(left, right)?;
    if matches!(**left, Value::Bool(_)) && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Err(Problem::Incomparable);
    }
    Ok(match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    })
}

/// Values compare within their kind; a whole number and one with a fraction are of two kinds.
fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Problem> {
    let whole = |number: &serde_json::Number| number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(Some(left.cmp(right))),
        (Value::String(left), Value::String(right)) => Ok(Some(left.cmp(right))),
        (Value::Number(left), Value::Number(right)) => match (whole(left), whole(right)) {
            (Some(left), Some(right)) => Ok(Some(left.cmp(&right))),
            (None, None) => Ok(left.as_f64().partial_cmp(&right.as_f64())),
            _ => Err(Problem::Incompatible),
        },
        (Value::Null | Value::Array(_) | Value::Object(_), _) => Err(Problem::Incomparable),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => Err(Problem::Incomparable),
        _ => Err(Problem::Incompatible),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "map",
    }
}

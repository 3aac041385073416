//! [`Order`]: objects in the order of one of their fields.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{JsonPath, TemplateError};

/// The field that objects are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order(JsonPath);

/// The field that objects should be sorted by is in none of them.
#[derive(Debug, thiserror::Error)]
#[error("couldn't find any field with path {path:?} in the list of objects")]
pub(crate) struct OrderError {
    /// The path.
    path: String,
}

impl Order {
    /// The order that a path says, with or without braces and the first dot.
    pub(crate) fn parse(path: &str) -> Result<Self, TemplateError> {
        JsonPath::relaxed(path).map(Self)
    }

    /// What decides about the place of `object`. A path that does not fit it finds nothing there.
    pub(crate) fn key(&self, object: &Value) -> Option<Value> {
        self.0.find(object).ok()?.into_iter().next().map(std::borrow::Cow::into_owned)
    }

    /// Refuses keys of which none is there.
    pub(crate) fn check(&self, keys: &[Option<Value>]) -> Result<(), OrderError> {
        match keys.is_empty() || keys.iter().any(Option::is_some) {
            true => Ok(()),
            false => Err(OrderError { path: self.0.template().to_owned() }),
        }
    }

    /// Sorts `items` by their objects; equal ones keep their places.
    pub(crate) fn sort<T>(&self, items: Vec<T>, object: impl Fn(&T) -> &Value) -> Result<Vec<T>, OrderError> {
        let keys: Vec<_> = items.iter().map(|item| self.key(object(item))).collect();
        self.check(&keys)?;
        let mut keyed: Vec<_> = keys.into_iter().zip(items).collect();
        keyed.sort_by(|(left, _), (right, _)| compare(left.as_ref(), right.as_ref()));
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }
}

/// Nothing, then no, yes, numbers and texts, each by value; what has no order is equal.
pub(crate) fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => left.cmp(right),
        (Some(Value::Number(left)), Some(Value::Number(right))) => numbers(left, right),
        (Some(Value::String(left)), Some(Value::String(right))) => texts(left, right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: Option<&Value>) -> usize {
    match value {
        None => 0,
        Some(Value::Null) => 1,
        Some(Value::Bool(_)) => 2,
        Some(Value::Number(_)) => 3,
        Some(Value::String(_)) => 4,
        Some(Value::Array(_) | Value::Object(_)) => 5,
    }
}

fn numbers(left: &serde_json::Number, right: &serde_json::Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.as_f64().unwrap_or(0.0).total_cmp(&right.as_f64().unwrap_or(0.0)),
    }
}

/// Quantities and times by value, other texts with the numbers in them by value.
fn texts(left: &str, right: &str) -> Ordering {
    if let (Some(left), Some(right)) = (quantity(left), quantity(right)) {
        return left.total_cmp(&right);
    }
    if let (Ok(left), Ok(right)) = (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
        return left.cmp(&right);
    }
    natural(left, right)
}

/// A Kubernetes quantity: `1500m`, `2`, `10Gi`, `1e3`.
fn quantity(text: &str) -> Option<f64> {
    let end = text.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = |base: f64, letters: &str| {
        let index = letters.find(unit.strip_suffix('i').unwrap_or(unit))?;
        Some(base.powi(i32::try_from(index).ok()? + 1))
    };
    let scale = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" | "G" | "T" | "P" | "E" => 1e3 * power(1e3, "MGTPE")?,
        "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => power(1024.0, "KMGTPE")?,
        _ if unit.starts_with(['e', 'E']) => return text.parse().ok(),
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

/// `a2` before `a10`.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len());
        };
        if first.is_ascii_digit() && second.is_ascii_digit() {
            let (a, b) = (digits(left), digits(right));
            let (short, other) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            let order = short.len().cmp(&other.len()).then(short.cmp(other)).then(a.len().cmp(&b.len()));
            if order.is_ne() {
                return order;
            }
            (left, right) = (&left[a.len()..], &right[b.len()..]);
            continue;
        }
        if first != second {
            return first.cmp(&second);
        }
        (left, right) = (&left[first.len_utf8()..], &right[second.len_utf8()..]);
    }
}

fn digits(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Order;

    fn sorted(keys: Value) -> Value {
        let Value::Array(keys) = keys else { panic!("an array") };
        let objects = keys.into_iter().map(|key| json!({"key": key})).collect();
        let objects = Order::parse("key").expect("a path").sort(objects, |object| object).expect("sorted");
        objects.into_iter().map(|mut object| object["key"].take()).collect()
    }

    #[test]
    fn values_sort_by_what_they_mean() {
        for expected in [
            json!([-1, 0.5, 2, 10]),
            json!(["a", "a2", "a10", "b"]),
            json!(["500m", "2", "1k", "1Ki", "10Mi", "10G", "10Gi"]),
            json!([
                "2024-01-01T00:00:09Z",
                "2024-01-01T00:00:09.5Z",
                "2024-01-01T01:00:10+01:00",
                "2025-01-01T00:00:00Z"
            ]),
            json!([false, true]),
            json!([null, false, 1, "a"]),
        ] {
            let mut keys = expected.clone();
            keys.as_array_mut().expect("an array").reverse();
            assert_eq!(sorted(keys), expected);
        }
    }

    #[test]
    fn missing_comes_first_and_equals_keep_their_places() {
        let objects = vec![json!({"n": 1, "a": 2}), json!({"n": 2}), json!({"n": 3, "a": 1}), json!({"n": 4, "a": 2})];
        let order = Order::parse("{.a}").expect("a path");
        let numbers: Vec<_> =
            order.sort(objects, |object| object).expect("sorted").iter().map(|object| object["n"].clone()).collect();
        assert_eq!(numbers, [2, 3, 1, 4]);
        assert!(order.sort(Vec::new(), |object| object).is_ok());
        let error = order.sort(vec![json!({})], |object| object).expect_err("no such field");
        assert_eq!(error.to_string(), r#"couldn't find any field with path "{.a}" in the list of objects"#);
    }
}

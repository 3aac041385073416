//! Comparisons within filters: like with like only.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::EvaluateError;

/// Whether `left operator right`.
pub(super) fn holds(left: &Value, operator: &str, right: &Value) -> Result<bool, EvaluateError> {
    let (is_equal, order) = match (left, right) {
        (Value::Array(_) | Value::Object(_) | Value::Null, _)
        | (_, Value::Array(_) | Value::Object(_) | Value::Null) => {
            return Err(EvaluateError::Incomparable);
        }
        (Value::Bool(left), Value::Bool(right)) => (left == right, None),
        (Value::String(left), Value::String(right)) => (left == right, Some(left.cmp(right))),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => (left == right, Some(left.cmp(&right))),
            (None, None) => {
                let order = left.as_f64().partial_cmp(&right.as_f64());
                (order == Some(Ordering::Equal), order)
            }
            _ => return Err(EvaluateError::Incompatible),
        },
        _ => return Err(EvaluateError::Incompatible),
    };
    let ordered = |holds: fn(Ordering) -> bool| order.map(holds).ok_or(EvaluateError::Incomparable);
    match operator {
        "==" => Ok(is_equal),
        "!=" => Ok(!is_equal),
        "<" => ordered(Ordering::is_lt),
        "<=" => ordered(Ordering::is_le),
        ">" => ordered(Ordering::is_gt),
        ">=" => ordered(Ordering::is_ge),
        _ => Err(EvaluateError::Operator(operator.to_owned())),
    }
}

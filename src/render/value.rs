//! Single values on one line.

use serde_json::{Number, Value};

/// A value on one line: `<nil>`, `true`, `1e+06`, `[a b]`, `map[a:1 b:2]`.
pub(in crate::render) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => shown_number(number),
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("{name}:{}", shown(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

fn shown_number(number: &Number) -> String {
    match number.as_i64() {
        Some(whole) => whole.to_string(),
        None => number.as_f64().map_or_else(|| number.to_string(), shown_fraction),
    }
}

/// The fewest digits that mean this number, with an exponent where the number is very large or very small.
fn shown_fraction(number: f64) -> String {
    // Powers of ten from here on are written as such.
    const LARGE: i32 = 6;
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    match exponent {
        -4..LARGE => number.to_string(),
        _ => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;

    #[test]
    fn values_read_as_kubectls() {
        for (value, expected) in [
            (json!(null), "<nil>"),
            (json!(true), "true"),
            (json!(1_000_000), "1000000"),
            (json!(0.1), "0.1"),
            (json!(2.0), "2"),
            (json!(123_456.0), "123456"),
            (json!(1_234_567.5), "1.2345675e+06"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(1.5e300), "1.5e+300"),
            (json!(u64::MAX), "1.8446744073709552e+19"),
            (json!([1, "a", null]), "[1 a <nil>]"),
            (json!({"b": [true], "a": ""}), "map[a: b:[true]]"),
        ] {
            assert_eq!(shown(&value), expected, "{value}");
        }
    }
}

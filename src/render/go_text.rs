//! Values as kubectl writes them, which is how Go writes them: `fmt.Sprint` for cells, `encoding/json` for documents.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize as _;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use serde_json::{Number, Value};

/// A value as `fmt.Sprint` writes it: text as it is, `map[a:1 b:[x y]]`, `<nil>`.
pub(super) fn sprint(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => self::number(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(sprint).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let fields = fields.into_iter().map(|(key, value)| format!("{key}:{}", sprint(value)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
    }
}

/// A number as Go holds it: 64 bits with a sign, else a float.
pub(super) fn number(number: &Number) -> String {
    match number.as_i64() {
        Some(integer) => integer.to_string(),
        None => float(number.as_f64().unwrap_or_default(), -4..6, 2),
    }
}

/// JSON on one line.
pub(super) fn json(value: &Value) -> String {
    written(value, GoFormatter(CompactFormatter))
}

/// JSON with four spaces a level, no line feed at the end.
pub(super) fn json_indented(value: &Value) -> String {
    written(value, GoFormatter(PrettyFormatter::with_indent(b"    ")))
}

fn written(value: &Value, formatter: impl Formatter) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value.serialize(&mut serializer).expect("values have text keys, and memory takes every byte");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The shortest digits that mean `value`; outside of the exponents in `plain` with an exponent of `width` digits at least.
fn float(value: f64, plain: Range<i32>, width: usize) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if value == 0.0 || plain.contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:0width$}", exponent.abs())
}

/// What `encoding/json` does differently: numbers, and `<`, `>`, `&` for readers of HTML.
struct GoFormatter<F>(F);

impl<F: Formatter> Formatter for GoFormatter<F> {
    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        match i64::try_from(value) {
            Ok(value) => write!(writer, "{value}"),
            Err(_) => self.write_f64(writer, Number::from(value).as_f64().unwrap_or_default()),
        }
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value, -6..21, 1).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for (at, letter) in fragment.split_inclusive(is_escaped).map(split_escaped) {
            writer.write_all(at.as_bytes())?;
            if let Some(letter) = letter {
                write!(writer, "\\u{:04x}", u32::from(letter))?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

fn is_escaped(letter: char) -> bool {
    matches!(letter, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn split_escaped(piece: &str) -> (&str, Option<char>) {
    match piece.chars().next_back().filter(|letter| is_escaped(*letter)) {
        Some(letter) => (&piece[..piece.len() - letter.len_utf8()], Some(letter)),
        None => (piece, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json, json_indented, sprint};

    /// What kubectl 1.32 printed for these with `-o jsonpath`, `-o custom-columns` and `-o json`, and Go where it is the same.
    #[test]
    fn numbers_texts_and_trees_read_as_kubectls() {
        for (value, text, document) in [
            (json!(12_345_678_901_234_i64), "12345678901234", "12345678901234"),
            (json!(u64::MAX), "1.8446744073709552e+19", "18446744073709552000"),
            (json!(1.5), "1.5", "1.5"),
            (json!(2.0), "2", "2"),
            (json!(1_000_000.0), "1e+06", "1000000"),
            (json!(123_456.0), "123456", "123456"),
            (json!(-1_234_567.5), "-1.2345675e+06", "-1234567.5"),
            (json!(0.00001), "1e-05", "0.00001"),
            (json!(0.000_000_1), "1e-07", "1e-7"),
            (json!(1e21), "1e+21", "1e+21"),
            (json!({"b": [1, null], "a": "x"}), "map[a:x b:[1 <nil>]]", r#"{"a":"x","b":[1,null]}"#),
            (json!("<a>&\u{2028}"), "<a>&\u{2028}", r#""\u003ca\u003e\u0026\u2028""#),
        ] {
            assert_eq!(sprint(&value), text);
            assert_eq!(json(&value), document);
        }
        assert_eq!(json_indented(&json!({"a": [], "b": {"c": [1]}})).lines().count(), 8);
    }
}

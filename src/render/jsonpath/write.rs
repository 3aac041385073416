//! Text of what was found, as Go writes it.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::ServerText;
use crate::ui::{escape_json, sanitize};

/// Results with a space between them.
pub(super) fn joined(found: &[Cow<'_, Value>], text: ServerText) -> String {
    let one = |value: &Cow<'_, Value>| match (value.as_ref(), value) {
        (Value::String(literal), Cow::Owned(_)) => literal.clone(),
        (Value::String(given), Cow::Borrowed(_)) if text == ServerText::Harmless => harmless(given),
        (Value::String(given), Cow::Borrowed(_)) => given.clone(),
        (Value::Number(number), _) => number_text(number),
        (Value::Bool(_) | Value::Null, _) => value.to_string(),
        (whole, _) => json(whole, CompactFormatter),
    };
    found.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Results as an indented array.
pub(super) fn array(found: &[Cow<'_, Value>]) -> String {
    let found = Value::Array(found.iter().map(|value| value.clone().into_owned()).collect());
    format!("{}\n", json(&found, PrettyFormatter::with_indent(b"    ")))
}

/// A value as Go's `fmt.Sprint` writes it.
pub(crate) fn sprint(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(sprint).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let one = |(name, value): (&String, &Value)| format!("{name}:{}", sprint(value));
            format!("map[{}]", fields.into_iter().map(one).collect::<Vec<_>>().join(" "))
        }
    }
}

/// Server text for a terminal: line feeds and tabs move the cursor only forward, and texts have them.
fn harmless(text: &str) -> String {
    text.split_inclusive(['\n', '\t'])
        .map(|piece| match piece.strip_suffix(['\n', '\t']) {
            Some(before) => format!("{}{}", sanitize(before), &piece[before.len()..]),
            None => sanitize(piece).into_owned(),
        })
        .collect()
}

fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(real) if number.is_f64() => real_text(real, -4, 2),
        _ => number.to_string(),
    }
}

/// The shortest digits, with an exponent of `digits` digits below ten to the `least` and from ten to the 21st.
fn real_text(real: f64, least: i32, digits: usize) -> String {
    let scientific = format!("{real:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent < least || exponent >= 21 => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:0digits$}", exponent.unsigned_abs())
        }
        _ => real.to_string(),
    }
}

fn json(value: &Value, inner: impl Formatter) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    let mut bytes = Vec::new();
    // Writing to memory cannot fail, and keys are texts.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, GoJson(inner)));
    escape_json(&String::from_utf8_lossy(&bytes))
}

/// JSON as Go's encoder writes it: safe within HTML, exponents of its own.
struct GoJson<F>(F);

impl<F: Formatter> Formatter for GoJson<F> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(real_text(value, -6, 1).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for piece in fragment.split_inclusive(['<', '>', '&']) {
            match piece.strip_suffix(['<', '>', '&']) {
                Some(before) => write!(writer, "{before}\\u{:04x}", piece.as_bytes()[before.len()])?,
                None => writer.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

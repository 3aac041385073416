//! kubectl's dialect of JSONPath: text with paths in braces, `{range}` and `{end}`.
//!
//! It is older than RFC 9535 and another language: paths stand in a template, filters are written `[?(@.a=="b")]`,
//! `range` repeats what follows, numbers and texts compare with their like only. No library speaks it.

mod compare;
mod error;
mod evaluate;
mod node;
mod parse;
mod quoted;

use std::borrow::Cow;

use serde_json::Value;

use super::go_text;
use evaluate::{Found, select};
use node::Part;

pub(crate) use error::{EvaluateError, ParseError};
pub(crate) use evaluate::MissingKeys;

/// A template that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template, such as `{range .items[*]}{.metadata.name}{"\n"}{end}`.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { parts: parse::template(text)? })
    }

    /// Reads one path, with or without the first point and the braces: `metadata.name`, `{.metadata.name}`.
    pub(crate) fn parse_path(text: &str) -> Result<Self, ParseError> {
        let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let path = inside.strip_prefix('.').filter(|path| !path.is_empty()).unwrap_or(inside);
        if path.is_empty() || path.contains(['{', '}']) {
            let problem = "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                           '{.name1.name2}'";
            return Err(ParseError::new(0, problem));
        }
        Self::parse(&format!("{{.{path}}}"))
    }

    /// What the template says of `object`, as it is: it may hold line feeds and whatever the server wrote.
    pub(crate) fn text(&self, object: &Value, missing: MissingKeys) -> Result<String, EvaluateError> {
        let mut text = String::new();
        self.each(object, missing, &mut |found| {
            let shown: Vec<_> = found.iter().map(|value| show(value)).collect();
            text.push_str(&shown.join(" "));
        })?;
        Ok(text)
    }

    /// The same as JSON: for each selection a list of what was selected.
    pub(crate) fn json(&self, object: &Value, missing: MissingKeys) -> Result<String, EvaluateError> {
        let mut text = String::new();
        self.each(object, missing, &mut |found| {
            let found = found.into_iter().map(Cow::into_owned).collect();
            text.push_str(&go_text::json_indented(&Value::Array(found)));
            text.push('\n');
        })?;
        Ok(text)
    }

    /// All values that a path selects; missing keys select nothing.
    pub(crate) fn values<'v>(&self, object: &'v Value) -> Result<Vec<Cow<'v, Value>>, EvaluateError> {
        let mut values = Vec::new();
        self.each(object, MissingKeys::Empty, &mut |found| values.extend(found))?;
        Ok(values)
    }

    fn each<'v>(
        &self,
        object: &'v Value,
        missing: MissingKeys,
        take: &mut dyn FnMut(Vec<Found<'v>>),
    ) -> Result<(), EvaluateError> {
        each(&self.parts, &Cow::Borrowed(object), missing, take)
    }
}

fn each<'v>(
    parts: &[Part],
    value: &Found<'v>,
    missing: MissingKeys,
    take: &mut dyn FnMut(Vec<Found<'v>>),
) -> Result<(), EvaluateError> {
    for part in parts {
        match part {
            Part::Show(nodes) => take(select(vec![value.clone()], nodes, missing).map_err(|halt| halt.error)?),
            Part::Range { over, body, is_closed } => {
                for item in select(vec![value.clone()], over, missing).map_err(|halt| halt.error)? {
                    each(body, &item, missing, take)?;
                }
                if !is_closed {
                    each(body, value, missing, take)?;
                }
            }
        }
    }
    Ok(())
}

/// One value as text: lists and objects as JSON, the rest as it is.
fn show(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => go_text::json(value),
        Value::Null => "null".to_owned(),
        _ => go_text::sprint(value),
    }
}

#[cfg(test)]
mod tests;

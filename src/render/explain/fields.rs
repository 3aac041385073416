//! The fields of a schema, with their types.

use serde_json::Value;

use super::schema::{Document, inner, properties, reference};
use super::wrap::{indent, wrap};
use crate::render::value::shown;

/// Columns of a line.
const WIDTH: usize = 78;
/// Values of a field that are named beside it.
const FEW: usize = 4;
/// More than any type has to say, in bytes and schemas: references can make much of little.
const ENOUGH: usize = 32 * 1024 * 1024;

/// The fields of `schema`; with `recursive` those below them too, one line each, else with their descriptions.
pub(super) fn list<'a>(document: &Document<'a>, schema: &'a Value, recursive: bool) -> String {
    let mut list = List { document, recursive, text: String::new(), visits: 0 };
    list.add(schema, 1, &mut Vec::new());
    list.text
}

struct List<'d, 'a> {
    document: &'d Document<'a>,
    recursive: bool,
    text: String,
    visits: usize,
}

impl<'a> List<'_, 'a> {
    /// `above` are the references that led here: a cycle ends where it closes.
    fn add(&mut self, schema: &'a Value, level: usize, above: &mut Vec<&'a str>) {
        let reference = reference(schema);
        self.visits += 1;
        if reference.is_some_and(|reference| above.contains(&reference)) || self.text.len() + self.visits > ENOUGH {
            return;
        }
        above.extend(reference);
        let resolved = self.document.resolved(schema);
        let mut fields: Vec<_> = properties(resolved).into_iter().flatten().collect();
        fields.sort_by_key(|(name, _)| *name);
        for (name, field) in fields {
            self.field(resolved, name, field, level);
            if self.recursive {
                self.add(field, level + 1, above);
            }
        }
        for part in inner(resolved) {
            self.add(part, level, above);
        }
        if reference.is_some() {
            above.pop();
        }
    }

    fn field(&mut self, schema: &Value, name: &str, field: &'a Value, level: usize) {
        let columns = level * 2;
        let is_required = schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
        let required = if is_required { " -required-" } else { "" };
        let kind = self.document.type_of(field);
        let values = few_values(field, columns);
        self.text.push_str(&format!("{}\t<{kind}>{required}{values}\n", indent(name, columns)));
        if !self.recursive {
            let description = field["description"].as_str().filter(|text| !text.is_empty());
            let description = wrap(description.unwrap_or("<no description>"), WIDTH.saturating_sub(columns));
            self.text.push_str(&format!("{}\n\n", indent(&description, columns + 2)));
        }
    }
}

/// The values that a field may have, one a line.
pub(super) fn values(field: &Value) -> String {
    let values = possible(field);
    if values.is_empty() {
        return String::new();
    }
    values.iter().fold("ENUM:".to_owned(), |text, value| format!("{text}\n    {value}"))
}

/// The first of the values that a field may have, on one line.
fn few_values(field: &Value, columns: usize) -> String {
    let values = possible(field);
    let few = &values[..values.len().min(FEW)];
    let more = if values.len() > FEW { ", ...." } else { "" };
    match few {
        [] => String::new(),
        few => format!("\n{}enum: {}{more}", " ".repeat(columns), few.join(", ")),
    }
}

fn possible(field: &Value) -> Vec<String> {
    let values = field["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().map(|value| if value == "" { "\"\"".to_owned() } else { shown(value) }).collect()
}

//! Any object, field by field.

use serde_json::{Map, Value};

use super::label::label;
use super::metadata;
use super::sheet::Sheet;
use crate::render::value::shown;

/// What is at the top already, or of no interest to people.
const NOT_SHOWN: [&str; 5] =
    [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

/// The object, without its events.
pub(super) fn write(sheet: &mut Sheet, object: &Value) {
    metadata::name(sheet, object, true);
    metadata::labels(sheet, object);
    metadata::annotations(sheet, object);
    if let Value::Object(object) = object {
        fields(sheet, 0, object, "");
    }
}

fn fields(sheet: &mut Sheet, level: usize, object: &Map<String, Value>, path: &str) {
    let mut sorted: Vec<_> = object.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        let path = format!("{path}.{name}");
        if NOT_SHOWN.contains(&path.as_str()) {
            continue;
        }
        let label = label(name);
        match value {
            Value::Object(object) => {
                sheet.write(level, &format!("{label}:\n"));
                fields(sheet, level + 1, object, &path);
            }
            Value::Array(values) => {
                sheet.write(level, &format!("{label}:\n"));
                for value in values {
                    match value {
                        Value::Object(object) => fields(sheet, level + 1, object, &path),
                        value => sheet.write(level + 1, &format!("{}\n", shown(value))),
                    }
                }
            }
            value => sheet.write(level, &format!("{label}:\t{}\n", shown(value))),
        }
    }
}

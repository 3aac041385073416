//! [`Documents`]: objects as JSON or YAML, one at a time, so that ten thousand of them need no more memory than one.

use serde_json::Value;
use serde_json::value::RawValue;

use super::OutputFormat;
use crate::ui::{LongAnswer, OutputError, json_four_spaces, yaml};

/// How objects are written down.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DocumentOptions {
    /// Keep `metadata.managedFields`.
    pub(crate) managed_fields: bool,
    /// Leave out the headings of columns.
    pub(crate) no_headers: bool,
}

/// A list that is being written: kubectl's `List` around the objects.
#[derive(Debug)]
pub(crate) struct Documents {
    format: OutputFormat,
    options: DocumentOptions,
    answer: LongAnswer,
    is_empty: bool,
}

impl Documents {
    /// A list in `format`, JSON or YAML.
    pub(crate) fn new(format: OutputFormat, options: DocumentOptions) -> Self {
        Self { format, options, answer: LongAnswer::default(), is_empty: true }
    }

    /// Adds one object.
    pub(crate) fn add(&mut self, object: Value) -> Result<(), OutputError> {
        let text = document(object, &self.format, self.options)?;
        let is_first = std::mem::replace(&mut self.is_empty, false);
        match (&self.format, is_first) {
            (OutputFormat::Yaml, true) => self.answer.push("apiVersion: v1\nitems:\n")?,
            (OutputFormat::Yaml, false) => {}
            (_, true) => self.answer.push("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")?,
            (_, false) => self.answer.push(",\n")?,
        }
        match self.format {
            OutputFormat::Yaml => self.answer.push(&list_item(&text)),
            _ => self.answer.push(indented(text.trim_end(), "        ").trim_end_matches('\n')),
        }
    }

    /// Writes the end of the list.
    pub(crate) fn finish(mut self) -> Result<(), OutputError> {
        self.answer.push(match (&self.format, self.is_empty) {
            (OutputFormat::Yaml, true) => "apiVersion: v1\nitems: []\n",
            (OutputFormat::Yaml, false) => "",
            (_, true) => "{\n    \"apiVersion\": \"v1\",\n    \"items\": []",
            (_, false) => "\n    ]",
        })?;
        self.answer.push(match self.format {
            OutputFormat::Yaml => "kind: List\nmetadata:\n  resourceVersion: \"\"\n",
            _ => ",\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
        })?;
        self.answer.finish()
    }
}

/// One object as a document of its own, with a line feed at the end.
pub(crate) fn document(object: Value, format: &OutputFormat, options: DocumentOptions) -> Result<String, OutputError> {
    let mut object = without_managed_fields(object, options);
    object.sort_all_objects();
    match format {
        OutputFormat::Yaml => yaml(&object),
        _ => Ok(format!("{}\n", json_four_spaces(&object)?)),
    }
}

/// The object without what hardly anybody wants to see, unless `options` keep it.
pub(crate) fn without_managed_fields(mut object: Value, options: DocumentOptions) -> Value {
    if !options.managed_fields
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("managedFields");
    }
    object
}

/// An object whose type the list around it told once.
pub(crate) fn with_type(item: &RawValue, api_version: &str, kind: &str) -> Result<Value, serde_json::Error> {
    let mut object: Value = serde_json::from_str(item.get())?;
    if let Some(fields) = object.as_object_mut() {
        fields.entry("apiVersion").or_insert_with(|| api_version.into());
        fields.entry("kind").or_insert_with(|| kind.into());
    }
    Ok(object)
}

fn indented(text: &str, by: &str) -> String {
    let mut indented = String::with_capacity(text.len() * 2);
    for line in text.lines() {
        if !line.is_empty() {
            indented.push_str(by);
        }
        indented.push_str(line);
        indented.push('\n');
    }
    indented
}

/// A YAML document as an item of a list: `- ` in front, the other lines below it.
fn list_item(text: &str) -> String {
    let below = indented(text, "  ");
    format!("- {}", &below[2.min(below.len())..])
}

#[cfg(test)]
mod tests;

//! `explain`: what a schema says about a type and its fields, for people.
//!
//! `schema` reads a document, `fields` lists the fields of a schema, `wrap` breaks lines.

mod fields;
mod schema;
mod wrap;

use serde_json::Value;

use schema::Document;
use wrap::{indent, wrap};

use crate::render::harmless::harmless;

/// Columns of a description.
const WIDTH: usize = 76;

/// A type, and the way to one of its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explanation<'a> {
    /// Empty for the core group.
    pub(crate) group: &'a str,
    /// Such as `v1alpha1`.
    pub(crate) version: &'a str,
    /// Such as `DNSZone`.
    pub(crate) kind: &'a str,
    /// The names of the fields from the object inwards; empty for the type itself.
    pub(crate) path: &'a [String],
    /// The names of all fields below it, instead of the descriptions of the next ones.
    pub(crate) recursive: bool,
}

/// Why there is nothing to explain.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExplainError {
    /// The document does not describe the type.
    #[error("the server does not describe the fields of {kind} in version {version}")]
    NoSchema {
        /// Such as `DNSZone`.
        kind: String,
        /// Such as `v1alpha1`.
        version: String,
    },
    /// A name on the way is not a field there.
    #[error("field {field:?} does not exist")]
    NoField {
        /// The first name that is none.
        field: String,
        /// What may have been meant, the most likely first.
        similar: Vec<String>,
    },
}

/// What `document`, the OpenAPI 3 document of the type's group and version, says.
///
/// # Errors
/// The type or a field is not in it.
pub(crate) fn explain(document: &Value, asked: &Explanation<'_>) -> Result<String, ExplainError> {
    let document = Document::new(document);
    let no_schema = || ExplainError::NoSchema { kind: asked.kind.to_owned(), version: asked.version.to_owned() };
    let mut schema = document.of_kind(asked.group, asked.version, asked.kind).ok_or_else(no_schema)?;
    for name in asked.path {
        let no_field = || ExplainError::NoField { field: name.clone(), similar: document.similar(schema, name) };
        schema = document.field(schema, name).ok_or_else(no_field)?;
    }
    let mut text = String::new();
    if !asked.group.is_empty() {
        text.push_str(&format!("GROUP:      {}\n", asked.group));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", asked.kind, asked.version));
    if let Some(name) = asked.path.last() {
        let values = fields::values(schema);
        text.push_str(&format!("FIELD: {name} <{}>\n{values}\n\n", document.type_of(schema)));
    }
    let description = match document.description(schema) {
        none if none.is_empty() => "<empty>".to_owned(),
        description => description,
    };
    text.push_str(&format!("DESCRIPTION:\n{}\n", indent(&wrap(&description, WIDTH), 4)));
    let fields = fields::list(&document, document.resolved(schema), asked.recursive);
    if !fields.is_empty() {
        text.push_str(&format!("FIELDS:\n{fields}"));
    }
    text.push('\n');
    Ok(harmless(&text))
}

#[cfg(test)]
mod tests;

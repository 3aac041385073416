//! What is read of a server's table: cells as they come, and little of the objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::render::age::age;
use crate::render::jsonpath::sprint;
use crate::sys::clock;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ServerTable {
    kind: String,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) column_definitions: Vec<Column>,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) priority: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    #[serde(deserialize_with = "or_nothing")]
    pub(super) cells: Vec<Value>,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) object: RowObject,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RowObject {
    pub(super) metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: String,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) labels: BTreeMap<String, String>,
    creation_timestamp: Option<jiff::Timestamp>,
}

/// Go writes `null` for what is empty.
fn or_nothing<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Metadata {
    /// `a=b,c=d`, as kubectl writes labels.
    pub(super) fn all_labels(&self) -> String {
        if self.labels.is_empty() {
            return "<none>".to_owned();
        }
        self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    }
}

impl ServerTable {
    /// The table itself, or one with name and age from a server that answered with plain objects.
    pub(super) fn or_from_items(self, page: &[u8]) -> Result<Self, serde_json::Error> {
        if self.kind == "Table" {
            return Ok(self);
        }
        let plain: Plain = serde_json::from_slice(page)?;
        let items = plain.items.unwrap_or_else(|| vec![RowObject { metadata: plain.metadata }]);
        let column = |name: &str| Column { name: name.to_owned(), priority: 0 };
        let rows = items.into_iter().map(|object| {
            let age = object.metadata.creation_timestamp.map_or_else(unknown, |since| age(since, clock::now()));
            Row { cells: vec![json!(object.metadata.name), json!(age)], object }
        });
        Ok(Self {
            kind: "Table".to_owned(),
            rows: rows.collect(),
            column_definitions: vec![column("Name"), column("Age")],
        })
    }
}

#[derive(Deserialize)]
struct Plain {
    #[serde(default)]
    metadata: Metadata,
    items: Option<Vec<RowObject>>,
}

fn unknown() -> String {
    "<unknown>".to_owned()
}

/// A cell's text: nothing for null, the rest as Go's `fmt.Sprint` writes it.
pub(super) fn text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        cell => sprint(cell),
    }
}

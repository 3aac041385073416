//! The server's tables (meta.k8s.io/v1 `Table`) as kubectl prints them.

mod columns;
mod server;

use serde_json::Value;
use serde_json::value::RawValue;

pub(super) use columns::Columns;
use server::{Row, ServerTable};

use super::order::compare;
use super::{Order, OrderError};
use crate::ui::sanitize;

/// Which columns are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableOptions {
    /// Also the columns of lower priority.
    pub(crate) wide: bool,
    /// Rows only.
    pub(crate) no_headers: bool,
    /// A last column with all labels.
    pub(crate) show_labels: bool,
    /// A column for each of these labels.
    pub(crate) label_columns: Vec<String>,
    /// A first column with the namespace.
    pub(crate) with_namespace: bool,
    /// Names with their type in front, `dnszone.dns.networking.miloapis.com/name`.
    pub(crate) with_kind: Option<String>,
    /// The order of the rows; their objects have to be whole.
    pub(crate) order: Option<Order>,
}

/// The objects of one type as a table that grows page by page, row by row.
#[derive(Debug)]
pub(crate) struct ObjectTable {
    options: TableOptions,
    columns: Columns,
    /// Which of the server's cells are shown.
    shown: Vec<usize>,
    has_headings: bool,
    /// What happened to the rows that are added now.
    event: Option<String>,
    /// What decides about the places of the rows that were not taken yet.
    keys: Vec<Option<Value>>,
}

impl ObjectTable {
    /// An empty table.
    pub(crate) fn new(options: TableOptions) -> Self {
        let (columns, shown, keys) = (Columns::default(), Vec::new(), Vec::new());
        Self { options, columns, shown, has_headings: false, event: None, keys }
    }

    /// Adds the rows of a page, a `Table` or a plain list, and says how many they were.
    pub(crate) fn add(&mut self, page: &[u8]) -> Result<usize, serde_json::Error> {
        let table: ServerTable = serde_json::from_slice(page)?;
        let table = table.or_from_items(page)?;
        if !self.has_headings && !table.column_definitions.is_empty() {
            self.head(&table);
        }
        let count = table.rows.len();
        for row in &table.rows {
            self.row(row);
        }
        if let Some(order) = &self.options.order {
            self.keys.extend(keys(order, page)?);
        }
        Ok(count)
    }

    /// Adds the rows of what a watch sent; `event` is what happened, for a first column of its own.
    pub(crate) fn add_event(&mut self, event: Option<String>, object: &RawValue) -> Result<(), serde_json::Error> {
        self.event = event;
        self.add(object.get().as_bytes()).map(drop)
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.columns = Columns::default();
        self.has_headings = false;
        self.keys.clear();
    }

    /// Puts the rows that were not taken yet in order, if one was asked for.
    pub(crate) fn sort(&mut self) -> Result<(), OrderError> {
        if let Some(order) = &self.options.order {
            let keys = std::mem::take(&mut self.keys);
            order.check(&keys)?;
            self.columns.sort_by_keys(keys, |left, right| compare(left.as_ref(), right.as_ref()));
        }
        Ok(())
    }

    /// The rows that were not taken yet, as lines. Widths are remembered: what comes later lines up with what was
    /// taken, as far as it fits.
    pub(crate) fn take(&mut self) -> String {
        self.columns.take()
    }

    fn head(&mut self, table: &ServerTable) {
        self.has_headings = true;
        let is_shown = |priority: i32| self.options.wide || priority == 0;
        self.shown = (0..table.column_definitions.len())
            .filter(|index| is_shown(table.column_definitions[*index].priority))
            .collect();
        if self.options.no_headers {
            return;
        }
        let mut headings: Vec<_> = self.event.iter().map(|_| "EVENT".to_owned()).collect();
        if self.options.with_namespace {
            headings.push("NAMESPACE".to_owned());
        }
        headings.extend(self.shown.iter().map(|index| one_line(&table.column_definitions[*index].name).to_uppercase()));
        let short = |label: &String| label.rsplit('/').next().unwrap_or_default().to_uppercase();
        headings.extend(self.options.label_columns.iter().map(short));
        if self.options.show_labels {
            headings.push("LABELS".to_owned());
        }
        self.columns.push(headings);
    }

    fn row(&mut self, row: &Row) {
        let mut cells = Vec::with_capacity(self.shown.len() + 2);
        cells.extend(self.event.clone());
        let metadata = &row.object.metadata;
        if self.options.with_namespace {
            cells.push(one_line(&metadata.namespace));
        }
        for &index in &self.shown {
            let cell = row.cells.get(index).map(server::text).unwrap_or_default();
            cells.push(match &self.options.with_kind {
                Some(kind) if index == 0 => one_line(&format!("{kind}/{cell}")),
                _ => one_line(&cell),
            });
        }
        let label = |name: &String| metadata.labels.get(name).map(|text| one_line(text)).unwrap_or_default();
        cells.extend(self.options.label_columns.iter().map(label));
        if self.options.show_labels {
            cells.push(one_line(&metadata.all_labels()));
        }
        self.columns.push(cells);
    }
}

/// What decides about the places of a page's rows.
fn keys(order: &Order, page: &[u8]) -> Result<Vec<Option<Value>>, serde_json::Error> {
    let page: Value = serde_json::from_slice(page)?;
    let objects: Vec<_> = match (page["kind"] == "Table", &page["rows"], &page["items"]) {
        (true, Value::Array(rows), _) => rows.iter().map(|row| &row["object"]).collect(),
        (true, ..) => Vec::new(),
        (false, _, Value::Array(items)) => items.iter().collect(),
        (false, ..) => vec![&page],
    };
    Ok(objects.into_iter().map(|object| order.key(object)).collect())
}

/// The first line of a cell, with a mark where more was cut off, harmless on a terminal.
pub(super) fn one_line(text: &str) -> String {
    match text.split_once(['\n', '\r', '\u{c}']) {
        Some((first, _)) => format!("{}...", sanitize(first)),
        None => sanitize(text).into_owned(),
    }
}

#[cfg(test)]
mod tests;

//! Plain tables: columns three spaces apart, as kubectl prints them.

use comfy_table::presets;

use super::sanitize;

/// Rows of text under upper-case headings; every cell is sanitised.
#[derive(Debug)]
pub(crate) struct Table {
    table: comfy_table::Table,
}

impl Table {
    /// An empty table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut empty = Self::without_headings();
        empty.table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
        empty
    }

    /// An empty table of rows alone.
    pub(crate) fn without_headings() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        Self { table }
    }

    /// Adds one row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.table.add_row(cells.into_iter().map(|cell| sanitize(cell).into_owned()));
    }

    /// The finished lines.
    pub(crate) fn render(mut self) -> String {
        for column in self.table.column_iter_mut() {
            column.set_padding((0, 3));
        }
        self.table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

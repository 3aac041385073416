//! Columns that line up: three spaces apart, six wide at least, as kubectl's.

use std::cmp::Ordering;

use crate::ui::text_width;

const GAP: usize = 3;
const NARROWEST: usize = 6;

/// Rows that were not printed yet, and the widths that all rows so far asked for.
#[derive(Debug, Default)]
pub(in crate::render) struct Columns {
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Columns {
    /// Adds a row.
    pub(in crate::render) fn push(&mut self, cells: Vec<String>) {
        for (index, cell) in cells.iter().enumerate() {
            let width = (text_width(cell) + GAP).max(NARROWEST);
            match self.widths.get_mut(index) {
                Some(known) => *known = width.max(*known),
                None => self.widths.push(width),
            }
        }
        self.rows.push(cells);
    }

    /// Puts the last rows, as many as there are keys, in the order of their keys.
    pub(in crate::render) fn sort_by_keys<K>(&mut self, keys: Vec<K>, compare: impl Fn(&K, &K) -> Ordering) {
        let last = self.rows.split_off(self.rows.len().saturating_sub(keys.len()));
        let mut keyed: Vec<_> = keys.into_iter().zip(last).collect();
        keyed.sort_by(|(left, _), (right, _)| compare(left, right));
        self.rows.extend(keyed.into_iter().map(|(_, row)| row));
    }

    /// The rows as lines; the last cell of a row is not padded.
    pub(in crate::render) fn take(&mut self) -> String {
        let mut text = String::new();
        for row in std::mem::take(&mut self.rows) {
            let last = row.len().saturating_sub(1);
            for (index, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if index < last {
                    let gap = self.widths[index].saturating_sub(text_width(cell));
                    text.extend(std::iter::repeat_n(' ', gap));
                }
            }
            text.push('\n');
        }
        text
    }
}

//! Columns that line up: three spaces apart, six wide at least, as kubectl's.

use crate::ui::text_width;

const GAP: usize = 3;
const NARROWEST: usize = 6;

/// Rows that were not printed yet, and the widths that all rows so far asked for.
#[derive(Debug, Default)]
pub(super) struct Columns {
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Columns {
    pub(super) fn push(&mut self, cells: Vec<String>) {
        for (index, cell) in cells.iter().enumerate() {
            let width = (text_width(cell) + GAP).max(NARROWEST);
            match self.widths.get_mut(index) {
                Some(known) => *known = width.max(*known),
                None => self.widths.push(width),
            }
        }
        self.rows.push(cells);
    }

    /// The rows as lines; the last cell of a row is not padded.
    pub(super) fn take(&mut self) -> String {
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

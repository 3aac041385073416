//! [`Sheet`]: lines whose cells, parted by tabs, line up with those of the lines around them.

use crate::ui::sanitize;

/// Blanks after the widest cell of a column.
const PADDING: usize = 2;

/// Text that is written with tabs and read with columns. A column ends where a line has no cell in it, so that a heading
/// of its own line parts what is above it from what is below.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    done: String,
    open: String,
}

impl Sheet {
    /// Writes lines, `level` steps to the right.
    pub(super) fn write(&mut self, level: usize, text: &str) {
        self.open.push_str(&"  ".repeat(level));
        self.open.push_str(text);
    }

    /// Ends all columns here.
    pub(super) fn align(&mut self) {
        self.done.push_str(&aligned(&std::mem::take(&mut self.open)));
    }

    /// The lines as a person reads them.
    pub(super) fn finish(mut self) -> String {
        self.align();
        self.done
    }
}

/// What the server says passes here: each cell is made harmless, line feeds and tabs have done their work before.
fn aligned(text: &str) -> String {
    let lines: Vec<Vec<_>> = text.split('\n').map(|line| line.split('\t').map(sanitize).collect()).collect();
    // A line's last cell ends nowhere, so it has no width.
    let columns = |line: usize| lines.get(line).map_or(0, |cells| cells.len() - 1);
    let mut widths: Vec<Vec<usize>> = (0..lines.len()).map(|line| vec![0; columns(line)]).collect();
    for column in 0..lines.iter().map(Vec::len).max().unwrap_or_default() {
        let mut line = 0;
        while line < lines.len() {
            let end = (line..lines.len()).find(|line| columns(*line) <= column).unwrap_or(lines.len());
            let width = (line..end).map(|line| lines[line][column].chars().count() + PADDING).max();
            (line..end).for_each(|line| widths[line][column] = width.unwrap_or_default());
            line = end + 1;
        }
    }
    let shown = |(cells, widths): (&Vec<_>, &Vec<usize>)| {
        let widths = widths.iter().copied().chain([0]);
        cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect::<String>()
    };
    lines.iter().zip(&widths).map(shown).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    fn sheet(text: &str) -> String {
        let mut sheet = Sheet::default();
        sheet.write(0, text);
        sheet.finish()
    }

    #[test]
    fn a_column_ends_with_the_first_line_that_has_no_cell_in_it() {
        assert_eq!(sheet("a:\tb\nlong:\tc\nhead\nx:\ty\n"), "a:     b\nlong:  c\nhead\nx:  y\n");
        assert_eq!(sheet("a\tb\tc\nd\te\n\tf\tg\n"), "a  b  c\nd  e\n   f  g\n");
    }

    #[test]
    fn what_is_aligned_does_not_move_with_what_follows() {
        let mut sheet = Sheet::default();
        sheet.write(0, "a:\tb\n");
        sheet.align();
        sheet.write(1, "longer:\tc\n");
        assert_eq!(sheet.finish(), "a:  b\n  longer:  c\n");
    }

    #[test]
    fn letters_that_move_a_terminal_are_shown_as_text() {
        assert_eq!(sheet("a:\t\x1b[2Jb\rc\n"), "a:  \\x1b[2Jb\\rc\n");
    }
}

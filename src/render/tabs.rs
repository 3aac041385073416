//! Cells parted by tabs, lined up with those of the lines around them: Go's `text/tabwriter`, which kubectl uses.

use crate::ui::sanitize;

/// How wide columns are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spacing {
    /// The narrowest column, gap included.
    narrowest: usize,
    /// Blanks after the widest cell.
    gap: usize,
}

/// `kubectl describe`.
pub(super) const DESCRIPTION: Spacing = Spacing { narrowest: 0, gap: 2 };

/// kubectl's lists.
pub(super) const LIST: Spacing = Spacing { narrowest: 6, gap: 3 };

/// `text` with blanks for its tabs. A column ends where a line has no cell in it; what follows the last tab of a line
/// belongs to none.
///
/// What the server says passes here: each cell is made harmless, line feeds and tabs have done their work before.
pub(super) fn line_up(text: &str, spacing: Spacing) -> String {
    let lines: Vec<Vec<_>> = text.split('\n').map(|line| line.split('\t').map(sanitize).collect()).collect();
    // A line's last cell ends nowhere, so it has no width.
    let columns = |line: usize| lines.get(line).map_or(0, |cells| cells.len() - 1);
    let mut widths: Vec<Vec<usize>> = (0..lines.len()).map(|line| vec![0; columns(line)]).collect();
    for column in 0..lines.iter().map(Vec::len).max().unwrap_or_default() {
        let mut line = 0;
        while line < lines.len() {
            let end = (line..lines.len()).find(|line| columns(*line) <= column).unwrap_or(lines.len());
            let width = (line..end).map(|line| lines[line][column].chars().count() + spacing.gap).max();
            let width = width.unwrap_or_default().max(spacing.narrowest);
            (line..end).for_each(|line| widths[line][column] = width);
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
    use super::{DESCRIPTION, LIST, line_up};

    #[test]
    fn a_column_ends_with_the_first_line_that_has_no_cell_in_it() {
        let text = "a:\tb\nlong:\tc\nhead\nx:\ty\n";
        assert_eq!(line_up(text, DESCRIPTION), "a:     b\nlong:  c\nhead\nx:  y\n");
        assert_eq!(line_up("a\tb\tc\nd\te\n\tf\tg\n", DESCRIPTION), "a  b  c\nd  e\n   f  g\n");
    }

    #[test]
    fn columns_of_lists_are_never_narrower_than_six_letters() {
        assert_eq!(line_up("A\tlonger\tC\n", LIST), "A     longer   C\n");
    }

    #[test]
    fn letters_that_move_a_terminal_are_shown_as_text() {
        assert_eq!(line_up("a:\t\x1b[2Jb\rc\n", DESCRIPTION), "a:  \\x1b[2Jb\\rc\n");
    }
}

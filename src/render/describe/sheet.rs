//! [`Sheet`]: lines whose cells, parted by tabs, line up with those of the lines around them.

use crate::render::tabs::{DESCRIPTION, line_up};

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
        self.done.push_str(&line_up(&std::mem::take(&mut self.open), DESCRIPTION));
    }

    /// The lines as a person reads them.
    pub(super) fn finish(mut self) -> String {
        self.align();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    #[test]
    fn what_is_aligned_does_not_move_with_what_follows() {
        let mut sheet = Sheet::default();
        sheet.write(0, "a:\tb\n");
        sheet.align();
        sheet.write(1, "longer:\tc\n");
        assert_eq!(sheet.finish(), "a:  b\n  longer:  c\n");
    }
}

//! The differences of one object in the unified format, with the colours of a terminal.

use similar::TextDiff;

use super::Pair;
use crate::ui::{Ui, sanitize};

/// `--- live/FILE`, `+++ merged/FILE` and the lines that change, three lines around each.
pub(super) fn text(ui: &Ui, pair: &Pair) -> String {
    let (before, after) = (format!("live/{}", pair.file), format!("merged/{}", pair.file));
    let diff = TextDiff::from_lines(&pair.before, &pair.after);
    let unified = diff.unified_diff().context_radius(3).header(&before, &after).to_string();
    let paint = ui.paint_of_output();
    unified
        .lines()
        .map(|line| {
            let line = sanitize(line);
            let line = match line.as_bytes().first() {
                _ if line.starts_with("--- ") || line.starts_with("+++ ") => paint.bold(&line),
                Some(b'-') => paint.red(&line),
                Some(b'+') => paint.green(&line),
                Some(b'@') => paint.cyan(&line),
                _ => line.into_owned(),
            };
            format!("{line}\n")
        })
        .collect()
}

//! Text of many lines, made harmless for a terminal.

use crate::ui::sanitize;

/// `text` with its lines and tabs, everything else that could move a terminal escaped.
pub(super) fn harmless(text: &str) -> String {
    let line = |line: &str| line.split('\t').map(sanitize).collect::<Vec<_>>().join("\t");
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

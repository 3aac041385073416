//! One line of the table: `MODE | WORDS OF KUBECTL | WORDS OF DATUMCTL | REASON`.

use super::outcome::Mode;

/// One invocation of both.
pub struct Row {
    /// As it stands in the table.
    pub text: &'static str,
    pub mode: Mode,
    pub kubectl: Vec<String>,
    pub datumctl: Vec<String>,
    /// The two exit codes where they are meant to differ.
    pub codes: Option<(i32, i32)>,
}

/// The rows of the table. An empty third column is the second's words; a reason may begin with `KUBECTL/DATUMCTL`, the
/// two exit codes.
pub fn rows() -> Vec<Row> {
    let lines = include_str!("table.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(row).collect()
}

fn row(text: &'static str) -> Row {
    let columns: Vec<_> = text.split('|').map(str::trim).collect();
    let column = |index: usize| columns.get(index).copied().unwrap_or_default();
    let kubectl = words(column(1));
    let datumctl = if column(2).is_empty() { kubectl.clone() } else { words(column(2)) };
    let mode = Mode::named(column(0)).unwrap_or_else(|| panic!("no such mode: {text}"));
    let reason = column(3);
    let codes = reason.split_once(' ').and_then(|(codes, _)| codes.split_once('/'));
    let codes = codes.and_then(|(left, right)| Some((left.parse().ok()?, right.parse().ok()?)));
    let differs = codes.is_some() || column(0) == "code" || kubectl != datumctl;
    assert!(!differs || !reason.is_empty(), "a difference needs a reason: {text}");
    Row { text, mode, kubectl, datumctl, codes }
}

fn words(text: &str) -> Vec<String> {
    shell_words::split(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

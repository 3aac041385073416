//! A fast way to read the layout that the original and we write: block mappings and lists, one-line scalars, comments.
//!
//! It is ten times as fast as a YAML library and knows less: at the first thing that could mean anything else it
//! gives up, and the library reads the file instead. It never disagrees with the library (proved by the tests below).

use super::node::{Fields, Node, field};

/// More lines, or deeper ones, are left to the library and its limits.
const LINE_LIMIT: usize = 150_000;
const DEPTH_LIMIT: usize = 16;

/// The document in `text`, or `None` if it is not in the plain layout.
pub(super) fn read(text: &str) -> Option<Node> {
    let is_plain =
        |letter: char| matches!(letter, '\n' | ' '..='~') || (!letter.is_ascii() && letter.is_alphanumeric());
    if !text.chars().all(is_plain) {
        return None;
    }
    let lines = text.split('\n').filter_map(|line| {
        let content = line.trim_start_matches(' ');
        let is_quiet = content.is_empty() || content.starts_with('#');
        (!is_quiet).then(|| Line { indent: line.len() - content.len(), text: content.trim_end_matches(' ') })
    });
    let mut reader = Reader { lines: lines.collect(), next: 0 };
    if reader.lines.len() > LINE_LIMIT {
        return None;
    }
    let fields = reader.map(0, 0)?;
    (reader.next == reader.lines.len()).then_some(Node::Map(fields))
}

#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    text: &'a str,
}

impl Line<'_> {
    fn is_item(self) -> bool {
        self.text.starts_with("- ")
    }
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Line<'a>> {
        self.lines.get(self.next).copied()
    }

    /// The entries at `indent`, from the next line on; at least one.
    fn map(&mut self, indent: usize, depth: usize) -> Option<Fields> {
        let mut fields = Fields::with_capacity(6);
        while let Some(line) = self.peek().filter(|line| line.indent == indent && !line.is_item()) {
            let (key, after) = key(line.text)?;
            if fields.len() > 32 || field(&fields, key).is_some() {
                return None;
            }
            self.next += 1;
            let value = if after.is_empty() { self.below(indent, depth)? } else { self.scalar(after, indent)? };
            fields.push((key.to_owned(), value));
        }
        let ends = self.peek().is_none_or(|line| line.indent <= indent);
        (ends && !fields.is_empty()).then_some(fields)
    }

    /// The value of a key at `indent` with nothing behind its colon.
    fn below(&mut self, indent: usize, depth: usize) -> Option<Node> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        match self.peek() {
            Some(line) if line.is_item() && line.indent >= indent => self.list(line.indent, depth + 1),
            Some(line) if line.indent > indent => self.map(line.indent, depth + 1).map(Node::Map),
            _ => Some(Node::Null),
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent && line.is_item()) {
            let text = line.text[1..].trim_start_matches(' ');
            if key(text).is_some() {
                let inner = indent + line.text.len() - text.len();
                self.lines[self.next] = Line { indent: inner, text };
                items.push(Node::Map(self.map(inner, depth + 1)?));
            } else {
                self.next += 1;
                items.push(self.scalar(text, indent)?);
            }
        }
        self.peek().is_none_or(|line| line.indent <= indent).then_some(Node::List(items))
    }

    /// A value that ends on its line: what follows is not indented deeper, and not a list of the same key.
    fn scalar(&self, text: &str, indent: usize) -> Option<Node> {
        let ends = self.peek().is_none_or(|line| line.indent <= indent);
        if ends { scalar(text) } else { None }
    }
}

/// A key of letters, digits, `-`, `_` and `.` that nobody reads as anything but text, and what follows its colon.
fn key(text: &str) -> Option<(&str, &str)> {
    let colon = text.find(':')?;
    let (key, rest) = (&text[..colon], &text[colon + 1..]);
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let is_text = is_word && matches!(plain(key), Some(Node::Text(_)));
    let after = rest.trim_start_matches(' ');
    let is_separated = rest.is_empty() || rest.len() > after.len();
    let after = if after.starts_with('#') { "" } else { after };
    (is_text && is_separated).then_some((key, after))
}

fn scalar(text: &str) -> Option<Node> {
    let quoted = |quote: char| {
        let (inner, rest) = text[1..].split_once(quote)?;
        let ends = rest.is_empty() || (rest.starts_with(' ') && rest.trim_start_matches(' ').starts_with('#'));
        (ends && !inner.contains('\\')).then(|| Node::Text(inner.to_owned()))
    };
    match text {
        "{}" => Some(Node::Map(Vec::new())),
        "[]" => Some(Node::List(Vec::new())),
        _ if text.starts_with('"') => quoted('"'),
        _ if text.starts_with('\'') => quoted('\''),
        _ => plain(text.find(" #").map_or(text, |comment| text[..comment].trim_end_matches(' '))),
    }
}

/// An unquoted scalar that is surely text, or `true` or `false` as spelled here.
fn plain(text: &str) -> Option<Node> {
    let first = text.chars().next()?;
    let is_text = if first.is_ascii_digit() {
        text.chars().any(|letter| {
            letter.is_ascii_alphabetic() && !matches!(letter, 'a'..='f' | 'A'..='F' | 'x' | 'X' | 'o' | 'O')
        })
    } else {
        first.is_alphabetic() || first == '/'
    };
    if !is_text || text.contains(": ") || text.ends_with(':') {
        return None;
    }
    match text {
        "true" => Some(Node::Bool(true)),
        "false" => Some(Node::Bool(false)),
        _ if ["true", "false", "null", "inf", "nan", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            None
        }
        _ => Some(Node::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::read;
    use crate::yaml::Node;

    const EXAMPLE: &str = include_str!("../../tests/fixtures/original-home/config");

    #[test]
    fn the_originals_layout_is_plain() {
        for text in [EXAMPLE, "# note\na: 'x' # y\n\nb:\n    - c: 1g\n      d: {}\n    - e\nf: Zürich\ng:\n"] {
            assert_eq!(read(text), Node::parse_with_library(text).ok());
            assert!(read(text).is_some(), "{text}");
        }
    }

    #[test]
    fn whatever_could_mean_something_else_is_left_to_the_library() {
        let doubtful = [
            "",
            "a: 1",
            "a: -1",
            "a: null",
            "a: ~",
            "a: NULL",
            "a: True",
            "a: .inf",
            "a: 0x1f",
            "a: 1e3",
            "a: [x]",
            "a: {b: c}",
            "a: |\n  x",
            "a: >\n  x",
            "a: x\n  y",
            "a: b: c",
            "a: &x y",
            "a: *x",
            "a: !t y",
            "a: \"x\\ny\"",
            "a: 'it''s'",
            "a: \"x\n  y\"",
            "---\na: b",
            "a: b\n...",
            "a: b\na: c",
            "? a\n: b",
            "<<: *x",
            "- a",
            "a",
            "a: b\n b: c",
            " a: b\nc: d",
            "a:\tb",
            "a: b\r\n",
            "\u{feff}a: b",
            "a: x\u{85}y",
            "a: x\u{2028}y",
            "a:\n- b\n - c",
            "a:\n- - b",
            "a: @b",
            "a: `b",
            "a: %b",
            "a: x\n- y",
            "1: x",
            "true: x",
            "a: {}x",
            "a: 'x'y",
            "a: b:",
        ];
        for text in doubtful {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    fn line() -> impl Strategy<Value = String> {
        let indent = prop::sample::select(vec![0_usize, 0, 0, 0, 0, 2, 2, 4, 1]);
        let dash = prop::sample::select(vec!["", "", "", "", "", "", "- ", "- ", "-  ", "- - ", "-"]);
        let plain_key = prop::sample::select(vec!["a:", "b:", "c:", "d:", "e:", "f:", "g:", "h:", "name:"]);
        let key = prop::sample::select(vec![
            "a:", "b:", "c:", "d: ", "a", "name:", "null:", "1:", "<<:", "'q':", "# ", "y:", "x.y-z_1:", "...", "---",
            "a b:",
        ]);
        let key = prop_oneof![6 => plain_key, 1 => key];
        let plain_value = prop::sample::select(vec!["", " x", " x y", " 'x' # c", " {}", " true", " 12z:3", " é"]);
        let value = prop::sample::select(vec![
            "",
            " ",
            " x",
            " x ",
            " x y",
            " x # c",
            " x #",
            " x#y",
            " #c",
            " 'x'",
            " 'x' # c",
            " \"x\"",
            " \"x\" y",
            " ''",
            " 'x''y'",
            " {}",
            " []",
            " {} # c",
            " 1",
            " 1x",
            " 1e5",
            " 0o17",
            " 0b1",
            " 12z:3",
            " true",
            " false",
            " True",
            " nan",
            " inf",
            " yes",
            " a: b",
            " a:b",
            " a:",
            " -",
            " - x",
            " -x",
            " ?",
            " ? x",
            " :",
            " :x",
            " /x",
            " ~",
            " é",
            " x, y",
            " x]",
            " x}",
            " [x",
            " &a",
            " &a x",
            " *a",
            " !x",
            " |",
            " >",
            " %x",
            " @x",
            " x: y",
            "x",
            "\t",
            " x\ty",
            " x\u{a0}y",
            " 2026-07-16",
            " 2026-07-16T18:24:09Z",
            " ada@example.com@api.x/acme",
        ]);
        let value = prop_oneof![1 => plain_value, 1 => value];
        (indent, dash, key, value)
            .prop_map(|(indent, dash, key, value)| format!("{}{dash}{key}{value}", " ".repeat(indent)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_agrees_with_the_library_wherever_it_answers(lines in prop::collection::vec(line(), 1..6)) {
            let text = lines.join("\n");
            if let Some(node) = read(&text) {
                let library = Node::parse_with_library(&text);
                prop_assert_eq!(library.ok(), Some(node), "{}", text);
            }
        }

        #[test]
        fn it_agrees_on_changed_copies_of_a_real_file(cuts in prop::collection::vec((0_usize..2_000, 0_usize..6, "[ a:#'\"{}\\n-]{0,3}"), 1..4)) {
            let mut text = EXAMPLE.to_owned();
            for (start, length, insert) in cuts {
                let start = start.min(text.len());
                let end = (start + length).min(text.len());
                text.replace_range(start..end, &insert);
            }
            if let Some(node) = read(&text) {
                prop_assert_eq!(Node::parse_with_library(&text).ok(), Some(node), "{}", text);
            }
        }
    }
}

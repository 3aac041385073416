//! Changes a value in flow style, `{..}` or `[..]`, and JSON, which is one: what did not change keeps every byte.

use std::ops::Range;

use serde_json::Value;

use super::edit::identity;
use super::node::{Fields, Node, field};

/// Where the document in `text` begins, if it is in flow style as a whole.
pub(super) fn start_of_document(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !(content.is_empty() || content.starts_with('#') || content == "---") {
            return content.starts_with('{').then_some(start + line.len() - line.trim_start().len());
        }
        start += line.len();
    }
    None
}

/// The length of the collection that `text` begins with.
pub(super) fn length(text: &str) -> Option<usize> {
    split(text).map(|(_, length)| length)
}

/// `text`, a whole collection that holds `old`, changed to hold `new`.
pub(super) fn edit(text: &str, old: &Node, new: &Node) -> Option<String> {
    let (parts, _) = split(text)?;
    let lead = parts.last().map_or("", |last| &text[last.whole.start..last.core.start]);
    let lead = if lead.trim().is_empty() { lead } else { " " };
    let pieces = match (old, new) {
        (Node::Map(old), Node::Map(new)) => map_pieces(text, &parts, old, new, lead)?,
        (Node::List(old), Node::List(new)) => list_pieces(text, &parts, old, new, lead)?,
        _ => return None,
    };
    // The space before the closing bracket stays there, whatever comes last.
    let space = parts.last().map_or("", |last| &text[last.core.end..last.whole.end]);
    let space = if space.trim().is_empty() && !pieces.is_empty() { space } else { "" };
    let pieces: Vec<_> = pieces.iter().map(|piece| piece.strip_suffix(space).unwrap_or(piece)).collect();
    let last_comma = parts.last().filter(|last| text[last.whole.end..].starts_with(',') && !pieces.is_empty());
    let tail = last_comma.map_or("", |last| &text[last.whole.end..text.len() - 1]);
    Some(format!("{}{}{space}{tail}{}", &text[..1], pieces.join(","), &text[text.len() - 1..]))
}

fn map_pieces(text: &str, parts: &[Part], old: &Fields, new: &Fields, lead: &str) -> Option<Vec<String>> {
    let keys = parts.iter().map(|part| key(&text[part.core.clone()])).collect::<Option<Vec<_>>>()?;
    if keys.len() != old.len() || keys.iter().zip(old).any(|((key, _), (name, _))| key != name) {
        return None;
    }
    let mut pieces = Vec::new();
    for ((part, (_, at)), (name, value)) in parts.iter().zip(&keys).zip(old) {
        if let Some(changed) = field(new, name) {
            pieces.push(piece(text, part, part.core.start + at, value, changed, lead));
        }
    }
    let added = new.iter().filter(|(name, _)| field(old, name).is_none());
    pieces.extend(added.map(|(name, value)| format!("{lead}{}: {}", Value::from(name.as_str()), written(value, lead))));
    Some(pieces)
}

fn list_pieces(text: &str, parts: &[Part], old: &[Node], new: &[Node], lead: &str) -> Option<Vec<String>> {
    if parts.len() != old.len() {
        return None;
    }
    let mut rest: Vec<_> = parts.iter().zip(old).collect();
    let pieces = new.iter().map(|item| match rest.iter().position(|(_, value)| identity(value) == identity(item)) {
        Some(index) => {
            let (part, value) = rest.remove(index);
            piece(text, part, part.core.start, value, item, lead)
        }
        None => format!("{lead}{}", written(item, lead)),
    });
    Some(pieces.collect())
}

/// A part whose value, which begins at `start`, was `old` and is to be `new`.
fn piece(text: &str, part: &Part, start: usize, old: &Node, new: &Node, lead: &str) -> String {
    let own = &text[start..part.core.end];
    let changed = if old == new { Some(own.to_owned()) } else { edit(own, old, new) };
    let changed = changed.unwrap_or_else(|| written(new, lead));
    format!("{}{changed}{}", &text[part.whole.start..start], &text[part.core.end..part.whole.end])
}

/// JSON, over several lines where its neighbours stand on lines of their own.
fn written(node: &Node, lead: &str) -> String {
    let value = json(node);
    match lead.rsplit_once('\n') {
        None => value.to_string(),
        Some((_, indent)) => format!("{value:#}").replace('\n', &format!("\n{indent}")),
    }
}

fn json(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::from(*value),
        Node::Integer(value) => i64::try_from(*value).map_or_else(|_| Value::from(value.to_string()), Value::from),
        Node::Float(value) => Value::from(*value),
        Node::Text(text) => Value::from(text.as_str()),
        Node::List(items) => items.iter().map(json).collect(),
        Node::Map(fields) => fields.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

/// One entry or item: from the bracket or comma before it to the one behind it, and what of that is not space.
struct Part {
    whole: Range<usize>,
    core: Range<usize>,
}

/// The parts of the collection that `text` begins with, and its length.
fn split(text: &str) -> Option<(Vec<Part>, usize)> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut depth, mut at, mut start) = (0_usize, 0, 1);
    let mut core: Option<Range<usize>> = None;
    let mut may_quote = false;
    while at < bytes.len() {
        let end = match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'#' if at > 0 && bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n')?;
                continue;
            }
            quote @ (b'"' | b'\'') if may_quote => quoted_end(bytes, at, quote)?,
            _ => at + 1,
        };
        may_quote = matches!(bytes[at], b'{' | b'[' | b',' | b':');
        depth += usize::from(matches!(bytes[at], b'{' | b'['));
        let closes = matches!(bytes[at], b'}' | b']');
        if depth == 1 && (closes || bytes[at] == b',') {
            match core.take() {
                Some(core) => parts.push(Part { whole: start..at, core }),
                // Nothing between two commas is not YAML; a comma before the end is.
                None if closes => {}
                None => return None,
            }
            start = at + 1;
        } else if at > 0 {
            core = Some(core.map_or(at, |core| core.start)..end);
        }
        depth -= usize::from(closes);
        at = end;
        if depth == 0 {
            return (at > 1).then_some((parts, at));
        }
    }
    None
}

/// Where the quoted text that begins at `start` ends.
fn quoted_end(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The key of an entry, and where its value begins.
fn key(entry: &str) -> Option<(&str, usize)> {
    let first = *entry.as_bytes().first()?;
    let (name, end) = match first {
        b'"' | b'\'' => {
            let end = quoted_end(entry.as_bytes(), 0, first)?;
            (&entry[1..end - 1], end)
        }
        _ => {
            let end = entry.find([':', '\n'])?;
            (entry[..end].trim_end(), end)
        }
    };
    let rest = entry[end..].trim_start().strip_prefix(':')?;
    let value = rest.trim_start();
    (!name.contains(['\\', '\'']) && !value.is_empty()).then_some((name, entry.len() - value.len()))
}

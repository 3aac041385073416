//! Changes a YAML text where its values changed and nowhere else.
//!
//! It knows lines, indents, `key:` and `- `, leaves `{}` and `[]` to `flow`, and knows no more YAML than that. Where the
//! lines do not match the parsed values (anchors, merge keys), the smallest enclosing entry is written anew, unless that
//! is a list of things that are not ours to write. The caller proves the outcome by reading it back; nothing here has to
//! be trusted.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::flow;
use super::node::{Fields, Node, field};

/// Lines without their line feed; the carriage return of a line that has one stays part of it.
type Lines<'a> = [Cow<'a, str>];

/// What may happen to a top-level list whose layout cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    /// It is written anew: what it holds is all ours.
    Rewritten,
    /// Nothing is changed at all: it holds what others wrote.
    Kept,
}

/// `text`, which holds `old`, changed to hold `new`; `None` where its layout cannot be followed.
pub(crate) fn edit(text: &str, old: &Node, new: &Node, lists: Lists) -> Option<String> {
    let (mark, body) = text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    if let Some(start) = flow::start_of_document(body) {
        let end = start + flow::length(&body[start..])?;
        let changed = flow::edit(&body[start..end], old, new)?;
        return Some(format!("{mark}{}{changed}{}", &body[..start], &body[end..]));
    }
    let (Node::Map(old), Node::Map(new)) = (old, new) else { return None };
    let returns = body.matches("\r\n").count();
    let ending = if returns * 2 > body.matches('\n').count() { "\r" } else { "" };
    let lines: Vec<_> = body.strip_suffix('\n').unwrap_or(body).split('\n').map(Cow::Borrowed).collect();
    let mut edited = mark.to_owned();
    for line in (Editor { ending, lists }).patch_map(&lines, 0, old, new)? {
        edited.push_str(&line);
        edited.push('\n');
    }
    Some(edited)
}

/// The lines of one key or one item: comments before it, then itself.
struct Block<'a> {
    key: &'a str,
    lines: Range<usize>,
    start: usize,
}

#[derive(Clone, Copy)]
struct Editor {
    /// What stands before the line feed of a new line: a carriage return or nothing.
    ending: &'static str,
    lists: Lists,
}

impl Editor {
    fn patch_map<'a>(
        self,
        lines: &'a Lines<'a>,
        indent: usize,
        old: &Fields,
        new: &Fields,
    ) -> Option<Vec<Cow<'a, str>>> {
        let (blocks, tail) = blocks(lines, indent, |text| key(text).map(|(key, _)| key))?;
        let matches = blocks.len() == old.len() && blocks.iter().zip(old).all(|(block, (key, _))| block.key == key);
        if !matches {
            return None;
        }
        let mut added: Vec<_> = new.iter().filter(|(key, _)| field(old, key).is_none()).collect();
        added.sort_by(|left, right| left.0.cmp(&right.0));
        let mut added = added.into_iter().peekable();
        let is_sorted = old.is_sorted_by(|left, right| left.0 <= right.0);
        let mut out = Vec::new();
        if blocks.is_empty() {
            out.extend_from_slice(lines);
        }
        for (block, (key, value)) in blocks.iter().zip(old) {
            while let Some((name, value)) = added.next_if(|(name, _)| is_sorted && name < key) {
                out.extend(self.render_entry(name, value, indent));
            }
            let raw = &lines[block.lines.clone()];
            match field(new, key) {
                Some(changed) if changed != value => {
                    out.extend_from_slice(&lines[block.lines.start..block.start]);
                    let own = &lines[block.start..block.lines.end];
                    match self.patch_value(own, indent, value, changed) {
                        Some(patched) => out.extend(patched),
                        None if indent == 0 && self.lists == Lists::Kept && has_items(value) && has_items(changed) => {
                            return None;
                        }
                        None => {
                            out.extend(self.render_entry(key, changed, indent));
                            // The lines below a key without a value hold nothing but comments that are worth keeping.
                            let comments = own.iter().skip(1).filter(|line| is_absent(value) && is_quiet(line));
                            out.extend(comments.cloned());
                        }
                    }
                }
                Some(_) => out.extend_from_slice(raw),
                None if is_absent(value) => out.extend_from_slice(raw),
                None => out.extend_from_slice(&lines[block.lines.start..own_comments(lines, block)]),
            }
        }
        for (name, value) in added {
            out.extend(self.render_entry(name, value, indent));
        }
        if !blocks.is_empty() {
            out.extend_from_slice(&lines[tail]);
        }
        Some(out)
    }

    /// The new lines of an entry whose value changed, when they can be had from the old ones.
    fn patch_value<'a>(self, lines: &'a Lines<'a>, indent: usize, old: &Node, new: &Node) -> Option<Vec<Cow<'a, str>>> {
        let (first, below) = lines.split_first()?;
        let (_, after) = key(first.trim_start())?;
        if after.starts_with(['{', '[']) && !is_absent(old) && !is_absent(new) {
            return patch_flow(lines, first.len() - after.len(), old, new);
        }
        let is_bare = after.trim_end().is_empty() || after.starts_with('#') || is_anchor(after);
        let body = match (old, new) {
            (Node::Map(old), Node::Map(new)) if is_bare && !new.is_empty() => {
                let child = content_indent(below).filter(|child| *child > indent)?;
                self.patch_map(below, child, old, new)?
            }
            (Node::List(old), Node::List(new)) if is_bare && !new.is_empty() => self.patch_list(below, old, new)?,
            (old, new) if old.is_scalar() && new.is_scalar() && below.iter().all(|line| is_quiet(line)) => {
                let head = first.len() - after.len();
                let value = render_scalar(new);
                let rest = &after[scalar_length(after)?..];
                let separator = if first[..head].ends_with(':') { " " } else { "" };
                let line = format!("{}{separator}{value}{rest}", &first[..head]);
                return Some(std::iter::once(Cow::Owned(line)).chain(below.iter().cloned()).collect());
            }
            _ => return None,
        };
        Some(std::iter::once(first.clone()).chain(body).collect())
    }

    fn patch_list<'a>(self, lines: &'a Lines<'a>, old: &[Node], new: &[Node]) -> Option<Vec<Cow<'a, str>>> {
        let indent = content_indent(lines)?;
        let (blocks, tail) = blocks(lines, indent, |text| is_item(text).then_some(""))?;
        if blocks.len() != old.len() {
            return None;
        }
        let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (index, item) in old.iter().enumerate() {
            places.entry(identity(item)).or_default().push_back(index);
        }
        // The same but for its name, in the same place: renamed, not another.
        let is_renamed = |position: usize| old.len() == new.len() && differ_in_name(&old[position], &new[position]);
        let mut out = Vec::new();
        for (position, item) in new.iter().enumerate() {
            let known = places.get_mut(&identity(item)).and_then(VecDeque::pop_front);
            let Some(index) = known.or_else(|| is_renamed(position).then_some(position)) else {
                out.extend(self.render_item(item, indent));
                continue;
            };
            let block = &blocks[index];
            if old[index] == *item {
                out.extend_from_slice(&lines[block.lines.clone()]);
                continue;
            }
            out.extend_from_slice(&lines[block.lines.start..block.start]);
            match self.patch_item(&lines[block.start..block.lines.end], indent, &old[index], item) {
                Some(patched) => out.extend(patched),
                None => out.extend(self.render_item(item, indent)),
            }
        }
        out.extend_from_slice(&lines[tail]);
        Some(out)
    }

    /// An item is a mapping whose first line has a dash in its indent.
    fn patch_item<'a>(self, lines: &Lines<'a>, indent: usize, old: &Node, new: &Node) -> Option<Vec<Cow<'a, str>>> {
        let (Node::Map(old), Node::Map(new)) = (old, new) else { return None };
        let (first, below) = lines.split_first()?;
        let mut undashed = vec![Cow::Owned(format!("{}{}", " ".repeat(indent + 1), &first[indent + 1..]))];
        undashed.extend(below.iter().cloned());
        let child = content_indent(&undashed[..1])?;
        let patched = self.patch_map(&undashed, child, old, new)?;
        let start = patched.iter().position(|line| !is_quiet(line))?;
        Some(
            patched
                .iter()
                .enumerate()
                .map(|(index, line)| match index == start {
                    true => Cow::Owned(format!("{}-{}", " ".repeat(indent), &line[indent + 1..])),
                    false => Cow::Owned(line.clone().into_owned()),
                })
                .collect(),
        )
    }

    fn render_entry(self, key: &str, value: &Node, indent: usize) -> Vec<Cow<'static, str>> {
        self.indented(&Node::Map(vec![(key.to_owned(), value.clone())]), indent)
    }

    fn render_item(self, item: &Node, indent: usize) -> Vec<Cow<'static, str>> {
        self.indented(&Node::List(vec![item.clone()]), indent)
    }

    fn indented(self, node: &Node, indent: usize) -> Vec<Cow<'static, str>> {
        let margin = " ".repeat(indent);
        node.render().lines().map(|line| Cow::Owned(format!("{margin}{line}{}", self.ending))).collect()
    }
}

/// The new lines of an entry whose value, from column `start` of its first line on, is in flow style.
fn patch_flow<'a>(lines: &Lines<'a>, start: usize, old: &Node, new: &Node) -> Option<Vec<Cow<'a, str>>> {
    let text = lines.join("\n");
    let end = start + flow::length(&text[start..])?;
    let rest = &text[end..];
    let is_last = rest.split('\n').enumerate().all(|(index, line)| match index {
        0 => line.trim().is_empty() || line.trim_start().starts_with('#'),
        _ => is_quiet(line),
    });
    let changed = flow::edit(&text[start..end], old, new).filter(|_| is_last)?;
    Some(format!("{}{changed}{rest}", &text[..start]).split('\n').map(|line| Cow::Owned(line.to_owned())).collect())
}

/// Cuts lines into the blocks that start at `indent`. Comments go with what follows them; those after the last block,
/// unless they are indented deeper, are the tail.
fn blocks<'a>(
    lines: &'a Lines<'a>,
    indent: usize,
    start_of: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<(Vec<Block<'a>>, Range<usize>)> {
    let mut found: Vec<Block<'a>> = Vec::new();
    let mut content_end = 0;
    for (index, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        if is_quiet(line) || (found.is_empty() && indent == 0 && text.starts_with("---")) {
            continue;
        }
        let depth = line.len() - text.len();
        if depth < indent || text.starts_with('\t') {
            return None;
        }
        let is_item_of_entry = depth == indent && is_item(text) && start_of("- ").is_none();
        let closes_flow = text.starts_with([']', '}']);
        if depth == indent && !is_item_of_entry && !closes_flow {
            let key = start_of(text)?;
            let boundary = boundary(lines, content_end..index, indent, found.is_empty());
            if let Some(previous) = found.last_mut() {
                previous.lines.end = boundary;
            }
            found.push(Block { key, lines: boundary..lines.len(), start: index });
        } else if found.is_empty() {
            return None;
        }
        content_end = index + 1;
    }
    let tail = boundary(lines, content_end..lines.len(), indent, found.is_empty());
    if let Some(last) = found.last_mut() {
        last.lines.end = tail;
    }
    Some((found, tail..lines.len()))
}

/// Where, between two blocks, the comments of the first end and those of the second begin.
fn boundary(lines: &Lines<'_>, between: Range<usize>, indent: usize, is_first: bool) -> usize {
    if is_first {
        return between.start;
    }
    let deeper = |line: &str| line.len() - line.trim_start().len() > indent && !line.trim().is_empty();
    let last = between.clone().rev().find(|index| deeper(&lines[*index]));
    last.map_or(between.start, |index| index + 1)
}

/// Where the comments begin that go when their entry goes: those that touch it.
fn own_comments(lines: &Lines<'_>, block: &Block<'_>) -> usize {
    let touching = block.lines.start..block.start;
    touching.rev().take_while(|index| lines[*index].trim_start().starts_with('#')).last().unwrap_or(block.start)
}

fn content_indent(lines: &Lines<'_>) -> Option<usize> {
    let line = lines.iter().find(|line| !is_quiet(line))?;
    Some(line.len() - line.trim_start_matches(' ').len())
}

/// Whether a line is empty or a comment.
fn is_quiet(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// Whether a value and no value mean the same, so that what a person wrote can stay.
fn is_absent(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::Bool(value) => !value,
        Node::Text(text) => text.is_empty(),
        Node::List(items) => items.is_empty(),
        Node::Map(fields) => fields.is_empty(),
        Node::Integer(_) | Node::Float(_) => false,
    }
}

/// The key at the start of `text`, and what follows the colon and its spaces.
fn key(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let (key, rest) = text[1..].split_once(quote)?;
            if key.contains('\\') || rest.starts_with(quote) {
                return None;
            }
            (key, rest.strip_prefix(':')?)
        }
        '?' | '&' | '!' | '*' | '{' | '[' | '|' | '>' | '%' | '@' | '`' => return None,
        _ => match text.find(": ") {
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => {
                let key = text.trim_end().strip_suffix(':')?;
                (key, &text[key.len() + 1..])
            }
        },
    };
    let is_separated = rest.trim_end().is_empty() || rest.starts_with(' ');
    is_separated.then_some((key.trim_end(), rest.trim_start_matches(' ')))
}

/// How many bytes of what follows a colon are the value; the rest is space and a comment.
fn scalar_length(after: &str) -> Option<usize> {
    match after.chars().next() {
        None => Some(0),
        Some('"') => {
            let mut escaped = false;
            let end = after[1..].bytes().position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            })?;
            Some(end + 2)
        }
        Some('\'') => {
            let mut end = 1;
            loop {
                end += after[end..].find('\'')? + 1;
                if !after[end..].starts_with('\'') {
                    return Some(end);
                }
                end += 1;
            }
        }
        Some('&' | '!' | '*' | '|' | '>' | '#') => None,
        Some(_) => Some(after.find(" #").map_or(after, |comment| &after[..comment]).trim_end().len()),
    }
}

/// What makes two items of a list the same one.
pub(super) fn identity(item: &Node) -> String {
    let Node::Map(fields) = item else { return item.as_text().unwrap_or_default() };
    let part = |key| field(fields, key).and_then(Node::as_text).unwrap_or_default();
    match field(fields, "name") {
        Some(_) => part("name"),
        None => format!("{}\n{}", part("session"), part("id")),
    }
}

/// Whether two items of a list say the same under two names.
fn differ_in_name(left: &Node, right: &Node) -> bool {
    let (Node::Map(left), Node::Map(right)) = (left, right) else { return false };
    let is_in = |other: &Fields, (key, value): &(String, Node)| {
        key == "name" || field(other, key).map_or_else(|| is_absent(value), |found| found == value)
    };
    left.len() > 1
        && field(left, "name") != field(right, "name")
        && left.iter().all(|entry| is_in(right, entry))
        && right.iter().all(|entry| is_in(left, entry))
}

fn render_scalar(value: &Node) -> String {
    value.render().trim_end().to_owned()
}

/// Whether a line, without its indent, begins an item of a list.
fn is_item(text: &str) -> bool {
    text.starts_with("- ") || text.trim_end() == "-"
}

/// Whether what follows a colon is an anchor for the lines below, and nothing else.
fn is_anchor(after: &str) -> bool {
    let name = after.trim_end().strip_prefix('&').map(|rest| rest.split(" #").next().unwrap_or(rest).trim_end());
    name.is_some_and(|name| !name.is_empty() && !name.contains(' '))
}

fn has_items(value: &Node) -> bool {
    matches!(value, Node::List(items) if !items.is_empty())
}

#[cfg(test)]
mod tests;

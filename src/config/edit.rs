//! Changes a YAML text where its values changed and nowhere else.
//!
//! It knows lines, indents, `key:` and `- ` and no more YAML than that. Where the lines do not match the parsed values
//! (flow style, anchors, merge keys), the smallest enclosing entry is written anew. The caller proves the outcome by
//! reading it back; nothing here has to be trusted.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::node::{Fields, Node, field};

type Lines<'a> = [Cow<'a, str>];

/// `text`, which holds `old`, changed to hold `new`; `None` where its layout cannot be followed.
pub(super) fn edit(text: &str, old: &Node, new: &Node) -> Option<String> {
    let (Node::Map(old), Node::Map(new)) = (old, new) else { return None };
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mark, body) = text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let lines: Vec<_> = body.lines().map(Cow::Borrowed).collect();
    let mut edited = mark.to_owned();
    for line in patch_map(&lines, 0, old, new)? {
        edited.push_str(&line);
        edited.push_str(ending);
    }
    Some(edited)
}

/// The lines of one key or one item: comments before it, then itself.
struct Block<'a> {
    key: &'a str,
    lines: Range<usize>,
    start: usize,
}

fn patch_map<'a>(lines: &'a Lines<'a>, indent: usize, old: &Fields, new: &Fields) -> Option<Vec<Cow<'a, str>>> {
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
            out.extend(render_entry(name, value, indent));
        }
        let raw = &lines[block.lines.clone()];
        match field(new, key) {
            Some(changed) if changed != value => {
                out.extend_from_slice(&lines[block.lines.start..block.start]);
                let own = &lines[block.start..block.lines.end];
                match patch_value(own, indent, value, changed) {
                    Some(patched) => out.extend(patched),
                    None => out.extend(render_entry(key, changed, indent)),
                }
            }
            Some(_) => out.extend_from_slice(raw),
            None if is_absent(value) => out.extend_from_slice(raw),
            None => out.extend_from_slice(&lines[block.lines.start..own_comments(lines, block)]),
        }
    }
    for (name, value) in added {
        out.extend(render_entry(name, value, indent));
    }
    if !blocks.is_empty() {
        out.extend_from_slice(&lines[tail]);
    }
    Some(out)
}

/// The new lines of an entry whose value changed, when they can be had from the old ones.
fn patch_value<'a>(lines: &'a Lines<'a>, indent: usize, old: &Node, new: &Node) -> Option<Vec<Cow<'a, str>>> {
    let (first, below) = lines.split_first()?;
    let (_, after) = key(first.trim_start())?;
    let is_bare = after.is_empty() || after.starts_with('#');
    let body = match (old, new) {
        (Node::Map(old), Node::Map(new)) if is_bare && !new.is_empty() => {
            let child = content_indent(below).filter(|child| *child > indent)?;
            patch_map(below, child, old, new)?
        }
        (Node::List(old), Node::List(new)) if is_bare && !new.is_empty() => patch_list(below, old, new)?,
        (old, new) if old.is_scalar() && new.is_scalar() && below.iter().all(|line| is_quiet(line)) => {
            let head = first.len() - after.len();
            let value = render_scalar(new);
            let rest = &after[scalar_length(after)?..];
            let separator = if after.is_empty() { " " } else { "" };
            let line = format!("{}{separator}{value}{rest}", &first[..head]);
            return Some(std::iter::once(Cow::Owned(line)).chain(below.iter().cloned()).collect());
        }
        _ => return None,
    };
    Some(std::iter::once(first.clone()).chain(body).collect())
}

fn patch_list<'a>(lines: &'a Lines<'a>, old: &[Node], new: &[Node]) -> Option<Vec<Cow<'a, str>>> {
    let indent = content_indent(lines)?;
    let (blocks, tail) = blocks(lines, indent, |text| text.starts_with("- ").then_some(""))?;
    if blocks.len() != old.len() {
        return None;
    }
    let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, item) in old.iter().enumerate() {
        places.entry(identity(item)).or_default().push_back(index);
    }
    let mut out = Vec::new();
    for item in new {
        let Some(index) = places.get_mut(&identity(item)).and_then(VecDeque::pop_front) else {
            out.extend(render_item(item, indent));
            continue;
        };
        let block = &blocks[index];
        if old[index] == *item {
            out.extend_from_slice(&lines[block.lines.clone()]);
            continue;
        }
        out.extend_from_slice(&lines[block.lines.start..block.start]);
        match patch_item(&lines[block.start..block.lines.end], indent, &old[index], item) {
            Some(patched) => out.extend(patched),
            None => out.extend(render_item(item, indent)),
        }
    }
    out.extend_from_slice(&lines[tail]);
    Some(out)
}

/// An item is a mapping whose first line has a dash in its indent.
fn patch_item<'a>(lines: &Lines<'a>, indent: usize, old: &Node, new: &Node) -> Option<Vec<Cow<'a, str>>> {
    let (Node::Map(old), Node::Map(new)) = (old, new) else { return None };
    let (first, below) = lines.split_first()?;
    let mut undashed = vec![Cow::Owned(format!("{}{}", " ".repeat(indent + 1), &first[indent + 1..]))];
    undashed.extend(below.iter().cloned());
    let child = content_indent(&undashed[..1])?;
    let patched = patch_map(&undashed, child, old, new)?;
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
        let is_item_of_entry = depth == indent && text.starts_with("- ") && start_of("- ").is_none();
        if depth == indent && !is_item_of_entry {
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
            None => (text.trim_end().strip_suffix(':')?, ""),
        },
    };
    let is_separated = rest.is_empty() || rest.starts_with(' ');
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
fn identity(item: &Node) -> String {
    let Node::Map(fields) = item else { return item.as_text().unwrap_or_default() };
    let part = |key| field(fields, key).and_then(Node::as_text).unwrap_or_default();
    match field(fields, "name") {
        Some(_) => part("name"),
        None => format!("{}\n{}", part("session"), part("id")),
    }
}

fn render_scalar(value: &Node) -> String {
    value.render().trim_end().to_owned()
}

fn render_entry(key: &str, value: &Node, indent: usize) -> Vec<Cow<'static, str>> {
    indented(&Node::Map(vec![(key.to_owned(), value.clone())]), indent)
}

fn render_item(item: &Node, indent: usize) -> Vec<Cow<'static, str>> {
    indented(&Node::List(vec![item.clone()]), indent)
}

fn indented(node: &Node, indent: usize) -> Vec<Cow<'static, str>> {
    let margin = " ".repeat(indent);
    node.render().lines().map(|line| Cow::Owned(format!("{margin}{line}"))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::edit;
    use crate::config::node::Node;

    /// `before` edited to hold what `after` holds.
    fn edited(before: &str, after: &str) -> Option<String> {
        let (old, new) = (Node::parse(before).expect("YAML"), Node::parse(after).expect("YAML"));
        let text = edit(before, &old, &new)?;
        assert_eq!(Node::parse(&text).ok(), Some(new), "{text}");
        Some(text)
    }

    // STO-17
    #[test]
    fn only_the_lines_of_a_changed_value_change() {
        let cases = [
            ("# top\nb: 1 # why\na: x\n", "{b: 2, a: x}", "# top\nb: 2 # why\na: x\n"),
            ("a: 'it''s' # q\nb:\n", "{a: 'yes', b: }", "a: \"yes\" # q\nb:\n"),
            ("a:   # empty\nb: 1\n", "{a: x, b: 1}", "a: x\nb: 1\n"),
            ("a: 1\nc: 3\n", "{a: 1, b: 2, c: 3}", "a: 1\nb: 2\nc: 3\n"),
            ("c: 3\na: 1\n", "{a: 1, b: 2, c: 3}", "c: 3\na: 1\nb: 2\n"),
            ("# licence\n\n# about a\na: 1\nb: 2\n", "{b: 2}", "# licence\n\nb: 2\n"),
            ("a: 1\n# end\n", "{}", "# end\n"),
            ("# only this\n", "{a: 1}", "# only this\na: 1\n"),
            ("---\na: 1\n", "{a: 2}", "---\na: 2\n"),
            ("a: 1\r\nb: 2\r\n", "{a: 1, b: 3}", "a: 1\r\nb: 3\r\n"),
            ("a: 1\nb: 2", "{a: 1, b: 3}", "a: 1\nb: 3\n"),
            (
                "m:\n  # in\n  x: 1 # one\n\n  y: 2\nz: 1\n",
                "{m: {x: 1, y: 3}, z: 1}",
                "m:\n  # in\n  x: 1 # one\n\n  y: 3\nz: 1\n",
            ),
            ("m: {x: 1} # flow\nz: 1 # z\n", "{m: {x: 2}, z: 1}", "m:\n  x: 2\nz: 1 # z\n"),
            (
                "t: |\n  # not a comment\n  text\nz: 1\n",
                "{t: \"# not a comment\\ntext\\n\", z: 2}",
                "t: |\n  # not a comment\n  text\nz: 2\n",
            ),
        ];
        for (before, after, expected) in cases {
            assert_eq!(edited(before, after).as_deref(), Some(expected), "{before}");
        }
    }

    // STO-17
    #[test]
    fn items_keep_their_comments_when_others_come_go_and_change() {
        let before =
            "l: # list\n# about x\n- name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n";
        let cases = [
            ("[{name: x, v: 1}]", "l: # list\n# about x\n- name: x # n\n  v: 1\n# after\nz: 1\n"),
            ("[{name: y, v: 2}]", "l: # list\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n"),
            (
                "[{name: x, v: 1}, {name: y, v: 3}]",
                "l: # list\n# about x\n- name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 3\n# after\nz: 1\n",
            ),
            (
                "[{name: y, v: 2}, {name: w}]",
                "l: # list\n# about y\n- name: y\n  # deep\n  v: 2\n- name: w\n# after\nz: 1\n",
            ),
            (
                "[{a: 0, name: x, v: 1}, {name: y, v: 2}]",
                "l: # list\n# about x\n- a: 0\n  name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n",
            ),
        ];
        for (list, expected) in cases {
            assert_eq!(edited(before, &format!("{{l: {list}, z: 1}}")).as_deref(), Some(expected));
        }
        let indented = edited("l:\n    - name: x\n      v: 1\n", "{l: [{name: x, v: 2}, {name: w}]}");
        assert_eq!(indented.as_deref(), Some("l:\n    - name: x\n      v: 2\n    - name: w\n"));
    }

    // STO-17
    #[test]
    fn shapes_it_cannot_follow_are_written_anew_or_refused() {
        assert_eq!(edited("{a: 1, b: 2}\n", "{a: 2, b: 2}"), None);
        assert_eq!(edited("? a\n: 1\n", "{a: 2}"), None);
        let merged = "base: &b {x: 1}\nm:\n  <<: *b\n  w: 2\nz: 1 # z\n";
        let expected = "base: &b {x: 1}\nm:\n  w: 3\n  x: 1\nz: 1 # z\n";
        assert_eq!(edited(merged, "{base: {x: 1}, m: {x: 1, w: 3}, z: 1}").as_deref(), Some(expected));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        // STO-17
        #[test]
        fn whatever_the_layout_the_outcome_is_right_or_refused(
            cuts in prop::collection::vec((0_usize..2_000, 0_usize..8, "( # c)?\n?[ a:#'\"{}\n-]{0,4}"), 0..4),
            removed in prop::collection::vec(0_usize..40, 0..6),
        ) {
            let mut text = include_str!("../../tests/fixtures/original-home/config").to_owned();
            for (start, length, insert) in cuts {
                let start = start.min(text.len());
                text.replace_range(start..(start + length).min(text.len()), &insert);
            }
            let Ok(old) = Node::parse(&text) else { return Ok(()) };
            let mut new = old.clone();
            for index in removed {
                change(&mut new, &mut index.clone());
            }
            if let Some(edited) = edit(&text, &old, &new) {
                prop_assert!(old != new || edited.trim_end() == text.trim_end());
                if let Ok(read) = Node::parse_with_library(&edited) {
                    prop_assert_eq!(present(&read), present(&new), "{}\n---\n{}", text, edited);
                }
            }
        }
    }

    /// The tree without the values that are as good as none, which the editor leaves where they are.
    fn present(node: &Node) -> Node {
        match node {
            Node::Map(fields) => {
                let kept = fields.iter().map(|(key, value)| (key.clone(), present(value)));
                Node::Map(kept.filter(|(_, value)| !super::is_absent(value)).collect())
            }
            Node::List(items) => Node::List(items.iter().map(present).collect()),
            scalar => scalar.clone(),
        }
    }

    /// Changes the value that a walk through the tree reaches after `countdown` steps: removed, replaced, or joined by one.
    fn change(node: &mut Node, countdown: &mut usize) {
        let mut is_it = || match *countdown {
            0 => true,
            _ => {
                *countdown -= 1;
                false
            }
        };
        match node {
            Node::Map(fields) if is_it() => fields.push(("new-key".to_owned(), Node::Text("yes".to_owned()))),
            Node::Map(fields) if !fields.is_empty() && is_it() => drop(fields.remove(0)),
            Node::List(items) if !items.is_empty() && is_it() => drop(items.remove(0)),
            Node::Map(fields) => fields.iter_mut().for_each(|(_, value)| change(value, countdown)),
            Node::List(items) => items.iter_mut().for_each(|value| change(value, countdown)),
            scalar if is_it() => *scalar = Node::Text("changed # not a comment".to_owned()),
            _ => {}
        }
    }
}

//! [`Node`]: a YAML document as a plain tree, read within strict limits and written the way the original writes.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::defect::Defect;
use super::plain;

/// Nothing in the format nests deeper than 4.
const DEPTH_LIMIT: usize = 32;
/// About four times what 10 000 contexts with their cache need; an alias bomb stops here.
const NODE_LIMIT: usize = 500_000;

/// A merge key joins small mappings that a person wrote.
const MERGE_LIMIT: usize = 256;

/// A mapping in the order of the text.
pub(crate) type Fields = Vec<(String, Node)>;

/// One YAML value, aliases and merge keys resolved. Mappings are equal whatever their order.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Fields),
}

impl Node {
    /// The document in `text`; the defect and its line otherwise. Whitespace and comments alone are an empty mapping.
    pub(crate) fn parse(text: &str) -> Result<Self, (Defect, Option<usize>)> {
        plain::read(text).map_or_else(|| Self::parse_with_library(text), Ok)
    }

    /// [`Self::parse`] for every layout.
    pub(crate) fn parse_with_library(text: &str) -> Result<Self, (Defect, Option<usize>)> {
        if let Some(line) = text.lines().position(has_core_tag) {
            return Err((Defect::Tag, Some(line + 1)));
        }
        if text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---") {
            return Ok(Self::Map(Vec::new()));
        }
        let reading = Reading { nodes: Cell::new(0), defect: Cell::new(None), repeated: RefCell::default() };
        let seed = Seed { reading: &reading, depth: 0 };
        let node = seed.deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|error| {
            let line = error.location().map(|location| location.line());
            match reading.defect.get() {
                Some(Defect::DuplicateKey) => {
                    (Defect::DuplicateKey, second_line(text, line, &reading.repeated.borrow()))
                }
                Some(defect) => (defect, line),
                None => (defect(&error), line),
            }
        })?;
        match node {
            Self::Map(_) => Ok(node),
            Self::Null => Ok(Self::Map(Vec::new())),
            _ => Err((Defect::WrongShape(""), Some(1))),
        }
    }

    /// YAML with sorted keys, two spaces of indent and lists that are not indented, ending in a newline.
    pub(crate) fn render(&self) -> String {
        let options = serde_saphyr::ser_options! { compact_list_indent: true, prefer_block_scalars: false };
        serde_saphyr::to_string_with_options(&Sorted(self), options).expect("writing a tree to memory cannot fail")
    }

    /// A scalar as text, as the original's reader converts it; `None` for null and for collections.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// A truth value in the spellings of YAML 1.1.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => match text.to_ascii_lowercase().as_str() {
                "y" | "yes" | "on" | "true" => Some(true),
                "n" | "no" | "off" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.total_cmp(right).is_eq(),
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::List(left), Self::List(right)) => left == right,
            (Self::Map(left), Self::Map(right)) => {
                left.len() == right.len() && left.iter().all(|(key, value)| field(right, key) == Some(value))
            }
            _ => false,
        }
    }
}

/// The value of `key`.
pub(crate) fn field<'a>(fields: &'a Fields, key: &str) -> Option<&'a Node> {
    fields.iter().find_map(|(name, value)| (name == key).then_some(value))
}

struct Sorted<'a>(&'a Node);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::Null => serializer.serialize_unit(),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::Integer(value) => serializer.serialize_i128(*value),
            Node::Float(value) => serializer.serialize_f64(*value),
            Node::Text(text) => serializer.serialize_str(text),
            Node::List(items) => serializer.collect_seq(items.iter().map(Sorted)),
            Node::Map(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by(|left, right| left.0.cmp(&right.0));
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (key, value) in sorted {
                    map.serialize_entry(key, &Sorted(value))?;
                }
                map.end()
            }
        }
    }
}

/// Whether a value of this line starts with `!!`, which the YAML reader passes over in silence.
fn has_core_tag(line: &str) -> bool {
    if !line.contains("!!") {
        return false;
    }
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    let value = match rest.split_once(": ") {
        Some((key, value)) if !key.contains(['"', '\'', '#']) => value.trim_start(),
        _ => rest,
    };
    value.starts_with("!!")
}

/// The line where `key` stands for the second time, in the mapping that starts at `line`: the library names only that.
fn second_line(text: &str, line: Option<usize>, key: &str) -> Option<usize> {
    let start = line?;
    let column = |line: &str| {
        let entry = line.trim_start_matches([' ', '-']);
        let is_it = entry.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
        is_it.then_some(line.len() - entry.len())
    };
    let mut lines = text.lines().enumerate().skip(start - 1).filter_map(|(index, line)| Some((index, column(line)?)));
    let (_, first) = lines.next()?;
    lines.find(|(_, column)| *column == first).map_or(line, |(index, _)| Some(index + 1))
}

/// Sorts the library's error by its text: it has no kinds. Its text can quote the file and goes no further.
fn defect(error: &yaml_serde::Error) -> Defect {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        Defect::TooDeep
    } else if text.starts_with("repetition limit") {
        Defect::TooMany
    } else if text.contains("more than one document") {
        Defect::SeveralDocuments
    } else {
        Defect::Syntax
    }
}

/// What all values of one document share while it is read.
struct Reading {
    nodes: Cell<usize>,
    defect: Cell<Option<Defect>>,
    repeated: RefCell<String>,
}

impl Reading {
    fn fail<E: de::Error>(&self, defect: Defect) -> E {
        self.defect.set(Some(defect));
        E::custom("refused")
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    reading: &'a Reading,
    depth: usize,
}

impl Seed<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn key<E: de::Error>(self, node: &Node) -> Result<String, E> {
        match node {
            Node::Null => Ok("null".to_owned()),
            scalar => scalar.as_text().ok_or_else(|| self.reading.fail(Defect::ComplexKey)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let nodes = self.reading.nodes.get() + 1;
        self.reading.nodes.set(nodes);
        if nodes > NODE_LIMIT {
            return Err(self.reading.fail(Defect::TooMany));
        }
        if self.depth > DEPTH_LIMIT {
            return Err(self.reading.fail(Defect::TooDeep));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value without a tag")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(self.reading.fail(Defect::Tag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper())? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut fields = Fields::new();
        let mut merged = Vec::new();
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key_seed(self.deeper())? {
            let key = self.key(&key)?;
            let duplicate = match fields.len() {
                0..16 => field(&fields, &key).is_some(),
                16 => {
                    seen.extend(fields.iter().map(|(key, _)| key.clone()));
                    !seen.insert(key.clone())
                }
                _ => !seen.insert(key.clone()),
            };
            if duplicate {
                self.reading.repeated.replace(key);
                return Err(self.reading.fail(Defect::DuplicateKey));
            }
            match (key.as_str(), entries.next_value_seed(self.deeper())?) {
                ("<<", Node::Map(more)) => merged.push(more),
                ("<<", Node::List(items)) => merged.extend(items.into_iter().filter_map(|item| match item {
                    Node::Map(more) => Some(more),
                    _ => None,
                })),
                (_, value) => fields.push((key, value)),
            }
        }
        if merged.iter().map(Vec::len).sum::<usize>() > MERGE_LIMIT {
            return Err(self.reading.fail(Defect::TooMany));
        }
        for (key, value) in merged.into_iter().flatten() {
            if field(&fields, &key).is_none() {
                fields.push((key, value));
            }
        }
        Ok(Node::Map(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::Node;
    use crate::yaml::Defect;

    // STO-20
    #[test]
    fn hostile_and_broken_text_is_refused_with_its_line() {
        let bomb = (1..9).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
            let alias = format!("*a{}, ", level - 1).repeat(9);
            format!("{text}a{level}: &a{level} [{alias}]\n")
        });
        let wide = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(5_000), "*a, ".repeat(5_000));
        let deep = format!("a: {}{}\n", "[".repeat(100), "]".repeat(100));
        let deeper = "[".repeat(100_000);
        let cases = [
            ("a: 1\nb: 2\na: 3\n", Defect::DuplicateKey, Some(3)),
            ("m:\n  a: 1\n  a: 2\n", Defect::DuplicateKey, Some(3)),
            ("a: 1\nb: !!python/object:os.system x\n", Defect::Tag, Some(2)),
            ("a: 1\n- !!python/name:x y\n", Defect::Tag, Some(2)),
            ("a: !secret x\n", Defect::Tag, Some(1)),
            ("a: 1\n\tb: 2\n", Defect::Syntax, Some(2)),
            ("a: [1\n", Defect::Syntax, Some(2)),
            ("a: b: c\n", Defect::Syntax, Some(1)),
            ("a: *nothing\n", Defect::Syntax, Some(1)),
            ("a: 1\n---\nb: 2\n", Defect::SeveralDocuments, None),
            ("? [a, b]\n: c\n", Defect::ComplexKey, Some(1)),
            ("- a\n", Defect::WrongShape(""), Some(1)),
            ("just text", Defect::WrongShape(""), Some(1)),
        ];
        for (text, defect, line) in cases {
            assert_eq!(Node::parse(text).err(), Some((defect, line)), "{text}");
        }
        for (text, defect) in
            [(&bomb, Defect::TooMany), (&wide, Defect::TooMany), (&deep, Defect::TooDeep), (&deeper, Defect::TooDeep)]
        {
            assert_eq!(Node::parse(text).err().map(|(defect, _)| defect), Some(defect), "{text:.40}");
        }
    }

    #[test]
    fn no_content_is_an_empty_mapping() {
        for text in ["", " \n\n", "# nothing yet\n", "---\n", "{}\n"] {
            assert_eq!(Node::parse(text).ok(), Some(Node::Map(Vec::new())), "{text:?}");
        }
    }

    #[test]
    fn text_that_yaml_1_1_reads_as_something_else_is_quoted() {
        let nasty = [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "Yes",
            "NO",
            "true",
            "null",
            "~",
            "",
            "1_000",
            "0x1f",
            "017",
            "0o17",
            "1e3",
            ".inf",
            "1:20",
            "2026-07-16",
            "2026-07-16T18:24:09.123456789Z",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "*a",
            "&a",
            "!a",
            "@a",
            "`a",
            "%a",
            "{a",
            "[a",
            " a",
            "a ",
            "a\nb",
            "a\tb",
            "a\u{1b}b",
            "\u{85}",
            "\u{2028}",
            "\u{feff}a",
            "=",
            "<<",
            "'",
            "\"",
            "--- a",
            "...",
            "? a",
            "|",
            ">",
        ];
        for text in nasty {
            let written = Node::Map(vec![("k".into(), Node::Text(text.into()))]).render();
            let value = written.strip_prefix("k: ").map(str::trim_end).unwrap_or_default();
            assert!(value.starts_with(['"', '\'']), "{text:?} is written as {written}");
            assert_eq!(
                Node::parse(&written).ok(),
                Some(Node::Map(vec![("k".into(), Node::Text(text.into()))])),
                "{written}"
            );
        }
    }

    #[test]
    fn merge_keys_and_aliases_are_resolved() {
        let merged = Node::parse("b: &b {x: 1, y: 2}\nm: {<<: *b, y: 3}\n").ok();
        assert_eq!(merged, Node::parse("b: {x: 1, y: 2}\nm: {x: 1, y: 3}\n").ok());
    }
}

//! YAML through the events of a parser that the product does not use. Numbers are one however they are written; every
//! other scalar is a text.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// A document as it stands in the text, aliases followed and the keys of each mapping sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    Null,
    /// In the shortest form of its value.
    Number(String),
    Scalar(String),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

/// More than any input here has; aliases of aliases end at it.
const LIMIT: usize = 100_000;

impl Tree {
    /// The one document of a text; `None` when this parser does not read it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut events = Vec::new();
        for event in Parser::new_from_str(text.trim_start_matches('\u{feff}')) {
            match event.ok()?.0 {
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                event => events.push(event),
            }
        }
        let mut rest = events.into_iter();
        if !matches!(rest.next(), Some(Event::DocumentStart(_))) {
            return None;
        }
        let mut anchors = HashMap::new();
        let first = rest.next()?;
        let tree = Self::build(first, &mut rest, &mut anchors)?;
        rest.next().is_none().then_some(tree)
    }

    fn build<'a>(
        event: Event<'a>,
        rest: &mut impl Iterator<Item = Event<'a>>,
        anchors: &mut HashMap<usize, Self>,
    ) -> Option<Self> {
        let (anchor, tree) = match event {
            Event::Scalar(text, ScalarStyle::Plain, anchor, None) => (anchor, Self::plain(text.into_owned())),
            Event::Scalar(text, _, anchor, _) => (anchor, Self::Scalar(text.into_owned())),
            Event::Alias(anchor) => (0, anchors.get(&anchor)?.clone()),
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match rest.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(Self::build(event, rest, anchors)?),
                    }
                }
                (anchor, Self::List(items))
            }
            Event::MappingStart(anchor, _) => {
                let mut pairs = Vec::new();
                loop {
                    match rest.next()? {
                        Event::MappingEnd => break,
                        event => {
                            let key = Self::build(event, rest, anchors)?;
                            let value = rest.next()?;
                            pairs.push((key, Self::build(value, rest, anchors)?));
                        }
                    }
                }
                pairs.sort();
                (anchor, Self::Map(pairs))
            }
            _ => return None,
        };
        if anchor != 0 {
            anchors.insert(anchor, tree.clone());
        }
        (tree.size() < LIMIT).then_some(tree)
    }

    /// A scalar without quotes, by the core schema of YAML 1.2.
    fn plain(text: String) -> Self {
        let digits = text.trim_start_matches(['+', '-']);
        let is_number = digits.trim_start_matches('.').starts_with(|first: char| first.is_ascii_digit())
            && !(digits.starts_with('0') && digits[1..].starts_with(|second: char| second.is_ascii_digit()));
        match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            _ if is_number => match text.parse::<f64>() {
                Ok(number) => Self::Number(number.to_string()),
                Err(_) => Self::Scalar(text),
            },
            _ => Self::Scalar(text),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Null | Self::Number(_) | Self::Scalar(_) => 1,
            Self::List(items) => items.iter().map(Self::size).sum::<usize>() + 1,
            Self::Map(pairs) => pairs.iter().map(|(_, value)| value.size() + 1).sum::<usize>() + 1,
        }
    }

    /// The value at a key of a mapping.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find_map(|(name, value)| (*name == Self::Scalar(key.to_owned())).then_some(value))
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Scalar(text) | Self::Number(text) = self { Some(text) } else { None }
    }

    /// The elements of a list, or none.
    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// A mapping without some of its keys.
    pub(super) fn without(&self, keys: &[&str]) -> Self {
        let Self::Map(pairs) = self else { return self.clone() };
        let is_kept = |(name, _): &&(Self, Self)| !name.text().is_some_and(|name| keys.contains(&name));
        Self::Map(pairs.iter().filter(is_kept).cloned().collect())
    }
}

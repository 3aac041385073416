//! Sets of fields, in memory and as `fieldsV1`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A set of fields: a trie whose edges are written as in `fieldsV1`.
///
/// `f:NAME` is a field or an entry of a map, `k:{…}` the item of a list with these keys, `v:…` the item of a list that has
/// this value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// Whether the value at this place is in the set itself, and not only something in it.
    pub(super) owned: bool,
    below: BTreeMap<String, Fields>,
}

impl Fields {
    /// A value in the set, nothing below it.
    pub(super) fn leaf() -> Self {
        Self { owned: true, below: BTreeMap::new() }
    }

    pub(super) fn from_json(value: &Value) -> Self {
        let mut fields = Self::default();
        for (edge, value) in value.as_object().into_iter().flatten() {
            match edge.as_str() {
                "." => fields.owned = true,
                edge => {
                    let mut below = Self::from_json(value);
                    below.owned |= below.below.is_empty();
                    fields.below.insert(edge.to_owned(), below);
                }
            }
        }
        fields
    }

    pub(super) fn to_json(&self) -> Value {
        let own = (self.owned && !self.below.is_empty()).then(|| (".".to_owned(), Value::Object(Map::new())));
        let below = self.below.iter().map(|(edge, fields)| (edge.clone(), fields.to_json()));
        Value::Object(own.into_iter().chain(below).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.owned && self.below.is_empty()
    }

    /// What of the set is below an edge.
    pub(super) fn at(&self, edge: &str) -> Option<&Self> {
        self.below.get(edge)
    }

    /// Puts a set below an edge; an empty one leaves no trace.
    pub(super) fn put(&mut self, edge: &str, fields: Self) {
        match fields.is_empty() {
            true => self.below.remove(edge),
            false => self.below.insert(edge.to_owned(), fields),
        };
    }

    /// The part of the set below an edge, alone.
    pub(super) fn only(&self, edge: &str) -> Self {
        let mut fields = Self::default();
        fields.put(edge, self.at(edge).cloned().unwrap_or_default());
        fields
    }

    /// The set without all that is below a path of edges.
    pub(super) fn without(mut self, path: &[&str]) -> Self {
        if let [edge, rest @ ..] = path
            && let Some(below) = self.below.remove(*edge)
            && !rest.is_empty()
        {
            self.put(edge, below.without(rest));
        }
        self
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let mut both = Self { owned: self.owned || other.owned, below: self.below.clone() };
        for (edge, fields) in &other.below {
            let joined = self.at(edge).map_or_else(|| fields.clone(), |own| own.union(fields));
            both.put(edge, joined);
        }
        both
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = Self { owned: self.owned && other.owned, below: BTreeMap::new() };
        for (edge, fields) in &self.below {
            other.at(edge).into_iter().for_each(|other| both.put(edge, fields.intersection(other)));
        }
        both
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut rest = Self { owned: self.owned && !other.owned, below: BTreeMap::new() };
        for (edge, fields) in &self.below {
            rest.put(edge, other.at(edge).map_or_else(|| fields.clone(), |other| fields.difference(other)));
        }
        rest
    }

    /// The difference, where what goes takes along everything in it.
    pub(super) fn difference_with_contents(&self, other: &Self) -> Self {
        if other.owned {
            return Self::default();
        }
        let mut rest = Self { owned: self.owned, below: BTreeMap::new() };
        for (edge, fields) in &self.below {
            rest.put(edge, other.at(edge).map_or_else(|| fields.clone(), |own| fields.difference_with_contents(own)));
        }
        rest
    }

    /// The set with every named field in it that has a member below.
    pub(super) fn with_parents(&self) -> Self {
        let below = |(edge, fields): (&String, &Self)| {
            let mut fields = fields.with_parents();
            fields.owned |= edge.starts_with("f:");
            (edge.clone(), fields)
        };
        Self { owned: self.owned, below: self.below.iter().map(below).collect() }
    }

    /// The members as paths such as `.spec.records[name="www"].ttl`.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.visit("", &mut paths);
        paths
    }

    fn visit(&self, path: &str, paths: &mut Vec<String>) {
        if self.owned {
            paths.push(path.to_owned());
        }
        for (edge, fields) in &self.below {
            fields.visit(&format!("{path}{}", shown(edge)), paths);
        }
    }
}

/// An edge as paths show it.
fn shown(edge: &str) -> String {
    match edge.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("k", keys)) => {
            let keys: Value = serde_json::from_str(keys).unwrap_or_default();
            let key = |(name, value): (&String, &Value)| format!("{name}={value}");
            format!("[{}]", keys.as_object().into_iter().flatten().map(key).collect::<Vec<_>>().join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        _ => edge.to_owned(),
    }
}

//! The objects of one type in one area, in the order of namespace and name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

/// Namespace (empty for cluster-wide types) and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) struct Key {
    pub(in super::super) namespace: String,
    pub(in super::super) name: String,
}

impl Key {
    pub(in super::super) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Where an object belongs.
    pub(in super::super) fn of(object: &Value) -> Self {
        let metadata = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
        Self { namespace: metadata("namespace"), name: metadata("name") }
    }
}

/// Which objects to look at: an answer need not go through those of everybody else.
#[derive(Clone, Debug)]
pub(in super::super) enum Candidates {
    All,
    Namespace(String),
    /// Those whose indexed field has this value.
    Indexed(String),
}

/// All objects of one type in one area.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Collection {
    objects: BTreeMap<Key, Arc<Value>>,
    /// JSON pointer of the indexed field.
    index: Option<&'static str>,
    indexed: HashMap<String, BTreeSet<Key>>,
}

type Found<'a> = (&'a Key, &'a Arc<Value>);

impl Collection {
    pub(super) fn indexed_by(index: Option<&'static str>) -> Self {
        Self { index, ..Self::default() }
    }

    pub(in super::super) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    pub(in super::super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.objects.keys()
    }

    pub(in super::super) fn values(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.values()
    }

    /// Candidates behind `after`, in order.
    pub(in super::super) fn behind<'a>(
        &'a self,
        candidates: &Candidates,
        after: Option<&Key>,
    ) -> Box<dyn Iterator<Item = Found<'a>> + 'a> {
        let start = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        match candidates {
            Candidates::All => Box::new(self.objects.range((start, Bound::Unbounded))),
            Candidates::Namespace(namespace) => {
                let first = Key::new(namespace, "");
                let start = match start {
                    Bound::Excluded(key) if key > first => Bound::Excluded(key),
                    _ => Bound::Included(first),
                };
                let namespace = namespace.clone();
                let range = self.objects.range((start, Bound::Unbounded));
                Box::new(range.take_while(move |(key, _)| key.namespace == namespace))
            }
            Candidates::Indexed(value) => match self.indexed.get(value) {
                None => Box::new(std::iter::empty()),
                Some(keys) => {
                    let range = keys.range((start, Bound::Unbounded));
                    Box::new(range.filter_map(|key| self.objects.get_key_value(key)))
                }
            },
        }
    }

    /// Puts an object in; the one it replaces comes out.
    pub(super) fn insert(&mut self, key: Key, object: Arc<Value>) -> Option<Arc<Value>> {
        let replaced = self.remove(&key);
        if let Some(value) = self.index_value(&object) {
            self.indexed.entry(value).or_default().insert(key.clone());
        }
        self.objects.insert(key, object);
        replaced
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let removed = self.objects.remove(key)?;
        if let Some(keys) = self.index_value(&removed).and_then(|value| self.indexed.get_mut(&value)) {
            keys.remove(key);
        }
        Some(removed)
    }

    fn index_value(&self, object: &Value) -> Option<String> {
        Some(object.pointer(self.index?)?.as_str()?.to_owned())
    }
}

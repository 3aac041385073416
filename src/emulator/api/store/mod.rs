//! What the control planes keep: objects, one counter of versions, and the latest changes.
//!
//! A stored object is complete (`apiVersion`, `kind`, `metadata` with name and uid). Whether a change is legal is
//! decided before it comes here.

mod collection;
mod history;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use super::catalog::Resource;
pub(super) use collection::{Candidates, Collection, Key};
use history::History;
pub(super) use history::{Change, Compacted};

/// Where objects live. The platform's area also holds what users' and organizations' control planes show.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Area {
    Platform,
    /// The virtual cluster of the project of this name.
    Project(String),
}

/// All objects of one type in one area.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) area: Area,
    group: &'static str,
    plural: &'static str,
}

impl Address {
    pub(super) fn new(area: Area, resource: &Resource) -> Self {
        Self { area, group: resource.group, plural: resource.plural }
    }

    pub(super) fn is_of(&self, resource: &Resource) -> bool {
        (self.group, self.plural) == (resource.group, resource.plural)
    }

    /// The project whose area it is in.
    pub(super) fn project(&self) -> Option<&str> {
        match &self.area {
            Area::Project(name) => Some(name),
            Area::Platform => None,
        }
    }
}

/// Every object of every control plane.
pub(crate) struct Store {
    version: u64,
    collections: HashMap<Address, Collection>,
    history: History,
    changed: watch::Sender<u64>,
    /// How often every watch was asked for a bookmark.
    nudges: u64,
    /// How often every watch was cut off.
    cuts: u64,
}

impl Default for Store {
    fn default() -> Self {
        let changed = watch::Sender::new(0);
        Self { version: 1, collections: HashMap::new(), history: History::default(), changed, nudges: 0, cuts: 0 }
    }
}

impl Store {
    /// The version of the latest change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Tells of every change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// How often every watch was asked for a bookmark.
    pub(super) fn nudges(&self) -> u64 {
        self.nudges
    }

    /// How often every watch was cut off: one that began before the latest cut must go.
    pub(crate) fn cuts(&self) -> u64 {
        self.cuts
    }

    /// Asks every watch for a bookmark.
    pub(crate) fn nudge_watches(&mut self) {
        self.nudges += 1;
        self.wake();
    }

    /// Cuts every watch off.
    pub(crate) fn cut_watches(&mut self) {
        self.cuts += 1;
        self.wake();
    }

    fn wake(&self) {
        self.changed.send_replace(self.version);
    }

    pub(super) fn get(&self, address: &Address, key: &Key) -> Option<&Arc<Value>> {
        self.collections.get(address)?.get(key)
    }

    /// All objects at an address; `None` when there never was one.
    pub(super) fn collection(&self, address: &Address) -> Option<&Collection> {
        self.collections.get(address)
    }

    /// The objects of one type in every area.
    pub(super) fn collections_of(&self, resource: &Resource) -> impl Iterator<Item = (&Address, &Collection)> {
        self.collections.iter().filter(move |(address, _)| address.is_of(resource))
    }

    /// The objects at an address as they were at `version`.
    pub(super) fn collection_at(&self, address: &Address, version: u64) -> Result<Collection, Compacted> {
        let mut collection = self.collections.get(address).cloned().unwrap_or_default();
        for change in self.history.after(version)?.rev().filter(|change| change.address == *address) {
            match &change.before {
                Some(before) => drop(collection.insert(change.key.clone(), Arc::clone(before))),
                None => drop(collection.remove(&change.key)),
            }
        }
        Ok(collection)
    }

    /// Whether anything at an address changed after `version`.
    pub(super) fn changed_since(&self, address: &Address, version: u64) -> Result<bool, Compacted> {
        Ok(self.history.after(version)?.any(|change| change.address == *address))
    }

    /// Changes after `version`, oldest first.
    pub(super) fn changes_after(
        &self,
        version: u64,
    ) -> Result<impl DoubleEndedIterator<Item = &Change> + '_, Compacted> {
        self.history.after(version)
    }

    /// Creates or replaces an object under the next version and returns what is stored.
    pub(super) fn put(&mut self, resource: &Resource, area: Area, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let address = Address::new(area, resource);
        let key = Key::of(&object);
        let object = Arc::new(object);
        let collection =
            self.collections.entry(address.clone()).or_insert_with(|| Collection::indexed_by(resource.index));
        let before = collection.insert(key.clone(), Arc::clone(&object));
        self.record(Change { version: self.version, address, key, before, after: Some(Arc::clone(&object)) });
        object
    }

    /// Removes an object; the removal has a version of its own.
    pub(super) fn remove(&mut self, address: &Address, key: &Key) -> Option<Arc<Value>> {
        let before = self.collections.get_mut(address)?.remove(key)?;
        self.version += 1;
        let removed = Arc::clone(&before);
        let (address, key) = (address.clone(), key.clone());
        self.record(Change { version: self.version, address, key, before: Some(before), after: None });
        Some(removed)
    }

    /// Every address in an area that has or had objects.
    pub(super) fn addresses(&self, area: &Area) -> Vec<Address> {
        self.collections.keys().filter(|address| address.area == *area).cloned().collect()
    }

    /// Removes a project's whole area.
    pub(super) fn remove_area(&mut self, area: &Area) {
        for address in self.addresses(area) {
            let keys: Vec<_> = self.collections[&address].keys().cloned().collect();
            keys.iter().for_each(|key| drop(self.remove(&address, key)));
        }
    }

    /// Forgets how things came to be as they are.
    pub(crate) fn compact(&mut self) {
        self.history.compact(self.version);
    }

    fn record(&mut self, change: Change) {
        self.history.push(change);
        self.changed.send_replace(self.version);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Address, Area, Compacted, Key, Store};
    use crate::emulator::api::catalog;

    #[test]
    fn an_earlier_version_is_seen_until_the_history_is_compacted() {
        let resource = catalog::named("", "configmaps").unwrap();
        let (mut store, area) = (Store::default(), Area::Platform);
        let address = Address::new(area.clone(), resource);
        let object = |name: &str| json!({"metadata": {"name": name, "namespace": "default"}});
        store.put(resource, area.clone(), object("a"));
        store.put(resource, area.clone(), object("b"));
        let then = store.version();
        store.put(resource, area, object("c"));
        store.remove(&address, &Key::new("default", "a"));
        let names = |store: &Store| -> Result<Vec<String>, Compacted> {
            Ok(store.collection_at(&address, then)?.keys().map(|key| key.name.clone()).collect())
        };
        assert_eq!(names(&store).unwrap(), ["a", "b"]);
        store.compact();
        assert_eq!(names(&store), Err(Compacted { oldest: then + 2 }));
    }
}

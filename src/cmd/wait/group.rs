//! The objects that lie in one place and are waited for together, with one watch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::Url;

use super::Waiting;
use crate::api::{ApiType, Change, JSON, ListEnd, Selection};
use crate::cmd::resource::{Failures, Place};
use crate::error::Failure;
use crate::exit::ExitCode;

/// Namespace and name.
type Key = (String, String);

/// Objects of one type in one place.
pub(super) struct Group {
    kind: ApiType,
    collection: Url,
    /// Which objects are meant, before they are known.
    selection: Selection,
    /// Named on the command line: those must be there.
    is_named: bool,
    /// Those that are not as they should be, as they were last seen.
    left: BTreeMap<Key, Option<Value>>,
    /// Whether anything that turns up is what is waited for.
    awaits_any: bool,
    /// Where a watch begins, and what was there then.
    begin: (Vec<Value>, ListEnd),
    meant: usize,
    failed: Failures,
}

impl Group {
    pub(super) fn new(place: Place, selection: &Selection) -> Self {
        let Place { kind, collection, names } = place;
        let selection = match names.as_slice() {
            [] => selection.clone(),
            [one] => Selection::named(one),
            // One look at all of them is less than a look at each.
            _ => Selection::default(),
        };
        let (is_named, begin, failed) = (!names.is_empty(), Default::default(), Failures::default());
        let left = names.into_iter().map(|name| ((String::new(), name), None)).collect();
        Self { kind, collection, selection, is_named, left, awaits_any: false, begin, meant: 0, failed }
    }

    /// Reads what is there and tells what is as it should be; how many objects are meant.
    pub(super) async fn look(&mut self, waiting: &Waiting<'_>) -> Result<usize, Failure> {
        let cluster = &waiting.work.cluster;
        let (objects, end) = cluster.objects(&self.collection, &self.selection).await?;
        let mut seen = BTreeSet::new();
        for object in &objects {
            let key = self.key(object);
            if !self.is_named || self.left.contains_key(&key) {
                seen.insert(key.clone());
                self.left.insert(key, Some(object.clone()));
            }
        }
        self.meant = self.left.len();
        for (key, object) in self.left.clone() {
            if waiting.condition.holds(object.as_ref())? {
                self.met(waiting, &key)?;
            } else if !seen.contains(&key) && waiting.condition.needs_objects() {
                // The server's own words for an object that is not there, or may not be seen.
                if let Err(error) = cluster.object(&self.collection, &key.1).await {
                    self.left.remove(&key);
                    self.failed.add(error)?;
                }
            }
        }
        self.awaits_any = self.meant == 0 && waiting.condition.awaits_new_objects();
        self.begin = (objects, end);
        Ok(self.meant)
    }

    /// Follows the changes until nothing is left to wait for.
    pub(super) async fn watch(&mut self, waiting: &Waiting<'_>) -> Result<(), Failure> {
        if self.left.is_empty() && !self.awaits_any {
            return Ok(());
        }
        let (objects, end) = std::mem::take(&mut self.begin);
        // An object whose labels change is still waited for, so only names narrow the watch.
        let selection = if self.is_named || self.awaits_any { self.selection.clone() } else { Selection::default() };
        let mut watch = waiting.work.cluster.watch(&self.collection, &selection, JSON, &end);
        for object in &objects {
            if let Ok(text) = serde_json::value::to_raw_value(object) {
                watch.knows(&text);
            }
        }
        while !self.left.is_empty() || self.awaits_any {
            let event = watch.next().await?;
            let Ok(object) = serde_json::from_str::<Value>(event.object.get()) else { continue };
            let key = self.key(&object);
            if self.awaits_any && event.change != Change::Deleted {
                self.awaits_any = false;
                self.left.insert(key.clone(), Some(object));
                return self.met(waiting, &key);
            }
            let Some(last) = self.left.get_mut(&key) else { continue };
            let is_another = last.as_ref().is_some_and(|last| last["metadata"]["uid"] != object["metadata"]["uid"]);
            let is_gone = event.change == Change::Deleted;
            // A deleted object that was made anew was deleted all the same.
            let is_there = !is_gone && (!is_another || !waiting.condition.awaits_deletion());
            let now = is_there.then_some(&object);
            let holds = waiting.condition.holds(now)?;
            *last = Some(object);
            if holds {
                self.met(waiting, &key)?;
            }
        }
        Ok(())
    }

    /// Tells that an object is as it should be. One that was never there is not worth a word.
    fn met(&mut self, waiting: &Waiting<'_>, key: &Key) -> Result<(), Failure> {
        let Some(Some(object)) = self.left.remove(key) else { return Ok(()) };
        let label = format!("{}/{}", self.kind.qualified_singular(), key.1);
        Ok(waiting.report.borrow_mut().tell_of(&label, object, "condition met")?)
    }

    /// What tells an object from others in this place; named ones lie in one namespace.
    fn key(&self, object: &Value) -> Key {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let namespace = if self.is_named { String::new() } else { text("namespace") };
        (namespace, text("name"))
    }

    /// How many objects were waited for.
    pub(super) fn meant(&self) -> usize {
        self.meant
    }

    /// Adds what did not come about, in time or at once.
    pub(super) fn settle(self, waiting: &Waiting<'_>, in_time: bool, failed: &mut Failures) {
        failed.append(self.failed);
        let words = if in_time { "condition not met for" } else { "timed out waiting for the condition on" };
        if self.awaits_any {
            let message = format!("{words} {}", self.kind.plural);
            failed.push(Failure::new(ExitCode::Failed, "NOT_MET", message));
        }
        for (key, last) in self.left {
            let message = format!("{words} {}/{}", self.kind.plural, key.1);
            let mut failure = Failure::new(ExitCode::Failed, "NOT_MET", message);
            failure.hints.extend(last.and_then(|object| waiting.condition.state(&object)));
            failed.push(failure);
        }
    }
}

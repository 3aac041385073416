//! [`Watch`]: every change of a list, in order, none missed.
//!
//! A watch ends now and then: the server closes it, the network drops it, the token expires, the server forgets the
//! place. It goes on where it was; and where the place is forgotten (410) the list is read again and compared with
//! what is known, so that what happened in between is told as the changes it made.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use kube_core::Request;
use kube_core::params::WatchParams;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::{Call, Cluster, Error, ListEnd, Part, Selection};
use crate::http::{self, Stream, TokenProvider};
use crate::sys::random;

/// The server ends a watch by itself after this time, so that a connection that died silently is noticed.
const SERVER_TIME: u32 = 290;
/// One event: an object is at most a few megabytes.
const LONGEST_LINE: usize = 64 * 1024 * 1024;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A server that cannot be reached this many times in a row, about two minutes, is given up.
const PATIENCE: u32 = 16;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Change {
    /// It is there now.
    Added,
    /// It is different now.
    Modified,
    /// It is gone; the object is its last state.
    Deleted,
}

impl Change {
    /// As a watch calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// One change. `object` is the object, or a table with one row where tables were asked for.
#[derive(Debug)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) change: Change,
    /// To what.
    pub(crate) object: Box<RawValue>,
}

/// A running watch.
#[derive(Debug)]
pub(crate) struct Watch<'c, 'a, T> {
    cluster: &'c Cluster<'a, T>,
    collection: Url,
    selection: Selection,
    accept: &'static str,
    resource_version: String,
    /// Each object's version and last state, by namespace and name.
    known: HashMap<(String, String), (String, Box<RawValue>)>,
    stream: Option<Lines>,
    /// What a list read anew found to have happened meanwhile.
    pending: VecDeque<Event>,
    failures: u32,
}

impl<'a, T: TokenProvider> Cluster<'a, T> {
    /// Watches what `selection` means in `collection`, beginning after `end`, the end of a list that `known` holds.
    pub(crate) fn watch<'c>(
        &'c self,
        collection: &Url,
        selection: &Selection,
        accept: &'static str,
        end: &ListEnd,
    ) -> Watch<'c, 'a, T> {
        Watch {
            cluster: self,
            collection: collection.clone(),
            selection: selection.clone(),
            accept,
            resource_version: end.resource_version.clone(),
            known: HashMap::new(),
            stream: None,
            pending: VecDeque::new(),
            failures: 0,
        }
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// What identifies an object or a table's row, and its version.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Identity {
    namespace: String,
    name: String,
    resource_version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    kind: String,
    metadata: Identity,
    rows: Option<Vec<Row>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    object: RowObject,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RowObject {
    metadata: Identity,
}

impl Item {
    fn identity(self) -> Identity {
        let row = self.rows.and_then(|rows| rows.into_iter().next()).filter(|_| self.kind == "Table");
        row.map_or(self.metadata, |row| row.object.metadata)
    }
}

impl<T: TokenProvider> Watch<'_, '_, T> {
    /// Tells the watch of an object that was listed before it began.
    pub(crate) fn knows(&mut self, object: &RawValue) {
        if let Ok(item) = serde_json::from_str::<Item>(object.get()) {
            let identity = item.identity();
            let key = (identity.namespace, identity.name);
            self.known.insert(key, (identity.resource_version, object.to_owned()));
        }
    }

    /// The next change; waits for it as long as it takes.
    ///
    /// # Errors
    /// What the server refuses for good: not the network, not a forgotten place.
    pub(crate) async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            let line = match self.line().await {
                Ok(line) => line,
                Err(error) => {
                    self.stream = None;
                    self.recover(error).await?;
                    continue;
                }
            };
            let Some(line) = line else {
                self.stream = None;
                tokio::time::sleep(FIRST_PAUSE).await;
                continue;
            };
            match self.take(&line) {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => {}
                Err(error) => {
                    self.stream = None;
                    self.recover(error).await?;
                }
            }
        }
    }

    /// The next line of the running request, or of a new one; `None` when it ended.
    async fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.stream.is_none() {
            self.stream = Some(self.open().await?);
            self.failures = 0;
        }
        match &mut self.stream {
            Some(stream) => Ok(stream.next().await?),
            None => Ok(None),
        }
    }

    async fn open(&self) -> Result<Lines, Error> {
        let params = WatchParams {
            label_selector: self.selection.labels.clone(),
            field_selector: self.selection.fields.clone(),
            timeout: Some(SERVER_TIME),
            bookmarks: true,
            send_initial_events: false,
        };
        let built = Request::new(self.collection.path()).watch(&params, &self.resource_version)?;
        let call = Call::built(&self.collection, built)?.accept(self.accept).unbounded();
        Ok(Lines { stream: self.cluster.connection.stream(&call).await?, buffer: Vec::new() })
    }

    /// The event of a line; `None` for a bookmark.
    fn take(&mut self, line: &[u8]) -> Result<Option<Event>, Error> {
        let line: Line<'_> = self.cluster.connection.parse(line)?;
        let change = match line.kind {
            "ADDED" => Change::Added,
            "MODIFIED" => Change::Modified,
            "DELETED" => Change::Deleted,
            "BOOKMARK" => {
                let item: Item = self.cluster.connection.parse(line.object.get().as_bytes())?;
                self.advance(item.identity().resource_version);
                return Ok(None);
            }
            _ => return Err(Error::of_watch(line.object.get().as_bytes(), self.cluster.connection.server())),
        };
        let item: Item = self.cluster.connection.parse(line.object.get().as_bytes())?;
        let identity = item.identity();
        let key = (identity.namespace, identity.name);
        self.advance(identity.resource_version.clone());
        let object = line.object.to_owned();
        match change {
            Change::Deleted => drop(self.known.remove(&key)),
            _ => drop(self.known.insert(key, (identity.resource_version, object.clone()))),
        }
        Ok(Some(Event { change, object }))
    }

    fn advance(&mut self, resource_version: String) {
        if !resource_version.is_empty() {
            self.resource_version = resource_version;
        }
    }

    /// What can be gone on after is gone on after; the rest is the caller's.
    async fn recover(&mut self, error: Error) -> Result<(), Error> {
        match error {
            Error::Gone { .. } => self.read_again().await,
            error if error.may_pass() && self.failures < PATIENCE => {
                self.pause().await;
                Ok(())
            }
            error => Err(error),
        }
    }

    async fn pause(&mut self) {
        let pause = (FIRST_PAUSE * 2_u32.pow(self.failures.min(6))).min(LONGEST_PAUSE);
        self.failures += 1;
        let [random] = random::bytes();
        tokio::time::sleep(pause.mul_f64(0.5 + f64::from(random) / 512.0)).await;
    }

    /// Reads the list again and tells the difference to what is known.
    async fn read_again(&mut self) -> Result<(), Error> {
        let mut found: Vec<Box<RawValue>> = Vec::new();
        let collect = |part: Part<'_>| {
            let Part::Page(body) = part else {
                found.clear();
                return Ok(0);
            };
            let host = || self.cluster.connection.server().authority();
            let page = items(body).map_err(|source| Error::Malformed { host: host(), source })?;
            let count = page.len();
            found.extend(page);
            Ok(count)
        };
        let end = self.cluster.list(&self.collection, &self.selection, self.accept, collect).await?;
        self.resource_version = end.resource_version;
        let mut before = std::mem::take(&mut self.known);
        for object in found {
            let item: Item = self.cluster.connection.parse(object.get().as_bytes())?;
            let identity = item.identity();
            let key = (identity.namespace, identity.name);
            let change = match before.remove(&key) {
                Some((version, _)) if version == identity.resource_version => None,
                Some(_) => Some(Change::Modified),
                None => Some(Change::Added),
            };
            self.pending.extend(change.map(|change| Event { change, object: object.clone() }));
            self.known.insert(key, (identity.resource_version, object));
        }
        let gone = before.into_values().map(|(_, object)| Event { change: Change::Deleted, object });
        self.pending.extend(gone);
        Ok(())
    }
}

/// The objects of a page; for a table, each row as a table of its own, as a watch sends it.
pub(crate) fn items(page: &[u8]) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page {
        #[serde(default)]
        kind: String,
        #[serde(default)]
        items: Option<Vec<Box<RawValue>>>,
        #[serde(default)]
        rows: Option<Vec<Box<RawValue>>>,
        #[serde(default)]
        column_definitions: Value,
    }
    let page: Page = serde_json::from_slice(page)?;
    if page.kind != "Table" {
        return Ok(page.items.unwrap_or_default());
    }
    let columns = page.column_definitions.to_string();
    let table = |row: Box<RawValue>| {
        let text = format!(r#"{{"kind":"Table","columnDefinitions":{columns},"rows":[{row}]}}"#);
        RawValue::from_string(text)
    };
    page.rows.unwrap_or_default().into_iter().map(table).collect()
}

/// The lines of an answer that goes on.
#[derive(Debug)]
struct Lines {
    stream: Stream,
    buffer: Vec<u8>,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, http::Error> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                if line.is_empty() {
                    searched = 0;
                    continue;
                }
                return Ok(Some(line));
            }
            searched = self.buffer.len();
            if searched > LONGEST_LINE {
                return Err(self.stream.too_large(LONGEST_LINE));
            }
            match self.stream.chunk().await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                // Half a line is no event: the watch resumes before it.
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests;

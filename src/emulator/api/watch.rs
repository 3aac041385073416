//! Watches: changes as they happen, one JSON line each.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::form::Form;
use super::list;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::store::{Change, Key, Store};
use super::view::View;
use crate::emulator::exchange::Request;

/// A watch whose lines are still to be written.
pub(crate) struct Watch {
    view: View,
    selector: Selector,
    form: Form,
    /// The changes up to here are told.
    position: u64,
    /// What is there at the beginning, where the client wants to be told.
    initial: Option<Initial>,
    bookmarks: bool,
    told_columns: bool,
    /// Whether the last line is written.
    ended: bool,
    changed: Receiver<u64>,
    pub(crate) timeout: Option<Duration>,
    /// Bookmarks asked for by the lever so far, when the last one was told.
    nudges: u64,
    cuts: u64,
}

/// How a watch begins with what is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Initial {
    Silently,
    /// With a bookmark behind it.
    Marked,
}

impl Watch {
    /// A watch from the request's `resourceVersion`, or one that begins with everything there is.
    pub(super) fn new(request: &Request, store: &Store, view: View) -> Result<Self, Status> {
        let selector = Selector::of(request, view.resource)?;
        let flag = |name: &str| matches!(request.query_value(name).as_deref(), Some("true" | "1"));
        let timeout = match request.query_value("timeoutSeconds").unwrap_or_default().as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Status::bad_request(format!("invalid timeoutSeconds: {text:?}")))?),
        };
        // Zero is none.
        let timeout = timeout.filter(|seconds| *seconds > 0);
        let from = list::resource_version(request)?.filter(|version| *version > 0);
        if let Some(version) = from.filter(|version| *version > store.version()) {
            return Err(Status::too_large(version, store.version()));
        }
        let send_initial = request.query_value("sendInitialEvents");
        let matched = request.query_value("resourceVersionMatch").is_some_and(|text| text == "NotOlderThan");
        if send_initial.is_some() && !matched {
            let problem = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            let cause = Cause::new("FieldValueForbidden", "resourceVersionMatch", problem);
            return Err(Status::invalid_as("ListOptions.meta.k8s.io", "", &[cause]));
        }
        let (position, initial) = match (send_initial.as_deref(), from) {
            (Some("true" | "1"), _) => (store.version(), Some(Initial::Marked)),
            (Some(_), None) => (store.version(), None),
            (None, None) => (store.version(), Some(Initial::Silently)),
            (_, Some(version)) => (version, None),
        };
        Ok(Self {
            selector,
            form: Form::of(request)?,
            position,
            initial,
            bookmarks: flag("allowWatchBookmarks"),
            told_columns: false,
            ended: false,
            changed: store.subscribe(),
            timeout: timeout.map(Duration::from_secs),
            nudges: store.nudges(),
            cuts: store.cuts(),
            view,
        })
    }

    /// Whether nothing will follow.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Lets another task wait for changes while this one is used.
    pub(crate) fn changes(&self) -> Receiver<u64> {
        self.changed.clone()
    }

    /// How often watches had been cut off when this one began.
    pub(crate) fn cuts(&self) -> u64 {
        self.cuts
    }

    /// The lines that are due; empty when there is nothing new.
    pub(crate) fn lines(&mut self, store: &Store) -> Bytes {
        let mut lines = Vec::new();
        if let Some(initial) = self.initial.take() {
            self.begin(store, initial, &mut lines);
        }
        match store.changes_after(self.position) {
            Err(compacted) => {
                self.ended = true;
                line(&mut lines, "ERROR", &Status::expired(self.position, compacted.oldest).body());
            }
            Ok(changes) => {
                let address = self.view.address();
                for change in changes.filter(|change| change.address == address) {
                    if let Some((kind, object)) = self.told(store, change) {
                        self.write(&mut lines, kind, &object);
                    }
                }
                self.position = store.version();
            }
        }
        if self.nudges != store.nudges() {
            self.nudges = store.nudges();
            lines.extend(self.bookmark());
        }
        lines.into()
    }

    /// A bookmark, if the client wants any.
    pub(crate) fn bookmark(&mut self) -> Bytes {
        let mut lines = Vec::new();
        if self.bookmarks && !self.ended {
            self.mark(&mut lines, &json!({}));
        }
        lines.into()
    }

    fn begin(&mut self, store: &Store, initial: Initial, lines: &mut Vec<u8>) {
        // What has changed since the watch was made is part of what is there now.
        self.position = store.version();
        if let Some(collection) = store.collection(&self.view.address()) {
            for (key, object) in collection.behind(&self.view.candidates(), None) {
                if self.shows(store, key, object) {
                    self.write(lines, "ADDED", object);
                }
            }
        }
        if initial == Initial::Marked && self.bookmarks {
            self.mark(lines, &json!({"k8s.io/initial-events-end": "true"}));
        }
    }

    fn shows(&self, store: &Store, key: &Key, object: &Value) -> bool {
        self.view.shows(store, key, object) && self.selector.matches(object)
    }

    /// What a change is to this watch: leaving its selection is as good as being deleted.
    fn told(&self, store: &Store, change: &Change) -> Option<(&'static str, Value)> {
        let shown = |object: &std::sync::Arc<Value>| self.shows(store, &change.key, object);
        let before = change.before.as_ref().filter(|object| shown(object));
        let after = change.after.as_ref().filter(|object| shown(object));
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(("ADDED", Value::clone(after))),
            (Some(_), Some(after)) => Some(("MODIFIED", Value::clone(after))),
            (Some(before), None) => {
                let mut last = Value::clone(before);
                last["metadata"]["resourceVersion"] = change.version.to_string().into();
                Some(("DELETED", last))
            }
        }
    }

    fn write(&mut self, lines: &mut Vec<u8>, kind: &str, object: &Value) {
        let with_columns = !std::mem::replace(&mut self.told_columns, true);
        line(lines, kind, &self.form.one(self.view.resource, object, with_columns));
    }

    fn mark(&self, lines: &mut Vec<u8>, annotations: &Value) {
        let version = self.position.to_string();
        let mut metadata = json!({"resourceVersion": version, "creationTimestamp": null});
        if annotations.as_object().is_some_and(|members| !members.is_empty()) {
            metadata["annotations"] = annotations.clone();
        }
        let resource = self.view.resource;
        let object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
        let object = match self.form {
            Form::Table(_) => json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": version}, "columnDefinitions": null, "rows": []}),
            form => form.one(resource, &object, false),
        };
        line(lines, "BOOKMARK", &object);
    }
}

fn line(lines: &mut Vec<u8>, kind: &str, object: &Value) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(&mut *lines, &json!({"type": kind, "object": object}));
    lines.push(b'\n');
}

//! What is being edited: what it was, what it is shown as, and what was wrong the last time.

use serde_json::Value;

use super::Args;
use super::buffer::{with_head, without_head};
use crate::api::{Error, ObjectPatch, WriteOptions, merge_patch};
use crate::cmd::resource::{Failures, Found, Work};
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::render::{DocumentOptions, without_managed_fields};
use crate::ui::{Ui, json_line, sanitize};

/// The objects from one look of the person to the next.
pub(super) struct Round<'a> {
    ui: &'a Ui,
    args: &'a Args,
    options: WriteOptions,
    objects: Vec<Editing>,
    /// What the person sees below the head.
    body: String,
    /// What was wrong with it.
    reasons: Vec<String>,
}

struct Editing {
    found: Found,
    /// As it was read back from its own text, so that only what the person did is a difference.
    before: Value,
}

/// What a person did in the editor.
#[derive(Debug)]
pub(super) enum Edited {
    /// Nothing is left.
    Empty,
    /// The objects are what they were.
    Unchanged,
    /// What was wrong is as it was.
    StillWrong,
    /// It cannot be read; the reason stands above it the next time.
    Unreadable,
    /// These are the objects now.
    Changed(Vec<Value>),
}

impl<'a> Round<'a> {
    /// The first look at `found`.
    pub(super) fn new(ui: &'a Ui, args: &'a Args, found: Vec<Found>, options: WriteOptions) -> Result<Self, Failure> {
        let shown: Vec<_> = found.iter().map(|found| shown(args, &found.object)).collect();
        let body = args.output.write(&shown)?;
        let read = args.output.read(&body).unwrap_or_default();
        if read.len() != found.len() {
            let failure = Failure::new(ExitCode::Failed, "EDIT", "the object cannot be edited in this language");
            return Err(failure.hint("use -o json"));
        }
        let objects = found.into_iter().zip(read).map(|(found, before)| Editing { found, before }).collect();
        Ok(Self { ui, args, options, objects, body, reasons: Vec::new() })
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        let text = with_head(&self.body, &self.reasons);
        if self.args.windows_line_endings { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
    }

    /// Understands what the person saved.
    pub(super) fn take(&mut self, text: &str) -> Edited {
        let body = without_head(text);
        if body.trim().is_empty() {
            return Edited::Empty;
        }
        let is_same_text = body.replace("\r\n", "\n") == self.body.replace("\r\n", "\n");
        if is_same_text && !self.reasons.is_empty() {
            return Edited::StillWrong;
        }
        self.body = body;
        self.reasons.clear();
        match self.args.output.read(&self.body) {
            Ok(objects) if objects.iter().eq(self.objects.iter().map(|editing| &editing.before)) => Edited::Unchanged,
            Ok(objects) => Edited::Changed(objects),
            Err(reason) => {
                self.reasons.push(reason);
                Edited::Unreadable
            }
        }
    }

    /// Sends what changed; true when nothing is left to mend in the editor.
    ///
    /// # Errors
    /// What no editing mends, once all objects have had their turn.
    pub(super) async fn send(&mut self, work: &Work<'_>, edited: Vec<Value>) -> Result<bool, Failure> {
        let mut failed = Failures::default();
        for object in edited {
            let Some(index) = self.objects.iter().position(|editing| is_same(&editing.before, &object)) else {
                self.reasons.push("At least one of apiVersion, kind and name was changed".to_owned());
                continue;
            };
            self.send_one(work, index, object, &mut failed).await?;
        }
        failed.settle(self.objects.len()).map(|()| self.reasons.is_empty())
    }

    async fn send_one(
        &mut self,
        work: &Work<'_>,
        index: usize,
        object: Value,
        failed: &mut Failures,
    ) -> Result<(), Failure> {
        let editing = &mut self.objects[index];
        let found = &editing.found;
        let Some(mut patch) = merge_patch(&editing.before, &object) else {
            return Ok(self.ui.print_raw(&format!("{} skipped\n", sanitize(&found.label())))?);
        };
        if let Some(version) = found.object["metadata"]["resourceVersion"].as_str() {
            // Whoever changed it meanwhile must not lose that unseen.
            patch["metadata"]["resourceVersion"] = version.into();
        }
        if self.args.output_patch {
            self.ui.print_raw(&format!("Patch: {}", json_line(&patch)))?;
        }
        let (subresource, patch) = (self.args.subresource.as_deref(), ObjectPatch::Merge(patch));
        match work.cluster.patch(&found.collection, &found.name, subresource, patch, &self.options).await {
            Ok(now) => {
                self.ui.print_raw(&format!("{} edited\n", sanitize(&found.label())))?;
                // Whoever mends another object of the same text does not change this one again.
                *editing = Editing { found: Found { object: now, ..found.clone() }, before: object };
                Ok(())
            }
            Err(Error::Invalid { message, causes }) => {
                self.reasons.push(message);
                let causes = causes.iter().filter(|cause| !cause.message.is_empty());
                self.reasons.extend(causes.map(|cause| format!("* {}: {}", cause.field, cause.message)));
                Ok(())
            }
            Err(error @ Error::Conflict { .. }) => {
                let again =
                    format!("somebody else changed it meanwhile; edit it again: datumctl edit {}", found.label());
                failed.push(Failure::from(error).hint(again));
                Ok(())
            }
            Err(error) => failed.add(error),
        }
    }
}

fn shown(args: &Args, object: &Value) -> Value {
    let options = DocumentOptions { managed_fields: args.show_managed_fields, no_headers: false };
    without_managed_fields(object.clone(), options)
}

/// Whether both are the same object in two states.
fn is_same(left: &Value, right: &Value) -> bool {
    let identity = |object: &Value| {
        let metadata = &object["metadata"];
        [&object["apiVersion"], &object["kind"], &metadata["name"], &metadata["namespace"]].map(Value::clone)
    };
    identity(left) == identity(right)
}

//! Waiting until deleted objects are gone: finalizers may keep them for a while.

use serde_json::Value;
use tokio::time::Instant;

use super::Doomed;
use crate::api::{self, Change, JSON, Selection};
use crate::cmd::resource::{Piece as _, Work};
use crate::error::Failure;
use crate::ui::Ui;

/// The uid of an object that the answer to its deletion still shows; a `Status` says that it is gone.
pub(super) fn still_there(answer: &Value) -> Option<String> {
    let is_object = answer["kind"].as_str().is_some_and(|kind| kind != "Status");
    is_object.then(|| answer["metadata"]["uid"].as_str().unwrap_or_default().to_owned())
}

/// Waits until all of `going` is gone, but not beyond `until`.
///
/// # Errors
/// Something was still there when the time was over.
pub(super) async fn until_gone(
    ui: &Ui,
    work: &Work<'_>,
    going: &[(&Doomed, String)],
    until: Option<Instant>,
) -> Result<(), Failure> {
    if going.is_empty() {
        return Ok(());
    }
    let progress = ui.progress("waiting");
    for (index, (one, uid)) in going.iter().enumerate() {
        let place = one.place();
        progress.say(&format!("waiting for {place} to go ({} of {})", index + 1, going.len()));
        let gone = is_gone(work, one, uid);
        let outcome = match until {
            None => gone.await,
            Some(until) => match tokio::time::timeout_at(until, gone).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(Failure::timed_out(&place)),
            },
        };
        outcome.map_err(|error| one.failure(error))?;
    }
    Ok(())
}

/// Returns when no object of this uid has the name any more.
async fn is_gone(work: &Work<'_>, one: &Doomed, uid: &str) -> Result<(), api::Error> {
    let selection = Selection::named(&one.name);
    let (objects, end) = work.cluster.objects(&one.collection, &selection).await?;
    let Some(object) = objects.iter().find(|object| is_it(object, uid)) else { return Ok(()) };
    let mut watch = work.cluster.watch(&one.collection, &selection, JSON, &end);
    if let Ok(known) = serde_json::value::to_raw_value(object) {
        watch.knows(&known);
    }
    loop {
        let event = watch.next().await?;
        let object: Value = serde_json::from_str(event.object.get()).unwrap_or_default();
        if event.change == Change::Deleted || !is_it(&object, uid) {
            return Ok(());
        }
    }
}

/// Whether it is the object itself, and not another one of its name. Without a uid nobody can tell.
fn is_it(object: &Value, uid: &str) -> bool {
    uid.is_empty() || object["metadata"]["uid"] == uid
}

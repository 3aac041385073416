//! Two at one object: a race is run again.

use std::time::Duration;

use serde_json::Value;

use crate::api::{Error, ObjectPatch, WriteOptions, managed_by_others};
use crate::cmd::resource::{Placed, Work};
use crate::sys::random;

/// Races that one object is applied in before its writer is told.
const TRIES: u32 = 5;

/// Applies one object; where somebody else wrote it at the same moment, once more.
pub(crate) async fn apply(work: &Work<'_>, placed: &Placed, options: &WriteOptions) -> Result<Value, Error> {
    let object = &placed.document.object;
    let is_pinned = object["metadata"]["resourceVersion"].is_string();
    let mut tries = 1;
    loop {
        let patch = ObjectPatch::Apply(object.clone());
        let outcome = work.cluster.patch(&placed.collection, placed.document.name(), None, patch, options).await;
        match outcome {
            Err(Error::Conflict { causes, .. })
                if !is_pinned && managed_by_others(&causes).is_empty() && tries < TRIES =>
            {
                let [random] = random::bytes();
                tokio::time::sleep(Duration::from_millis(u64::from(random) * u64::from(tries))).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

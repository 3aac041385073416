//! [`Pruned`]: which objects are not in the manifests any more.
//!
//! Only what this field manager applied can go: objects of the applied types, and of those in the allowlist, in the
//! namespaces that the manifests touch, with the labels of `-l` unless it is `--all`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::{ApiType, Selection};
use crate::cmd::delete::Doomed;
use crate::cmd::resource::{Placed, Work};
use crate::error::Failure;

/// Which objects may be pruned at all.
#[derive(Debug)]
pub(crate) struct Pruned(Selection);

impl Pruned {
    /// Those with these labels; all without.
    pub(crate) fn new(labels: Option<&str>) -> Self {
        Self(Selection { labels: labels.map(str::to_owned), fields: None, whole_rows: false })
    }

    /// The types of an allowlist.
    ///
    /// # Errors
    /// A word that is not `GROUP/VERSION/KIND`, an unknown type.
    pub(crate) async fn types(&self, work: &Work<'_>, allowlist: &[String]) -> Result<Vec<ApiType>, Failure> {
        let mut types = Vec::new();
        for word in allowlist {
            let form = || Failure::usage(format!("--prune-allowlist takes GROUP/VERSION/KIND, not {word:?}"));
            let (group_version, kind) = word.rsplit_once('/').ok_or_else(form)?;
            let api_version = group_version.strip_prefix("core/").unwrap_or(group_version);
            types.push(work.cluster.type_of(api_version, kind).await?);
        }
        Ok(types)
    }

    /// What is not among `objects`, whose uids are `uids`, but was applied by `manager`.
    ///
    /// # Errors
    /// What could not be read.
    pub(crate) async fn lost(
        &self,
        work: &Work<'_>,
        manager: &str,
        objects: &[Placed],
        uids: &[String],
        allowed: &[ApiType],
    ) -> Result<Vec<(Doomed, Value)>, Failure> {
        let mut lost = Vec::new();
        for (kind, namespace) in places(objects, allowed) {
            let collection = work.cluster.collection(kind, namespace)?;
            let (found, _) = work.cluster.objects(&collection, &self.0).await?;
            for object in found {
                let metadata = &object["metadata"];
                // The uid finds an object that was applied in another version of its type.
                let is_kept = uids.iter().any(|uid| metadata["uid"] == uid.as_str())
                    || objects
                        .iter()
                        .any(|placed| placed.collection == collection && metadata["name"] == placed.document.name());
                if is_applied_by(&object, manager) && !is_kept {
                    lost.push((Doomed::read(work, kind, &object)?, object));
                }
            }
        }
        Ok(lost)
    }
}

/// Where pruned objects can be: every type with the namespaces that the manifests touch.
fn places<'o>(objects: &'o [Placed], allowed: &'o [ApiType]) -> Vec<(&'o ApiType, Option<&'o str>)> {
    let namespaced = objects.iter().filter(|placed| placed.kind.namespaced);
    let namespaces: BTreeSet<_> = namespaced.filter_map(|placed| placed.document.namespace()).collect();
    let mut kinds: Vec<&ApiType> = Vec::new();
    for kind in objects.iter().map(|placed| &placed.kind).chain(allowed) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut places = Vec::new();
    for kind in kinds {
        match kind.namespaced {
            true => places.extend(namespaces.iter().map(|namespace| (kind, Some(*namespace)))),
            false => places.push((kind, None)),
        }
    }
    places
}

/// Whether `manager` has applied the object, and it is not going already.
fn is_applied_by(object: &Value, manager: &str) -> bool {
    let metadata = &object["metadata"];
    let mut entries = metadata["managedFields"].as_array().into_iter().flatten();
    let is_ours = entries.any(|entry| entry["manager"] == manager && entry["operation"] == "Apply");
    is_ours && metadata["deletionTimestamp"].is_null()
}

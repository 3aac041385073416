//! What belongs to an object: events, and the quotas and limits of a namespace.

use serde_json::Value;

use super::Describe;
use crate::api::{ApiType, Error, Selection};
use crate::cmd::resource::{Target, Work};
use crate::error::Failure;
use crate::render::Related;

impl Describe<'_> {
    /// What belongs to `object`. What the control plane does not have, or does not show to this account, is left out.
    pub(super) async fn related(&self, target: &Target, object: &Value) -> Result<Related, Failure> {
        let home = target.everywhere(&self.work).map(|what| what.home_of(&self.work, object)).transpose()?;
        let work = home.as_ref().unwrap_or(&self.work);
        let is = |kind: &str| target.kind.group.is_empty() && target.kind.kind == kind;
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        if is("Namespace") {
            let quotas = of_namespace(work, "ResourceQuota", "resourcequotas", name).await?;
            let limit_ranges = of_namespace(work, "LimitRange", "limitranges", name).await?;
            return Ok(Related { events: None, quotas, limit_ranges });
        }
        let events = match self.args.show_events && !is("Secret") {
            true => Some(events(work, object).await?),
            false => None,
        };
        Ok(Related { events, ..Related::default() })
    }
}

/// The events about `object`.
async fn events(work: &Work<'_>, object: &Value) -> Result<Vec<Value>, Failure> {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str();
    let fields = [("name", &metadata["name"]), ("namespace", &metadata["namespace"]), ("kind", &object["kind"])]
        .into_iter()
        .chain(metadata.get("uid").map(|uid| ("uid", uid)))
        .map(|(field, value)| format!("involvedObject.{field}={}", quoted(value.as_str().unwrap_or_default())));
    let selection = Selection { fields: Some(fields.collect::<Vec<_>>().join(",")), ..Selection::default() };
    Ok(core_objects(work, "Event", "events", namespace, &selection).await?.unwrap_or_default())
}

async fn of_namespace(
    work: &Work<'_>,
    kind: &str,
    plural: &str,
    namespace: &str,
) -> Result<Option<Vec<Value>>, Failure> {
    core_objects(work, kind, plural, Some(namespace), &Selection::default()).await
}

/// The objects of a core type; `None` where there is no such type, or it is not for this account.
async fn core_objects(
    work: &Work<'_>,
    kind: &str,
    plural: &str,
    namespace: Option<&str>,
    selection: &Selection,
) -> Result<Option<Vec<Value>>, Failure> {
    let kind = ApiType {
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        namespaced: true,
        ..ApiType::default()
    };
    let collection = work.cluster.collection(&kind, namespace)?;
    match work.cluster.objects(&collection, selection).await {
        Ok((objects, _)) => Ok(Some(objects)),
        Err(Error::NotFound { .. } | Error::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
/// A value as part of a field selector.
fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

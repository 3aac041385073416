//! Lists: one version of a collection, in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::form::Form;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::store::{Collection, Key, Store};
use super::view::View;
use crate::emulator::exchange::Request;

/// Where a list goes on.
struct Continue {
    /// `None`: with whatever is there by then.
    version: Option<u64>,
    after: Key,
}

/// The list that a request's `limit`, `continue`, `resourceVersion` and selectors ask for, serialized.
pub(super) fn list(request: &Request, store: &Store, view: &View) -> Result<String, Status> {
    let form = Form::of(request)?;
    let selector = Selector::of(request, view.resource)?;
    let limit: usize = match request.query_value("limit").unwrap_or_default().as_str() {
        "" => 0,
        text => text.parse().map_err(|_| Status::bad_request(format!("invalid limit: {text:?}")))?,
    };
    let next = match request.query_value("continue").filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => Some(Continue::decoded(&token).ok_or_else(|| {
            Status::bad_request("continue key is not valid: encoded continue token is not one of this server")
        })?),
    };
    let version = version(request, store, next.as_ref(), limit)?;
    let after = next.map(|next| next.after);
    let address = view.address();
    let old;
    let collection = match store.changed_since(&address, version) {
        Ok(false) => store.collection(&address),
        Ok(true) => {
            old = store.collection_at(&address, version).map_err(|_| expired(after.as_ref()))?;
            Some(&old)
        }
        Err(_) => return Err(expired(after.as_ref())),
    };
    let nothing = Collection::default();
    let collection = collection.unwrap_or(&nothing);
    let mut shown = collection
        .behind(&view.candidates(), after.as_ref())
        .filter(|(key, object)| view.shows(store, key, object) && selector.matches(object));
    let mut metadata = json!({"resourceVersion": version.to_string()});
    let page: Vec<_> = shown.by_ref().take(if limit == 0 { usize::MAX } else { limit }).collect();
    let remaining = shown.count();
    if let (Some((key, _)), true) = (page.last(), remaining > 0) {
        metadata["continue"] = Continue { version: Some(version), after: (*key).clone() }.encoded().into();
        if selector.is_empty() {
            metadata["remainingItemCount"] = remaining.into();
        }
    }
    let objects: Vec<&Value> = page.iter().map(|(_, object)| &***object).collect();
    Ok(form.list(view.resource, metadata, &objects))
}

fn expired(after: Option<&Key>) -> Status {
    match after {
        Some(after) => Status::expired_list(Continue { version: None, after: after.clone() }.encoded()),
        None => Status::expired_list(String::new()),
    }
}

/// The version that is asked for; the latest unless it has to be another one.
fn version(request: &Request, store: &Store, next: Option<&Continue>, limit: usize) -> Result<u64, Status> {
    let wanted = resource_version(request)?;
    let exact = match request.query_value("resourceVersionMatch").filter(|text| !text.is_empty()) {
        None => limit > 0 && wanted != Some(0),
        Some(_) if wanted.is_none() => {
            return Err(options("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        Some(text) => match text.as_str() {
            "Exact" if wanted == Some(0) => {
                return Err(options(
                    "Forbidden: resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"",
                ));
            }
            "Exact" => true,
            "NotOlderThan" => false,
            _ => {
                return Err(options(&format!(
                    "Unsupported value: {text:?}: supported values: \"Exact\", \"NotOlderThan\", \"\""
                )));
            }
        },
    };
    match (next, wanted) {
        (Some(_), Some(version)) if version > 0 => {
            Err(Status::bad_request("specifying resource version is not allowed when using continue"))
        }
        (Some(next), _) => Ok(next.version.unwrap_or_else(|| store.version())),
        (None, Some(version)) if version > store.version() => Err(Status::too_large(version, store.version())),
        (None, Some(version)) if exact => Ok(version),
        (None, _) => Ok(store.version()),
    }
}

/// The query's `resourceVersion`; `None` when it has none.
pub(super) fn resource_version(request: &Request) -> Result<Option<u64>, Status> {
    match request.query_value("resourceVersion").unwrap_or_default().as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let cause = Cause::new("FieldValueInvalid", "resourceVersion", format!("Invalid value: {text:?}"));
            Status::invalid_as("ListOptions.meta.k8s.io", "", &[cause])
        }),
    }
}

fn options(problem: &str) -> Status {
    let reason = if problem.starts_with("Forbidden") { "FieldValueForbidden" } else { "FieldValueNotSupported" };
    Status::invalid_as("ListOptions.meta.k8s.io", "", &[Cause::new(reason, "resourceVersionMatch", problem)])
}

impl Continue {
    fn encoded(&self) -> String {
        let start = json!([self.after.namespace, self.after.name]);
        URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": self.version, "start": start}).to_string())
    }

    fn decoded(token: &str) -> Option<Self> {
        let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let after = Key::new(token["start"][0].as_str()?, token["start"][1].as_str()?);
        Some(Self { version: token["rv"].as_u64(), after })
    }
}

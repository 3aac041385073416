//! Lists: selectors and pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::catalog::Resource;
use super::status::Status;
use crate::emulator::exchange::Request;

/// The list of `objects` that a request's `fieldSelector`, `labelSelector`, `limit` and `continue` ask for.
pub(super) fn list(request: &Request, resource: &Resource, mut objects: Vec<Value>) -> Result<Value, Status> {
    if matches!(request.query_value("watch").as_deref(), Some("true" | "1")) {
        return Err(Status::method_not_allowed());
    }
    let selector = request.query_value("fieldSelector").unwrap_or_default();
    for term in terms(&selector) {
        let (path, wanted, equal) = comparison(term).ok_or_else(|| Status::bad_request("invalid field selector"))?;
        if !matches!(path, "metadata.name" | "metadata.namespace") && !resource.selectable.contains(&path) {
            return Err(Status::bad_request(format!("field label not supported: {path}")));
        }
        objects.retain(|object| {
            (object.pointer(&format!("/{}", path.replace('.', "/"))) == Some(&wanted.into())) == equal
        });
    }
    let selector = request.query_value("labelSelector").unwrap_or_default();
    for term in terms(&selector) {
        objects.retain(|object| has_label(&object["metadata"]["labels"], term));
    }
    page(request, resource, objects)
}

fn terms(selector: &str) -> impl Iterator<Item = &str> {
    selector.split(',').map(str::trim).filter(|term| !term.is_empty())
}

/// `a=b`, `a==b`, `a!=b`: both sides, and whether they are to be equal.
fn comparison(term: &str) -> Option<(&str, &str, bool)> {
    let (left, right, equal) = match (term.split_once("!="), term.split_once("=="), term.split_once('=')) {
        (Some((left, right)), _, _) => (left, right, false),
        (_, Some((left, right)), _) | (_, _, Some((left, right))) => (left, right, true),
        _ => return None,
    };
    Some((left.trim(), right.trim(), equal))
}

fn has_label(labels: &Value, term: &str) -> bool {
    match (comparison(term), term.strip_prefix('!')) {
        (Some((name, wanted, equal)), _) => (labels[name] == wanted) == equal,
        (None, Some(absent)) => labels.get(absent).is_none(),
        (None, None) => labels.get(term).is_some(),
    }
}

fn page(request: &Request, resource: &Resource, objects: Vec<Value>) -> Result<Value, Status> {
    let limit = request.query_value("limit").unwrap_or_default();
    let limit: usize = match limit.as_str() {
        "" => 0,
        text => text.parse().map_err(|_| Status::bad_request("limit must be a number"))?,
    };
    let start = match request.query_value("continue").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => decoded(&token).ok_or_else(|| Status::bad_request("continue key is not valid"))?,
    };
    let total = objects.len();
    let end = if limit == 0 { total } else { total.min(start.saturating_add(limit)) };
    let mut metadata = json!({"resourceVersion": "1"});
    if end < total {
        metadata["continue"] = URL_SAFE_NO_PAD.encode(format!("v1:{end}")).into();
        metadata["remainingItemCount"] = (total - end).into();
    }
    let items: Vec<_> = objects.into_iter().take(end).skip(start).collect();
    let kind = format!("{}List", resource.kind);
    Ok(json!({"kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items}))
}

fn decoded(token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("v1:")?.parse().ok()
}

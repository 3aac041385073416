//! The paths of an OpenAPI document: which requests there are, and which parameters they take.

use serde_json::{Map, Value, json};

use super::openapi::Served;

/// Parameters of every request that writes.
const WRITING: [(&str, &str, &str); 3] = [
    ("dryRun", "string", "`All` to have the request processed and nothing stored."),
    ("fieldManager", "string", "The name that owns the fields that are written."),
    ("fieldValidation", "string", "What becomes of unknown and duplicate fields: `Ignore`, `Warn` or `Strict`."),
];
const LISTING: [(&str, &str, &str); 7] = [
    ("allowWatchBookmarks", "boolean", "Whether a watch says how far it is."),
    ("continue", "string", "Where the page begins, from the page before."),
    ("fieldSelector", "string", "Narrows the list by fields."),
    ("labelSelector", "string", "Narrows the list by labels."),
    ("limit", "integer", "How many objects a page has at most."),
    ("resourceVersion", "string", "The state that the answer is of."),
    ("watch", "boolean", "Whether to go on with changes as they happen."),
];
const FORCE: (&str, &str, &str) = ("force", "boolean", "Whether an apply takes over fields that others own.");
const PATCHES: [&str; 3] =
    ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// Every path of a resource.
pub(super) fn of(served: &Served<'_>) -> Map<String, Value> {
    let root = format!("/{}", served.root());
    let everywhere = format!("{root}/{}", served.plural);
    let collection = match served.namespaced {
        true => format!("{root}/namespaces/{{namespace}}/{}", served.plural),
        false => everywhere.clone(),
    };
    let object = format!("{collection}/{{name}}");
    let mut paths = Map::new();
    if served.namespaced {
        paths.insert(everywhere, path(&[], &[operation(served, "get", "list")]));
    }
    let in_namespace: &[&str] = if served.namespaced { &["namespace"] } else { &[] };
    let named = [in_namespace, &["name"]].concat();
    let all = [("get", "list"), ("post", "post"), ("delete", "deletecollection")];
    paths.insert(collection, path(in_namespace, &all.map(|(method, action)| operation(served, method, action))));
    if served.has_status {
        let some = ["get", "put", "patch"].map(|method| operation(served, method, method));
        paths.insert(format!("{object}/status"), path(&named, &some));
    }
    let each = ["get", "put", "patch", "delete"].map(|method| operation(served, method, method));
    paths.insert(object, path(&named, &each));
    paths
}

fn path(places: &[&str], operations: &[(&'static str, Value)]) -> Value {
    let place = |name: &&str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}});
    let mut path =
        Map::from_iter(operations.iter().map(|(method, operation)| ((*method).to_owned(), operation.clone())));
    path.insert("parameters".to_owned(), places.iter().map(place).collect());
    Value::Object(path)
}

fn operation(served: &Served<'_>, method: &'static str, action: &str) -> (&'static str, Value) {
    let parameter = |(name, kind, description): &(&str, &str, &str)| json!({"name": name, "in": "query", "description": description, "schema": {"type": kind, "uniqueItems": true}});
    let mut parameters: Vec<_> = match action {
        "list" | "deletecollection" => LISTING.iter().map(parameter).collect(),
        "post" | "put" | "patch" => WRITING.iter().map(parameter).collect(),
        _ => Vec::new(),
    };
    if action == "patch" {
        parameters.push(parameter(&FORCE));
    }
    let mut operation = json!({
        "tags": [served.root().trim_start_matches("apis/").replace(['.', '/'], "_")],
        "operationId": format!("{action}{}", served.kind),
        "parameters": parameters,
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": served.reference(action == "list")}}},
            "401": {"description": "Unauthorized"},
        },
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": served.group_version_kind(served.kind),
    });
    let whole = json!({"schema": served.reference(false)});
    let change = json!({"schema": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}});
    let content: Map<_, _> = match action {
        "post" | "put" => [("application/json".to_owned(), whole)].into_iter().collect(),
        "patch" => {
            let strategic = served.group.is_empty().then_some(STRATEGIC);
            PATCHES.into_iter().chain(strategic).map(|kind| (kind.to_owned(), change.clone())).collect()
        }
        _ => return (method, operation),
    };
    operation["requestBody"] = json!({"content": content, "required": true});
    (method, operation)
}

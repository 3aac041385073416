//! The schemas as OpenAPI documents, one for each group and version.

use serde_json::{Map, Value, json};

use super::{Type, find, paths, shared};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const SCHEMAS: &str = "#/components/schemas";

/// A resource that a control plane serves, as much as its document needs of it.
pub(in crate::emulator::api) struct Served<'a> {
    /// Empty for the core group.
    pub(in crate::emulator::api) group: &'a str,
    pub(in crate::emulator::api) version: &'a str,
    pub(in crate::emulator::api) kind: &'a str,
    pub(in crate::emulator::api) plural: &'a str,
    pub(in crate::emulator::api) namespaced: bool,
    /// Whether there is `/status`.
    pub(in crate::emulator::api) has_status: bool,
}

impl Served<'_> {
    /// `api/v1` or `apis/GROUP/VERSION`.
    pub(super) fn root(&self) -> String {
        match self.group {
            "" => format!("api/{}", self.version),
            group => format!("apis/{group}/{}", self.version),
        }
    }

    pub(super) fn group_version_kind(&self, kind: &str) -> Value {
        json!({"group": self.group, "version": self.version, "kind": kind})
    }

    fn schema(&self) -> Option<&'static Type> {
        find(self.group, self.version, self.kind)
    }

    /// The name of the schema: the group backwards, the version, the kind.
    fn definition(&self) -> String {
        let group: Vec<_> = self.group.split('.').rev().collect();
        match self.group {
            "" => format!("io.k8s.api.core.{}.{}", self.version, self.kind),
            _ => format!("{}.{}.{}", group.join("."), self.version, self.kind),
        }
    }

    /// A reference to the schema of the object, or of the list of objects.
    pub(super) fn reference(&self, list: bool) -> Value {
        json!({"$ref": format!("{SCHEMAS}/{}{}", self.definition(), if list { "List" } else { "" })})
    }
}

/// `/openapi/v3`: where the document of each group and version is. The paths are below the control plane's own.
pub(in crate::emulator::api) fn index(served: &[Served<'_>]) -> Value {
    let documented = served.iter().filter(|one| one.schema().is_some());
    let entry = |one: &Served<'_>| (one.root(), json!({"serverRelativeURL": format!("/openapi/v3/{}", one.root())}));
    json!({"paths": documented.map(entry).collect::<Map<_, _>>()})
}

/// `/openapi/v3/ROOT` of the resources below one root, such as `apis/GROUP/VERSION`; `None` if there are none.
pub(in crate::emulator::api) fn document(served: &[Served<'_>], root: &str) -> Option<Value> {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for one in served.iter().filter(|one| one.root() == root) {
        let Some(schema) = one.schema() else { continue };
        schemas.insert(one.definition(), object(one, schema));
        schemas.insert(format!("{}List", one.definition()), list(one));
        paths.extend(paths::of(one));
    }
    if schemas.is_empty() {
        return None;
    }
    for name in ["ObjectMeta", "ListMeta"] {
        schemas.insert(format!("{META}.{name}"), shared()[name].clone());
    }
    schemas.insert(
        format!("{META}.Patch"),
        json!({"type": "object", "description": "A change of an object in one of the patch formats."}),
    );
    Some(json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": paths,
        "components": {"schemas": schemas},
    }))
}

fn object(served: &Served<'_>, schema: &Type) -> Value {
    let mut schema = schema.schema.clone();
    schema["properties"]["metadata"] = metadata("ObjectMeta");
    schema["x-kubernetes-group-version-kind"] = json!([served.group_version_kind(served.kind)]);
    schema
}

fn list(served: &Served<'_>) -> Value {
    let kind = format!("{}List", served.kind);
    json!({
        "type": "object",
        "description": format!("A list of {}.", served.kind),
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": "The version of the API that the objects are of."},
            "items": {"type": "array", "description": "The objects.", "items": served.reference(false)},
            "kind": {"type": "string", "description": "The type of the list."},
            "metadata": metadata("ListMeta"),
        },
        "x-kubernetes-group-version-kind": [served.group_version_kind(&kind)],
    })
}

fn metadata(name: &str) -> Value {
    let reference = json!({"$ref": format!("{SCHEMAS}/{META}.{name}")});
    json!({"description": shared()[name]["description"], "allOf": [reference], "default": {}})
}

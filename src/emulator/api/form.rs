//! The form a client wants its answer in: the objects themselves, tables, or metadata alone.

use hyper::header;
use serde::Serialize;
use serde_json::{Value, json};

use super::catalog::Resource;
use super::status::Status;
use super::table;
use crate::emulator::exchange::Request;

/// How objects are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Objects,
    Table(Include),
    Metadata,
}

/// What a table's row has of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    Nothing,
    Metadata,
    Object,
}

/// A list of whole objects, serialized without copying them.
#[derive(Serialize)]
struct Listing<'a> {
    kind: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    metadata: Value,
    items: &'a [&'a Value],
}

impl Form {
    /// The first of the forms in `Accept` that is spoken here.
    pub(super) fn of(request: &Request) -> Result<Self, Status> {
        let include = match request.query_value("includeObject").as_deref() {
            None | Some("" | "Metadata") => Include::Metadata,
            Some("None") => Include::Nothing,
            Some("Object") => Include::Object,
            Some(other) => return Err(Status::bad_request(format!("unrecognized includeObject value: {other:?}"))),
        };
        let accept = request.header(header::ACCEPT).unwrap_or("*/*");
        accept.split(',').find_map(|media| one(media, include)).ok_or_else(Status::not_acceptable)
    }

    /// A list in this form.
    pub(super) fn list(self, resource: &Resource, metadata: Value, objects: &[&Value]) -> String {
        match self {
            Self::Objects => {
                let kind = format!("{}List", resource.kind);
                let listing = Listing { kind, api_version: resource.api_version(), metadata, items: objects };
                serde_json::to_string(&listing).unwrap_or_default()
            }
            Self::Table(include) => table::table(resource, &metadata, objects, include, true).to_string(),
            Self::Metadata => {
                let items: Vec<_> = objects.iter().map(|object| metadata_of(object)).collect();
                json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                       "items": items})
                .to_string()
            }
        }
    }

    /// One object in this form; tables that follow others leave their columns out.
    pub(super) fn one(self, resource: &Resource, object: &Value, with_columns: bool) -> Value {
        match self {
            Self::Objects => object.clone(),
            Self::Metadata => metadata_of(object),
            Self::Table(include) => {
                let metadata = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                table::table(resource, &metadata, &[object], include, with_columns)
            }
        }
    }
}

pub(super) fn metadata_of(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

fn one(media: &str, include: Include) -> Option<Form> {
    let mut parts = media.split(';').map(str::trim);
    if !matches!(parts.next()?, "application/json" | "application/*" | "*/*") {
        return None;
    }
    let mut kind = None;
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match (name, value) {
            ("as", value) => kind = Some(value),
            ("g", group) if group != "meta.k8s.io" => return None,
            ("v", version) if version != "v1" && version != "v1beta1" => return None,
            _ => {}
        }
    }
    match kind {
        None => Some(Form::Objects),
        Some("Table") => Some(Form::Table(include)),
        Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Some(Form::Metadata),
        Some(_) => None,
    }
}

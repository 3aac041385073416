//! Which types exist, and which control plane serves which.

mod batch;
mod core;
mod iam;
mod identity;
mod networking;
mod resource_manager;
mod reviews;

use super::plane::Plane;
use super::status::Status;

/// A resource type.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    pub(super) kind: &'static str,
    pub(super) short_names: &'static [&'static str],
    pub(super) categories: &'static [&'static str],
    pub(super) namespaced: bool,
    pub(super) verbs: &'static [&'static str],
    /// Whether `/status` is a resource of its own.
    pub(super) has_status: bool,
    /// Fields a list may be narrowed by, beside name and namespace.
    pub(super) selectable: &'static [&'static str],
    /// JSON pointer of the field that objects are looked up by.
    pub(super) index: Option<&'static str>,
    /// Whether its objects are not kept in the store, but made from what the identity provider knows.
    pub(super) is_virtual: bool,
    /// What tables show behind the name.
    pub(super) columns: &'static [Column],
    served: fn(&Plane) -> bool,
}

/// One column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) source: Source,
    /// Whether only `-o wide` shows it.
    pub(super) wide: bool,
}

/// Where a column's cells come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The value at a JSON pointer.
    Path(&'static str),
    /// The status of the condition of this type.
    Condition(&'static str),
    /// How long ago the time at a JSON pointer was.
    Since(&'static str),
    /// How many members the objects at these pointers have together.
    Count(&'static [&'static str]),
    /// `kind/name` of an object reference, in lower case.
    Reference(&'static str),
}

const fn column(name: &'static str, source: Source) -> Column {
    Column { name, source, wide: false }
}

const fn wide(name: &'static str, source: Source) -> Column {
    Column { name, source, wide: true }
}

const AGE: Column = column("Age", Source::Since("/metadata/creationTimestamp"));
const DISPLAY_NAME: Column = column("Display Name", Source::Path("/metadata/annotations/kubernetes.io~1display-name"));
const READY: Column = column("Ready", Source::Condition("Ready"));

const READ: &[&str] = &["get", "list", "watch"];
const READ_WRITE: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Resource {
    const fn new(api: (&'static str, &'static str), names: [&'static str; 3], served: fn(&Plane) -> bool) -> Self {
        let [plural, singular, kind] = names;
        Self {
            group: api.0,
            version: api.1,
            plural,
            singular,
            kind,
            short_names: &[],
            categories: &[],
            namespaced: false,
            verbs: READ_WRITE,
            has_status: true,
            selectable: &[],
            index: None,
            is_virtual: false,
            columns: &[AGE],
            served,
        }
    }

    /// As `apiVersion` has it: `GROUP/VERSION`, or the version alone for the core group.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `PLURAL.GROUP`, as messages name types.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// What keeps an object of this type until its controller is done with it; empty for most.
    pub(super) fn finalizer(&self) -> &'static str {
        match self.kind {
            "Project" => "resourcemanager.miloapis.com/project-controller",
            "ServiceAccount" => "iam.miloapis.com/serviceaccount",
            "MachineAccount" => "iam.miloapis.com/machineaccount",
            _ => "",
        }
    }

    /// Whether creating one asks a question instead of storing something.
    pub(super) fn is_review(&self) -> bool {
        self.group.ends_with(".k8s.io")
    }
}

fn all() -> impl Iterator<Item = &'static Resource> {
    let ours = resource_manager::TYPES.iter().chain(&iam::TYPES).chain(&identity::TYPES);
    let ours = ours.chain(&networking::TYPES);
    core::TYPES.iter().chain(&batch::TYPES).chain(ours).chain(&reviews::TYPES)
}

/// The resources a control plane serves.
pub(super) fn in_plane(plane: &Plane) -> impl Iterator<Item = &'static Resource> {
    all().filter(move |resource| (resource.served)(plane))
}

pub(super) fn find(plane: &Plane, group: &str, version: &str, plural: &str) -> Result<&'static Resource, Status> {
    in_plane(plane)
        .find(|one| (one.group, one.version, one.plural) == (group, version, plural))
        .ok_or_else(Status::no_such_path)
}

/// The type of a group and a plural name, wherever it is served.
pub(super) fn named(group: &str, plural: &str) -> Option<&'static Resource> {
    all().find(|one| (one.group, one.plural) == (group, plural))
}

/// The type an object says it is of.
pub(super) fn of(object: &serde_json::Value) -> Option<&'static Resource> {
    all().find(|one| object["kind"] == one.kind && object["apiVersion"] == one.api_version())
}

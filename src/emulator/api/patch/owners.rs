//! `metadata.managedFields`: who owns which fields.

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::walk::{compare, fields};
use crate::emulator::api::schema::{Schema, Type};

/// Fields that the server keeps itself: nobody owns them.
const SERVERS_OWN: [&[&str]; 11] = [
    &["f:apiVersion"],
    &["f:kind"],
    &["f:metadata", "f:name"],
    &["f:metadata", "f:namespace"],
    &["f:metadata", "f:generateName"],
    &["f:metadata", "f:creationTimestamp"],
    &["f:metadata", "f:deletionTimestamp"],
    &["f:metadata", "f:uid"],
    &["f:metadata", "f:generation"],
    &["f:metadata", "f:managedFields"],
    &["f:metadata", "f:resourceVersion"],
];

/// Who writes, when, and through which door.
pub(in crate::emulator::api) struct Write<'a> {
    pub(in crate::emulator::api) of: &'static Type,
    /// The name of the manager; see [`manager`].
    pub(in crate::emulator::api) manager: &'a str,
    /// `status`, if that is written through its own path.
    pub(in crate::emulator::api) subresource: Option<&'a str>,
    /// RFC 3339 in UTC, whole seconds.
    pub(in crate::emulator::api) now: &'a str,
}

impl Write<'_> {
    pub(super) fn schema(&self) -> Schema {
        self.of.schema()
    }

    /// The part of a set that can be owned by who writes this way: the status through its own path, all else through the
    /// object's.
    pub(super) fn ownable(&self, fields: Fields) -> Fields {
        let fields = SERVERS_OWN.iter().fold(fields, |fields, path| fields.without(path));
        let fields = match fields.at("f:metadata") {
            Some(metadata) => {
                let mut metadata = metadata.clone();
                metadata.owned = false;
                let mut fields = fields.clone();
                fields.put("f:metadata", metadata);
                fields
            }
            None => fields,
        };
        match self.subresource {
            Some(_) => fields.only("f:status"),
            None if self.of.is_core() => fields,
            None => fields.without(&["f:status"]),
        }
    }

    /// The entry of who writes, without fields yet.
    pub(super) fn owner(&self, operation: &str) -> Owner {
        Owner {
            manager: self.manager.to_owned(),
            operation: operation.to_owned(),
            api_version: self.of.api_version(),
            subresource: self.subresource.map(ToOwned::to_owned),
            time: Some(self.now.to_owned()),
            fields: Fields::default(),
        }
    }
}

/// The manager of a request: the query's `fieldManager`, or the User-Agent up to its first `/`.
pub(in crate::emulator::api) fn manager(field_manager: Option<&str>, user_agent: Option<&str>) -> String {
    let given = field_manager.filter(|name| !name.is_empty());
    let agent = || user_agent.and_then(|agent| agent.split('/').next()).filter(|name| !name.is_empty());
    let name = given.or_else(agent).unwrap_or("unknown");
    name.chars().filter(|one| !one.is_control()).take(128).collect()
}

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) manager: String,
    /// `Apply` or `Update`.
    pub(super) operation: String,
    pub(super) api_version: String,
    pub(super) subresource: Option<String>,
    pub(super) time: Option<String>,
    pub(super) fields: Fields,
}

impl Owner {
    fn from_json(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(ToOwned::to_owned);
        Self {
            manager: text("manager").unwrap_or_default(),
            operation: text("operation").unwrap_or_default(),
            api_version: text("apiVersion").unwrap_or_default(),
            subresource: text("subresource"),
            time: text("time"),
            fields: Fields::from_json(&value["fieldsV1"]),
        }
    }

    fn to_json(&self) -> Value {
        let mut entry = json!({"manager": self.manager, "operation": self.operation, "apiVersion": self.api_version});
        entry["time"] = self.time.as_deref().into();
        entry["fieldsType"] = "FieldsV1".into();
        entry["fieldsV1"] = self.fields.to_json();
        entry["subresource"] = self.subresource.as_deref().into();
        entry.as_object_mut().into_iter().for_each(|entry| entry.retain(|_, value| !value.is_null()));
        entry
    }

    /// Whether two entries are of one owner. Who applies stays the same across versions.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = (&self.manager, &self.operation, &self.subresource)
            == (&other.manager, &other.operation, &other.subresource);
        same && (self.operation == "Apply" || self.api_version == other.api_version)
    }

    /// The owner as conflicts name it.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("{:?}", self.manager);
        if let Some(subresource) = &self.subresource {
            shown = format!("{shown} with subresource {subresource:?}");
        }
        match self.operation.as_str() {
            "Update" => format!("{shown} using {}", self.api_version),
            _ => shown,
        }
    }
}

/// The owners that an object names.
pub(super) fn owners(object: &Value) -> Vec<Owner> {
    object["metadata"]["managedFields"].as_array().into_iter().flatten().map(Owner::from_json).collect()
}

/// Writes the owners into an object; those without fields are left out.
pub(super) fn set_owners(object: &mut Value, mut owners: Vec<Owner>) {
    owners.retain(|owner| !owner.fields.is_empty());
    owners.sort_by(|one, other| {
        let order = |owner: &Owner| (owner.operation.clone(), owner.time.clone(), owner.manager.clone());
        order(one).cmp(&order(other))
    });
    let entries: Vec<_> = owners.iter().map(Owner::to_json).collect();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    match entries.is_empty() {
        true => drop(metadata.remove("managedFields")),
        false => drop(metadata.insert("managedFields".to_owned(), entries.into())),
    }
}

/// The owners that a write starts from. A writer may change the list; an empty one means nothing, one empty entry erases it.
fn starting_owners(old: Option<&Value>, new: &Value) -> Vec<Owner> {
    match new["metadata"]["managedFields"].as_array().map(Vec::as_slice) {
        Some([only]) if only.as_object().is_some_and(Map::is_empty) => Vec::new(),
        Some([_, ..]) if old.is_some() => owners(new),
        _ => old.map(owners).unwrap_or_default(),
    }
}

/// An object that takes the place of `old` through any write but an apply: whoever changed a field owns it alone.
pub(in crate::emulator::api) fn track(write: &Write<'_>, old: Option<&Value>, new: &Value) -> Value {
    let schema = write.schema();
    let nothing = json!({"metadata": {}});
    let difference = compare(schema, old.unwrap_or(&nothing), new);
    let changed = write.ownable(difference.changed.clone());
    let mut all = starting_owners(old, new);
    for owner in &mut all {
        owner.fields = owner.fields.difference(&difference.changed).difference_with_contents(&difference.removed);
    }
    if !changed.is_empty() {
        let mut own = write.owner("Update");
        own.fields = changed;
        if let Some(place) = all.iter().position(|owner| owner.is(&own)) {
            own.fields = own.fields.union(&all.remove(place).fields);
        }
        all.push(own);
    }
    let mut object = new.clone();
    set_owners(&mut object, all);
    object
}

/// The fields of an object that somebody can own.
pub(super) fn ownable_fields(write: &Write<'_>, object: &Value) -> Fields {
    write.ownable(fields(write.schema(), object))
}

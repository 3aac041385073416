//! [`Document`]: one object as somebody wrote it down.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Error, Origin, Problem};

/// Which names a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `metadata.name`.
    Named,
    /// `metadata.name`, or `metadata.generateName` for the server to complete.
    NamedOrGenerated,
}

/// One object of a manifest: it has an `apiVersion`, a `kind` and `metadata`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// Where it stands.
    pub(crate) origin: Origin,
    /// The object.
    pub(crate) object: Value,
}

impl Document {
    /// The object of `value`.
    ///
    /// # Errors
    /// What every object has is missing or of another type.
    pub(super) fn new(origin: Origin, value: Value) -> Result<Self, Error> {
        let problem = check(&value).err();
        match problem {
            Some(problem) => Err(Error::Document { origin, problem }),
            None => Ok(Self { origin, object: value }),
        }
    }

    /// Such as `dns.networking.miloapis.com/v1alpha1`.
    pub(crate) fn api_version(&self) -> &str {
        self.object["apiVersion"].as_str().unwrap_or_default()
    }

    /// Such as `DNSZone`.
    pub(crate) fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }

    /// `metadata.name`; empty where the server makes one.
    pub(crate) fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// `metadata.namespace`.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.object["metadata"]["namespace"].as_str().filter(|name| !name.is_empty())
    }

    /// Puts it into a namespace.
    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        self.object["metadata"]["namespace"] = namespace.into();
    }

    /// `metadata.labels`.
    pub(crate) fn labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.object["metadata"]["labels"].as_object();
        labels.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
    }

    /// # Errors
    /// It has no name of the kind that `naming` wants.
    pub(crate) fn require_name(&self, naming: Naming) -> Result<(), Error> {
        let generated = self.object["metadata"]["generateName"].as_str().is_some_and(|prefix| !prefix.is_empty());
        match self.name().is_empty() && !(naming == Naming::NamedOrGenerated && generated) {
            true => Err(Error::Document { origin: self.origin.clone(), problem: Problem::Missing("metadata.name") }),
            false => Ok(()),
        }
    }
}

fn check(value: &Value) -> Result<(), Problem> {
    let Value::Object(object) = value else {
        return Err(Problem::NotAnObject(match value {
            Value::Array(_) => "a list",
            Value::String(_) => "a text",
            _ => "a single value",
        }));
    };
    for field in ["apiVersion", "kind"] {
        match object.get(field) {
            Some(Value::String(text)) if !text.is_empty() => {}
            None | Some(Value::Null | Value::String(_)) => return Err(Problem::Missing(field)),
            Some(_) => return Err(Problem::WrongType(field, "a text")),
        }
    }
    let metadata = match object.get("metadata") {
        Some(Value::Object(metadata)) => metadata,
        None | Some(Value::Null) => return Err(Problem::Missing("metadata.name")),
        Some(_) => return Err(Problem::WrongType("metadata", "a mapping")),
    };
    for (field, path) in
        [("name", "metadata.name"), ("generateName", "metadata.generateName"), ("namespace", "metadata.namespace")]
    {
        match metadata.get(field) {
            None | Some(Value::Null | Value::String(_)) => {}
            Some(_) => return Err(Problem::WrongType(path, "a text; put it in quotes")),
        }
    }
    Ok(())
}

//! A patch as a person wrote it, checked before any server sees it.

use serde_json::Value;

use crate::api::{ApiType, ObjectPatch};
use crate::error::Failure;

/// `--type`
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Kubernetes' own: lists are merged by their keys; for Kubernetes' own types
    Strategic,
    /// RFC 7386: members replace members, null removes
    Merge,
    /// RFC 6902: a list of operations
    Json,
}

impl Kind {
    /// What a patch without `--type` is. kubectl says strategic for every type, which servers refuse for all that are
    /// not their own.
    pub(super) fn usual(kind: &ApiType) -> Self {
        if kind.is_built_in() { Self::Strategic } else { Self::Merge }
    }
}

/// A patch that can be sent.
#[derive(Debug)]
pub(super) struct Document(Value);

impl Document {
    /// Reads `text`, JSON or YAML, as a patch of `kind`.
    ///
    /// # Errors
    /// A usage failure for what is neither, and for what a patch of this kind cannot be.
    pub(super) fn read(text: &str, kind: Option<Kind>) -> Result<Self, Failure> {
        let value: Value = crate::yaml::document(text)
            .map_err(|error| Failure::usage(format!("the patch is neither JSON nor YAML: {error}")))?;
        let document = Self(value);
        match (kind, &document.0) {
            (Some(Kind::Json), _) => document.operations().map(drop)?,
            (_, Value::Object(_)) => {}
            (_, Value::Array(_)) => {
                let failure = Failure::usage("the patch is a list, and this kind of patch is an object");
                return Err(failure.hint("a list of operations needs --type json"));
            }
            _ => return Err(Failure::usage("the patch is not an object")),
        }
        Ok(document)
    }

    fn operations(&self) -> Result<json_patch::Patch, Failure> {
        serde_json::from_value(self.0.clone())
            .map_err(|error| Failure::usage(format!("the patch is no list of JSON patch operations: {error}")))
    }

    /// The patch as it is sent.
    pub(super) fn patch(&self, kind: Kind) -> Result<ObjectPatch, Failure> {
        Ok(match kind {
            Kind::Strategic => ObjectPatch::Strategic(self.0.clone()),
            Kind::Merge => ObjectPatch::Merge(self.0.clone()),
            Kind::Json => ObjectPatch::Json(self.operations()?),
        })
    }

    /// What becomes of `object`, found out here.
    pub(super) fn merged(&self, kind: Kind, object: &Value) -> Result<Value, Failure> {
        let mut merged = object.clone();
        match kind {
            Kind::Merge => json_patch::merge(&mut merged, &self.0),
            Kind::Json => json_patch::patch(&mut merged, &self.operations()?)
                .map_err(|error| Failure::usage(format!("the patch does not fit the object: {error}")))?,
            Kind::Strategic => {
                return Err(Failure::usage("only the server knows what a strategic patch does")
                    .hint("use --dry-run=server, or --type merge"));
            }
        }
        Ok(merged)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, Kind};

    #[test]
    fn a_patch_is_json_or_yaml_and_fits_its_kind() {
        for text in [r#"{"a": {"b": 1}}"#, "a:\n  b: 1\n"] {
            assert_eq!(Document::read(text, None).unwrap().0, json!({"a": {"b": 1}}));
        }
        let list = r#"[{"op": "add", "path": "/a", "value": 1}]"#;
        assert!(Document::read(list, Some(Kind::Json)).is_ok());
        for (text, kind) in [
            (r#"{"a": "#, None),
            ("a: b: c", None),
            ("", None),
            ("just words", None),
            (list, None),
            (list, Some(Kind::Merge)),
            (r#"{"a": 1}"#, Some(Kind::Json)),
            (r#"[{"op": "nonsense"}]"#, Some(Kind::Json)),
            (r#"[{"op": "add", "path": "a", "value": 1}]"#, Some(Kind::Json)),
        ] {
            assert!(Document::read(text, kind).is_err(), "{text} {kind:?}");
        }
    }

    #[test]
    fn a_rehearsal_here_does_what_the_server_would_do() {
        let object = json!({"a": 1, "b": [1, 2]});
        let merged = |text: &str, kind| Document::read(text, Some(kind)).unwrap().merged(kind, &object).ok();
        assert_eq!(merged(r#"{"a": null, "b": [3]}"#, Kind::Merge), Some(json!({"b": [3]})));
        assert_eq!(merged(r#"[{"op": "remove", "path": "/b/0"}]"#, Kind::Json), Some(json!({"a": 1, "b": [2]})));
        assert_eq!(merged(r#"[{"op": "test", "path": "/a", "value": 2}]"#, Kind::Json), None);
        assert_eq!(merged("{}", Kind::Strategic), None);
    }
}

//! `--for`: what is waited for, read off the command line and held against an object.

use serde_json::Value;

use crate::error::Failure;
use crate::ui::sanitize;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The object is gone.
    Deleted,
    /// The object is there.
    Created,
    /// A condition of its status has this value, in any case of letters.
    Status { name: String, value: String },
}

impl Condition {
    /// Reads `delete`, `create` or `condition=NAME[=VALUE]`.
    ///
    /// # Errors
    /// A usage failure for everything else.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let (kind, rest) = text.split_once('=').map_or((text, None), |(kind, rest)| (kind, Some(rest)));
        match (kind.to_ascii_lowercase().as_str(), rest) {
            ("delete", None) => Ok(Self::Deleted),
            ("create", None) => Ok(Self::Created),
            ("condition", Some(rest)) => {
                let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
                match name.is_empty() {
                    true => Err(Failure::usage("--for=condition= needs the name of a condition")),
                    false => Ok(Self::Status { name: name.to_owned(), value: value.to_owned() }),
                }
            }
            _ => Err(Failure::usage(format!("unrecognized condition: {:?}", sanitize(text)))
                .hint("use condition=NAME[=VALUE], delete or create")),
        }
    }

    /// Whether an object that is not there is a mistake.
    pub(super) fn needs_objects(&self) -> bool {
        !matches!(self, Self::Deleted | Self::Created)
    }

    /// Whether an object that nobody knows yet may be what is waited for.
    pub(super) fn awaits_new_objects(&self) -> bool {
        *self == Self::Created
    }

    /// Whether objects are to go.
    pub(super) fn awaits_deletion(&self) -> bool {
        *self == Self::Deleted
    }

    /// What the object says about itself, for whoever waited in vain.
    pub(super) fn state(&self, object: &Value) -> Option<String> {
        let Self::Status { name, .. } = self else { return None };
        let conditions = object["status"]["conditions"].as_array()?;
        let one = conditions.iter().find(|one| one["type"] == *name)?;
        let text = |field: &str| one[field].as_str().unwrap_or_default();
        Some(format!("{name} is {} ({}): {}", text("status"), text("reason"), text("message")))
    }

    /// Whether `object`, `None` for one that is not there, is as it should be.
    pub(super) fn holds(&self, object: Option<&Value>) -> bool {
        match (self, object) {
            (Self::Deleted, object) => object.is_none(),
            (_, None) => false,
            (Self::Created, Some(_)) => true,
            (Self::Status { name, value }, Some(object)) => has_status(object, name, value),
        }
    }
}

/// A condition counts when its controller has seen the object as it is: not before it has observed the generation.
fn has_status(object: &Value, name: &str, value: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().filter(|one| one["type"] == name).any(|one| {
        let observed = one["observedGeneration"].as_i64().or(object["status"]["observedGeneration"].as_i64());
        let is_current = match (observed, object["metadata"]["generation"].as_i64()) {
            (Some(observed), Some(generation)) => observed >= generation,
            _ => true,
        };
        is_current && one["status"].as_str().is_some_and(|status| status.eq_ignore_ascii_case(value))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Condition;

    fn holds(condition: &str, object: &Value) -> bool {
        Condition::parse(condition).unwrap().holds(Some(object))
    }

    #[test]
    fn a_condition_is_true_unless_another_value_is_named() {
        let object = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Bad", "status": "False"}]}});
        assert!(holds("condition=Ready", &object));
        assert!(holds("condition=Ready=true", &object));
        assert!(holds("condition=Bad=False", &object));
        assert!(!holds("condition=Bad", &object));
        assert!(!holds("condition=Other", &object));
        assert!(!holds("condition=Ready", &json!({"status": {"conditions": null}})));
    }

    #[test]
    fn a_condition_of_an_older_generation_does_not_count() {
        let object = |own: Value, whole: Value| {
            json!({"metadata": {"generation": 3}, "status": {"observedGeneration": whole,
                   "conditions": [{"type": "Ready", "status": "True", "observedGeneration": own}]}})
        };
        assert!(holds("condition=Ready", &object(json!(3), json!(1))));
        assert!(!holds("condition=Ready", &object(json!(2), json!(3))));
        assert!(!holds("condition=Ready", &object(Value::Null, json!(2))));
        assert!(holds("condition=Ready", &object(Value::Null, Value::Null)));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in ["", "ready", "condition", "condition=", "condition==true", "delete=now", "create="] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Condition::parse("Delete").unwrap(), Condition::Deleted);
    }
}

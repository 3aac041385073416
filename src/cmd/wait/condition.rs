//! `--for`: what is waited for, read off the command line and held against an object.

use serde_json::Value;

use crate::error::Failure;
use crate::exit::ExitCode;
use crate::render::JsonPath;
use crate::ui::sanitize;

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// The object is gone.
    Deleted,
    /// The object is there.
    Created,
    /// A condition of its status has this value, in any case of letters.
    Status { name: String, value: String },
    /// What the path selects is there, and has this value if one is named.
    Path { path: JsonPath, value: Option<String> },
}

impl Condition {
    /// Reads `delete`, `create`, `condition=NAME[=VALUE]` or `jsonpath=PATH[=VALUE]`.
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
            ("jsonpath", Some(rest)) => path(rest),
            _ => Err(Failure::usage(format!("unrecognized condition: {:?}", sanitize(text)))
                .hint("use condition=NAME[=VALUE], jsonpath='{.PATH}'[=VALUE], delete or create")),
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
    ///
    /// # Errors
    /// A path that leads to something that has no value to compare.
    pub(super) fn holds(&self, object: Option<&Value>) -> Result<bool, Failure> {
        Ok(match (self, object) {
            (Self::Deleted, object) => object.is_none(),
            (_, None) => false,
            (Self::Created, Some(_)) => true,
            (Self::Status { name, value }, Some(object)) => has_status(object, name, value),
            (Self::Path { path, value }, Some(object)) => has_value(object, path, value.as_deref())?,
        })
    }
}

/// `PATH` or `PATH=VALUE`; two equals signs are part of a path's own comparison.
fn path(text: &str) -> Result<Condition, Failure> {
    let is_single = |(place, _): &(usize, &str)| !text[..*place].ends_with('=') && !text[place + 1..].starts_with('=');
    let places: Vec<_> = text.match_indices('=').filter(is_single).map(|(place, _)| place).collect();
    let (path, value) = match places.as_slice() {
        [] => (text, None),
        [place] => (&text[..*place], Some(text[place + 1..].trim_matches(['\'', '"']).to_owned())),
        _ => return Err(Failure::usage("write --for=jsonpath='{.PATH}'=VALUE or --for=jsonpath='{.PATH}'")),
    };
    if value.as_deref() == Some("") {
        return Err(Failure::usage("jsonpath wait has to have a value after equal sign"));
    }
    let path = JsonPath::relaxed(path.trim()).map_err(|error| Failure::usage(format!("--for: {error}")))?;
    Ok(Condition::Path { path, value })
}

fn has_value(object: &Value, path: &JsonPath, value: Option<&str>) -> Result<bool, Failure> {
    let unusable = |problem: String| Failure::new(ExitCode::Failed, "JSONPATH", problem);
    let found = path.find(object).map_err(|error| unusable(error.to_string()))?;
    match (found.as_slice(), value) {
        ([], _) => Ok(false),
        ([_, _, ..], _) => Err(unusable("given jsonpath expression matches more than one value".to_owned())),
        ([_], None) => Ok(true),
        ([found], Some(value)) => match found.as_ref() {
            Value::Object(_) | Value::Array(_) => {
                Err(unusable("jsonpath leads to a nested object or list which is not supported".to_owned()))
            }
            Value::String(text) => Ok(text.trim() == value.trim()),
            number_or_truth => {
                let text = number_or_truth.to_string();
                Ok(text == value.trim())
            }
        },
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
        Condition::parse(condition).unwrap().holds(Some(object)).unwrap()
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
    fn a_path_is_there_or_has_a_value() {
        let object =
            json!({"status": {"phase": "Running", "count": 3, "on": true, "list": [{"a": "x", "b": 1}, {"a": "y"}]}});
        for met in [
            "jsonpath={.status.phase}",
            "jsonpath={.status.phase}=Running",
            "jsonpath=.status.count=3",
            "jsonpath={.status.on}=true",
            "jsonpath={.status.list[?(@.a==\"x\")].b}=1",
        ] {
            assert!(holds(met, &object), "{met}");
        }
        for unmet in ["jsonpath={.status.gone}", "jsonpath={.status.gone}=x", "jsonpath={.status.phase}=Pending"] {
            assert!(!holds(unmet, &object), "{unmet}");
        }
        for unusable in ["jsonpath={.status.list}=x", "jsonpath={.status.list[*].a}"] {
            assert!(Condition::parse(unusable).unwrap().holds(Some(&object)).is_err(), "{unusable}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            "jsonpath={.a}=",
            "jsonpath={.a",
            "jsonpath={.a}=b=c",
            "",
            "ready",
            "condition",
            "condition=",
            "condition==true",
            "delete=now",
            "create=",
        ] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Condition::parse("Delete").unwrap(), Condition::Deleted);
    }
}

//! Label and field selectors.

use serde_json::Value;

use super::catalog::Resource;
use super::status::Status;
use crate::emulator::exchange::Request;

/// What a request's `labelSelector` and `fieldSelector` ask for: everything must hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Field>,
}

/// One term about one label.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    label: String,
    /// `None`: any value will do.
    values: Option<Vec<String>>,
    /// Whether it must hold, or must not.
    wanted: bool,
}

#[derive(Clone, Debug)]
struct Field {
    pointer: String,
    value: String,
    wanted: bool,
}

impl Selector {
    pub(super) fn of(request: &Request, resource: &Resource) -> Result<Self, Status> {
        let fields = request.query_value("fieldSelector").unwrap_or_default();
        let fields = terms(&fields).map(|term| field(term, resource)).collect::<Result<_, _>>()?;
        let labels = request.query_value("labelSelector").unwrap_or_default();
        let labels =
            terms(&labels).map(|term| requirement(term).ok_or_else(|| unparsable(term))).collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The value that a field must have, if the selector says so.
    pub(super) fn wanted(&self, pointer: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.wanted && field.pointer == pointer).map(|field| field.value.as_str())
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.fields.iter().all(|field| field.holds(object)) && self.labels.iter().all(|term| term.holds(labels))
    }
}

impl Field {
    /// A field that is absent is empty.
    fn holds(&self, object: &Value) -> bool {
        let equal = match object.pointer(&self.pointer) {
            Some(Value::String(text)) => *text == self.value,
            None | Some(Value::Null) => self.value.is_empty(),
            Some(other) => serde_json::from_str::<Value>(&self.value).is_ok_and(|value| value == *other),
        };
        equal == self.wanted
    }
}

impl Requirement {
    /// A label that is absent has no value that could be the wanted one.
    fn holds(&self, labels: &Value) -> bool {
        let holds = match (labels.get(&self.label).and_then(Value::as_str), &self.values) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(value), Some(values)) => values.iter().any(|one| one == value),
        };
        holds == self.wanted
    }
}

fn unparsable(term: &str) -> Status {
    Status::bad_request(format!("unable to parse requirement: found {term:?}, expected a label requirement"))
}

/// The terms between commas, but not between those inside parentheses.
fn terms(selector: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = selector.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|term| !term.is_empty())
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

fn field(term: &str, resource: &Resource) -> Result<Field, Status> {
    let invalid = || Status::bad_request(format!("invalid selector: '{term}'; can't understand '{term}'"));
    let (path, value, wanted) = comparison(term).ok_or_else(invalid)?;
    let known = path == "metadata.name" || (path == "metadata.namespace" && resource.namespaced);
    if !known && !resource.selectable.contains(&path) {
        return Err(Status::bad_request(format!("field label not supported: {path}")));
    }
    let pointer = match path {
        "source" => "/source/component".to_owned(),
        path => format!("/{}", path.replace('.', "/")),
    };
    Ok(Field { pointer, value: value.to_owned(), wanted })
}

fn requirement(term: &str) -> Option<Requirement> {
    let (label, values, wanted) = match comparison(term) {
        Some((label, value, wanted)) => (label, Some(vec![value.to_owned()]), wanted),
        None => match (term.split_once('('), term.strip_prefix('!')) {
            (Some((head, values)), _) => {
                let (label, operator) = head.trim().rsplit_once(char::is_whitespace)?;
                let values = values.trim().strip_suffix(')')?.split(',').map(|one| one.trim().to_owned()).collect();
                let wanted = match operator {
                    "in" => true,
                    "notin" => false,
                    _ => return None,
                };
                (label.trim(), Some(values), wanted)
            }
            (None, Some(absent)) => (absent.trim(), None, false),
            (None, None) => (term, None, true),
        },
    };
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let legal = !label.is_empty() && label.chars().all(letters);
    legal.then(|| Requirement { label: label.to_owned(), values, wanted })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{requirement, terms};

    #[test]
    fn labels_are_selected_by_equality_sets_and_presence() {
        let labels = json!({"tier": "web", "zone": ""});
        for (selector, expected) in [
            ("tier=web", true),
            ("tier == web", true),
            ("tier!=web", false),
            ("other!=web", true),
            ("tier in (api, web)", true),
            ("tier notin (api,web)", false),
            ("other notin (api)", true),
            ("zone", true),
            ("zone=", true),
            ("!zone", false),
            ("!other,tier in (web,api),zone", true),
        ] {
            let holds = terms(selector).all(|term| requirement(term).unwrap().holds(&labels));
            assert_eq!(holds, expected, "{selector}");
        }
        for nonsense in ["a b", "tier of (web)", "tier in (web", "="] {
            assert_eq!(requirement(nonsense), None, "{nonsense}");
        }
    }
}

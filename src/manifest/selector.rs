//! [`Selector`]: `-l` over objects that no server has selected: `key=value`, `key!=value`, `key in (a,b)`, `key`, `!key`.

use std::collections::BTreeMap;

/// A text that is no label selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no label selector: key=value, key!=value, key in (a,b), key notin (a,b), key, !key")]
pub(crate) struct NoSelector {
    text: String,
}

/// Requirements, all of which must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    Present(String),
    Absent(String),
    /// One of the values.
    Among(String, Vec<String>),
    /// None of the values; a label that is missing has none of them.
    NotAmong(String, Vec<String>),
}

impl Selector {
    /// Reads what stands behind `-l`.
    ///
    /// # Errors
    /// It is no label selector.
    pub(crate) fn parse(text: &str) -> Result<Self, NoSelector> {
        let parts = split(text).into_iter().filter(|part| !part.is_empty());
        let requirements: Option<Vec<_>> = parts.map(requirement).collect();
        requirements.map(Self).ok_or_else(|| NoSelector { text: text.to_owned() })
    }

    /// Whether an object with these labels is meant.
    pub(crate) fn matches(&self, labels: &BTreeMap<&str, &str>) -> bool {
        let value = |key: &String| labels.get(key.as_str());
        let is_among = |key, values: &[String]| value(key).is_some_and(|own| values.iter().any(|one| one == own));
        self.0.iter().all(|requirement| match requirement {
            Requirement::Present(key) => value(key).is_some(),
            Requirement::Absent(key) => value(key).is_none(),
            Requirement::Among(key, values) => is_among(key, values),
            Requirement::NotAmong(key, values) => !is_among(key, values),
        })
    }
}

/// The requirements of a text: commas part them, but not those in parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut inside = false;
    let parts = text.split(|letter| {
        match letter {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        letter == ',' && !inside
    });
    parts.map(str::trim).collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    let key = |text: &str| is_word(text.trim()).then(|| text.trim().to_owned()).filter(|key| !key.is_empty());
    let one = |text: &str| is_word(text.trim()).then(|| vec![text.trim().to_owned()]);
    if let Some(absent) = text.strip_prefix('!') {
        return key(absent).map(Requirement::Absent);
    }
    if let Some((name, value)) = text.split_once("!=") {
        return Some(Requirement::NotAmong(key(name)?, one(value)?));
    }
    if let Some((name, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(Requirement::Among(key(name)?, one(value)?));
    }
    let Some((head, values)) = text.split_once('(') else { return key(text).map(Requirement::Present) };
    let values = values.strip_suffix(')')?.split(',').map(|value| one(value)?.pop()).collect::<Option<Vec<_>>>()?;
    match head.split_whitespace().collect::<Vec<_>>().as_slice() {
        [name, "in"] => Some(Requirement::Among(key(name)?, values)),
        [name, "notin"] => Some(Requirement::NotAmong(key(name)?, values)),
        _ => None,
    }
}

/// What a label's key or value is made of; the empty value is one.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::Selector;
    use std::collections::BTreeMap;

    #[test]
    fn a_selector_means_the_objects_that_the_server_would_select() {
        let labels = BTreeMap::from([("app", "web"), ("example.com/tier", "front"), ("empty", "")]);
        for (text, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web,empty=", true),
            ("app!=web", false),
            ("other!=web", true),
            ("app in (db, web),example.com/tier", true),
            ("app notin (db,web)", false),
            ("other notin (db)", true),
            ("!other", true),
            ("!app", false),
            ("missing", false),
            ("app = web , !other", true),
        ] {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.matches(&labels), expected, "{text}");
        }
        for wrong in ["app=we b", "a b", "app in web", "app in (web", "=x", "!", "app~x", "a in (b) c"] {
            assert!(Selector::parse(wrong).is_err(), "{wrong}");
        }
    }
}

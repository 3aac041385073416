//! The text that is edited: a head of comments, and one object, or several as a list.

use serde_json::{Value, json};

use crate::error::Failure;
use crate::ui::{sanitize, yaml};

const HEAD: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// `-o`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// YAML
    #[default]
    Yaml,
    /// JSON
    Json,
}

impl Language {
    /// The end of a file's name by which an editor knows it.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Yaml => "edit.yaml",
            Self::Json => "edit.json",
        }
    }

    /// `objects` as text, without the head.
    pub(super) fn write(self, objects: &[Value]) -> Result<String, Failure> {
        let document = match objects {
            [one] => one.clone(),
            several => json!({ "apiVersion": "v1", "kind": "List", "items": several }),
        };
        Ok(match self {
            Self::Yaml => yaml(&document)?,
            Self::Json => format!("{document:#}\n"),
        })
    }

    /// The objects of `text`.
    ///
    /// # Errors
    /// What is wrong with it, for the person to read above it.
    pub(super) fn read(self, text: &str) -> Result<Vec<Value>, String> {
        let document: Value = match self {
            Self::Yaml => crate::yaml::document(text).map_err(|error| format!("this is not YAML: {error}"))?,
            Self::Json => serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?,
        };
        let objects = match (document["kind"].as_str(), document.get("items")) {
            (Some("List"), Some(Value::Array(items))) => items.clone(),
            _ => vec![document],
        };
        match objects.iter().all(Value::is_object) {
            true => Ok(objects),
            false => Err("this is not an object".to_owned()),
        }
    }
}

/// `body` below the head and what was wrong with it the last time.
pub(super) fn with_head(body: &str, reasons: &[String]) -> String {
    let mut text = HEAD.to_owned();
    for line in reasons.iter().flat_map(|reason| reason.lines()) {
        text.push_str(&format!("# {}\n", sanitize(line)));
    }
    if !reasons.is_empty() {
        text.push_str("#\n");
    }
    text + body
}

/// What lies below the head. Comments further down are the language's own matter: a line of a script that lies within
/// an object begins like one.
pub(super) fn without_head(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split_inclusive('\n').skip_while(|line| line.starts_with('#')).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Language, with_head, without_head};

    #[test]
    fn what_is_written_reads_as_the_same_objects() {
        let script = "#!/bin/sh\n# a comment\necho \"yes\"\n";
        let one =
            json!({"kind": "A", "data": {"run": script, "no": "no", "on": "0x1", "octal": "010", "n": 1.5, "e": ""}});
        let two =
            json!({"kind": "B", "items": [], "text": "  led by blanks\n\n", "date": "2026-01-01", "null": "null"});
        for language in [Language::Yaml, Language::Json] {
            for objects in [vec![one.clone()], vec![one.clone(), two.clone()]] {
                let text = with_head(&language.write(&objects).unwrap(), &["bad\nworse".to_owned()]);
                assert!(text.contains("# bad\n# worse\n#\n"), "{text}");
                assert_eq!(language.read(&without_head(&text)).unwrap(), objects, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_object_is_said_to_be_none() {
        for text in ["a: b: c", "- a", "words", "kind: List\nitems: [1]\n", ""] {
            assert!(Language::Yaml.read(text).is_err(), "{text}");
        }
        assert!(Language::Json.read("{").is_err());
    }
}

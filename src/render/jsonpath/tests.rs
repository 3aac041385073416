use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{MissingKeys, Template};

/// What kubectl 1.32 said to these templates (`kubectl patch --local -o jsonpath=...`); the lane `real_kubectl_formats`
/// asks it again.
const SPOKEN_BY_KUBECTL: &str = include_str!("../../../tests/parts/kubectl/jsonpath.json");

#[derive(Deserialize)]
struct Spoken {
    documents: Map<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    document: String,
    template: String,
    outcome: String,
    words: String,
}

/// The outcome in the same terms: text, an error in the template, or an error with this object.
fn outcome(template: &str, object: &Value) -> (&'static str, String) {
    match Template::parse(template) {
        Err(error) => ("parse", error.problem),
        Ok(template) => match template.text(object, MissingKeys::Empty) {
            Ok(text) => ("text", text),
            Err(error) => ("error", error.to_string()),
        },
    }
}

// A bare `{end}` is a mistake in the template, whatever the object: kubectl tells it later.
#[test]
fn templates_say_what_kubectl_says() {
    let spoken: Spoken = serde_json::from_str(SPOKEN_BY_KUBECTL).unwrap();
    assert!(spoken.cases.len() > 150);
    let mut wrong = Vec::new();
    for case in &spoken.cases {
        let (kind, words) = outcome(&case.template, &spoken.documents[&case.document]);
        let is_same_kind = kind == case.outcome || words == "not in range, nothing to end";
        if !is_same_kind || words != case.words {
            wrong.push(format!(
                "{}\n  kubectl {}: {:?}\n  here    {kind}: {words:?}",
                case.template, case.outcome, case.words
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_in_a_template_is_told_with_its_place() {
    let error = Template::parse("{.metadata.name} {.spec.list[?(@.n==2").unwrap_err();
    assert_eq!(error.to_string(), "unterminated filter at byte 28");
}

#[test]
fn a_path_may_go_without_point_and_braces() {
    let object = json!({"metadata": {"name": "a", "labels": {"b.c/d": "e"}}});
    for path in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        assert_eq!(Template::parse_path(path).unwrap().values(&object).unwrap()[0].as_str(), Some("a"), "{path}");
    }
    assert_eq!(
        Template::parse_path("metadata.labels.b\\.c/d").unwrap().values(&object).unwrap()[0].as_str(),
        Some("e")
    );
    for wrong in ["", "{}", "{.a}{.b}", "{", "a}"] {
        assert!(Template::parse_path(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn missing_keys_are_refused_where_that_is_asked_for() {
    let template = Template::parse("{.a.b}").unwrap();
    assert_eq!(template.text(&json!({}), MissingKeys::Empty), Ok(String::new()));
    let error = template.text(&json!({"a": {}}), MissingKeys::Refused).unwrap_err();
    assert_eq!(error.to_string(), "b is not found");
}

// As `kubectl patch --local -o jsonpath-as-json=...` printed it.
#[test]
fn selections_are_lists_as_json() {
    let template = Template::parse("{.a[*]}{.b}").unwrap();
    let text = template.json(&json!({"a": [1, {"c": 2}], "b": "x"}), MissingKeys::Empty).unwrap();
    assert_eq!(text, "[\n    1,\n    {\n        \"c\": 2\n    }\n]\n[\n    \"x\"\n]\n");
}

proptest! {
    #[test]
    fn no_template_breaks_the_reader(template in r#"[{}\[\]().,:*?@$'"\\=<>!+\- \na-c0-9é]{0,40}|\PC*"#) {
        outcome(&template, &json!({"a": [{"b": 1, "c": null}, [1, "x"]], "b": {"a": "é"}}));
        let _ = Template::parse_path(&template);
    }

    #[test]
    fn no_template_in_braces_breaks_the_reader(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "[?(", ")]", "..", ".", "a", "b", "*", "range ", "end", "@", "$", "'a'", "\"x\"", ",", ":",
            "-1", "0", "2", "==", "<", "!=", " ", "\\", "{range .a[*]}", "{end}", "9223372036854775807", "-9223372036854775808",
        ]), 0..16)
    ) {
        outcome(&pieces.concat(), &json!({"a": [{"b": 1, "a": [3]}, [1, "x"]], "b": {"a": "é"}}));
    }
}

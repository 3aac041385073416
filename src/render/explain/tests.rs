use serde_json::{Value, json};

use super::{ExplainError, Explanation, explain};

fn document() -> Value {
    let meta = "#/components/schemas/io.example.Meta";
    json!({"components": {"schemas": {
        "com.example.v1.Thing": {
            "type": "object", "description": "A thing.", "required": ["spec"],
            "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Thing"}],
            "properties": {
                "metadata": {"description": "About it.", "allOf": [{"$ref": meta}]},
                "spec": {"type": "object", "properties": {
                    "mode": {"type": "string", "enum": ["", "A", "B", "C", "D"], "description": "How."},
                    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "additionalProperties": true},
                    "size": {"x-kubernetes-int-or-string": true},
                    "nodes": {"type": "array", "items": {"$ref": "#/components/schemas/io.example.Node"}},
                }},
            },
        },
        "io.example.Meta": {"type": "object", "description": "What all have.", "properties": {"name": {"type": "string"}}},
        "io.example.Node": {"type": "object", "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/io.example.Node"}},
        }},
    }}})
}

fn explained(path: &[&str], recursive: bool) -> Result<String, ExplainError> {
    let path: Vec<_> = path.iter().map(|name| (*name).to_owned()).collect();
    let asked = Explanation { group: "example.com", version: "v1", kind: "Thing", path: &path, recursive };
    explain(&document(), &asked)
}

#[test]
fn a_type_is_described_with_its_fields() {
    insta::assert_snapshot!(explained(&[], false).expect("a type"), @r#"
    GROUP:      example.com
    KIND:       Thing
    VERSION:    v1

    DESCRIPTION:
        A thing.
        
    FIELDS:
      metadata	<Meta>
        About it.

      spec	<Object> -required-
        <no description>
    "#);
}

#[test]
fn cycles_end_where_they_close() {
    insta::assert_snapshot!(explained(&["spec"], true).expect("a field"), @r#"
    GROUP:      example.com
    KIND:       Thing
    VERSION:    v1

    FIELD: spec <Object>


    DESCRIPTION:
        <empty>
    FIELDS:
      free	<Object>
      mode	<string>
      enum: "", A, B, C, ....
      nodes	<[]Node>
        children	<[]Node>
        name	<string>
      size	<Object>
      tags	<map[string]string>
    "#);
}

#[test]
fn a_field_names_all_its_values() {
    let text = explained(&["spec", "mode"], false).expect("a field");
    assert!(
        text.contains("FIELD: mode <string>\nENUM:\n    \"\"\n    A\n    B\n    C\n    D\n\nDESCRIPTION:"),
        "{text}"
    );
}

#[test]
fn a_field_that_is_not_there_is_named_with_those_near_it() {
    let missing = |path: &[&str], field: &str, similar: &[&str]| {
        let similar = similar.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(explained(path, false), Err(ExplainError::NoField { field: field.to_owned(), similar }));
    };
    missing(&["spec", "nodes", "nmae", "x"], "nmae", &["name"]);
    missing(&["metadata", "zzz"], "zzz", &[]);
}

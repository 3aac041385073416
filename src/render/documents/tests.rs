use serde_json::json;

use super::{DocumentOptions, document, indented, list_item};
use crate::render::OutputFormat;

#[test]
fn a_document_has_sorted_keys_and_no_managed_fields() {
    let object =
        json!({"kind": "Zone", "apiVersion": "v1", "metadata": {"name": "a", "managedFields": [1]}, "on": "yes"});
    let shown = |format, managed_fields| {
        document(object.clone(), &format, DocumentOptions { managed_fields, no_headers: false }).unwrap()
    };
    insta::assert_snapshot!(shown(OutputFormat::Json, false), @r#"
    {
        "apiVersion": "v1",
        "kind": "Zone",
        "metadata": {
            "name": "a"
        },
        "on": "yes"
    }
    "#);
    let yaml = shown(OutputFormat::Yaml, true);
    assert!(yaml.contains("managedFields") && !yaml.contains("on: yes"), "{yaml}");
}

#[test]
fn an_item_of_a_list_is_one_however_many_lines_it_has() {
    assert_eq!(list_item("a: 1\nb: |\n  x\n\n  y\n"), "- a: 1\n  b: |\n    x\n\n    y\n");
    assert_eq!(indented("{}", "  "), "  {}\n");
}

//! The lines that all descriptions begin with.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sheet::Sheet;

/// Longer annotations get lines of their own and are cut.
const LONGEST: usize = 140;
/// What a tool wrote for itself.
const NOT_SHOWN: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Name and namespace; objects outside of namespaces have an empty line for it.
pub(super) fn name(sheet: &mut Sheet, object: &Value, with_namespace: bool) {
    let metadata = &object["metadata"];
    sheet.write(0, &format!("Name:\t{}\n", super::text(metadata, "name")));
    if with_namespace {
        sheet.write(0, &format!("Namespace:\t{}\n", super::text(metadata, "namespace")));
    }
}

/// Labels, one a line.
pub(super) fn labels(sheet: &mut Sheet, object: &Value) {
    let labels = sorted(&object["metadata"]["labels"]);
    let lines: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    block(sheet, "Labels", &lines);
}

/// Annotations, the long ones on lines of their own.
pub(super) fn annotations(sheet: &mut Sheet, object: &Value) {
    let mut annotations = sorted(&object["metadata"]["annotations"]);
    annotations.remove(NOT_SHOWN);
    let lines: Vec<_> = annotations.iter().map(|(key, value)| annotation(key, value)).collect();
    block(sheet, "Annotations", &lines);
}

fn annotation(key: &str, value: &str) -> String {
    let value = value.strip_suffix('\n').unwrap_or(value);
    if value.len() + key.len() + 2 <= LONGEST && !value.contains('\n') {
        return format!("{key}: {value}\n");
    }
    let lines = value.split('\n').map(|line| format!("\t  {}\n", shortened(line, LONGEST - 2)));
    format!("{key}:\n{}", lines.collect::<String>())
}

fn block(sheet: &mut Sheet, title: &str, lines: &[String]) {
    match lines {
        [] => sheet.write(0, &format!("{title}:\t<none>\n")),
        lines => sheet.write(0, &format!("{title}:\t{}", lines.join("\t"))),
    }
}

/// A map of texts by its keys.
pub(super) fn sorted(map: &Value) -> BTreeMap<&str, &str> {
    let fields = map.as_object().into_iter().flatten();
    fields.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
}

/// At most `limit` bytes of `line`, whole letters.
fn shortened(line: &str, limit: usize) -> String {
    if line.len() <= limit {
        return line.to_owned();
    }
    let end = (0..=limit).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    format!("{}...", &line[..end])
}

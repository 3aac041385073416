use serde_json::{Value, json};

use super::{documents, doubts};

fn read(text: &str) -> Result<Vec<(String, Value)>, String> {
    let documents = documents("file", text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().map(|document| (document.origin.to_string(), document.object)).collect())
}

fn zone(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Zone", "metadata": {"name": name}})
}

#[test]
fn every_document_of_a_text_is_found_with_its_line() {
    let yaml = "# first\n---\n\napiVersion: v1\nkind: Zone\nmetadata: {name: a}\n---\n# nothing\n---\n\
                {apiVersion: v1, kind: Zone, metadata: {name: b}}\n--- # third\nkind: Zone\napiVersion: v1\n\
                metadata:\n  name: c\n...\n";
    assert_eq!(
        read(yaml),
        Ok(vec![
            ("file:4".to_owned(), zone("a")),
            ("file:10".to_owned(), zone("b")),
            ("file:12".to_owned(), zone("c"))
        ])
    );
    let json = format!("{}\n\n{}{}", zone("a"), zone("b"), zone("c"));
    assert_eq!(
        read(&json),
        Ok(vec![("file:1".to_owned(), zone("a")), ("file:3".to_owned(), zone("b")), ("file:3".to_owned(), zone("c"))])
    );
    assert_eq!(read("\u{feff}apiVersion: v1\r\nkind: Zone\r\nmetadata:\r\n  name: a\r\n").unwrap()[0].1, zone("a"));
    assert_eq!(read("\n# nothing\n---\n"), Ok(Vec::new()));
}

#[test]
fn lists_stand_for_their_items() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        zone("a"),
        {"apiVersion": "v1", "kind": "ZoneList", "items": [{"metadata": {"name": "b"}}]},
    ]});
    assert_eq!(
        read(&list.to_string()),
        Ok(vec![("file:1, item 1".to_owned(), zone("a")), ("file:1, item 1".to_owned(), zone("b"))])
    );
}

#[test]
fn aliases_merges_and_keys_are_read_as_kubectl_reads_them() {
    let text = "apiVersion: v1\nkind: Zone\nmetadata: &m {name: a}\nspec:\n  <<: [*m, {name: z, ttl: 5}]\n  ttl: 7\n  1: x\n  true: y\n";
    assert_eq!(read(text).unwrap()[0].1["spec"], json!({"ttl": 7, "1": "x", "true": "y", "name": "a"}));
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_nothing_of_the_content() {
    let head = "apiVersion: v1\nkind: Zone\n";
    let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let last = level - 1;
        format!("{text}a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(", "))
    });
    let long = format!("x: &x {}\ny: [{}]\n", "s".repeat(1_000_000), vec!["*x"; 300].join(", "));
    let deep = format!("{head}spec: {}{}\n", "[".repeat(120), "]".repeat(120));
    for (text, expected) in [
        (format!("{head}metadata:\n  name: a\n  name: b\n"), "file:5: the key \"name\" stands twice in one mapping"),
        (
            format!("{head}metadata: {{name: a}}\n---\n{head}metadata:\n\tname: a\n"),
            "file:8: a tab cannot indent YAML; use spaces",
        ),
        (format!("{head}metadata: {{}}\nspec: [\n"), "file:"),
        ("kind: Zone\nmetadata: {name: a}\n".to_owned(), "file:1: apiVersion is missing"),
        ("apiVersion: v1\nmetadata: {name: a}\n".to_owned(), "file:1: kind is missing"),
        (head.to_owned(), "file:1: metadata.name is missing"),
        (format!("{head}metadata: x\n"), "file:1: metadata must be a mapping"),
        (format!("{head}metadata: {{name: 12}}\n"), "file:1: metadata.name must be a text; put it in quotes"),
        ("- a\n".to_owned(), "file:1: an object is expected here, not a list"),
        ("hello\n".to_owned(), "file:1: an object is expected here, not a text"),
        (format!("{head}spec: {{[a]: b}}\n"), "file:"),
        (format!("{head}spec: .nan\n"), "file:3: the number NaN cannot be sent as JSON"),
        (format!("{head}spec: {{<<: x}}\n"), "file:3: << takes a mapping, or a list of mappings"),
        (r#"{"kind": "Zone", "kind": "Zone"}"#.to_owned(), "file:1: the key \"kind\" stands twice in one mapping"),
        ("{\"kind\": \"Zone\",\n\"a\"".to_owned(), "file:2: EOF while parsing an object"),
        ("\u{1}\u{2}".to_owned(), "file:1: this is not text, and no manifest"),
        (bomb, "file:"),
        (long, "file:"),
        (deep, "file:3: this is nested too deeply"),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.starts_with(expected), "{error:?} instead of {expected:?}");
        assert!(error.len() < 200 && !error.contains('\n'), "{error:?}");
    }
}

#[test]
fn words_that_kubectl_reads_differently_are_found() {
    let text =
        "a: yes\nb: \"yes\"\nc: |\n  d: no\n\n  e: off\nf:\n- on # really\n- Note\ng: 0644\nh: 0\ni: YeS\nj: é\n";
    let found: Vec<_> = doubts(text.as_bytes());
    assert_eq!(found, [(1, "yes".to_owned()), (8, "on".to_owned()), (10, "0644".to_owned())]);
}

use proptest::prelude::*;

use super::{Lists, edit};
use crate::yaml::Node;

/// `before` edited to hold what `after` holds.
fn edited(before: &str, after: &str) -> Option<String> {
    let (old, new) = (Node::parse(before).expect("YAML"), Node::parse(after).expect("YAML"));
    let text = edit(before, &old, &new, Lists::Rewritten)?;
    assert_eq!(Node::parse(&text).ok(), Some(new), "{text}");
    Some(text)
}

// STO-17
#[test]
fn only_the_lines_of_a_changed_value_change() {
    let cases = [
        ("# top\nb: 1 # why\na: x\n", "{b: 2, a: x}", "# top\nb: 2 # why\na: x\n"),
        ("a: 'it''s' # q\nb:\n", "{a: 'yes', b: }", "a: \"yes\" # q\nb:\n"),
        ("a:   # empty\nb: 1\n", "{a: x, b: 1}", "a: x\nb: 1\n"),
        ("a: 1\nc: 3\n", "{a: 1, b: 2, c: 3}", "a: 1\nb: 2\nc: 3\n"),
        ("a:\n  # none yet\nb: 1\n", "{a: [x], b: 1}", "a:\n- x\n  # none yet\nb: 1\n"),
        ("c: 3\na: 1\n", "{a: 1, b: 2, c: 3}", "c: 3\na: 1\nb: 2\n"),
        ("# licence\n\n# about a\na: 1\nb: 2\n", "{b: 2}", "# licence\n\nb: 2\n"),
        ("a: 1\n# end\n", "{}", "# end\n"),
        ("# only this\n", "{a: 1}", "# only this\na: 1\n"),
        ("---\na: 1\n", "{a: 2}", "---\na: 2\n"),
        ("a: 1\r\nb: 2\r\n", "{a: 1, b: 3}", "a: 1\r\nb: 3\r\n"),
        ("a: 1\nb: 2", "{a: 1, b: 3}", "a: 1\nb: 3\n"),
        (
            "m:\n  # in\n  x: 1 # one\n\n  y: 2\nz: 1\n",
            "{m: {x: 1, y: 3}, z: 1}",
            "m:\n  # in\n  x: 1 # one\n\n  y: 3\nz: 1\n",
        ),
        ("m: {x: 1} # flow\nz: 1 # z\n", "{m: {x: 2}, z: 1}", "m: {x: 2} # flow\nz: 1 # z\n"),
        (
            "t: |\n  # not a comment\n  text\nz: 1\n",
            "{t: \"# not a comment\\ntext\\n\", z: 2}",
            "t: |\n  # not a comment\n  text\nz: 2\n",
        ),
    ];
    for (before, after, expected) in cases {
        assert_eq!(edited(before, after).as_deref(), Some(expected), "{before}");
    }
}

// STO-17
#[test]
fn items_keep_their_comments_when_others_come_go_and_change() {
    let before = "l: # list\n# about x\n- name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n";
    let cases = [
        ("[{name: x, v: 1}]", "l: # list\n# about x\n- name: x # n\n  v: 1\n# after\nz: 1\n"),
        ("[{name: y, v: 2}]", "l: # list\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n"),
        (
            "[{name: x, v: 1}, {name: y, v: 3}]",
            "l: # list\n# about x\n- name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 3\n# after\nz: 1\n",
        ),
        (
            "[{name: w, v: 1}, {name: y, v: 2}]",
            "l: # list\n# about x\n- name: w # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n",
        ),
        (
            "[{name: w, v: 7}, {name: y, v: 2}]",
            "l: # list\n- name: w\n  v: 7\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n",
        ),
        (
            "[{name: y, v: 2}, {name: w}]",
            "l: # list\n# about y\n- name: y\n  # deep\n  v: 2\n- name: w\n# after\nz: 1\n",
        ),
        (
            "[{a: 0, name: x, v: 1}, {name: y, v: 2}]",
            "l: # list\n# about x\n- a: 0\n  name: x # n\n  v: 1\n# about y\n- name: y\n  # deep\n  v: 2\n# after\nz: 1\n",
        ),
    ];
    for (list, expected) in cases {
        assert_eq!(edited(before, &format!("{{l: {list}, z: 1}}")).as_deref(), Some(expected));
    }
    let indented = edited("l:\n    - name: x\n      v: 1\n", "{l: [{name: x, v: 2}, {name: w}]}");
    assert_eq!(indented.as_deref(), Some("l:\n    - name: x\n      v: 2\n    - name: w\n"));
}

// STO-17
#[test]
fn shapes_it_cannot_follow_are_written_anew_or_refused() {
    assert_eq!(edited("? a\n: 1\n", "{a: 2}"), None);
    let merged = "base: &b {x: 1}\nm:\n  <<: *b\n  w: 2\nz: 1 # z\n";
    let expected = "base: &b {x: 1}\nm:\n  w: 3\n  x: 1\nz: 1 # z\n";
    assert_eq!(edited(merged, "{base: {x: 1}, m: {x: 1, w: 3}, z: 1}").as_deref(), Some(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    // STO-17
    #[test]
    fn whatever_the_layout_the_outcome_is_right_or_refused(
        cuts in prop::collection::vec((0_usize..2_000, 0_usize..8, "( # c)?\n?[ a:#'\"{}\n-]{0,4}"), 0..4),
        removed in prop::collection::vec(0_usize..40, 0..6),
    ) {
        let mut text = include_str!("../../../tests/fixtures/original-home/config").to_owned();
        for (start, length, insert) in cuts {
            let start = start.min(text.len());
            text.replace_range(start..(start + length).min(text.len()), &insert);
        }
        let Ok(old) = Node::parse(&text) else { return Ok(()) };
        let mut new = old.clone();
        for index in removed {
            change(&mut new, &mut index.clone());
        }
        if let Some(edited) = edit(&text, &old, &new, Lists::Rewritten) {
            prop_assert!(old != new || edited.trim_end() == text.trim_end());
            if let Ok(read) = Node::parse_with_library(&edited) {
                prop_assert_eq!(present(&read), present(&new), "{}\n---\n{}", text, edited);
            }
        }
    }
}

/// The tree without the values that are as good as none, which the editor leaves where they are.
fn present(node: &Node) -> Node {
    match node {
        Node::Map(fields) => {
            let kept = fields.iter().map(|(key, value)| (key.clone(), present(value)));
            Node::Map(kept.filter(|(_, value)| !super::is_absent(value)).collect())
        }
        Node::List(items) => Node::List(items.iter().map(present).collect()),
        scalar => scalar.clone(),
    }
}

/// Changes the value that a walk through the tree reaches after `countdown` steps: removed, replaced, or joined by one.
fn change(node: &mut Node, countdown: &mut usize) {
    let mut is_it = || match *countdown {
        0 => true,
        _ => {
            *countdown -= 1;
            false
        }
    };
    match node {
        Node::Map(fields) if is_it() => fields.push(("new-key".to_owned(), Node::Text("yes".to_owned()))),
        Node::Map(fields) if !fields.is_empty() && is_it() => drop(fields.remove(0)),
        Node::List(items) if !items.is_empty() && is_it() => drop(items.remove(0)),
        Node::Map(fields) => fields.iter_mut().for_each(|(_, value)| change(value, countdown)),
        Node::List(items) => items.iter_mut().for_each(|value| change(value, countdown)),
        scalar if is_it() => *scalar = Node::Text("changed # not a comment".to_owned()),
        _ => {}
    }
}

/// Whether a change to the second of two texts happens in the first and leaves the rest of it alone.
fn kept(before: &str, after: &str) -> Option<String> {
    let (old, new) = (Node::parse(before).expect("YAML"), Node::parse(after).expect("YAML"));
    let text = edit(before, &old, &new, Lists::Kept)?;
    assert_eq!(Node::parse(&text).ok(), Some(new), "{text}");
    Some(text)
}

// KCF-02
#[test]
fn flow_style_and_json_keep_every_byte_that_did_not_change() {
    let cases = [
        ("{a: 1, b: [x,y ] } # end\n", "{a: 2, b: [x, y]}", "{a: 2, b: [x,y ] } # end\n"),
        ("{\"a\":1}", "{a: 1, b: {c: yes}}", "{\"a\":1,\"b\": {\"c\":\"yes\"}}"),
        (
            "{\n  \"l\": [\n    {\"name\": \"x\", \"v\": 1.50},\n    {\"name\": \"y\"}\n  ]\n}\n",
            "{l: [{name: x, v: 1.5}, {name: w, v: 2}]}",
            "{\n  \"l\": [\n    {\"name\": \"x\", \"v\": 1.50},\n    {\n      \"name\": \"w\",\n      \"v\": 2\n    }\n  ]\n}\n",
        ),
        ("l: [{name: x}, {name: y, 'it''s': z}] # l\nz: 1\n", "{l: [{name: x}], z: 1}", "l: [{name: x}] # l\nz: 1\n"),
        (
            "l: [\n  {name: x}, # one\n]\nz: 1\n",
            "{l: [{name: x, v: 1}], z: 1}",
            "l: [\n  {name: x,\"v\": 1}, # one\n]\nz: 1\n",
        ),
        ("l: []\r\nz: 1\r\n", "{l: [{name: x}], z: 1}", "l:\r\n- name: x\r\nz: 1\r\n"),
    ];
    for (before, after, expected) in cases {
        assert_eq!(kept(before, after).as_deref(), Some(expected), "{before}");
    }
}

// KCF-02
#[test]
fn anchors_mixed_line_endings_and_lone_dashes_stay() {
    let before = "l: &all\n-\n  name: x # x\r\n- &y\n  name: y\nm: *all\n";
    let new = "{l: [{name: x}, {name: y}], m: [{name: x}, {name: y}], z: 1}";
    assert_eq!(kept(before, new), Some(format!("{before}z: 1\n")));
    let added = kept("l: &all\n-\n  name: x # x\r\n- name: y\n", "{l: [{name: x}, {name: y}, {name: w}]}");
    assert_eq!(added.as_deref(), Some("l: &all\n-\n  name: x # x\r\n- name: y\n- name: w\n"));
}

// KCF-02
#[test]
fn a_list_of_others_is_never_written_anew() {
    let before = "b: &b {name: x}\nl:\n- *b\n- ? name\n  : y\nz: 1\n";
    assert_eq!(kept(before, "{b: {name: x}, l: [{name: x}, {name: y}], z: 2}"), Some(before.replace("z: 1", "z: 2")));
    assert_eq!(kept("b: &b {l: [{name: x}]}\n<<: *b\n", "{b: {l: [{name: x}]}, l: [{name: x}, {name: y}]}"), None);
}

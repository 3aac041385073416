//! The test matrix: every row in `tests/matrix/rows.txt` is named by a test or has its reason.
//!
//! `docs/test-matrix.md` is made here from the rows and the ids that the tests name. A row is one line, `ID PRIORITY
//! what must hold`; below it, indented, may stand why it is not tested.

use std::collections::BTreeMap;

use crate::architecture::source::{files, sources};
use crate::support::document::{assert_document, text_of};

struct Section {
    code: String,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    priority: String,
    claim: String,
    reason: Option<String>,
}

/// Which files with tests name which row.
type Witnesses = BTreeMap<String, Vec<String>>;

#[test]
fn the_document_says_what_the_tests_say() {
    let sections = sections();
    let witnesses = witnesses(&sections);
    assert_document("docs/test-matrix.md", &document(&sections, &witnesses));
}

#[test]
fn every_row_has_a_test_or_a_reason() {
    let sections = sections();
    let witnesses = witnesses(&sections);
    let rows = sections.iter().flat_map(|section| &section.rows);
    let missing = rows.filter(|row| row.reason.is_none() && !witnesses.contains_key(&row.id));
    let missing: Vec<String> = missing.map(|row| format!("{} {}", row.id, row.claim)).collect();
    assert!(missing.is_empty(), "{} rows without a test:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn a_row_with_a_test_needs_no_reason() {
    let sections = sections();
    let witnesses = witnesses(&sections);
    let rows = sections.iter().flat_map(|section| &section.rows);
    let both: Vec<&str> =
        rows.filter(|row| row.reason.is_some() && witnesses.contains_key(&row.id)).map(|row| row.id.as_str()).collect();
    assert!(both.is_empty(), "the reason is out of date: {both:?}");
}

#[test]
fn a_row_is_named_by_its_own_id_and_nothing_like_it() {
    for text in ["// CBK-05", "CBK-05, CBK-06", "(CBK-05)", "`CBK-05`:"] {
        assert!(names(text, "CBK-05"), "{text}");
    }
    for text in
        ["CBK-050", "CBK-0", "XCBK-05", "CBK-05..07", "CBK-03..CBK-05", "CBK-05 to CBK-07", "CBK-05-07", "CBK-5"]
    {
        assert!(!names(text, "CBK-05"), "{text}");
    }
}

fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text_of("tests/matrix/rows.txt").lines().filter(|line| !line.is_empty()) {
        if let Some((code, title)) = line.strip_prefix("# ").and_then(|heading| heading.split_once(' ')) {
            sections.push(Section { code: code.to_owned(), title: title.to_owned(), rows: Vec::new() });
            continue;
        }
        let rows = &mut sections.last_mut().expect("a heading comes first").rows;
        if line.starts_with(' ') {
            let row = rows.last_mut().expect("a reason follows its row");
            row.reason = Some(line.trim().to_owned());
            continue;
        }
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (Some(id), Some(priority), Some(claim)) = (words.next(), words.next(), words.next()) else {
            panic!("not a row: {line}");
        };
        assert!(["P0", "P1"].contains(&priority.as_str()), "{line}");
        rows.push(Row { id, priority, claim, reason: None });
    }
    sections
}

/// Reads every test: the integration tests with their parts, and the test code inside of `src`.
fn witnesses(sections: &[Section]) -> Witnesses {
    let mut texts: Vec<(String, String)> = Vec::new();
    for ending in ["rs", "mjs", "sh"] {
        let paths = files("tests", ending).into_iter().filter(|path| path != "tests/it/matrix.rs");
        texts.extend(paths.map(|path| (path.clone(), text_of(&path))));
    }
    for source in sources() {
        if let Some(first) = source.tokens.iter().find(|token| token.is_test) {
            let from = if source.product().next().is_none() { 0 } else { first.line - 1 };
            let text = source.text.lines().skip(from).collect::<Vec<_>>().join("\n");
            texts.push((source.path.clone(), text));
        }
    }
    let mut witnesses = Witnesses::new();
    for row in sections.iter().flat_map(|section| &section.rows) {
        let paths: Vec<String> =
            texts.iter().filter(|(_, text)| names(text, &row.id)).map(|(path, _)| path.clone()).collect();
        if !paths.is_empty() {
            witnesses.insert(row.id.clone(), paths);
        }
    }
    witnesses
}

/// Whether `text` names the row itself; an end of a range does not count.
fn names(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + id.len()..]);
        let is_part_of_a_word =
            before.ends_with(char::is_alphanumeric) || after.starts_with(|next: char| next.is_alphanumeric());
        let range = ["..", "-", " to ", "\u{2013}"];
        let is_range = range.iter().any(|sign| after.starts_with(sign)) || before.ends_with("..");
        !is_part_of_a_word && !is_range
    })
}

fn document(sections: &[Section], witnesses: &Witnesses) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n| section | rows | tested | reason | open |\n|---|--:|--:|--:|--:|\n");
    let standings: Vec<[usize; 4]> = sections.iter().map(|section| standing(section, witnesses)).collect();
    for (section, [rows, tested, reason, open]) in sections.iter().zip(&standings) {
        text.push_str(&format!("| {}: {} | {rows} | {tested} | {reason} | {open} |\n", section.code, section.title));
    }
    let [rows, tested, reason, open] =
        [0, 1, 2, 3].map(|column| standings.iter().map(|standing| standing[column]).sum::<usize>());
    text.push_str(&format!("| all | {rows} | {tested} | {reason} | {open} |\n"));
    text.push_str(LATER);
    for section in sections {
        text.push_str(&format!(
            "\n## {}: {}\n\n| row | | what must hold | held by |\n|---|---|---|---|\n",
            section.code, section.title
        ));
        for row in &section.rows {
            text.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                row.id,
                row.priority,
                row.claim,
                held_by(row, witnesses)
            ));
        }
    }
    text
}

/// Rows, tested ones, ones with a reason, open ones.
fn standing(section: &Section, witnesses: &Witnesses) -> [usize; 4] {
    let tested = section.rows.iter().filter(|row| witnesses.contains_key(&row.id)).count();
    let reasoned = section.rows.iter().filter(|row| !witnesses.contains_key(&row.id) && row.reason.is_some()).count();
    [section.rows.len(), tested, reasoned, section.rows.len() - tested - reasoned]
}

fn held_by(row: &Row, witnesses: &Witnesses) -> String {
    match (witnesses.get(&row.id), &row.reason) {
        (Some(paths), _) => {
            paths.iter().map(|path| format!("[{}](../{path})", short(path))).collect::<Vec<_>>().join(", ")
        }
        (None, Some(reason)) => reason.clone(),
        (None, None) => "**missing**".to_owned(),
    }
}

fn short(path: &str) -> &str {
    path.trim_start_matches("src/").trim_start_matches("tests/").trim_end_matches(".rs")
}

const INTRODUCTION: &str = "\
# Test matrix

What this program must survive, row by row, and the tests that hold it. Made by the test `matrix` from
`tests/matrix/rows.txt` and the row ids that tests name; after a change of either:

```sh
UPDATE_DOCS=1 cargo test --test it matrix::
```

P0 must hold before the first release, P1 before 1.0. A gap in the numbers is intended. A row without a test says why.
";

const LATER: &str = "
Sections of later work: PLG (plugins and updates), PRX (the local proxy).
";

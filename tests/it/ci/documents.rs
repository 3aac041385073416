//! `docs/ci.md` shows the files of `docs/ci`, and all of them name versions.

use std::path::Path;

use crate::support::document::{assert_block, repository, text_of};

/// The files that the document shows, with the language of their blocks.
const SHOWN: [(&str, &str); 7] = [
    ("github.yml", "yaml"),
    ("gitlab-ci.yml", "yaml"),
    ("kubernetes.yaml", "yaml"),
    ("Dockerfile", "dockerfile"),
    ("docker.sh", "sh"),
    ("crontab", "text"),
    ("nightly.sh", "sh"),
];

#[test]
fn the_document_shows_the_files_as_they_are() {
    for (name, language) in SHOWN {
        let text = text_of(&format!("docs/ci/{name}"));
        assert_block("docs/ci.md", name, &format!("```{language}\n{text}```\n"));
    }
    let mut there = files_below("docs/ci");
    there.sort();
    let mut shown = SHOWN.map(|(name, _)| format!("docs/ci/{name}"));
    shown.sort();
    assert_eq!(there, shown, "every file is shown");
}

#[test]
fn the_document_is_short() {
    let text = text_of("docs/ci.md");
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && !line.is_empty()
    });
    assert!(prose.count() <= 150);
}

#[test]
fn every_action_and_image_is_used_in_a_full_version() {
    let own = concat!("v", env!("CARGO_PKG_VERSION"));
    let mut found = 0;
    let folders = [".github/workflows", ".github/actions", "docs/ci"];
    for path in folders.into_iter().flat_map(files_below).chain(["docs/ci.md".to_owned()]) {
        for line in text_of(&path).lines() {
            let line = line.trim_start().trim_start_matches("- ");
            if let Some(action) = line.strip_prefix("uses: ").filter(|action| !action.starts_with("./")) {
                found += 1;
                let (name, version) = action.split_once('@').unwrap_or((action, ""));
                assert!(is_full(version), "{path}: {action} is not pinned to a full version");
                assert!(!name.starts_with("datum-cloud/datumctl/") || version == own, "{path}: {action} is not {own}");
            }
            for (mark, expected) in [("/datumctl:", &own[1..]), ("--tag v", &own[1..])] {
                let given = line.split_once(mark).map(|(_, rest)| rest.split([' ', '"']).next().unwrap_or_default());
                assert!(given.is_none_or(|given| given == expected), "{path}: {line}");
            }
        }
    }
    assert!(found >= 10, "{found}");
}

/// `vN.N.N`, or the whole hash of a commit.
fn is_full(version: &str) -> bool {
    let numbers = version.strip_prefix('v').map(|rest| rest.split('.').collect::<Vec<_>>());
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_digit());
    numbers.is_some_and(|parts| parts.len() == 3 && parts.iter().all(is_number))
        || (version.len() == 40 && version.bytes().all(|letter| letter.is_ascii_hexdigit()))
}

#[test]
fn the_scripts_are_such() {
    for name in ["docker.sh", "nightly.sh"] {
        let path = repository("docs/ci").join(name);
        let mut command = std::process::Command::new("sh");
        assert!(command.arg("-n").arg(&path).status().expect("sh").success(), "{name}");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nset -eu\n"), "{name}");
        assert_eq!(super::place::mode(&path) & 0o111, 0o111, "{name} can be run");
    }
}

/// The files below a folder of the repository.
fn files_below(folder: &str) -> Vec<String> {
    let paths = super::place::below(&repository(folder)).into_iter().map(|path| format!("{folder}/{path}"));
    paths.filter(|path| Path::is_file(&repository(path))).collect()
}

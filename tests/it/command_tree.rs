//! `docs/commands.md`: the help of every command in one file, so that any change of any flag shows in review.

use std::process::Command;

use crate::support::DATUMCTL;
use crate::support::document::{assert_document, text_of};

const INTRODUCTION: &str = "\
# Commands

What `datumctl COMMAND --help` says, for every command. Made by the test `command_tree` from the program itself; hidden
commands are left out, and the global options stand once, at the end.
";

#[test]
fn the_help_of_every_command_is_reviewed() {
    let root = help(&[]);
    let (_, global) = split(&root);
    let mut document = INTRODUCTION.to_owned();
    let mut global_of_leaves = None;
    for path in tree() {
        let words: Vec<&str> = path.split_whitespace().collect();
        let text = help(&words);
        let (own, inherited) = split(&text);
        if !words.is_empty() {
            let expected = global_of_leaves.get_or_insert_with(|| inherited.to_owned());
            assert_eq!(inherited, expected, "{path} has the same global options as all others");
        }
        let title = format!("datumctl {path}");
        document.push_str(&format!("\n## {}\n\n```text\n{}\n```\n", title.trim_end(), own.trim_end()));
    }
    assert!(!global.is_empty(), "the root has global options");
    document.push_str(&format!(
        "\n## Global options\n\n```text\n{}\n```\n",
        global_of_leaves.unwrap_or_default().trim_end()
    ));
    assert_document("docs/commands.md", &document);
}

/// One voice: imperative, capital letter, no full stop.
#[test]
fn help_begins_with_a_capital_and_ends_without_a_full_stop() {
    for path in tree() {
        let words: Vec<&str> = path.split_whitespace().collect();
        let text = help(&words);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with(|letter: char| letter.is_ascii_uppercase()), "{path}: {first}");
        for line in text.lines() {
            let repeats = line.ends_with("...");
            assert!(repeats || !line.ends_with('.'), "{path}: {line:?}");
        }
    }
}

/// The README and the documents may not speak of commands that do not exist.
#[test]
fn every_command_in_the_documents_exists() {
    let known = tree();
    let roots: Vec<&str> = known.iter().filter_map(|path| path.split_whitespace().next()).collect();
    for document in
        ["README.md", "CONTRIBUTING.md", "docs/environment.md", "docs/exit-codes.md", "docs/emulator.md", "docs/ci.md"]
    {
        let text = text_of(document);
        for (position, _) in text.match_indices("datumctl ") {
            let mut words = text[position + "datumctl ".len()..]
                .split(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
            let word = words.next().unwrap_or_default();
            if word.is_empty() || word.starts_with('-') || !text[..position].ends_with(['`', '\n', ' ', '(', '\'']) {
                continue;
            }
            let is_prose =
                text[..position].ends_with(' ') && !text[..position].ends_with("$ ") && !in_code(&text, position);
            assert!(is_prose || ALIASES.contains(&word) || roots.contains(&word), "{document}: datumctl {word}");
        }
    }
}

/// Whether `position` lies between two backticks of its line, or inside of a fenced block.
fn in_code(text: &str, position: usize) -> bool {
    let before = &text[..position];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let fences = before.lines().filter(|line| line.starts_with("```")).count();
    fences % 2 == 1 || line.matches('`').count() % 2 == 1
}

/// Every command that is not hidden, the root (an empty path) first, parents before children.
pub fn tree() -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.split_whitespace().collect();
        let mut children = subcommands(&help(&words));
        children.reverse();
        open.extend(children.iter().map(|child| format!("{path} {child}").trim().to_owned()));
        found.push(path);
    }
    found
}

fn subcommands(help: &str) -> Vec<String> {
    let block = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    block
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn help(words: &[&str]) -> String {
    let output = Command::new(DATUMCTL).args(words).arg("--help").env_clear().output().expect("the binary runs");
    assert!(output.status.success(), "{words:?}");
    let text = String::from_utf8(output.stdout).expect("help in UTF-8").replace("datumctl.exe", "datumctl");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The command's own part, and the global options.
fn split(help: &str) -> (&str, &str) {
    let at = help.find("Global options:").unwrap_or(help.len());
    (&help[..at], help[at..].trim_end())
}

const ALIASES: [&str; 3] = ["context", "organization", "project"];

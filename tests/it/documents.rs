//! The documents say what the program does.

use std::collections::BTreeSet;
use std::process::Command;

use crate::architecture::source::files;
use crate::support::DATUMCTL;
use crate::support::document::{assert_block, repository, text_of};

/// README command one, as a person would copy it.
const COMMAND_ONE: &str = "cargo run --quiet -- emulator exec -- sh docs/tour.sh";

#[cfg(unix)]
#[test]
fn the_transcript_of_the_readme_is_what_command_one_prints() {
    use std::os::unix::process::CommandExt as _;
    use std::process::Stdio;

    let readme = text_of("README.md");
    assert!(readme.lines().any(|line| line == COMMAND_ONE), "the README has command one on a line of its own");
    assert!(readme.lines().any(|line| line == "tests/run"), "and command two");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec \"$0\" emulator exec -- sh docs/tour.sh 2>&1", DATUMCTL]).stdin(Stdio::null());
    command.current_dir(repository("")).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.process_group(0);
    let output = command.output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    // What changes from run to run stays as it is in the README.
    let shown = if unchanging(&text) == unchanging(&block(&readme, "transcript")) {
        block(&readme, "transcript")
    } else {
        fenced(&text)
    };
    assert_block("README.md", "transcript", &shown);
}

fn fenced(text: &str) -> String {
    format!("```console\n{text}```\n")
}

fn block(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).expect("the block begins");
    rest.split_once(&format!("<!-- /{name} -->")).expect("the block ends").0.to_owned()
}

/// Without fences, ports, and the random part of tokens.
fn unchanging(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines().filter(|line| !line.starts_with("```")) {
        let line = line.split_once("emulator-access-").map_or(line, |(before, _)| before);
        let line = line.split_once("127.0.0.1:").map_or(line, |(before, _)| before);
        let line = line.split_once("--credentials /").map_or(line, |(before, _)| before);
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let source = text_of("src/exit.rs");
    let mut rows = String::from("| code | name | meaning |\n|--:|---|---|\n");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    for pair in lines.windows(2) {
        let (Some(text), Some(name)) = (pair[0].strip_prefix("/// "), pair[1].strip_suffix(',')) else { continue };
        let Some((code, meaning)) = text.split_once(": ").filter(|(code, _)| code.parse::<u8>().is_ok()) else {
            continue;
        };
        assert!(source.contains(&format!("Self::{name} => {code},")), "{name} is {code} in both of its places");
        rows.push_str(&format!("| {code} | `{name}` | {} |\n", meaning.trim_end_matches('.')));
    }
    assert_eq!(
        rows.lines().count() - 2,
        source.matches(" => ").count() - 1,
        "every code but a child's is in the table"
    );
    assert_block("docs/exit-codes.md", "codes", &rows);
}

#[test]
fn every_variable_that_is_read_is_documented() {
    let source = text_of("src/sys/env.rs");
    let lines: Vec<&str> = source.lines().collect();
    let mut rows = String::from("| variable | meaning |\n|---|---|\n");
    for pair in lines.windows(2) {
        let Some((name, _)) = pair[1].strip_prefix("pub(crate) const ").and_then(|rest| rest.split_once(": &str"))
        else {
            continue;
        };
        let meaning = pair[0].strip_prefix("/// ").unwrap_or_else(|| panic!("{name} has a doc comment of one line"));
        assert!(pair[1].ends_with(&format!("\"{name}\";")), "{name} is called what it is");
        rows.push_str(&format!("| `{name}` | {} |\n", meaning.trim_end_matches('.')));
    }
    assert_block("docs/environment.md", "variables", &rows);
}

#[test]
fn every_library_has_its_reason() {
    let manifest = text_of("Cargo.toml");
    let reasons = text_of("docs/decisions/0001-dependencies.md");
    let named: BTreeSet<&str> =
        reasons.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let mut section = "";
    let mut used = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && let Some((name, _)) = line.split_once(" = ")
        {
            used.insert(name);
        }
    }
    assert_eq!(named, used, "docs/decisions/0001-dependencies.md names exactly what Cargo.toml names");
}

#[test]
fn every_decision_is_in_the_index() {
    let index = text_of("docs/decisions/README.md");
    for path in files("docs/decisions", "md").iter().filter(|path| !path.ends_with("README.md")) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let title = text_of(path).lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        assert!(title.starts_with(&name[..4]), "{path}: {title}");
        assert!(index.contains(&format!("]({name})")), "{name} is missing in the index");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut paths = files("docs", "md");
    paths.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    for path in paths {
        let folder = repository(&path).parent().expect("a folder").to_owned();
        let text = text_of(&path);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_elsewhere = target.starts_with("http") || file.is_empty();
            assert!(is_elsewhere || folder.join(file).exists(), "{path}: {target}");
        }
    }
}

/// A document that names a file of this repository names one that exists.
#[test]
fn every_path_in_the_documents_exists() {
    let mut paths = files("docs", "md");
    paths.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    for path in paths {
        let text = text_of(&path);
        let quoted = text.split('`').skip(1).step_by(2);
        let is_path =
            |word: &&str| ["src/", "tests/", "docs/", "benches/", ".ci/"].iter().any(|folder| word.starts_with(folder));
        for word in quoted.filter(is_path).filter(|word| !word.contains(['*', ' ', '{', '\n'])) {
            assert!(repository(word).exists(), "{path}: {word}");
        }
    }
}

//! Sizes, debt, and what no file of this repository may say.

use super::source::{Source, Token, files, root, sources};

/// Every Rust file, tests included.
fn rust_files() -> Vec<(String, String)> {
    let paths = files("src", "rs").into_iter().chain(files("tests", "rs"));
    paths.map(|path| (path.clone(), std::fs::read_to_string(root().join(path)).expect("a source file"))).collect()
}

#[test]
fn files_stay_small() {
    let mut sizes: Vec<(usize, String)> =
        rust_files().into_iter().map(|(path, text)| (text.lines().count(), path)).collect();
    sizes.sort_unstable();
    let at = |percent: usize| &sizes[(sizes.len() - 1) * percent / 100];
    assert!(at(100).0 <= 600, "no file is longer than 600 lines: {:?}", at(100));
    assert!(at(90).0 <= 350, "nine of ten files have at most 350 lines: {:?}", at(90));
    assert!(at(50).0 <= 120, "half of all files have at most 120 lines: {:?}", at(50));
}

#[test]
fn functions_stay_small() {
    let mut sizes: Vec<(usize, String)> = sources().iter().flat_map(functions).collect();
    sizes.sort_unstable();
    let at = |percent: usize| &sizes[(sizes.len() - 1) * percent / 100];
    assert!(at(100).0 <= 80, "no function is longer than 80 lines: {:?}", at(100));
    assert!(at(90).0 <= 40, "nine of ten functions have at most 40 lines: {:?}", at(90));
    assert!(at(50).0 <= 10, "half of all functions have at most 10 lines: {:?}", at(50));
}

/// The lines of each function of the product that has a body.
fn functions(source: &Source) -> Vec<(usize, String)> {
    let tokens: Vec<&Token> = source.product().collect();
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| {
        tokens[*at].text == "fn" && tokens.get(at + 2).is_some_and(|next| ["(", "<"].contains(&next.text.as_str()))
    }) {
        let mut depth = 0_i32;
        let end = tokens[at..].iter().find(|token| {
            depth += match token.text.as_str() {
                "{" | "(" | "[" => 1,
                "}" | ")" | "]" => -1,
                _ => 0,
            };
            depth == 0 && ["}", ";"].contains(&token.text.as_str())
        });
        if let Some(end) = end.filter(|end| end.text == "}") {
            found.push((end.line - tokens[at].line + 1, format!("{}:{}", source.path, tokens[at + 1].text)));
        }
    }
    found
}

#[test]
fn the_product_does_not_unwrap_and_owes_nothing() {
    let mut wrong = Vec::new();
    for source in sources() {
        for phrase in [&[".", "unwrap", "("][..], &["dbg", "!"], &["todo", "!"], &["unimplemented", "!"], &["unsafe"]] {
            let lines = source.lines_with(phrase);
            wrong.extend(lines.iter().map(|line| format!("{}:{line}: {}", source.path, phrase.concat())));
        }
    }
    for (path, text) in rust_files() {
        for (number, line) in text.lines().enumerate() {
            let debt = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
            if debt.iter().any(|word| line.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word)) {
                wrong.push(format!("{path}:{}: {line}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The product is the same whether or not it was ever fuzzed: `fuzzing` adds test code and takes nothing away.
#[test]
fn the_product_does_not_know_that_it_is_fuzzed() {
    let wrong: Vec<_> = sources()
        .iter()
        .flat_map(|source| source.lines_with(&["fuzzing"]).into_iter().map(|line| format!("{}:{line}", source.path)))
        .collect();
    assert!(wrong.is_empty(), "write #[cfg(any(test, fuzzing))]: {wrong:?}");
}

#[test]
fn a_rare_expect_says_why_it_cannot_fail() {
    let lines: usize = sources().iter().map(|source| source.text.lines().count()).sum();
    let found: Vec<_> = sources()
        .iter()
        .flat_map(|source| {
            source.lines_with(&[".", "expect", "("]).into_iter().map(|line| format!("{}:{line}", source.path))
        })
        .collect();
    assert!(found.len() * 1000 <= lines * 4, "at most 4 in 1000 lines:\n{}", found.join("\n"));
}

#[test]
fn every_module_file_says_what_it_holds() {
    let silent =
        rust_files().into_iter().filter(|(path, text)| !path.ends_with("/tests.rs") && !text.starts_with("//!"));
    let silent: Vec<_> = silent.map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "the first line of a file says what it holds: {silent:?}");
}

#[test]
fn no_file_is_forgotten() {
    let declared = |module: &str, text: &str| {
        ["", "pub ", "pub(super) ", "pub(crate) "]
            .map(|sight| format!("{sight}mod {module};"))
            .iter()
            .any(|line| text.lines().any(|found| found.trim() == line))
    };
    let roots = ["tests/it/main", "src/main", "src/lib"];
    for path in files("tests/it", "rs").into_iter().chain(files("src", "rs")) {
        let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let Some((parent, module)) = stem.rsplit_once('/').filter(|_| !roots.contains(&stem)) else { continue };
        let candidates = ["/main.rs", "/lib.rs", "/mod.rs", ".rs"].map(|end| format!("{parent}{end}"));
        let parents: Vec<String> =
            candidates.iter().filter_map(|path| std::fs::read_to_string(root().join(path)).ok()).collect();
        assert!(parents.iter().any(|text| declared(module, text)), "{path} is compiled by nobody");
    }
}

#[test]
fn no_file_speaks_of_the_machine_it_was_written_on() {
    let endings = ["rs", "md", "toml", "mjs", "yml", "sh", "json", "c", "py"];
    let mut paths: Vec<String> = ["src", "tests", "docs", "fuzz", ".github", "benches"]
        .iter()
        .flat_map(|folder| endings.map(|ending| files(folder, ending)))
        .flatten()
        .collect();
    paths.extend(
        [
            "README.md",
            "CONTRIBUTING.md",
            "Cargo.toml",
            "deny.toml",
            "tests/run",
            ".ci/run",
            "benches/run",
            "benches/api",
            "fuzz/run",
        ]
        .map(str::to_owned),
    );
    let forbidden = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("shar", "ed/")];
    for path in paths {
        let text = std::fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        for word in forbidden {
            let line = text.lines().position(|line| line.contains(word));
            assert!(line.is_none(), "{path}:{}: {word}", line.unwrap_or_default() + 1);
        }
    }
}

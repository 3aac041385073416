//! Which module may import which, and which library belongs to whom.

use crate::support::document::text_of;

use super::source::{Source, Token, sources, take_paths_apart};

/// The layer table of `docs/architecture.md`: a module and all that it may import.
const LAYERS: [(&str, &[&str]); 21] = [
    ("secret", &[]),
    ("exit", &[]),
    ("sys", &["secret"]),
    ("yaml", &[]),
    ("config", &["sys", "yaml"]),
    ("http", &["secret", "sys"]),
    ("ui", &["sys"]),
    ("oauth", &["http", "secret", "sys"]),
    ("session", &["secret", "sys"]),
    ("api", &["http", "secret", "sys"]),
    ("kubeconfig", &["sys", "yaml"]),
    ("manifest", &["http", "sys"]),
    ("render", &["sys", "ui"]),
    ("auth", &["api", "config", "http", "kubeconfig", "oauth", "secret", "session", "sys"]),
    ("machine", &["api", "auth", "http", "oauth", "secret", "sys"]),
    (
        "error",
        &[
            "api",
            "auth",
            "config",
            "exit",
            "http",
            "kubeconfig",
            "machine",
            "manifest",
            "oauth",
            "render",
            "session",
            "sys",
            "ui",
            "yaml",
        ],
    ),
    ("app", &["api", "auth", "config", "error", "session", "sys", "ui"]),
    (
        "cmd",
        &[
            "api",
            "app",
            "auth",
            "config",
            "emulator",
            "error",
            "exit",
            "kubeconfig",
            "machine",
            "manifest",
            "render",
            "secret",
            "sys",
            "ui",
            "yaml",
        ],
    ),
    ("cli", &["app", "auth", "cmd", "error", "exit", "sys", "ui"]),
    ("emulator", &["secret", "sys"]),
    // All of it is test code, which may see everything; the product has nothing there.
    ("fuzzing", &[]),
];

/// The modules that may name a library at all; a library that is not here is everybody's.
const OWNERS: [(&str, &[&str]); 26] = [
    ("clap", &["cli", "cmd", "error", "ui"]),
    ("clap_complete", &["cmd"]),
    ("comfy_table", &["ui"]),
    ("dialoguer", &["ui"]),
    ("dirs", &["sys"]),
    ("getrandom", &["sys"]),
    ("hyper", &["emulator", "oauth"]),
    ("hyper_util", &["emulator", "oauth"]),
    ("indicatif", &["ui"]),
    ("jsonwebtoken", &["oauth"]),
    ("keyring", &["session"]),
    ("keyring_core", &["session"]),
    ("oauth2", &["oauth"]),
    ("reqwest", &["http", "oauth"]),
    ("rsa", &["emulator", "oauth"]),
    ("rustix", &["sys", "ui"]),
    ("signal_hook", &["sys"]),
    ("rustls", &["http"]),
    ("secret_service", &["session"]),
    ("serde_saphyr", &["error", "ui", "yaml"]),
    ("shell_words", &["cmd", "error", "sys"]),
    ("similar", &["cmd"]),
    ("tempfile", &["sys"]),
    ("tracing_subscriber", &["ui"]),
    ("webbrowser", &["sys"]),
    ("yaml_serde", &["emulator", "manifest", "yaml"]),
];

#[test]
fn a_module_imports_only_from_below() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module())) {
        let allowed = LAYERS.iter().find(|(module, _)| *module == source.module());
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{} is in no layer", source.path));
        for (line, module) in imports(source) {
            if module != source.module() && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{}:{line}: {} imports {module}", source.path, source.module()));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/architecture.md says who may import whom:\n{}", wrong.join("\n"));
}

#[test]
fn a_library_is_named_only_by_its_owners() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (library, owners) in OWNERS.iter().filter(|(_, owners)| !owners.contains(&source.module())) {
            let lines = source.lines_with(&[library, "::"]);
            wrong.extend(lines.iter().map(|line| format!("{}:{line}: {library} belongs to {owners:?}", source.path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_emulator_is_imported_by_its_command_alone() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|source| source.module() != "emulator" && !source.path.starts_with("src/cmd/emulator/"))
        .flat_map(|source| imports(source).into_iter().map(|(line, module)| (source.path.clone(), line, module)))
        .filter(|(_, _, module)| module == "emulator")
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_table_is_free_of_cycles_and_complete() {
    for (module, below) in LAYERS {
        let names = |other: &str| LAYERS.iter().any(|(name, imports)| *name == other && imports.contains(&module));
        assert!(below.iter().all(|other| !names(other)), "{module} and a module below it import each other");
    }
    let unused: Vec<_> =
        LAYERS.iter().filter(|(module, _)| !sources().iter().any(|source| source.module() == *module)).collect();
    assert!(unused.is_empty(), "no such modules: {unused:?}");
}

/// The modules of this crate that the product names, with lines: `crate::a`, `crate::{a, b}` and `super::` chains
/// that climb to the root.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = source.paths_from("crate");
    let tokens: Vec<&Token> = source.product().collect();
    for at in 0..tokens.len() {
        let begins = at == 0 || tokens[at - 1].text != "::";
        let (chain, after) = climb(&tokens, at);
        if begins && chain > 0 && chain >= depth(source) {
            take_paths_apart(&tokens, after, &mut Vec::new(), &mut found);
        }
    }
    found.into_iter().filter_map(|(line, path)| Some((line, path.into_iter().next()?))).collect()
}

/// The picture stands in `src/lib.rs` and in `docs/architecture.md`, and says what the table says.
#[test]
fn the_picture_is_the_table() {
    let library = text_of("src/lib.rs")
        .lines()
        .map(|line| line.trim_start_matches("//!").trim_start_matches(' ').to_owned() + "\n")
        .collect::<String>();
    let picture = |text: &str| {
        text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a picture").to_owned()
    };
    let rows: Vec<String> =
        picture(&text_of("docs/architecture.md")).lines().map(|line| line.trim_start().to_owned()).collect();
    assert_eq!(picture(&library).lines().collect::<Vec<_>>(), rows, "both pictures are one");
    let row_of = |module: &str| {
        let names = |row: &String| row.get(..27).unwrap_or(row).split_whitespace().any(|word| word == module);
        rows.iter().position(names).unwrap_or_else(|| panic!("{module} is not in the picture"))
    };
    for (module, below) in LAYERS.iter().filter(|(module, _)| *module != "emulator") {
        for other in below.iter().filter(|other| **other != "emulator") {
            assert!(row_of(module) < row_of(other), "{other} is not below {module} in the picture");
        }
    }
}

/// How many `super::` follow each other, and what comes after them.
fn climb(tokens: &[&Token], start: usize) -> (usize, usize) {
    let mut at = start;
    while tokens.get(at).is_some_and(|token| token.text == "super")
        && tokens.get(at + 1).is_some_and(|token| token.text == "::")
    {
        at += 2;
    }
    ((at - start) / 2, at)
}

/// How many `super::` lead from a file to the root of the crate.
fn depth(source: &Source) -> usize {
    source.path.trim_end_matches("/mod.rs").matches('/').count()
}

/// `oauth` speaks RFC: our hosts, client ids and paths come in as arguments.
#[test]
fn the_protocol_names_no_product() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module() == "oauth") {
        let product: Vec<usize> = source.product().map(|token| token.line).collect();
        for (number, line) in source.text.lines().enumerate().filter(|(number, _)| product.contains(&(number + 1))) {
            if line.to_lowercase().contains("datum") || line.contains("zitadel") {
                wrong.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Sources as tokens: comments and texts cannot be mistaken for code, and test code is told apart from the product.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// One Rust file of the package.
pub struct Source {
    /// Relative to the repository, with forward slashes.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
}

#[derive(Clone, Debug)]
pub struct Token {
    /// A word, `::`, a single punctuation mark, or `""` for any literal text.
    pub text: String,
    pub line: usize,
    /// Whether it belongs to code that is compiled for tests only.
    pub is_test: bool,
}

impl Source {
    /// The folder or file directly below `src` that it belongs to: the unit of the layer table.
    pub fn module(&self) -> &str {
        let name = self.path.trim_start_matches("src/");
        name.split_once('/').map_or(name.trim_end_matches(".rs"), |(folder, _)| folder)
    }

    /// The tokens that are part of the product.
    pub fn product(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| !token.is_test)
    }

    /// Where the product says `words`, one token each.
    pub fn lines_with(&self, words: &[&str]) -> Vec<usize> {
        let tokens: Vec<&Token> = self.product().collect();
        let found = tokens
            .windows(words.len())
            .filter(|window| window.iter().zip(words).all(|(token, word)| token.text == *word));
        found.map(|window| window[0].line).collect()
    }
}

/// A path that the product names, with its line: `std::{fs, io::Read}` names two.
pub type NamedPath = (usize, Vec<String>);

impl Source {
    /// Every path of the product that begins with `root::`, groups taken apart; `root` itself is left out.
    pub fn paths_from(&self, root: &str) -> Vec<NamedPath> {
        let tokens: Vec<&Token> = self.product().collect();
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            let begins = at == 0 || tokens[at - 1].text != "::";
            if begins && tokens[at].text == root && tokens.get(at + 1).is_some_and(|token| token.text == "::") {
                take_paths_apart(&tokens, at + 2, &mut Vec::new(), &mut found);
            }
        }
        found
    }
}

/// Reads one branch of a path and answers where it ends.
pub fn take_paths_apart(
    tokens: &[&Token],
    start: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<NamedPath>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut at = start;
    if text(at) != "{" {
        prefix.push(text(at).to_owned());
        if text(at + 1) == "::" {
            at = take_paths_apart(tokens, at + 2, prefix, found);
        } else {
            found.push((tokens.get(at).map_or(0, |token| token.line), prefix.clone()));
            at += if text(at + 1) == "as" { 3 } else { 1 };
        }
        prefix.pop();
        return at;
    }
    at += 1;
    while !["}", ""].contains(&text(at)) {
        at = if text(at) == "," { at + 1 } else { take_paths_apart(tokens, at, prefix, found) };
    }
    at + 1
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` whose name ends in `.ending`, sorted, relative to the repository.
pub fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a directory entry").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(relative(&path));
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root()).expect("below the repository").to_owned();
    path.to_str().expect("a name in UTF-8").replace('\\', "/")
}

/// All of `src`, read once.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(read_all)
}

fn read_all() -> Vec<Source> {
    let mut sources: Vec<Source> = files("src", "rs").into_iter().map(read).collect();
    let test_modules: BTreeSet<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let stem = source.path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
        if test_modules.iter().any(|module| stem == *module || stem.starts_with(&format!("{module}/"))) {
            source.tokens.iter_mut().for_each(|token| token.is_test = true);
        }
    }
    sources
}

fn read(path: String) -> Source {
    let text = std::fs::read_to_string(root().join(&path)).expect("a source file");
    let mut tokens = tokens(&text);
    mark_test_items(&mut tokens);
    Source { path, text, tokens }
}

/// What `#[cfg(test)] mod NAME;`, or one of the other [`TEST_ATTRIBUTES`], declares, as a path without `.rs`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = source.path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
    let folder = if ["src/lib", "src/main"].contains(&folder.as_str()) { "src".to_owned() } else { folder };
    let declarations = source.tokens.windows(3).filter(|window| window[0].is_test && window[0].text == "mod");
    declarations.filter(|window| window[2].text == ";").map(|window| format!("{folder}/{}", window[1].text)).collect()
}

/// What stands before an item that no build of the product holds. `fuzzing` is set by cargo-fuzz alone.
const TEST_ATTRIBUTES: [&[&str]; 2] = [
    &["#", "[", "cfg", "(", "test", ")", "]"],
    &["#", "[", "cfg", "(", "any", "(", "test", ",", "fuzzing", ")", ")", "]"],
];

/// Marks every item behind one of the [`TEST_ATTRIBUTES`]: up to its semicolon or its closing brace.
fn mark_test_items(tokens: &mut [Token]) {
    let begins = |start: usize, attribute: &[&str]| {
        attribute.iter().enumerate().all(|(offset, word)| tokens.get(start + offset).is_some_and(|at| at.text == *word))
    };
    let starts: Vec<usize> =
        (0..tokens.len()).filter(|start| TEST_ATTRIBUTES.iter().any(|attribute| begins(*start, attribute))).collect();
    for start in starts {
        let mut depth = 0_i32;
        for token in &mut tokens[start..] {
            token.is_test = true;
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(token.text.as_str(), "}" | ";") {
                break;
            }
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < characters.len() {
        let end = token_end(&characters, at);
        let word: String = characters[at..end].iter().collect();
        let first = characters[at];
        let is_literal = first == '"'
            || (first == 'r' && word.contains('"'))
            || (first == '\'' && word.ends_with('\'') && end > at + 1);
        if !first.is_whitespace() && !word.starts_with("//") && !word.starts_with("/*") {
            let text = if is_literal { "\"\"".to_owned() } else { word.clone() };
            tokens.push(Token { text, line, is_test: false });
        }
        line += word.matches('\n').count();
        at = end;
    }
    tokens
}

fn token_end(characters: &[char], at: usize) -> usize {
    let rest = &characters[at..];
    let is_word = |character: &char| character.is_alphanumeric() || *character == '_';
    let length = match rest {
        ['/', '/', ..] => rest.iter().position(|character| *character == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => {
            2 + rest[2..].windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len() - 2, |end| end + 2)
        }
        ['"', ..] => quoted(rest, '"'),
        ['r', '"' | '#', ..] if let Some(length) = raw(rest) => length,
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
        [':', ':', ..] => 2,
        [first, ..] if is_word(first) => rest.iter().take_while(|character| is_word(character)).count(),
        _ => 1,
    };
    at + length
}

fn quoted(rest: &[char], mark: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != mark {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of a raw text `r#"..."#`.
fn raw(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|character| **character == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let inner = &rest[2 + hashes..];
    inner.windows(close.len()).position(|window| window == close).map(|end| 2 + hashes + end + close.len())
}

/// What every invariant stands on.
#[test]
fn comments_texts_and_test_code_are_not_product_code() {
    let text = r##"
        // crate::comment
        /* crate::block */
        fn product() { let _ = ("crate::text", r#"crate::"raw""#, '"', 'a'); crate::found::it(); }
        #[cfg(test)]
        mod tests { fn inner() { crate::test::it() } }
        fn after<'a>() { crate::second::it() }
        #[cfg(any(test, fuzzing))]
        fn seam() { crate::seam::it() }
        #[cfg(not(any(test, fuzzing)))]
        fn only_in_the_product() { crate::third::it() }
    "##;
    let mut tokens = tokens(text);
    mark_test_items(&mut tokens);
    let roots = |is_test: bool| -> Vec<String> {
        let paths = tokens.windows(3).filter(|window| window[0].text == "crate" && window[0].is_test == is_test);
        paths.map(|window| window[2].text.clone()).collect()
    };
    assert_eq!(roots(false), ["found", "second", "third"]);
    assert_eq!(roots(true), ["test", "seam"]);
}

#[test]
fn a_group_of_imports_names_each_of_its_paths() {
    let text = "use std::{env, fs::{self, File as F}, io}; fn f() { x(std::env::var(1), crate::a::b); }";
    let source = Source { path: String::new(), text: text.to_owned(), tokens: tokens(text) };
    let named = |root| source.paths_from(root).into_iter().map(|(_, path)| path.join("::")).collect::<Vec<_>>();
    assert_eq!(named("std"), ["env", "fs::self", "fs::File", "io", "env::var"]);
    assert_eq!(named("crate"), ["a::b"]);
}

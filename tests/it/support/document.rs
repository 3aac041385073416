//! Documents that are made from the program or the sources, and committed.

use std::path::{Path, PathBuf};

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
#[track_caller]
pub fn text_of(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails unless the committed document is `made`; with `UPDATE_DOCS=1` it is written instead.
#[track_caller]
pub fn assert_document(path: &str, made: &str) {
    let committed = std::fs::read_to_string(repository(path)).unwrap_or_default().replace("\r\n", "\n");
    if committed == made {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(repository(path), made).expect("a writable document");
        return;
    }
    let differs = committed.lines().zip(made.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(made.lines().count()));
    panic!(
        "{path} is not what the program says, from line {}:\n  committed: {}\n  now:       {}\n{HOW}",
        line + 1,
        committed.lines().nth(line).unwrap_or("(end)"),
        made.lines().nth(line).unwrap_or("(end)"),
    );
}

/// Puts `made` between the lines `<!-- NAME -->` and `<!-- /NAME -->` of a document and holds it there.
#[track_caller]
pub fn assert_block(path: &str, name: &str, made: &str) {
    let text = text_of(path).replace("\r\n", "\n");
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = text.find(&open).unwrap_or_else(|| panic!("{path} has no {open}")) + open.len();
    let end = text[start..].find(&close).unwrap_or_else(|| panic!("{path} has no {close}")) + start;
    assert_document(path, &format!("{}{made}{}", &text[..start], &text[end..]));
}

const HOW: &str = "to accept it: UPDATE_DOCS=1 cargo test --test it -- documents:: command_tree:: matrix:: conformance::, then read the difference";

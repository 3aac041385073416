//! Tests of `index`.

use super::{Index, remove};
use crate::session::home::Home;
use crate::session::store::StoreKind;

const ADA: &str = "ada@example.com@auth.datum.net";

fn home() -> (tempfile::TempDir, Home) {
    let directory = crate::sys::files::temporary_home();
    let home = Home::own(directory.path().join("home"));
    crate::sys::files::create_private_directory(home.root()).unwrap();
    crate::sys::files::write(&home.config(), b"kind: DatumctlConfig\n").unwrap();
    (directory, home)
}

fn written(home: &Home) -> Vec<u8> {
    Index::new(home, "ada@example.com@api.datum.net", ADA, StoreKind::File).unwrap().write(home).unwrap();
    std::fs::read(home.index()).unwrap()
}

#[test]
fn an_index_is_read_back_and_current_until_the_config_changes() {
    // RFR-01
    let (_directory, home) = home();
    let bytes = written(&home);
    let index = Index::parse(&bytes).unwrap();
    assert_eq!((index.key, index.store), (ADA, StoreKind::File));
    assert!(index.is_current(&home));
    crate::sys::files::write(&home.config(), b"kind: DatumctlConfig\n").unwrap();
    assert!(!index.is_current(&home), "the same text in a new file");
    let bytes = written(&home);
    std::fs::write(home.config(), b"kind: Datumctlconfig\n").unwrap();
    assert!(!Index::parse(&bytes).unwrap().is_current(&home), "an edit in place");
    std::fs::remove_file(home.config()).unwrap();
    assert!(!Index::parse(&bytes).unwrap().is_current(&home));
}

#[test]
fn an_index_is_stale_when_a_file_store_appears_or_disappears() {
    let (_directory, home) = home();
    let bytes = written(&home);
    std::fs::write(home.credentials(), "{}").unwrap();
    assert!(!Index::parse(&bytes).unwrap().is_current(&home));
    let bytes = written(&home);
    std::fs::remove_file(home.credentials()).unwrap();
    assert!(!Index::parse(&bytes).unwrap().is_current(&home));
}

#[test]
fn what_is_not_exactly_an_index_is_none() {
    let (_directory, home) = home();
    let text = String::from_utf8(written(&home)).unwrap();
    let newer = text.replace("\"version\":1", "\"version\":2");
    for broken in ["", "{}", "null", &text[1..], &newer, &format!("{text}x")] {
        assert!(Index::parse(broken.as_bytes()).is_none(), "{broken}");
    }
    remove(&home).unwrap();
    assert!(!home.index().exists());
}

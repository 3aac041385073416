//! Tests of `peek`.

use super::{token, token_in_file};
use crate::secret::Secret;
use crate::session::wire;

const FILE: &str = include_str!("../../../../tests/fixtures/original-home/credentials.json");
const ADA: &str = "ada@example.com@auth.datum.net";

fn text(entry: &str) -> Secret {
    let document = wire::Document::parse(FILE.as_bytes()).expect("the fixture");
    match document.entry(entry) {
        Some(wire::Slot::Text(text)) => text.clone(),
        _ => panic!("{entry} is not in the fixture"),
    }
}

#[test]
fn it_reads_what_the_ordinary_reader_reads() {
    for entry in [ADA, "ci@web-x1.iam.datum.net@auth.staging.env.datum.net"] {
        let whole = wire::parse(&text(entry)).expect("the fixture").token;
        for peeked in [token_in_file(FILE.as_bytes(), entry), token(&text(entry))] {
            let peeked = peeked.expect("a token");
            assert_eq!(peeked.access_token, whole.access_token);
            assert_eq!((peeked.token_type, peeked.expiry), (whole.token_type.clone(), whole.expiry));
            assert_eq!(peeked.expires_in, whole.expires_in);
        }
    }
}

#[test]
fn whatever_is_unusual_is_left_to_the_ordinary_reader() {
    assert!(token_in_file(FILE.as_bytes(), "nobody").is_none());
    for broken in [&FILE[..FILE.len() - 1], &format!("{FILE}x"), "{}", "[]", "", r#"{"datumctl-auth":{"a":7}}"#] {
        assert!(token_in_file(broken.as_bytes(), ADA).is_none(), "{broken}");
    }
    for broken in ["{}", r#"{"token":{}}"#, r#"{"token":{"access_token":"a","token_type":"","expiry":"soon"}}"#] {
        assert!(token(&Secret::new(broken.to_owned())).is_none(), "{broken}");
    }
}

//! Tests of `credentials_file`.

use super::CredentialsFile;

fn problem(text: &str) -> String {
    CredentialsFile::parse(text.as_bytes()).expect_err("refused").to_string()
}

// JWB-08
#[test]
fn every_missing_field_is_named_at_once() {
    let all = "type is missing, client_id is missing, private_key_id is missing, private_key is missing";
    assert_eq!(problem("{}"), format!("the credentials file is incomplete: {all}"));
    let mixed = problem(r#"{"type":"x","client_id":7,"private_key_id":"","private_key":null}"#);
    assert!(mixed.contains("type is neither datum_service_account nor datum_machine_account"), "{mixed}");
    assert!(mixed.contains("client_id is not a string"), "{mixed}");
    assert!(mixed.contains("private_key_id is missing, private_key is missing"), "{mixed}");
    assert!(problem(r#"{"type":"datum_service_account","type":"x"}"#).contains("\"type\" appears twice"));
    // What is wrong with a field that need not be there is wrong all the same.
    let good = r#""type":"datum_service_account","client_id":"c","private_key_id":"k","private_key":"p""#;
    assert!(problem(&format!(r#"{{{good},"scope":7}}"#)).contains("scope is not a string"));
    assert!(problem(&format!(r#"{{{good},"x":1,"x":1}}"#)).contains("\"x\" appears twice"));
}

// JWB-08
#[test]
fn things_that_are_not_an_object_are_told_apart() {
    assert_eq!(problem("[]"), "the credentials file is not a JSON object");
    assert_eq!(problem("\"CNRY\""), "the credentials file is not a JSON object");
    assert_eq!(problem("{\n \"type\": CNRY"), "the credentials file is not valid JSON (line 2, column 10)");
}

#[test]
fn both_types_and_a_byte_order_mark_are_accepted() {
    for kind in ["datum_service_account", "datum_machine_account"] {
        let text = format!(
            "\u{feff}{{\"type\":\"{kind}\",\"client_id\":\"c\",\"private_key_id\":\"k\",\"private_key\":\"p\",\"more\":1}}"
        );
        assert_eq!(CredentialsFile::parse(text.as_bytes()).expect("accepted").identity(), "c");
    }
}

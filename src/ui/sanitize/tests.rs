//! Tests of `sanitize`.

use proptest::prelude::*;

use super::{escape_json, escape_json_for_yaml, is_dangerous, needs_escapes, sanitize, sanitize_to};

#[test]
fn escape_sequences_become_visible_text() {
    assert_eq!(sanitize("a\x1b[2Jb"), "a\\x1b[2Jb");
    assert_eq!(sanitize("\u{9b}31m\r\x07\x08\x7f"), "\\x9b31m\\r\\x07\\x08\\x7f");
    assert_eq!(sanitize("user\u{202e}gpj.exe"), "user\\u{202e}gpj.exe");
    assert_eq!(sanitize("one\ntwo\u{2028}"), "one\\ntwo\\u{2028}");
    assert_eq!(sanitize("a\tb"), "a\\tb");
}

#[test]
fn ordinary_text_of_any_language_is_untouched() {
    for text in ["Ada Lovelace", "Zürich 1", "日本語", "Ωmega → ✓", "naïve café"] {
        assert!(matches!(sanitize(text), std::borrow::Cow::Borrowed(same) if same == text));
    }
}

#[test]
fn long_text_is_cut_at_a_character() {
    assert_eq!(sanitize_to("aé\x1bz", 3), "aé\\x1b...");
}

#[test]
fn machine_formats_keep_the_document() {
    let document = serde_json::json!({"a": "x\u{9b}\u{7f}\u{202e}\u{e0001}\u{1f600}", "b": ["\n"]});
    let (json, yaml) = (escape_json(&document.to_string()), escape_json_for_yaml(&document.to_string()));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), document);
    assert_eq!(yaml_serde::from_str::<serde_json::Value>(&yaml).unwrap(), document);
    assert!(!json.chars().chain(yaml.chars()).any(is_dangerous));
    // Alone, too.
    assert_eq!((escape_json("\u{202e}").as_str(), escape_json("\u{7f}").as_str()), ("\\u202e", "\\u007f"));
    assert_eq!(escape_json_for_yaml("\u{7f}"), "\\U0000007f");
    assert!(needs_escapes("\u{202e}") && !needs_escapes("\u{2764}\u{fe0f}\n"));
}

proptest! {
    #[test]
    fn nothing_dangerous_survives_and_twice_is_once(text in ".*") {
        let safe = sanitize(&text).into_owned();
        prop_assert!(!safe.chars().any(is_dangerous));
        prop_assert_eq!(sanitize(&safe), safe.as_str());
    }
}

//! Makes text from elsewhere harmless for a terminal: nothing it contains can move the cursor, change the window's
//! title, fake a prompt or reverse the reading order.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Escapes every character that is not plain visible text; printable text comes back unchanged.
///
/// C0, DEL and C1 become `\x1b`-like, bidirectional and invisible formatting characters `\u{202e}`-like escapes; line feeds and tabs
/// are escaped too, so the result is always one line.
pub(crate) fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if is_dangerous(character) => {
                let _ = match u32::from(character) {
                    code @ 0..=0xff => write!(safe, "\\x{code:02x}"),
                    code => write!(safe, "\\u{{{code:x}}}"),
                };
            }
            _ => safe.push(character),
        }
    }
    Cow::Owned(safe)
}

/// [`sanitize`], cut to `limit` characters.
pub(crate) fn sanitize_to(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", sanitize(&text[..end])),
        None => sanitize(text).into_owned(),
    }
}

/// JSON text with everything that could move a terminal or hide text as `\u` escapes: the same document, byte by byte
/// harmless. Outside of ASCII, JSON has letters only within its strings.
pub(crate) fn escape_json(text: &str) -> String {
    escape_strings(text, |letter, safe| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let _ = write!(safe, "\\u{unit:04x}");
        }
    })
}

/// [`escape_json`] for readers of YAML, who know no surrogate pairs.
pub(crate) fn escape_json_for_yaml(text: &str) -> String {
    escape_strings(text, |letter, safe| {
        let _ = write!(safe, "\\U{:08x}", u32::from(letter));
    })
}

/// Whether text in a machine format holds what a terminal must not see. Emoji are made with two of the letters.
pub(crate) fn needs_escapes(text: &str) -> bool {
    text.contains(|letter| hides(letter) && !matches!(letter, '\u{200d}' | '\u{fe0f}'))
}

fn escape_strings(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if hides(letter) { escape(letter, &mut safe) } else { safe.push(letter) }
    }
    safe
}

/// What JSON itself does not escape.
fn hides(letter: char) -> bool {
    letter >= '\u{7f}' && is_dangerous(letter)
}

fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape_json, escape_json_for_yaml, is_dangerous, needs_escapes, sanitize, sanitize_to};

    #[test]
    fn escape_sequences_become_visible_text() {
        assert_eq!(sanitize("a\x1b[2Jb"), "a\\x1b[2Jb");
        assert_eq!(sanitize("\u{9b}31m\r\x07\x08\x7f"), "\\x9b31m\\r\\x07\\x08\\x7f");
        assert_eq!(sanitize("user\u{202e}gpj.exe"), "user\\u{202e}gpj.exe");
        assert_eq!(sanitize("one\ntwo\u{2028}"), "one\\ntwo\\u{2028}");
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
}

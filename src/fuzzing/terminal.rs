//! Text from elsewhere on its way to a terminal.

use crate::ui::{escape_json, sanitize, sanitize_to};

/// Nothing that controls a terminal or the reading order is left; printable text is as it was; twice is once; and a
/// document in JSON stays the same document.
pub fn term_sanitize(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let safe = sanitize(&text);
    assert!(!safe.contains(controls), "{safe:?}");
    assert_eq!(sanitize(&safe), safe, "twice is once");
    assert_eq!(safe.contains('\u{fffd}'), text.contains('\u{fffd}'));
    let plain = |letter: &char| letter.is_alphanumeric() || letter.is_ascii_graphic() || *letter == ' ';
    let is_plain = text.chars().all(|letter| plain(&letter) && !fills(letter));
    assert!(!is_plain || safe == text, "printable text was changed: {text:?} -> {safe:?}");
    let kept =
        |text: &str| text.chars().filter(|letter| plain(letter) && !letter.is_ascii() && !fills(*letter)).count();
    assert_eq!(kept(&text), kept(&safe), "letters were lost");
    let cut = sanitize_to(&text, 20);
    assert!(!cut.contains(controls) && cut.len() <= 20 * 11 + 3);
    let json = serde_json::to_string(&text).expect("a text");
    let escaped = escape_json(&json);
    assert!(!escaped.contains(controls), "{escaped:?}");
    assert_eq!(serde_json::from_str::<String>(&escaped).expect("JSON"), text);
    !safe.is_empty() && safe == text
}

/// C0, DEL, C1, and what turns the reading order (Unicode Standard Annex 9) or ends a line.
fn controls(letter: char) -> bool {
    matches!(u32::from(letter), 0..0x20 | 0x7f..0xa0 | 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
}

/// Letters by their category that nobody sees.
fn fills(letter: char) -> bool {
    matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

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
    // Nearly all text, ten thousand objects of it at times.
    if text.bytes().all(|byte| byte < b'\x7f') {
        return text.to_owned();
    }
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
mod tests;

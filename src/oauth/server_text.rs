//! [`ServerText`]: words that somebody else chose.

use std::fmt;

/// The most characters kept of a text from a server.
const LIMIT: usize = 300;

/// Untrusted text from a server, cut to 300 characters.
///
/// Its `Display` replaces what could steer a terminal; whoever shows it still passes it through the sanitizer, which
/// knows the place it goes to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ServerText(String);

impl ServerText {
    /// Takes the first 300 characters of `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.chars().take(LIMIT).collect())
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| {
            fmt::Write::write_char(formatter, if is_harmless(char) { char } else { char::REPLACEMENT_CHARACTER })
        })
    }
}

impl fmt::Debug for ServerText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

/// Neither a control character nor one that reorders or hides its neighbours.
fn is_harmless(char: char) -> bool {
    !char.is_control()
        && !matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::ServerText;

    #[test]
    fn what_steers_a_terminal_is_replaced_and_the_rest_is_kept() {
        // CBK-07
        let text = ServerText::new("no \u{1b}[2J\u{202e}r\u{e9}ally\r\n");
        assert_eq!(text.to_string(), "no \u{fffd}[2J\u{fffd}r\u{e9}ally\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_log_shows_it_made_harmless() {
        assert_eq!(format!("{:?}", ServerText::new("a\u{1b}b")), "\"a\u{fffd}b\"");
    }

    #[test]
    fn long_text_is_cut_to_300_characters() {
        assert_eq!(ServerText::new(&"\u{e9}".repeat(1000)).to_string().chars().count(), 300);
    }
}

//! What Kubernetes takes as the key and the value of a label, and as the key of an annotation.

/// Letters of a name or of a label's value.
const LONGEST_NAME: usize = 63;
/// Letters of the part before a key's slash.
const LONGEST_PREFIX: usize = 253;

/// Whether `key` is a name, or a domain name, a slash and a name; else what is wrong with it.
pub(super) fn key(key: &str) -> Result<(), &'static str> {
    let name = match key.split_once('/') {
        None => key,
        Some((prefix, name)) => {
            let is_label = |label: &str| {
                let inner = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
                !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
            };
            if prefix.len() > LONGEST_PREFIX || !prefix.split('.').all(is_label) {
                return Err("the part of a key before the slash is a domain name in lower case");
            }
            name
        }
    };
    if name.is_empty() || !is_name(name) {
        return Err("a key consists of at most 63 letters, digits, '-', '_' and '.', \
                    and begins and ends with a letter or digit");
    }
    Ok(())
}

/// Whether a label can have `value`; else what is wrong with it.
pub(super) fn value(value: &str) -> Result<(), &'static str> {
    if !value.is_empty() && !is_name(value) {
        return Err("a label's value is empty or consists of at most 63 letters, digits, '-', '_' and '.', \
                    and begins and ends with a letter or digit");
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    let outer = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.len() <= LONGEST_NAME && text.chars().all(inner) && outer(text.chars().next()) && outer(text.chars().last())
}

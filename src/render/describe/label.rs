//! The names of fields as headings: `apiVersion` becomes `API Version`.

/// Words that are written in capitals.
const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];

/// The heading of `field`; a name with anything but letters and `-` in it is its own heading.
pub(super) fn label(field: &str) -> String {
    if field.contains(|letter: char| !letter.is_alphabetic() && letter != '-') {
        return field.to_owned();
    }
    let words: Vec<_> = words(field).iter().map(|word| capitalized(word)).collect();
    words.join(" ")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Other,
}

/// `dnsZoneREF` as `dns`, `Zone`, `REF`; of `APIVersion`, the last capital belongs to the word after it.
fn words(field: &str) -> Vec<String> {
    let class = |letter: char| match letter {
        _ if letter.is_lowercase() => Class::Lower,
        _ if letter.is_uppercase() => Class::Upper,
        _ => Class::Other,
    };
    let mut words: Vec<(Class, String)> = Vec::new();
    for letter in field.chars() {
        let this = class(letter);
        match words.last_mut() {
            Some((last, word)) if *last == this => word.push(letter),
            Some((last, word)) if *last == Class::Upper && this == Class::Lower => {
                let capital = word.pop();
                words.push((this, capital.into_iter().chain([letter]).collect()));
            }
            _ => words.push((this, letter.to_string())),
        }
    }
    words.into_iter().map(|(_, word)| word).filter(|word| !word.is_empty()).collect()
}

fn capitalized(word: &str) -> String {
    if ACRONYMS.contains(&word.to_uppercase().as_str()) {
        return word.to_uppercase();
    }
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn headings_read_as_kubectls() {
        for (field, expected) in [
            ("apiVersion", "API Version"),
            ("dnsZoneRef", "Dns Zone Ref"),
            ("uid", "UID"),
            ("observedURLs", "Observed UR Ls"),
            ("HTTPProxy", "HTTP Proxy"),
            ("dns-zone", "Dns - Zone"),
            ("ipv4", "ipv4"),
            ("app.kubernetes.io/name", "app.kubernetes.io/name"),
            ("", ""),
        ] {
            assert_eq!(label(field), expected, "{field}");
        }
    }
}

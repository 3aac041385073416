//! How the original puts a text into the keyring: as it is, but on macOS behind a prefix and in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// The bytes for this system's keyring.
pub(super) fn encode(text: &Secret) -> Secret<Vec<u8>> {
    if cfg!(target_os = "macos") { encode_base64(text) } else { Secret::new(text.expose().clone().into_bytes()) }
}

fn encode_base64(text: &Secret) -> Secret<Vec<u8>> {
    Secret::new(format!("{BASE64}{}", STANDARD.encode(text.expose())).into_bytes())
}

/// The text in any of the encodings that versions of the original used; `None` when it is none.
pub(super) fn decode(bytes: &Secret<Vec<u8>>) -> Option<Secret> {
    let text = std::str::from_utf8(bytes.expose()).ok()?;
    let decoded = if let Some(encoded) = text.strip_prefix(BASE64) {
        STANDARD.decode(encoded).ok()?
    } else if let Some(encoded) = text.strip_prefix(HEX) {
        decode_hex(encoded)?
    } else {
        return Some(Secret::new(text.to_owned()));
    };
    String::from_utf8(decoded).ok().map(Secret::new)
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

const BASE64: &str = "go-keyring-base64:";
const HEX: &str = "go-keyring-encoded:";

#[cfg(test)]
mod tests {
    use super::{decode, encode, encode_base64};
    use crate::secret::Secret;

    fn decoded(bytes: &[u8]) -> Option<String> {
        decode(&Secret::new(bytes.to_vec())).map(|text| text.expose().clone())
    }

    #[test]
    fn every_encoding_of_the_original_is_read() {
        assert_eq!(decoded(b"{\"a\":1}").unwrap(), "{\"a\":1}");
        assert_eq!(decoded(b"go-keyring-base64:eyJhIjoxfQ==").unwrap(), "{\"a\":1}");
        assert_eq!(decoded(b"go-keyring-encoded:7b2261223A317d").unwrap(), "{\"a\":1}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = Secret::new("{\"name\":\"é\"}".to_owned());
        assert_eq!(decode(&encode(&text)).unwrap(), text);
        assert_eq!(decode(&encode_base64(&text)).unwrap(), text);
        assert!(encode_base64(&text).expose().starts_with(b"go-keyring-base64:"));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        // KRG-09
        for bytes in [
            &b"\xff\xfe"[..],
            b"go-keyring-base64:!",
            b"go-keyring-encoded:7",
            b"go-keyring-encoded:zz",
            b"go-keyring-encoded:ff",
        ] {
            assert_eq!(decoded(bytes), None);
        }
    }
}

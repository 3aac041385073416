//! From PEM text to DER bytes (RFC 7468, read leniently).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

/// The most text worth looking at, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// How the bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The numbers of an RSA key alone: PKCS#1 (RFC 8017 appendix A.1).
    Bare,
    /// With the algorithm that they are for: PKCS#8 (RFC 5958) or SubjectPublicKeyInfo (RFC 5280 section 4.1).
    Wrapped,
}

/// Finds the one armored key in `text`; `kind` says what its label promises.
pub(super) fn decode(
    text: &str,
    kind: impl FnOnce(&str) -> Result<Kind, KeyError>,
) -> Result<(Kind, Zeroizing<Vec<u8>>), KeyError> {
    let text = unspoiled(text)?;
    let mut lines = (1..).zip(text.split('\n')).map(|(number, line)| (number, line.trim()));
    let (begin, label) =
        lines.find_map(|(number, line)| Some((number, armor(line, "BEGIN")?))).ok_or_else(|| no_begin(&text))?;
    let kind = kind(label)?;
    let mut base64 = Zeroizing::new(String::new());
    let mut last = begin;
    loop {
        let (number, line) = lines.next().ok_or(KeyError::NoEnd { line: begin })?;
        if armor(line, "END").is_some_and(|end| end == label) {
            break;
        }
        if line.starts_with("-----") {
            return Err(KeyError::NoEnd { line: begin });
        }
        if line.starts_with("Proc-Type:") || line.starts_with("DEK-Info:") {
            return Err(KeyError::Encrypted);
        }
        if !line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)) {
            return Err(KeyError::NotBase64 { line: number });
        }
        base64.push_str(line);
        last = number;
    }
    if let Some((line, _)) = lines.find(|(_, line)| armor(line, "BEGIN").is_some()) {
        return Err(KeyError::TwoBlocks { line });
    }
    let der = STANDARD.decode(base64.as_bytes()).map_err(|_| KeyError::NotBase64 { line: last })?;
    Ok((kind, Zeroizing::new(der)))
}

/// The text without what copying through editors, shells and JSON adds.
fn unspoiled(text: &str) -> Result<Zeroizing<String>, KeyError> {
    if text.trim().is_empty() {
        return Err(KeyError::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(KeyError::TooLarge);
    }
    let mut text = Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    for (spoiled, plain) in [("\\r", ""), ("\\n", "\n"), ("\r\n", "\n"), ("\r", "\n")] {
        text = Zeroizing::new(text.replace(spoiled, plain));
    }
    Ok(text)
}

/// The label of an armor line.
fn armor<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?.strip_prefix(word)?.strip_prefix(' ')?.strip_suffix("-----")
}

fn no_begin(text: &str) -> KeyError {
    // A DER sequence begins with 0x30, which is the digit 0, and a length.
    let binary = text.starts_with('0') && text.chars().take(64).any(|char| char.is_control() || !char.is_ascii());
    if binary { KeyError::Der } else { KeyError::NoBegin }
}

/// The label of a public key.
pub(super) fn public_kind(label: &str) -> Result<Kind, KeyError> {
    match label {
        "PUBLIC KEY" => Ok(Kind::Wrapped),
        "RSA PUBLIC KEY" => Ok(Kind::Bare),
        "CERTIFICATE" => Err(KeyError::Certificate),
        label if label.ends_with("PRIVATE KEY") => Err(KeyError::PrivateKey),
        _ => Err(KeyError::OtherKind),
    }
}

/// The label of a private key.
pub(super) fn private_kind(label: &str) -> Result<Kind, KeyError> {
    match label {
        "RSA PRIVATE KEY" => Ok(Kind::Bare),
        "PRIVATE KEY" => Ok(Kind::Wrapped),
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
        "EC PRIVATE KEY" | "EC PARAMETERS" => Err(KeyError::EllipticCurve),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(KeyError::PublicKey),
        "CERTIFICATE" => Err(KeyError::Certificate),
        "OPENSSH PRIVATE KEY" => Err(KeyError::OpenSsh),
        _ => Err(KeyError::OtherKind),
    }
}

//! RSA public keys in PEM: read, checked, and written in the one form that servers take.

use rsa::pkcs8::{EncodePublicKey as _, LineEnding, spki};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPublicKey, pkcs1};

use super::pem::{Kind, decode, public_kind};
use super::{BITS, KeyError, check_length, is_odd, require_rsa};

/// A public key that can check signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// SubjectPublicKeyInfo (RFC 5280 section 4.1), PEM.
    pub(crate) pem: String,
}

/// Reads one RSA public key of 2048 to 8192 bits, SubjectPublicKeyInfo or PKCS#1, from PEM.
///
/// # Errors
/// [`KeyError`]; [`KeyError::PrivateKey`] for the half that must not be sent.
pub(crate) fn parse_public_key(pem: &str) -> Result<PublicKey, KeyError> {
    let (kind, der) = decode(pem, public_kind)?;
    let parts = match kind {
        Kind::Wrapped => pkcs1_within(&der)?,
        Kind::Bare => pkcs1::RsaPublicKey::try_from(der.as_slice()).map_err(|_| KeyError::Damaged)?,
    };
    let number = |part: pkcs1::UintRef<'_>| BigUint::from_bytes_be(part.as_bytes());
    let (modulus, exponent) = (number(parts.modulus), number(parts.public_exponent));
    check_length(modulus.bits())?;
    if !is_odd(&modulus) {
        return Err(KeyError::Inconsistent);
    }
    let key = RsaPublicKey::new_with_max_size(modulus, exponent, *BITS.end()).map_err(|_| KeyError::Inconsistent)?;
    PublicKey::try_from(&key)
}

/// The PKCS#1 key inside of a SubjectPublicKeyInfo.
fn pkcs1_within(der: &[u8]) -> Result<pkcs1::RsaPublicKey<'_>, KeyError> {
    let info = spki::SubjectPublicKeyInfoRef::try_from(der).map_err(|_| KeyError::Damaged)?;
    require_rsa(info.algorithm.oid)?;
    let bits = info.subject_public_key.as_bytes().ok_or(KeyError::Damaged)?;
    pkcs1::RsaPublicKey::try_from(bits).map_err(|_| KeyError::Damaged)
}

impl TryFrom<&RsaPublicKey> for PublicKey {
    type Error = KeyError;

    fn try_from(key: &RsaPublicKey) -> Result<Self, KeyError> {
        debug_assert!(BITS.contains(&key.n().bits()));
        Ok(Self { pem: key.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Damaged)? })
    }
}

#[cfg(test)]
mod tests {
    use rsa::pkcs1::EncodeRsaPublicKey as _;
    use rsa::pkcs8::{EncodePublicKey as _, LineEnding};

    use super::{KeyError, parse_public_key};
    use crate::oauth::private_key::tests::pkcs8;
    use crate::oauth::private_key::{make_key_pair, parse_private_key};
    use crate::oauth::test_issuer::{RSA, generated};

    fn refused(pem: &str) -> KeyError {
        parse_public_key(pem).expect_err("no public key")
    }

    #[test]
    fn both_forms_of_a_public_key_become_one() {
        let key = RSA.to_public_key();
        let wrapped = key.to_public_key_pem(LineEnding::LF).expect("PEM");
        let bare = key.to_pkcs1_pem(LineEnding::CRLF).expect("PEM");
        for text in [&wrapped, &bare, &format!("\u{feff}the key of ci\n{wrapped}")] {
            assert_eq!(parse_public_key(text).expect("a key").pem, wrapped);
        }
    }

    #[test]
    fn what_is_no_public_rsa_key_is_named() {
        const EC: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWh9fLUYybSGqYSSZtG4SuqsEd/ss\nu8cDSXGYSYxf8db5TECEAXxxD9h4R6u8EAmWwT6LEXiRS3ZMVEyakfLVuA==";
        let armored = |label: &str, text: &str| format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
        let short = generated(1024).to_public_key().to_public_key_pem(LineEnding::LF).expect("PEM");
        assert_eq!(refused(pkcs8(&RSA).expose()), KeyError::PrivateKey);
        assert_eq!(refused(&armored("EC PRIVATE KEY", "AAAA")), KeyError::PrivateKey);
        assert_eq!(refused(&short), KeyError::TooShort { bits: 1024 });
        assert_eq!(refused(&armored("CERTIFICATE", "AAAA")), KeyError::Certificate);
        assert_eq!(refused(&armored("PUBLIC KEY", "AAAA")), KeyError::Damaged);
        assert_eq!(refused("ssh-rsa AAAA ci"), KeyError::NoBegin);
        assert_eq!(refused(&armored("PUBLIC KEY", EC)), KeyError::EllipticCurve);
    }

    #[test]
    fn a_key_made_here_signs_and_its_halves_belong_together() {
        let pair = make_key_pair(2048).expect("a key");
        parse_private_key(&pair.private_key).expect("a key that signs");
        assert_eq!(parse_public_key(&pair.public_key.pem).expect("a public key"), pair.public_key);
        assert!(pair.private_key.expose().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
        assert_eq!(make_key_pair(1024).expect_err("too short"), KeyError::TooShort { bits: 1024 });
        assert_eq!(make_key_pair(16384).expect_err("too long"), KeyError::TooLong { bits: 16384 });
    }
}

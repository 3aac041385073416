//! RSA keys in PEM, as people really have them: private ones that sign, made here or elsewhere.
//!
//! Harmless damage from copying (line ends, a byte order mark, text before, `\n` spelled out) is tolerated; everything
//! else is named with its line and without any of the key's text. A key signs and checks something before it is used.

mod pem;
mod public;

use jsonwebtoken::{Algorithm, EncodingKey};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, pkcs1, pkcs8};

use self::pem::{Kind, decode, private_kind};
use crate::secret::Secret;
use crate::sys::random::SystemRandom;

pub(crate) use self::public::{PublicKey, parse_public_key};

/// The moduli accepted, in bits.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
const EC_OID: &str = "1.2.840.10045.2.1";
const ED25519_OID: &str = "1.3.101.112";

/// A new private key and its public half.
#[derive(Debug)]
pub(crate) struct KeyPair {
    /// PKCS#1 PEM, the form that the platform itself hands out.
    pub(crate) private_key: Secret,
    /// What may be shown to everybody.
    pub(crate) public_key: PublicKey,
}

/// Why a text is no usable key. Never holds any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// There is nothing.
    #[error("the key is empty")]
    Empty,
    /// Larger than any key.
    #[error("the key is too large")]
    TooLarge,
    /// Binary.
    #[error("the key is in DER form; PEM is needed (a text that begins with -----BEGIN)")]
    Der,
    /// No armor.
    #[error("the key has no line -----BEGIN ... KEY-----")]
    NoBegin,
    /// The armor is not closed.
    #[error("the key that begins in line {line} has no -----END line")]
    NoEnd {
        /// The line of its beginning.
        line: usize,
    },
    /// A second key.
    #[error("there is a second key in line {line}; exactly one is needed")]
    TwoBlocks {
        /// The line of its beginning.
        line: usize,
    },
    /// Something in between that is no base64.
    #[error("line {line} of the key is not base64")]
    NotBase64 {
        /// The offending line.
        line: usize,
    },
    /// Protected by a passphrase.
    #[error("the key is password protected; export it without a password")]
    Encrypted,
    /// The private half, where the public one is wanted.
    #[error("this is a private key; the public key is needed, and the private one stays where it is")]
    PrivateKey,
    /// The public half, where the private one is wanted.
    #[error("this is a public key; the private key is needed")]
    PublicKey,
    /// A certificate.
    #[error("this is a certificate; the key itself is needed")]
    Certificate,
    /// OpenSSH's own format.
    #[error("the key is in OpenSSH's format; PEM with PKCS#1 or PKCS#8 is needed")]
    OpenSsh,
    /// An elliptic-curve key.
    #[error("this is an EC key; an RSA key is needed")]
    EllipticCurve,
    /// An Ed25519 key.
    #[error("this is an Ed25519 key; an RSA key is needed")]
    Ed25519,
    /// Some other kind of key.
    #[error("this is not an RSA key")]
    OtherKind,
    /// Too few bits to be safe.
    #[error("the RSA key is too short ({bits} bits, at least 2048 are needed)")]
    TooShort {
        /// The length of its modulus.
        bits: usize,
    },
    /// More bits than anybody can wait for.
    #[error("the RSA key is too long ({bits} bits, at most 8192 are accepted)")]
    TooLong {
        /// The length of its modulus.
        bits: usize,
    },
    /// The bytes are not those of a key.
    #[error("the key is damaged: its content is not that of an RSA key")]
    Damaged,
    /// The numbers do not belong together, or a test signature failed.
    #[error("the key is damaged: its numbers do not belong together")]
    Inconsistent,
}

/// A private key that proved to work.
#[derive(Clone)]
pub(crate) struct SigningKey {
    key: EncodingKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl SigningKey {
    pub(super) fn encoding_key(&self) -> &EncodingKey {
        &self.key
    }
}

/// Reads one RSA private key of 2048 to 8192 bits, PKCS#1 or PKCS#8, from PEM.
///
/// # Errors
/// [`KeyError`], one for each thing that people do to keys.
pub(crate) fn parse_private_key(pem: &Secret) -> Result<SigningKey, KeyError> {
    let (kind, der) = decode(pem.expose(), private_kind)?;
    let der = match kind {
        Kind::Wrapped => pkcs1_within(&der)?,
        Kind::Bare => der.as_slice(),
    };
    let private = numbers(der)?;
    let key = SigningKey { key: EncodingKey::from_rsa_der(der) };
    prove(&key, &private)?;
    Ok(key)
}

/// Makes a key of `bits`, which takes seconds where they are many.
///
/// # Errors
/// [`KeyError::TooShort`] and [`KeyError::TooLong`].
pub(crate) fn make_key_pair(bits: usize) -> Result<KeyPair, KeyError> {
    check_length(bits)?;
    let key = RsaPrivateKey::new(&mut SystemRandom, bits).map_err(|_| KeyError::Inconsistent)?;
    let pem = key.to_pkcs1_pem(pkcs1::LineEnding::LF).map_err(|_| KeyError::Damaged)?;
    Ok(KeyPair { private_key: Secret::new(pem.to_string()), public_key: PublicKey::try_from(&key.to_public_key())? })
}

/// The PKCS#1 key inside a PKCS#8 one.
fn pkcs1_within(der: &[u8]) -> Result<&[u8], KeyError> {
    let info = pkcs8::PrivateKeyInfo::try_from(der).map_err(|_| KeyError::Damaged)?;
    require_rsa(info.algorithm.oid).map(|()| info.private_key)
}

/// Names the algorithms that people have instead.
fn require_rsa(algorithm: pkcs8::ObjectIdentifier) -> Result<(), KeyError> {
    if algorithm == pkcs1::ALGORITHM_OID {
        return Ok(());
    }
    Err(match algorithm.to_string().as_str() {
        EC_OID => KeyError::EllipticCurve,
        ED25519_OID => KeyError::Ed25519,
        _ => KeyError::OtherKind,
    })
}

fn check_length(bits: usize) -> Result<(), KeyError> {
    match bits {
        _ if bits < *BITS.start() => Err(KeyError::TooShort { bits }),
        _ if bits > *BITS.end() => Err(KeyError::TooLong { bits }),
        _ => Ok(()),
    }
}

/// Checks what is cheap before anything expensive is done with numbers of any size.
fn numbers(der: &[u8]) -> Result<RsaPrivateKey, KeyError> {
    let parts = pkcs1::RsaPrivateKey::try_from(der).map_err(|_| KeyError::Damaged)?;
    let number = |part: pkcs1::UintRef<'_>| BigUint::from_bytes_be(part.as_bytes());
    let (modulus, exponent) = (number(parts.modulus), number(parts.public_exponent));
    check_length(modulus.bits())?;
    let (p, q) = (number(parts.prime1), number(parts.prime2));
    let sound = is_odd(&modulus) && is_odd(&exponent) && exponent > BigUint::from(1_u8) && p != q;
    if !sound || parts.other_prime_infos.is_some() {
        return Err(KeyError::Inconsistent);
    }
    RsaPrivateKey::from_components(modulus, exponent, number(parts.private_exponent), vec![p, q])
        .map_err(|_| KeyError::Inconsistent)
}

fn is_odd(number: &BigUint) -> bool {
    number.to_bytes_le().first().is_some_and(|byte| byte % 2 == 1)
}

/// Signs something and checks it: numbers that pass every equation may still sign wrongly.
fn prove(key: &SigningKey, private: &RsaPrivateKey) -> Result<(), KeyError> {
    use base64::Engine as _;
    const MESSAGE: &[u8] = b"does this key sign?";
    let signature = jsonwebtoken::crypto::sign(MESSAGE, &key.key, Algorithm::RS256);
    let signature = signature.map_err(|_| KeyError::Inconsistent)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature);
    let bytes = bytes.map_err(|_| KeyError::Inconsistent)?;
    debug_assert_eq!(bytes.len(), private.size());
    let signature = Signature::try_from(bytes.as_slice()).map_err(|_| KeyError::Inconsistent)?;
    VerifyingKey::<Sha256>::new(private.to_public_key()).verify(MESSAGE, &signature).map_err(|_| KeyError::Inconsistent)
}

#[cfg(test)]
pub(super) mod tests;

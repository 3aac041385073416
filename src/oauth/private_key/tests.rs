use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::der::Encode as _;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _, LineEnding, UintRef};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};

use super::{BigUint, KeyError, RsaPrivateKey, check_length, parse_private_key, pkcs1};
use crate::oauth::test_issuer::{ED25519, OTHER_RSA, P256, RSA, generated};
use crate::secret::Secret;

pub(in crate::oauth) fn pkcs8(key: &RsaPrivateKey) -> Secret {
    Secret::new(key.to_pkcs8_pem(LineEnding::LF).expect("PEM").to_string())
}

fn pkcs1_pem(key: &RsaPrivateKey) -> String {
    key.to_pkcs1_pem(LineEnding::LF).expect("PEM").to_string()
}

fn parsed(pem: &str) -> Result<(), KeyError> {
    parse_private_key(&Secret::new(pem.to_owned())).map(drop)
}

fn armored(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A PKCS#1 key of exactly these numbers.
fn forged(n: &BigUint, e: &BigUint, d: &BigUint, p: &BigUint, q: &BigUint) -> String {
    let bytes: Vec<Vec<u8>> = [n, e, d, p, q].into_iter().map(BigUint::to_bytes_be).collect();
    let number = |index: usize| UintRef::new(&bytes[index]).expect("a number");
    let key = pkcs1::RsaPrivateKey {
        modulus: number(0),
        public_exponent: number(1),
        private_exponent: number(2),
        prime1: number(3),
        prime2: number(4),
        exponent1: number(1),
        exponent2: number(1),
        coefficient: number(1),
        other_prime_infos: None,
    };
    armored("RSA PRIVATE KEY", &key.to_der().expect("DER"))
}

#[test]
fn rsa_keys_in_both_forms_are_read() {
    // JWB-01, JWB-02
    assert_eq!(parsed(&pkcs1_pem(&RSA)), Ok(()));
    assert_eq!(parsed(pkcs8(&RSA).expose()), Ok(()));
    assert_eq!(parsed(pkcs8(&generated(3072)).expose()), Ok(()));
    assert_eq!(format!("{:?}", parse_private_key(&pkcs8(&RSA)).expect("a key")), "[redacted]");
}

#[test]
fn damage_from_copying_is_tolerated() {
    // JWB-07
    for pem in [pkcs1_pem(&RSA), pkcs8(&RSA).expose().clone()] {
        for spoiled in [
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\r"),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\r\\n"),
            pem.replace('\n', "  \t\n"),
            pem.replace('\n', "\n  "),
            pem.replace('\n', "\n\n"),
            format!("\u{feff}{pem}"),
            format!("Bag Attributes\n    localKeyID: 01\n\n{pem}"),
            format!("{pem}\n\nthis was the key\n"),
            pem.trim_end().to_owned(),
        ] {
            assert_eq!(parsed(&spoiled), Ok(()), "{:?}", &spoiled[..40]);
        }
    }
}

#[test]
fn every_other_text_is_named_with_its_line_and_without_its_content() {
    // JWB-03, JWB-07
    let pem = pkcs8(&RSA).expose().clone();
    let lines: Vec<&str> = pem.lines().collect();
    let der = STANDARD.decode(lines[1..lines.len() - 1].concat()).expect("base64");
    let with_line = |number: usize, text: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = text;
        lines.join("\n")
    };
    let without = |number: usize| {
        let mut lines = lines.clone();
        lines.remove(number - 1);
        lines.join("\n")
    };
    let dek = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----";
    let binary: String = der.iter().map(|byte| char::from(*byte)).collect();
    let public = RSA.to_public_key().to_pkcs1_pem(LineEnding::LF).expect("PEM");
    for (text, expected) in [
        (String::new(), KeyError::Empty),
        (" \n\t".to_owned(), KeyError::Empty),
        ("a".repeat(100_000), KeyError::TooLarge),
        ("a".repeat(64 * 1024), KeyError::NoBegin),
        ("0 is no key\n".to_owned(), KeyError::Der),
        ("0123 is no key".to_owned(), KeyError::NoBegin),
        ("a key\n".to_owned(), KeyError::NoBegin),
        ("0\u{e9}".to_owned(), KeyError::Der),
        (binary, KeyError::Der),
        (STANDARD.encode(&der), KeyError::NoBegin),
        ("hello".to_owned(), KeyError::NoBegin),
        (without(1), KeyError::NoBegin),
        (without(lines.len()), KeyError::NoEnd { line: 1 }),
        (format!("x\n{}", without(lines.len())), KeyError::NoEnd { line: 2 }),
        (pem.replace("-----END PRIVATE", "-----END OTHER"), KeyError::NoEnd { line: 1 }),
        (format!("{pem}{pem}"), KeyError::TwoBlocks { line: lines.len() + 1 }),
        (with_line(5, "secret*secret"), KeyError::NotBase64 { line: 5 }),
        (with_line(5, "secret secret"), KeyError::NotBase64 { line: 5 }),
        (with_line(lines.len() - 1, "abc"), KeyError::NotBase64 { line: lines.len() - 1 }),
        (without(5), KeyError::Damaged),
        (armored("ENCRYPTED PRIVATE KEY", &der), KeyError::Encrypted),
        (dek.to_owned(), KeyError::Encrypted),
        (armored("EC PRIVATE KEY", b"x"), KeyError::EllipticCurve),
        (armored("PRIVATE KEY", &STANDARD.decode(P256).expect("base64")), KeyError::EllipticCurve),
        (armored("PRIVATE KEY", &STANDARD.decode(ED25519).expect("base64")), KeyError::Ed25519),
        (armored("PUBLIC KEY", b"x"), KeyError::PublicKey),
        (public, KeyError::PublicKey),
        (armored("CERTIFICATE", b"x"), KeyError::Certificate),
        (armored("OPENSSH PRIVATE KEY", b"x"), KeyError::OpenSsh),
        (armored("DSA PRIVATE KEY", b"x"), KeyError::OtherKind),
        (armored("PRIVATE KEY", b"x"), KeyError::Damaged),
        (armored("RSA PRIVATE KEY", &der), KeyError::Damaged),
    ] {
        let error = parsed(&text).expect_err("no key");
        assert_eq!(error, expected);
        let message = error.to_string();
        assert!(!message.contains("secret") && !message.contains("MII"), "{message}");
    }
}

#[test]
fn short_and_endless_keys_are_refused_at_once() {
    // JWB-05, JWB-06
    assert_eq!(parsed(pkcs8(&generated(1024)).expose()), Err(KeyError::TooShort { bits: 1024 }));
    assert_eq!([2047, 2048, 8192, 8193].map(|bits| check_length(bits).is_ok()), [false, true, true, false]);
    let one = BigUint::from(1_u8);
    let endless = (&one << 16_383) + &one;
    let begun = Instant::now();
    let e = BigUint::from(65_537_u32);
    assert_eq!(parsed(&forged(&endless, &e, &endless, &endless, &one)), Err(KeyError::TooLong { bits: 16_384 }));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn numbers_that_do_not_belong_together_are_refused() {
    // JWB-06
    let (n, e, d) = (RSA.n().clone(), RSA.e().clone(), RSA.d().clone());
    let (p, q) = (RSA.primes()[0].clone(), RSA.primes()[1].clone());
    let one = BigUint::from(1_u8);
    for (reason, pem) in [
        ("n even", forged(&(&n + &one), &e, &d, &p, &q)),
        ("e is one", forged(&n, &one, &one, &p, &q)),
        ("e even", forged(&n, &(&e + &one), &d, &p, &q)),
        ("p is q", forged(&(&p * &p * BigUint::from(3_u8)), &e, &d, &p, &p)),
        ("p is one", forged(&n, &e, &d, &one, &n)),
        ("wrong d", forged(&n, &e, &(&d + BigUint::from(2_u8)), &p, &q)),
        ("d of another key", forged(&n, &e, OTHER_RSA.d(), &p, &q)),
        ("primes of another key", forged(&n, &e, &d, &OTHER_RSA.primes()[0], &OTHER_RSA.primes()[1])),
    ] {
        let error = parsed(&pem).expect_err(reason);
        // A product of two equal primes may be a bit shorter.
        assert!(matches!(error, KeyError::Inconsistent | KeyError::TooShort { .. }), "{reason}: {error:?}");
    }
}

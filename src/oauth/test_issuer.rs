//! For tests: keys of every accepted kind, and tokens signed with them.
//!
//! The elliptic keys were made for these tests and are used nowhere else; RSA keys are generated once per run.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;

pub(super) const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdDBD8HeCMEcvN7gNAnn5Mn910FgZuTt8fTIzFQnGFZGhRANCAATbMrXy3AhOIO2QN6T/QB3nr82yItal6F4vUUvNRXqGYSwyb1v42B26Z3Y93zyRkYOD4zuL6GPQTCRA6bmGy2Rl";
const P384: &str = "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDC6KCdOu4IK5nOC8N0DlWM44OLMB4sfr2OzvvvoPUGxLCw9Guz5Nma24ioqDCfH33GhZANiAAQV8jgiXMJogARDY6Ia8HpVo1dmlwPMrq5ZzusdHxtvUhWepY5h+OKVZ6Hc5IDUKRyGG362Lfwrk12EFkTU3VdLguz4HiVMA4l5K8mVmyd+TtmKe0A2AND3QpkFLdWMGDY=";
pub(super) const ED25519: &str = "MC4CAQAwBQYDK2VwBCIEIAqMZRT1QUSyyb/u5bOBGV73LUYemgiI840c12Izw0D6";

/// The RSA key of the server.
pub(super) static RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| generated(2048));
/// An RSA key of somebody else.
pub(super) static OTHER_RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| generated(2048));

pub(super) fn generated(bits: usize) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut OsRng, bits).expect("a key")
}

pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The public half as a JWK with further members.
pub(super) fn rsa_jwk(key: &RsaPrivateKey, members: &str) -> String {
    let (n, e) = (base64url(key.n().to_bytes_be()), base64url(key.e().to_bytes_be()));
    format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"{members}}}"#)
}

/// One JWK for each kind of key, with the key ids `rsa`, `p256`, `p384` and `ed`.
pub(super) fn jwks() -> String {
    let rsa = rsa_jwk(&RSA, r#","kid":"rsa","use":"sig""#);
    let p256 = r#"{"kty":"EC","crv":"P-256","kid":"p256","x":"2zK18twITiDtkDek_0Ad56_NsiLWpeheL1FLzUV6hmE","y":"LDJvW_jYHbpndj3fPJGRg4PjO4voY9BMJEDpuYbLZGU"}"#;
    let p384 = r#"{"kty":"EC","crv":"P-384","kid":"p384","x":"FfI4IlzCaIAEQ2OiGvB6VaNXZpcDzK6uWc7rHR8bb1IVnqWOYfjilWeh3OSA1Ckc","y":"hht-ti38K5NdhBZE1N1XS4Ls-B4lTAOJeSvJlZsnfk7ZintANgDQ90KZBS3VjBg2"}"#;
    let ed = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"I22VoiIxqTVEZe63LiQX5zcGs2zj22UXUd-HE3f8M2Q"}"#;
    format!(r#"{{"keys":[{rsa},{p256},{p384},{ed}]}}"#)
}

/// The server's key for `algorithm`.
pub(super) fn key_for(algorithm: Algorithm) -> EncodingKey {
    let der = |text| STANDARD.decode(text).expect("base64");
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(&der(P256)),
        Algorithm::ES384 => EncodingKey::from_ec_der(&der(P384)),
        Algorithm::EdDSA => EncodingKey::from_ed_der(&der(ED25519)),
        Algorithm::HS256 => EncodingKey::from_secret(b"not so secret"),
        _ => rsa_key(&RSA),
    }
}

pub(super) fn rsa_key(key: &RsaPrivateKey) -> EncodingKey {
    EncodingKey::from_rsa_der(key.to_pkcs1_der().expect("DER").as_bytes())
}

/// `header.payload.signature` over exactly these texts.
pub(super) fn sign(algorithm: Algorithm, key: &EncodingKey, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

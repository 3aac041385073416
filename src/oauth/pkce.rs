//! Proof Key for Code Exchange (RFC 7636), S256 only.

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};

use crate::secret::Secret;
use crate::sys::random;

/// A new verifier: 43 characters that carry 256 random bits.
pub(super) fn new_verifier() -> Secret {
    Secret::new(random::token::<32>())
}

/// The S256 challenge of `verifier`, which alone may be seen by others.
pub(super) fn challenge(verifier: &Secret) -> PkceCodeChallenge {
    PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.expose().clone()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Secret, challenge, new_verifier};

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // PKC-01
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let challenge = challenge(&verifier);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge.method().as_str(), "S256");
    }

    #[test]
    fn ten_thousand_verifiers_are_distinct_and_well_formed() {
        // PKC-02
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let verifier = new_verifier().expose().clone();
            assert!((43..=128).contains(&verifier.len()));
            assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
            assert!(seen.insert(verifier));
        }
    }
}

//! The claims of an ID token whose signature holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;

use super::error::IdTokenError;
use super::{Expectation, IdentityClaims};
use crate::oauth::json::{Object, WrongType};
use crate::oauth::server_text::ServerText;

/// How far two clocks may differ, in seconds.
const LEEWAY: i64 = 30;
/// The latest time we can represent, in the year 9999.
const MAX_SECONDS: i64 = 253_402_207_200;
/// The longest subject (OpenID Connect Core section 2).
const MAX_SUBJECT: usize = 255;

/// The payload as an object.
pub(super) struct Claims(Object);

impl Claims {
    pub(super) fn parse(payload: &str) -> Result<Self, IdTokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(payload);
        let bytes = bytes.map_err(|_| IdTokenError::Shape("has parts that are not base64url"))?;
        Object::parse(&bytes).map(Self).map_err(|error| IdTokenError::Payload(error.to_string()))
    }

    /// Checks every claim that we know.
    pub(super) fn check(
        &self,
        issuer: &str,
        algorithm: Algorithm,
        expectation: &Expectation<'_>,
    ) -> Result<IdentityClaims, IdTokenError> {
        self.check_issuer(issuer)?;
        self.check_audience(expectation.client_id)?;
        let expires_at = self.check_times(expectation)?;
        self.check_nonce(expectation)?;
        self.check_access_token(algorithm, expectation)?;
        Ok(IdentityClaims {
            subject: self.subject()?,
            email: self.label("email")?,
            email_verified: self.email_verified()?,
            name: self.label("name")?,
            preferred_username: self.label("preferred_username")?,
            auth_time: self.seconds("auth_time")?,
            expires_at,
        })
    }

    /// Simple string comparison (OpenID Connect Core section 3.1.3.7 number 2).
    fn check_issuer(&self, expected: &str) -> Result<(), IdTokenError> {
        let found = self.text("iss")?.ok_or(problem("iss", "is missing"))?;
        if found == expected {
            return Ok(());
        }
        Err(IdTokenError::OtherIssuer { expected: expected.to_owned(), found: ServerText::new(found) })
    }

    /// Section 3.1.3.7 numbers 3 to 5.
    fn check_audience(&self, client_id: &str) -> Result<(), IdTokenError> {
        let audience = self.audience()?;
        let party = self.text("azp")?;
        if !audience.contains(&client_id) {
            return Err(IdTokenError::OtherAudience);
        }
        match party {
            Some(party) if party != client_id => Err(IdTokenError::OtherParty),
            None if audience.iter().any(|other| *other != client_id) => Err(IdTokenError::SharedAudience),
            _ => Ok(()),
        }
    }

    fn audience(&self) -> Result<Vec<&str>, IdTokenError> {
        let wrong = problem("aud", "is not a text or a list of texts");
        let audience = match self.0.value("aud") {
            None => return Err(problem("aud", "is missing")),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(many)) => many.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(wrong)?,
            Some(_) => return Err(wrong),
        };
        if audience.is_empty() || audience.contains(&"") {
            return Err(problem("aud", "is empty"));
        }
        Ok(audience)
    }

    /// `exp`, `nbf` and `iat` against our clock; gives back `exp`.
    fn check_times(&self, expectation: &Expectation<'_>) -> Result<Timestamp, IdTokenError> {
        let (now, server_date) = (expectation.now, expectation.server_date);
        let expires = self.seconds("exp")?.ok_or(problem("exp", "is missing"))?;
        let issued = self.seconds("iat")?.ok_or(problem("iat", "is missing"))?;
        let not_before = self.seconds("nbf")?.unwrap_or(issued);
        let expired_at = timestamp("exp", expires)?;
        if now.as_second() - expires > LEEWAY {
            return Err(IdTokenError::Expired { expired_at, now, server_date });
        }
        let from = issued.max(not_before);
        if from - now.as_second() > LEEWAY {
            return Err(IdTokenError::NotYetValid { from: timestamp("iat", from)?, now, server_date });
        }
        Ok(expired_at)
    }

    fn check_nonce(&self, expectation: &Expectation<'_>) -> Result<(), IdTokenError> {
        let found = self.text("nonce")?;
        match expectation.nonce {
            Some(nonce) if !found.is_some_and(|found| same(found, nonce.expose())) => Err(IdTokenError::OtherNonce),
            _ => Ok(()),
        }
    }

    /// Section 3.1.3.8: the left half of the access token's hash.
    fn check_access_token(&self, algorithm: Algorithm, expectation: &Expectation<'_>) -> Result<(), IdTokenError> {
        match (self.text("at_hash")?, expectation.access_token) {
            (Some(found), Some(token)) if !same(found, &half_hash(algorithm, token.expose())) => {
                Err(IdTokenError::OtherAccessToken)
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> Result<String, IdTokenError> {
        let subject = self.text("sub")?.ok_or(problem("sub", "is missing"))?;
        let acceptable = subject.len() <= MAX_SUBJECT && subject.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !acceptable {
            return Err(problem("sub", "is not a text of at most 255 printable ASCII characters"));
        }
        Ok(subject.to_owned())
    }

    /// Some servers write the boolean as text.
    fn email_verified(&self) -> Result<Option<bool>, IdTokenError> {
        match self.0.value("email_verified") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(verified)) => Ok(Some(*verified)),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
            Some(_) => Err(problem("email_verified", "is neither true nor false")),
        }
    }

    /// A claim that is a non-empty text where present.
    fn text(&self, claim: &'static str) -> Result<Option<&str>, IdTokenError> {
        match self.0.text(claim).map_err(wrong_type)? {
            Some("") => Err(problem(claim, "is empty")),
            text => Ok(text),
        }
    }

    fn label(&self, claim: &'static str) -> Result<Option<String>, IdTokenError> {
        self.0.label(claim).map_err(wrong_type)
    }

    /// A NumericDate (RFC 7519 section 2): whole seconds since 1970, also where written as a float.
    fn seconds(&self, claim: &'static str) -> Result<Option<i64>, IdTokenError> {
        match self.0.value(claim) {
            None => Ok(None),
            Some(Value::Number(number)) => whole(number).map(Some).ok_or(problem(claim, "is not a time")),
            Some(_) => Err(problem(claim, "is not a number")),
        }
    }
}

fn problem(claim: &'static str, problem: &'static str) -> IdTokenError {
    IdTokenError::Claim { claim, problem }
}

fn wrong_type(error: WrongType) -> IdTokenError {
    problem(error.field, "is not a text")
}

fn whole(number: &Number) -> Option<i64> {
    let seconds = match number.as_i64() {
        Some(seconds) => seconds,
        None => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..1e12).contains(float))?;
            // Whole and far below 2^53, so nothing is lost.
            #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small just above")]
            let seconds = float as i64;
            seconds
        }
    };
    (0..=MAX_SECONDS).contains(&seconds).then_some(seconds)
}

fn timestamp(claim: &'static str, seconds: i64) -> Result<Timestamp, IdTokenError> {
    Timestamp::from_second(seconds).map_err(|_| problem(claim, "is not a time"))
}

/// Equal, in constant time for equal lengths.
fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => Sha384::digest(token).to_vec(),
        // Ed25519 hashes with SHA-512 inside, and providers follow it here.
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => Sha512::digest(token).to_vec(),
        _ => Sha256::digest(token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

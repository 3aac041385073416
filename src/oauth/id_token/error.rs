//! Why an ID token proves nothing.

use jiff::Timestamp;

use crate::oauth::server_text::ServerText;

/// Why an ID token was refused. Always a matter of security; never holds the token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdTokenError {
    /// The answer to a login has none.
    #[error("the server's answer has no ID token")]
    Missing,
    /// Not three base64url parts, or too large.
    #[error("the ID token {0}")]
    Shape(&'static str),
    /// Five parts: JWE.
    #[error("the ID token is encrypted, which is not supported")]
    Encrypted,
    /// The header is not acceptable.
    #[error("the ID token's header {0}")]
    Header(String),
    /// `alg` is `none`.
    #[error("the ID token is not signed")]
    Unsigned,
    /// `alg` is none of those that both the server announced and we accept.
    #[error("the ID token is signed with an unexpected algorithm, {0}")]
    UnexpectedAlgorithm(ServerText),
    /// `typ` says it is another kind of token.
    #[error("the token in place of the ID token is a {0}")]
    OtherType(ServerText),
    /// No key of the server fits the header.
    #[error("the ID token is signed with a key that the server does not have")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the ID token's signature is wrong")]
    BadSignature,
    /// The payload is not acceptable JSON.
    #[error("the ID token's content cannot be accepted: {0}")]
    Payload(String),
    /// A claim is missing, empty or of the wrong JSON type.
    #[error("the ID token's claim {claim} {problem}")]
    Claim {
        /// The claim's name.
        claim: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `iss` differs.
    #[error("the ID token was issued by {found}, not by {expected}")]
    OtherIssuer {
        /// The issuer that was asked.
        expected: String,
        /// The issuer in the token.
        found: ServerText,
    },
    /// `aud` does not name us.
    #[error("the ID token is meant for another client")]
    OtherAudience,
    /// `aud` names others beside us, and `azp` is missing.
    #[error("the ID token has another audience and no azp")]
    SharedAudience,
    /// `azp` names somebody else.
    #[error("the ID token was issued to another client")]
    OtherParty,
    /// `exp` has passed.
    #[error("the ID token expired at {expired_at}, or your clock is wrong: {}", clocks(*.now, *.server_date))]
    Expired {
        /// The token's `exp`.
        expired_at: Timestamp,
        /// Our time.
        now: Timestamp,
        /// The server's time, where known.
        server_date: Option<Timestamp>,
    },
    /// `iat` or `nbf` is in the future.
    #[error("the ID token is valid from {from} on, or your clock is wrong: {}", clocks(*.now, *.server_date))]
    NotYetValid {
        /// The token's `iat` or `nbf`.
        from: Timestamp,
        /// Our time.
        now: Timestamp,
        /// The server's time, where known.
        server_date: Option<Timestamp>,
    },
    /// `nonce` is not the one of this login.
    #[error("the ID token belongs to another login")]
    OtherNonce,
    /// `at_hash` does not fit the access token.
    #[error("the ID token belongs to another access token")]
    OtherAccessToken,
    /// The refreshed token is about somebody else.
    #[error("the server refreshed the session of another person")]
    OtherSubject,
    /// The refreshed token names another time of signing in.
    #[error("the refreshed ID token names another time of signing in")]
    OtherAuthTime,
}

fn clocks(now: Timestamp, server: Option<Timestamp>) -> String {
    let server = server.map_or("unknown".to_owned(), |time| time.to_string());
    format!("local time {now:.0}, server time {server}")
}

//! Everything that can go wrong in the protocol, in the protocol's words.

use std::time::Duration;

use serde::de::IntoDeserializer as _;
use serde::de::value::Error as ValueError;
use serde::{Deserialize, Serialize};

use super::callback::CallbackError;
use super::device::DeviceError;
use super::discovery::MetadataError;
use super::id_token::IdTokenError;
use super::json::WrongType;
use super::private_key::KeyError;
use super::server_text::ServerText;
use crate::http;

/// Why a step of the protocol did not succeed. Never holds a secret; text from servers is [`ServerText`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No complete answer came back.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// An answer came back that is no answer of this protocol.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The server said no in the protocol's own words (RFC 6749 section 5.2).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server's description of itself is unusable.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The browser came back with something else than a code, or not at all.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The ID token does not prove what it must.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// The device flow brought no token.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A private key is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What an error means for the person and for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A security check refused; repeating is useless and going on would be dangerous.
    Security,
    /// The network or the server is down, overloaded or in between; trying later may help.
    Unavailable,
    /// The server or the person refused, or a time limit of the grant passed: sign in (again).
    Denied,
    /// The input is wrong.
    Usage,
    /// The server does not offer what was asked for.
    Unsupported,
    /// This machine's trust store or proxy settings are unusable.
    Setup,
}

impl Error {
    /// What the error means.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Http(http::Error::Setup(_)) => Class::Setup,
            Self::Http(http::Error::Untrusted { .. }) => Class::Security,
            Self::Http(_) => Class::Unavailable,
            Self::Answer(error) => error.class(),
            Self::Refused(refusal) => refusal.class(),
            Self::Metadata(error) => error.class(),
            Self::Callback(error) => error.class(),
            Self::IdToken(_) => Class::Security,
            Self::Device(error) => error.class(),
            Self::Key(_) => Class::Usage,
        }
    }

    /// Whether repeating the very same request soon may succeed: connection trouble, an answer cut off, 5xx and 429.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            Self::Answer(error) => matches!(error, AnswerError::Cut { .. } | AnswerError::Unavailable { .. }),
            Self::Refused(refusal) => refusal.code.is_temporary(),
            _ => false,
        }
    }

    /// Whether the request surely never reached the server.
    pub(crate) fn was_not_sent(&self) -> bool {
        matches!(self, Self::Http(error) if error.was_not_sent())
    }

    /// How long the server asked us to wait (RFC 9110 section 10.2.3), at most a day.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answer(AnswerError::Unavailable { retry_after, .. }) => *retry_after,
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// The OAuth error code of a refusal.
    pub(crate) fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            _ => None,
        }
    }
}

/// Why an answer is no answer of this protocol.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// A redirect, which would carry a credential somewhere else.
    #[error("{host} answered with a redirect (HTTP {status}), which is never followed")]
    Redirected {
        /// The server that was asked.
        host: String,
        /// The HTTP status code.
        status: u16,
    },
    /// Success without a body.
    #[error("the answer of {host} is empty (HTTP {status})")]
    Empty {
        /// The server that was asked.
        host: String,
        /// The HTTP status code.
        status: u16,
    },
    /// Success, but the document ends too early: the server may have acted.
    #[error("the answer of {host} is cut off")]
    Cut {
        /// The server that was asked.
        host: String,
    },
    /// HTML in place of data.
    #[error("{host} answered with a web page instead of data (HTTP {status}): a captive portal or a proxy?")]
    WebPage {
        /// The server that was asked.
        host: String,
        /// The HTTP status code.
        status: u16,
    },
    /// Not JSON, or ambiguous JSON.
    #[error("the answer of {host} cannot be accepted: {problem}")]
    Malformed {
        /// The server that was asked.
        host: String,
        /// What is wrong, without a part of the answer.
        problem: String,
    },
    /// A member is missing or has an unacceptable value.
    #[error("the answer of {host} cannot be accepted: {field} {problem}")]
    Field {
        /// The server that was asked.
        host: String,
        /// The member's name.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The server is overloaded or broken.
    #[error("{host} is not available at the moment (HTTP {status})")]
    Unavailable {
        /// The server that was asked.
        host: String,
        /// 429 or 5xx.
        status: u16,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
    /// Any other status without an explanation in the protocol's words.
    #[error("{host} answered with HTTP {status} and no explanation")]
    Unexpected {
        /// The server that was asked.
        host: String,
        /// The HTTP status code.
        status: u16,
    },
    /// The subject of userinfo is somebody else (OpenID Connect Core section 5.3.2).
    #[error("{host} described another person than the one who signed in")]
    OtherSubject {
        /// The server that was asked.
        host: String,
    },
}

impl AnswerError {
    /// A member of the wrong JSON type.
    pub(crate) fn wrong_type(host: &str, error: WrongType) -> Self {
        let problem = match error.expected {
            "a text" => "is not a text",
            _ => "has the wrong type",
        };
        Self::Field { host: host.to_owned(), field: error.field, problem }
    }

    fn class(&self) -> Class {
        match self {
            Self::Redirected { .. } | Self::Malformed { .. } | Self::Field { .. } | Self::OtherSubject { .. } => {
                Class::Security
            }
            Self::Empty { .. }
            | Self::Cut { .. }
            | Self::WebPage { .. }
            | Self::Unavailable { .. }
            | Self::Unexpected { .. } => Class::Unavailable,
        }
    }
}

/// The server's no, in the protocol's words.
#[derive(Debug, thiserror::Error)]
#[error("{host} refused: {code}{}", .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
pub(crate) struct Refusal {
    /// The server that was asked.
    pub(crate) host: String,
    /// The HTTP status code.
    pub(crate) status: u16,
    /// The reason, for programs.
    pub(crate) code: ErrorCode,
    /// The reason, for people, in the server's words.
    pub(crate) description: Option<ServerText>,
    /// How long the server asked us to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    fn class(&self) -> Class {
        if self.code.is_temporary() { Class::Unavailable } else { Class::Denied }
    }
}

/// The error codes of RFC 6749 sections 4.1.2.1 and 5.2 and RFC 8628 section 3.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorCode {
    /// The code, refresh token or assertion is invalid, expired, revoked or already used.
    InvalidGrant,
    /// The client is unknown.
    InvalidClient,
    /// The request is malformed.
    InvalidRequest,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The server does not know this grant.
    UnsupportedGrantType,
    /// The scope is unknown or too large.
    InvalidScope,
    /// The person or the server refused.
    AccessDenied,
    /// The server failed.
    ServerError,
    /// The server is overloaded.
    TemporarilyUnavailable,
    /// The person has not decided yet.
    AuthorizationPending,
    /// The person has not decided yet, and we ask too often.
    SlowDown,
    /// The device code is too old.
    ExpiredToken,
    /// Anything else.
    #[serde(skip)]
    Other(ServerText),
}

impl ErrorCode {
    /// Reads the word that the server wrote.
    pub(crate) fn parse(word: &str) -> Self {
        let known: Result<Self, ValueError> = Self::deserialize(word.into_deserializer());
        known.unwrap_or_else(|_| Self::Other(ServerText::new(word)))
    }

    /// Whether the server blames itself and the moment.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::ServerError | Self::TemporarilyUnavailable)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(word) => word.fmt(formatter),
            known => known.serialize(formatter),
        }
    }
}

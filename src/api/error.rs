//! [`Error`]: what the API server refused, from its HTTP status and its Kubernetes `Status` body.

use std::time::Duration;

use serde::Deserialize;

use crate::http::{self, Answer};

/// Why a request to the API gave nothing usable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// 401, also with a fresh token.
    #[error("{host} does not accept the credentials")]
    Unauthorized {
        /// The server.
        host: String,
    },
    /// 403.
    #[error("{message}")]
    Forbidden {
        /// The server's sentence.
        message: String,
        /// Machine-readable details, such as `ProjectSuspended`.
        causes: Vec<Cause>,
    },
    /// 404.
    #[error("{message}")]
    NotFound {
        /// The server's sentence.
        message: String,
    },
    /// 409: it exists already, or somebody else changed it meanwhile.
    #[error("{message}")]
    Conflict {
        /// The server's sentence.
        message: String,
        /// `AlreadyExists` or `Conflict`.
        reason: String,
    },
    /// 400 and 422: the object or the request is not acceptable.
    #[error("{message}")]
    Invalid {
        /// The server's sentence.
        message: String,
        /// What is wrong with which field.
        causes: Vec<Cause>,
    },
    /// 429.
    #[error("{host} is receiving too many requests")]
    TooManyRequests {
        /// The server.
        host: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("{host} failed with status {status}")]
    ServerFailure {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The server's sentence, if it is one of the API's.
        message: Option<String>,
    },
    /// Any other status of 4xx.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's sentence.
        message: String,
    },
    /// 3xx: a token is never carried along.
    #[error("{host} redirects elsewhere (status {status})")]
    Redirected {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// An HTML page: a proxy, a captive portal or the wrong host.
    #[error("{host} answered with a web page (status {status}), not with its API")]
    WebPage {
        /// The server.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// A success whose body is not what the API promises.
    #[error("the answer of {host} is not understood")]
    Malformed {
        /// The server.
        host: String,
        /// Where the JSON stopped making sense.
        #[source]
        source: serde_json::Error,
    },
    /// A paged list whose pages lead back to one already read.
    #[error("the list of {host} never ends")]
    EndlessList {
        /// The server.
        host: String,
    },
    /// A list longer than anything we can hold.
    #[error("the list of {host} has more than {limit} items")]
    TooManyItems {
        /// The server.
        host: String,
        /// The limit.
        limit: usize,
    },
    /// A name that cannot be part of a URL.
    #[error("{name:?} cannot be the name of a resource")]
    UnusableName {
        /// The name.
        name: String,
    },
    /// The token for the request could not be had; nothing was asked of the API.
    #[error(transparent)]
    Token(anyhow::Error),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] http::Error),
}

/// One entry of a `Status`'s `details.causes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    /// The field, as a path in the object.
    pub(crate) field: String,
    /// Such as `FieldValueRequired`.
    pub(crate) reason: String,
    /// A sentence.
    pub(crate) message: String,
}

/// The body of a Kubernetes error.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    kind: String,
    message: String,
    reason: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Vec<Cause>,
}

impl Error {
    /// What an answer that is not a success says.
    pub(super) fn from_answer(answer: &Answer, host: String, retry_after: Option<Duration>) -> Self {
        let status = answer.status;
        let body = serde_json::from_slice::<Status>(&answer.body).ok().filter(|body| body.kind == "Status");
        match status {
            300..=399 => return Self::Redirected { host, status },
            401 => return Self::Unauthorized { host },
            429 => return Self::TooManyRequests { host, retry_after },
            500.. => {
                let message = body.map(|body| body.message).filter(|message| !message.is_empty());
                return Self::ServerFailure { host, status, message };
            }
            _ if is_web_page(answer) => return Self::WebPage { host, status },
            _ => {}
        }
        let Status { message, reason, details, .. } = body.unwrap_or_default();
        let message = if message.is_empty() { format!("{host} answered with status {status}") } else { message };
        match status {
            400 | 422 => Self::Invalid { message, causes: details.causes },
            403 => Self::Forbidden { message, causes: details.causes },
            404 => Self::NotFound { message },
            409 => Self::Conflict { message, reason },
            _ => Self::Refused { status, message },
        }
    }

    /// Whether it concerns the session as a whole, so that further requests would end the same way.
    pub(crate) fn ends_everything(&self) -> bool {
        matches!(self, Self::Unauthorized { .. } | Self::Token(_))
    }
}

/// Whether the body is HTML, whatever its label says.
pub(super) fn is_web_page(answer: &Answer) -> bool {
    let is_labelled = answer.header("content-type").is_some_and(|label| label.trim_start().starts_with("text/html"));
    is_labelled || answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

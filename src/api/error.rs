//! [`Error`]: what the API server refused, from its HTTP status and its Kubernetes `Status` body.

use std::time::Duration;

use serde::Deserialize;

use super::types::TypeProblem;
use crate::http::{self, Answer, Host};
use crate::sys::clock;

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
        /// Which fields somebody else manages.
        causes: Vec<Cause>,
    },
    /// 400 and 422: the object or the request is not acceptable.
    #[error("{message}")]
    Invalid {
        /// The server's sentence.
        message: String,
        /// What is wrong with which field.
        causes: Vec<Cause>,
    },
    /// 410: the place in a list or a watch that was asked for is forgotten.
    #[error("{message}")]
    Gone {
        /// The server's sentence.
        message: String,
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
    /// A path that leaves the control plane or its server.
    #[error("the path {path:?} leads out of the control plane")]
    ForeignPath {
        /// The path.
        path: String,
    },
    /// No such type.
    #[error(transparent)]
    Type(#[from] TypeProblem),
    /// The parameters of a request are out of bounds.
    #[error("the request cannot be made")]
    Parameters(#[from] kube_core::request::Error),
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

/// The fields that server-side apply refused because others manage them, and who does.
pub(crate) fn managed_by_others(causes: &[Cause]) -> Vec<(String, String)> {
    let others = causes.iter().filter(|cause| cause.reason == "FieldManagerConflict");
    // The manager stands in a sentence: `conflict with "NAME" using v1`.
    let manager = |cause: &Cause| cause.message.split('"').nth(1).unwrap_or(&cause.message).to_owned();
    let mut fields: Vec<_> = others.map(|cause| (cause.field.clone(), manager(cause))).collect();
    // A manager that both applied and updated a field is named for each.
    fields.dedup();
    fields
}

const UNTYPED: &str = "failed to create typed patch object";

/// The body of a Kubernetes error.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    kind: String,
    message: String,
    reason: String,
    code: u16,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Vec<Cause>,
}

impl Error {
    /// `answer` when it is a success of the API.
    pub(super) fn unless_success(answer: Answer, server: &Host) -> Result<Answer, Self> {
        let (host, status) = (server.authority(), answer.status);
        if !(200..300).contains(&status) {
            let retry_after = answer.retry_after(clock::now());
            return Err(Self::from_answer(&answer, host, retry_after));
        }
        if is_web_page(&answer) {
            return Err(Self::WebPage { host, status });
        }
        Ok(answer)
    }

    /// What the `ERROR` event of a watch says: a `Status` with a code of its own.
    pub(super) fn of_watch(object: &[u8], server: &Host) -> Self {
        let code = serde_json::from_slice::<Status>(object).map_or(0, |status| status.code);
        let answer = Answer { status: code, headers: http::HeaderMap::default(), body: object.to_owned() };
        Self::from_answer(&answer, server.authority(), None)
    }

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
                // Server-side apply calls it a failure of its own when an object has a field that its type has not.
                if let Some(message) = message.as_ref().filter(|message| message.starts_with(UNTYPED)) {
                    return Self::Invalid { message: message.clone(), causes: Vec::new() };
                }
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
            409 => Self::Conflict { message, reason, causes: details.causes },
            410 => Self::Gone { message },
            _ => Self::Refused { status, message },
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            Self::TooManyRequests { .. } | Self::ServerFailure { .. } => true,
            _ => false,
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

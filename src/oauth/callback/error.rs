//! Why a browser login brought no code.

use std::io;
use std::time::Duration;

use crate::oauth::error::{Class, ErrorCode};
use crate::oauth::server_text::ServerText;

/// Why no code came back. Never holds a code or a state.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackError {
    /// Neither 127.0.0.1 nor [::1] can be listened on.
    #[error("cannot listen on this machine for the browser's answer")]
    Listen(#[source] io::Error),
    /// Something else listens on the port that was asked for.
    #[error("port {port} is in use by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Nobody came back in time.
    #[error("the browser did not come back within {} s{}", .waited.as_secs(), ignored_note(*.ignored))]
    TimedOut {
        /// How long we waited.
        waited: Duration,
        /// How many requests to the callback path were ignored because they did not belong to this login.
        ignored: usize,
    },
    /// The person or the server refused (RFC 6749 section 4.1.2.1).
    #[error("{}: {code}{}", if code.is_temporary() { "the server failed" } else { "you or the server refused" }, .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// The reason, for programs.
        code: ErrorCode,
        /// The reason, for people, in the server's words.
        description: Option<ServerText>,
    },
    /// The answer belongs to this login but comes from another issuer (RFC 9207).
    #[error("the answer came from {found}, but {expected} was asked")]
    OtherIssuer {
        /// The issuer that was asked.
        expected: String,
        /// The issuer in the answer.
        found: ServerText,
    },
    /// The server announced to name itself in every answer, and did not (RFC 9207 section 2.4).
    #[error("the answer does not name its issuer, although the server announced it would")]
    NoIssuer,
    /// The pasted text belongs to another login.
    #[error("that address belongs to another login")]
    OtherLogin,
    /// The pasted text is neither the address nor the code.
    #[error("that is not the address the browser was sent to, and not a code: {0}")]
    NotAnAnswer(&'static str),
}

impl CallbackError {
    pub(in crate::oauth) fn class(&self) -> Class {
        match self {
            Self::Listen(_) | Self::PortTaken { .. } => Class::Setup,
            Self::Refused { code, .. } if code.is_temporary() => Class::Unavailable,
            Self::TimedOut { .. } | Self::Refused { .. } => Class::Denied,
            Self::OtherIssuer { .. } | Self::NoIssuer => Class::Security,
            Self::OtherLogin | Self::NotAnAnswer(_) => Class::Usage,
        }
    }
}

fn ignored_note(ignored: usize) -> String {
    match ignored {
        0 => String::new(),
        1 => " (1 request of another login was ignored)".to_owned(),
        many => format!(" ({many} requests of other logins were ignored)"),
    }
}

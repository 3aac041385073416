//! What was asked of the emulator, without any secret.

use jiff::Timestamp;
use serde::Serialize;

use super::exchange::Request;

/// One request the emulator has seen.
#[derive(Clone, Debug, Serialize)]
pub struct JournalEntry {
    /// 1, 2, 3, ...
    pub seq: u64,
    /// When it was acted on.
    pub time: Timestamp,
    /// Name of the route, as in fault specifications.
    pub route: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path, and the names of the query parameters with their values left out.
    pub path: String,
    /// Status of the answer; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `grant_type` of a token request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// The client, if it is a known one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `sub` of the account it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `ok`, an OAuth error code, a Kubernetes reason, or `fault`.
    pub outcome: String,
    /// Whether a spent refresh token or code was presented.
    pub reuse: bool,
    /// The fault that struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// All entries so far.
#[derive(Default)]
pub(crate) struct Journal(Vec<JournalEntry>);

impl Journal {
    /// Appends an entry under the next number.
    pub(crate) fn push(&mut self, entry: JournalEntry) {
        self.0.push(JournalEntry { seq: self.0.len() as u64 + 1, ..entry });
    }

    /// Entries with a `seq` above `since`.
    pub(crate) fn since(&self, since: u64) -> &[JournalEntry] {
        let start = usize::try_from(since).unwrap_or(usize::MAX).min(self.0.len());
        &self.0[start..]
    }
}

/// The path with every query value replaced by `*`.
pub(crate) fn path_without_values(request: &Request) -> String {
    let names: Vec<_> = url::form_urlencoded::parse(request.query.as_bytes())
        .map(|(name, _)| if name.len() > 40 { "*".to_owned() } else { format!("{name}=*") })
        .collect();
    if names.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, names.join("&")) }
}

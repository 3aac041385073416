//! The typed view of the file. Every struct keeps, in `extra`, the keys it does not know.

use jiff::Timestamp;

use super::error::Problem;
use crate::yaml::{Fields, Node};

/// The `apiVersion` and `kind` of a file that we make.
pub(super) const API_VERSION: &str = "datumctl.config.datum.net/v1beta1";
pub(super) const KIND: &str = "DatumctlConfig";

/// The whole configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// `datumctl.config.datum.net/v1beta1`, or what the file says.
    pub(crate) api_version: String,
    /// `DatumctlConfig`, or what the file says.
    pub(crate) kind: String,
    /// In order of first login.
    pub(crate) sessions: Vec<Session>,
    /// Each session's organizations and then its projects.
    pub(crate) contexts: Vec<Context>,
    /// The name of a context.
    pub(crate) current_context: Option<String>,
    /// The name of a session.
    pub(crate) active_session: Option<String>,
    /// Whether the original updates itself.
    pub(crate) auto_update: bool,
    /// Display names of what the contexts refer to.
    pub(crate) cache: Cache,
    pub(super) extra: Fields,
    pub(super) broken_sessions: Vec<Node>,
    pub(super) broken_contexts: Vec<Node>,
    pub(super) problems: Vec<Problem>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            sessions: Vec::new(),
            contexts: Vec::new(),
            current_context: None,
            active_session: None,
            auto_update: false,
            cache: Cache::default(),
            extra: Vec::new(),
            broken_sessions: Vec::new(),
            broken_contexts: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Config {
    /// The entries and pointers that cannot be used as they stand.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// One account at one API server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Session {
    /// `<email>@<api host>`; unique.
    pub(crate) name: String,
    /// The entry of the credential store that holds its tokens.
    pub(crate) user_key: String,
    /// The email address; a service account's `client_email`, possibly empty.
    pub(crate) user_email: String,
    /// The person's name.
    pub(crate) user_name: Option<String>,
    /// Where it belongs.
    pub(crate) endpoint: Endpoint,
    /// The context to restore when the session becomes active again.
    pub(crate) last_context: Option<String>,
    pub(super) extra: Fields,
}

/// The servers of a session. The TLS settings are never written by a command, only by hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Endpoint {
    /// `https://<api host>` without a trailing slash.
    pub(crate) server: String,
    /// The identity server's host.
    pub(crate) auth_hostname: String,
    /// The name to expect in the server's certificate.
    pub(crate) tls_server_name: Option<String>,
    /// Whether the server's certificate goes unchecked.
    pub(crate) insecure_skip_tls_verify: bool,
    /// Base64 of the PEM text of the authorities to trust.
    pub(crate) certificate_authority_data: Option<String>,
    pub(super) extra: Fields,
}

/// One organization or project as seen by one session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Context {
    /// `<session>/<organization>` or `<session>/<organization>/<project>`.
    pub(crate) name: String,
    /// The session's name.
    pub(crate) session: String,
    /// The organization's id.
    pub(crate) organization_id: String,
    /// The project's id; `None` for the organization itself.
    pub(crate) project_id: Option<String>,
    /// The default namespace; `default` on projects.
    pub(crate) namespace: Option<String>,
    pub(super) extra: Fields,
}

impl Context {
    /// `<organization>` or `<organization>/<project>`: the name within its session.
    pub(crate) fn reference(&self) -> String {
        match &self.project_id {
            Some(project) => format!("{}/{project}", self.organization_id),
            None => self.organization_id.clone(),
        }
    }
}

/// What the last discovery saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cache {
    /// RFC 3339 with nanoseconds, UTC; one value for all sessions.
    pub(crate) last_refreshed: Option<String>,
    /// The organizations.
    pub(crate) organizations: Vec<CachedOrganization>,
    /// The projects.
    pub(crate) projects: Vec<CachedProject>,
    pub(super) extra: Fields,
}

impl Cache {
    /// When the last discovery ended; `None` when never, or when the text is not a time.
    pub(crate) fn last_refreshed(&self) -> Option<Timestamp> {
        self.last_refreshed.as_deref()?.parse().ok()
    }

    /// An organization, as this session saw it.
    pub(crate) fn organization(&self, session: &str, id: &str) -> Option<&CachedOrganization> {
        self.organizations.iter().find(|entry| entry.session == session && entry.id == id)
    }
}

/// An organization that a context refers to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CachedOrganization {
    /// Its id.
    pub(crate) id: String,
    /// Its display name.
    pub(crate) display_name: Option<String>,
    /// The role of the session's account in it; a key of ours that the original skips.
    pub(crate) role: Option<String>,
    /// The session that saw it.
    pub(crate) session: String,
    pub(super) extra: Fields,
}

/// A project that a context refers to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CachedProject {
    /// Its id.
    pub(crate) id: String,
    /// Its display name.
    pub(crate) display_name: Option<String>,
    /// The organization that owns it.
    pub(crate) organization_id: String,
    /// The session that saw it.
    pub(crate) session: String,
    pub(super) extra: Fields,
}

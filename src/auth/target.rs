//! Where a login goes: identity server, API server and client id.

use super::Error;
use crate::http::Host;
use crate::sys::env;

/// The servers and the client id of one login.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The identity server; its origin is the issuer.
    pub(crate) auth: Host,
    /// The API server.
    pub(crate) api: Host,
    /// The OAuth client id, where one is known; service accounts need none.
    pub(crate) client_id: Option<String>,
}

/// What the command line said about the target.
#[derive(Clone, Debug, Default)]
pub(crate) struct TargetFlags {
    /// `--hostname`
    pub(crate) hostname: Option<String>,
    /// `--api-hostname`
    pub(crate) api_hostname: Option<String>,
    /// `--client-id`
    pub(crate) client_id: Option<String>,
}

impl Target {
    /// Resolves flags over environment over the defaults.
    ///
    /// The API host and the client id of the environment belong to the environment's identity server: a
    /// `--hostname` that names another one leaves them unused.
    pub(crate) fn resolve(flags: &TargetFlags) -> Result<Self, Error> {
        let from_environment = env::var(env::DATUM_AUTH_HOSTNAME);
        let (origin, text) = match (&flags.hostname, &from_environment) {
            (Some(flag), _) => ("--hostname", flag.clone()),
            (None, Some(variable)) => (env::DATUM_AUTH_HOSTNAME, variable.clone()),
            (None, None) => ("the default", DEFAULT_AUTH_HOST.to_owned()),
        };
        let auth = parse_host(origin, &text)?;
        let same_server = match from_environment {
            Some(variable) => variable.parse::<Host>().is_ok_and(|host| host == auth),
            None => flags.hostname.is_none(),
        };
        let variable = |name| if same_server { env::var(name) } else { None };
        let api = match (&flags.api_hostname, variable(env::DATUM_API_HOSTNAME)) {
            (Some(flag), _) => parse_host("--api-hostname", flag)?,
            (None, Some(variable)) => parse_host(env::DATUM_API_HOSTNAME, &variable)?,
            (None, None) => auth.derived_api_host().ok_or_else(|| Error::NoApiHost { auth: auth.to_string() })?,
        };
        let client_id =
            flags.client_id.clone().or_else(|| variable(env::DATUM_CLIENT_ID)).or_else(|| known_client(&auth));
        Ok(Self { auth, api, client_id })
    }

    /// The client id, which people's logins need.
    pub(crate) fn require_client_id(&self) -> Result<&str, Error> {
        self.client_id.as_deref().ok_or_else(|| Error::NoClientId { auth: self.auth.to_string() })
    }
}

/// The name of a session, `<identity>@<API host>`. Names are typed, stand on one line and are joined with slashes, so
/// what an address may hold and a name may not is percent-encoded.
pub(super) fn session_name(identity: &str, api: &Host) -> String {
    format!("{}@{}", encoded(identity, |letter| letter.is_control() || letter == '/'), api.authority())
}

/// The entry of the credential store for an identity, `<identity>@<identity server>`, on one line too.
pub(super) fn user_key(identity: &str, auth: &Host) -> String {
    format!("{}@{}", encoded(identity, char::is_control), auth.stored())
}

fn encoded(text: &str, is_foreign: impl Fn(char) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_foreign(letter) {
            plain.extend(letter.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            plain.push(letter);
        }
    }
    plain
}

pub(super) fn parse_host(origin: &'static str, text: &str) -> Result<Host, Error> {
    text.parse().map_err(|source| Error::Host { origin, text: text.to_owned(), source })
}

/// The client ids of Datum's own environments, for a parsed host only: `auth.datum.net.evil.com` is not one.
fn known_client(auth: &Host) -> Option<String> {
    let https = auth.origin().starts_with("https://");
    let client = KNOWN_CLIENTS.iter().find(|(suffix, _)| https && auth.is_within(suffix));
    client.map(|(_, client_id)| (*client_id).to_owned())
}

const DEFAULT_AUTH_HOST: &str = "auth.datum.net";

/// Longest suffix first.
const KNOWN_CLIENTS: [(&str, &str); 2] =
    [("staging.env.datum.net", "325848904128073754"), ("datum.net", "328728232771788043")];

#[cfg(test)]
mod tests {
    use super::known_client;

    #[test]
    fn the_clients_of_datums_own_servers_are_known_and_of_no_others() {
        let client = |host: &str| known_client(&host.parse().expect(host));
        assert_eq!(client("auth.datum.net").as_deref(), Some("328728232771788043"));
        assert_eq!(client("auth.staging.env.datum.net").as_deref(), Some("325848904128073754"));
        for host in ["auth.datum.net.evil.com", "auth.evildatum.net", "http://127.0.0.1:8080"] {
            assert_eq!(client(host), None, "{host}");
        }
    }
}

//! The original's rules of reading, written down once more and independently: what these accept, it can use.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::World;

/// `~/.datumctl/config` as its Go types are declared; keys it does not know are skipped.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Config {
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    pub kind: String,
    #[serde(default)]
    pub sessions: Vec<Session>,
    #[serde(default)]
    pub contexts: Vec<Context>,
    #[serde(default)]
    pub current_context: String,
    #[serde(default)]
    pub active_session: String,
    #[serde(default)]
    pub auto_update: bool,
    pub cache: Cache,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Session {
    pub name: String,
    pub user_key: String,
    pub user_email: String,
    #[serde(default)]
    pub user_name: String,
    pub endpoint: Endpoint,
    #[serde(default)]
    pub last_context: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Endpoint {
    pub server: String,
    pub auth_hostname: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Context {
    pub name: String,
    pub session: String,
    pub organization_id: String,
    #[serde(default)]
    pub project_id: String,
    #[serde(default)]
    pub namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cache {
    #[serde(default)]
    pub organizations: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    pub projects: Vec<BTreeMap<String, Value>>,
    pub last_refreshed: Option<String>,
}

/// One entry of the credential store.
#[derive(Debug, Deserialize)]
pub struct Credential {
    pub hostname: String,
    pub api_hostname: String,
    pub client_id: String,
    pub endpoint_auth_url: String,
    pub endpoint_token_url: String,
    pub scopes: Option<Vec<String>>,
    pub token: Token,
    pub user_name: String,
    pub user_email: String,
    pub subject: String,
    #[serde(default)]
    pub credential_type: String,
    pub service_account: Option<BTreeMap<String, Value>>,
}

/// `golang.org/x/oauth2.Token`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub token_type: String,
    #[serde(default)]
    pub refresh_token: String,
    pub expiry: String,
    #[serde(default)]
    pub expires_in: i64,
}

/// What the original would find in this world's home.
#[derive(Debug)]
pub struct Original {
    pub config: Config,
    pub active_user: Option<String>,
    pub known_users: Vec<String>,
    pub credentials: BTreeMap<String, Credential>,
}

/// Reads the home by the original's rules; panics where it would stumble.
#[track_caller]
pub fn read(world: &World) -> Original {
    let text = std::fs::read_to_string(world.path("config")).expect("a config");
    let config: Config = yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    check_config(&config);
    let text = std::fs::read_to_string(world.path("credentials.json")).expect("a store");
    assert_eq!(text, text.trim_end(), "no newline at the end");
    // A map of maps of texts: anything else fails the whole file.
    let mut store: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text).expect("a store");
    let mut entries = store.remove("datumctl-auth").expect("entries");
    let active_user = entries.remove("active_user");
    let known_users = entries.remove("known_users").map_or_else(Vec::new, |list| serde_json::from_str(&list).unwrap());
    let credentials = entries.into_iter().map(|(key, text)| (key, credential(&text))).collect();
    Original { config, active_user, known_users, credentials }
}

fn check_config(config: &Config) {
    assert_eq!(config.api_version, "datumctl.config.datum.net/v1beta1");
    assert_eq!(config.kind, "DatumctlConfig");
    let names: Vec<_> = config.sessions.iter().map(|session| session.name.as_str()).collect();
    for context in &config.contexts {
        assert!(names.contains(&context.session.as_str()), "{context:?}");
        assert!(!context.organization_id.is_empty());
        let reference = match context.project_id.as_str() {
            "" => context.organization_id.clone(),
            project => format!("{}/{project}", context.organization_id),
        };
        assert_eq!(context.name, format!("{}/{reference}", context.session), "it would be renamed");
    }
    for session in &config.sessions {
        assert!(session.user_key.ends_with(&format!("@{}", session.endpoint.auth_hostname)), "{session:?}");
        assert!(!session.endpoint.server.ends_with('/'));
    }
    assert!(config.active_session.is_empty() || names.contains(&config.active_session.as_str()));
    let known = |name: &String| name.is_empty() || config.contexts.iter().any(|context| context.name == *name);
    assert!(known(&config.current_context), "{}", config.current_context);
    assert!(config.sessions.iter().all(|session| known(&session.last_context)));
    let refreshed = config.cache.last_refreshed.as_ref();
    assert!(refreshed.is_none_or(|time| time.parse::<jiff::Timestamp>().is_ok()));
}

fn credential(text: &str) -> Credential {
    let credential: Credential = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let time = &credential.token.expiry;
    assert!(time.parse::<jiff::Timestamp>().is_ok() && time.contains('T'), "{time}");
    assert!(credential.endpoint_token_url.starts_with("http"));
    assert!(matches!(
        credential.credential_type.as_str(),
        "" | "interactive" | "service_account" | "datum_service_account"
    ));
    assert_eq!(credential.credential_type.contains("service"), credential.service_account.is_some());
    credential
}

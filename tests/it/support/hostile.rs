//! A scriptable OpenID provider: correct until a test tells it what to do wrong, and counting what it is asked.
//!
//! It also knows what an honest browser would do next, so that a test can play that browser, or a dishonest one.

pub mod certificates;
pub mod keys;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use keys::{Draft, base64url};
pub use wire::{Answer, Request, Wire};

use super::World;

/// The client that everybody signs in with.
pub const CLIENT_ID: &str = "client-1";

type Change<T> = Box<dyn Fn(&mut T) + Send>;
type Rule = Box<dyn FnMut(&Request, usize) -> Option<Answer> + Send>;
type Damage = Box<dyn FnMut(Vec<u8>, usize) -> Answer + Send>;

/// What the browser carried to the provider, as the code remembers it.
#[derive(Clone, Debug, Default)]
struct Authorization {
    nonce: Option<String>,
    challenge: String,
    redirect_uri: String,
}

/// What an honest provider would send the browser back with. A test may change it before it goes.
#[derive(Clone, Debug)]
pub struct Callback {
    pub redirect_uri: String,
    pub parameters: Vec<(&'static str, String)>,
}

impl Callback {
    /// The same with one parameter set, added or (with `None`) left out.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.parameters.retain(|(found, _)| *found != name);
        self.parameters.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    pub fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.parameters).finish()
    }

    pub fn url(&self) -> String {
        format!("{}?{}", self.redirect_uri, self.query())
    }
}

struct State {
    url: String,
    metadata: Value,
    jwks: Value,
    draft: Option<Change<Draft>>,
    answer: Option<Change<Value>>,
    token_headers: &'static str,
    rules: Vec<(String, Rule, usize)>,
    damages: Vec<(String, Damage, usize)>,
    codes: HashMap<String, Authorization>,
    requests: Vec<Request>,
    secrets: Vec<String>,
    minted: usize,
}

/// The running provider.
pub struct HostileProvider {
    wire: Wire,
    state: Arc<Mutex<State>>,
}

impl HostileProvider {
    /// On plain HTTP, as an issuer on this machine may be.
    pub fn start() -> Self {
        Self::serving(None, "http")
    }

    /// Behind TLS.
    pub fn start_tls(config: ServerConfig) -> Self {
        Self::serving(Some(Arc::new(config)), "https")
    }

    fn serving(tls: Option<Arc<ServerConfig>>, scheme: &str) -> Self {
        let state = Arc::new(Mutex::new(State::new()));
        let shared = Arc::clone(&state);
        let wire = Wire::start(tls, move |request| lock(&shared).answer(&request));
        lock(&state).url = format!("{scheme}://{}", wire.address);
        let provider = Self { wire, state };
        provider.behave();
        provider
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Its origin, which is its issuer.
    pub fn url(&self) -> String {
        self.state().url.clone()
    }

    /// `host:port`
    pub fn authority(&self) -> String {
        self.wire.address.to_string()
    }

    /// Makes later runs in `world` sign in here. The API is here too, and empty.
    pub fn attach(&self, world: &mut World) {
        for name in ["DATUM_AUTH_HOSTNAME", "DATUM_API_HOSTNAME"] {
            world.set(name, self.url());
        }
        world.set("DATUM_CLIENT_ID", CLIENT_ID).set("BROWSER", "true");
    }

    /// Forgets every misdeed and every request.
    pub fn behave(&self) {
        let mut state = self.state();
        (state.metadata, state.jwks) = (metadata(&state.url), json!({ "keys": keys::all_jwks() }));
        (state.draft, state.answer, state.token_headers) = (None, None, JSON);
        state.rules.clear();
        state.damages.clear();
        state.requests.clear();
    }

    /// Changes the discovery document.
    pub fn metadata(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.state().metadata);
    }

    /// Replaces the key set.
    pub fn jwks(&self, document: Value) {
        self.state().jwks = document;
    }

    /// Changes every ID token before it is signed.
    pub fn id_token(&self, change: impl Fn(&mut Draft) + Send + 'static) {
        self.state().draft = Some(Box::new(change));
    }

    /// Changes every successful token answer.
    pub fn token_answer(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().answer = Some(Box::new(change));
    }

    /// Sends every token answer with these header lines, each ended by CRLF.
    pub fn wrap_token_answers(&self, headers: &'static str) {
        self.state().token_headers = headers;
    }

    /// Answers requests to `path` with what `rule` makes of them and of their number, counted from 0.
    pub fn on(&self, path: &str, rule: impl FnMut(&Request, usize) -> Option<Answer> + Send + 'static) {
        self.state().rules.push((path.to_owned(), Box::new(rule), 0));
    }

    /// Answers every request to `path` with the same.
    pub fn always(&self, path: &str, answer: Answer) {
        self.on(path, move |_, _| Some(answer.clone()));
    }

    /// Does the work of every request to `path`, and sends in place of the answer's bytes what `damage` makes of them
    /// and of their number, counted from 0.
    pub fn damage(&self, path: &str, damage: impl FnMut(Vec<u8>, usize) -> Answer + Send + 'static) {
        self.state().damages.push((path.to_owned(), Box::new(damage), 0));
    }

    /// The requests to `path` so far.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        self.state().requests.iter().filter(|request| request.path == path).cloned().collect()
    }

    /// How many requests `path` has had.
    pub fn count(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// Everything that nobody but the two sides may see.
    pub fn secrets(&self) -> Vec<String> {
        self.state().secrets.clone()
    }

    /// The person signs in: what the browser would come back with.
    pub fn approve(&self, login_url: &Url) -> Callback {
        self.state().approve(login_url)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn metadata(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "device_authorization_endpoint": format!("{url}/device"),
        "revocation_endpoint": format!("{url}/revoke"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
    })
}

impl State {
    fn new() -> Self {
        Self {
            url: String::new(),
            metadata: Value::Null,
            jwks: Value::Null,
            draft: None,
            answer: None,
            token_headers: JSON,
            rules: Vec::new(),
            damages: Vec::new(),
            codes: HashMap::new(),
            requests: Vec::new(),
            secrets: Vec::new(),
            minted: 0,
        }
    }

    fn secret(&mut self, kind: &str) -> String {
        self.minted += 1;
        let secret = format!("{kind}-{}-{}", self.minted, base64url(Sha256::digest(format!("{kind}{}", self.minted))));
        self.secrets.push(secret.clone());
        secret
    }

    fn approve(&mut self, login_url: &Url) -> Callback {
        let query: HashMap<String, String> = login_url.query_pairs().into_owned().collect();
        let code = self.secret("code");
        let authorization = Authorization {
            nonce: query.get("nonce").cloned(),
            challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        let redirect_uri = authorization.redirect_uri.clone();
        self.codes.insert(code.clone(), authorization);
        Callback { redirect_uri, parameters: vec![("code", code), ("state", query["state"].clone())] }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.requests.push(request.clone());
        let answer = self.undamaged(request);
        let Some((_, damage, count)) = self.damages.iter_mut().find(|(path, ..)| *path == request.path) else {
            return answer;
        };
        *count += 1;
        damage(answer.into_bytes(), *count - 1)
    }

    fn undamaged(&mut self, request: &Request) -> Answer {
        for (_, rule, count) in self.rules.iter_mut().filter(|(path, ..)| *path == request.path) {
            *count += 1;
            if let Some(answer) = rule(request, *count - 1) {
                return answer;
            }
        }
        let at = |field: &str| self.metadata[field].as_str().and_then(|url| Url::parse(url).ok());
        let is = |field: &str| at(field).is_some_and(|url| url.path() == request.path);
        match request.path.as_str() {
            "/.well-known/openid-configuration" => Answer::json(200, &self.metadata),
            _ if is("jwks_uri") => Answer::json(200, &self.jwks),
            _ if is("token_endpoint") => self.token(request),
            _ if is("device_authorization_endpoint") => self.device(),
            _ if is("revocation_endpoint") => Answer::text(200, "", ""),
            path if path.starts_with("/api") => {
                Answer::json(200, &json!({"kind": "List", "metadata": {}, "items": []}))
            }
            _ => Answer::text(404, "", ""),
        }
    }

    fn device(&mut self) -> Answer {
        let (code, uri) = (self.secret("device"), format!("{}/activate", self.url));
        Answer::json(
            200,
            &json!({"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": uri, "expires_in": 300, "interval": 1}),
        )
    }

    /// As strict as a good server: code, verifier and redirect address must be those of the authorization request.
    fn token(&mut self, request: &Request) -> Answer {
        let form = |name| request.form(name).unwrap_or_default();
        let authorization = match form("grant_type").as_str() {
            "authorization_code" => {
                let verifier = form("code_verifier");
                self.secrets.push(verifier.clone());
                let Some(known) = self.codes.remove(&form("code")) else { return Answer::error("invalid_grant") };
                let proven = base64url(Sha256::digest(&verifier)) == known.challenge;
                if !proven || form("redirect_uri") != known.redirect_uri || form("client_id") != CLIENT_ID {
                    return Answer::error("invalid_grant");
                }
                known
            }
            "refresh_token"
            | "urn:ietf:params:oauth:grant-type:device_code"
            | "urn:ietf:params:oauth:grant-type:jwt-bearer" => Authorization::default(),
            _ => return Answer::error("unsupported_grant_type"),
        };
        let answer = self.grant(authorization.nonce).to_string();
        Answer::text(200, self.token_headers, &answer)
    }

    fn grant(&mut self, nonce: Option<String>) -> Value {
        let (access_token, refresh_token) = (self.secret("access"), self.secret("refresh"));
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.url, "sub": "person-1", "aud": CLIENT_ID, "iat": now, "exp": now + 600,
            "email": "mallory@example.com", "name": "Mallory",
        });
        claims.as_object_mut().expect("an object").extend(nonce.map(|nonce| ("nonce".to_owned(), json!(nonce))));
        let mut draft = Draft::new(claims, access_token.clone());
        self.draft.iter().for_each(|change| change(&mut draft));
        let id_token = draft.finish();
        let mut answer = json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": LIFE.as_secs(),
            "refresh_token": refresh_token, "id_token": id_token,
        });
        self.answer.iter().for_each(|change| change(&mut answer));
        answer
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

/// How long an access token lives.
const LIFE: Duration = Duration::from_secs(3600);

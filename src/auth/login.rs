//! Logging in: browser with PKCE, another device, or a service account's key.
//!
//! A login is one transaction: until everything is verified and stored, what was there stays untouched. The old
//! refresh token of the same account is revoked only after the new one is safe.

use std::time::Duration;

use url::Url;

use super::contexts::{self, ContextOutcome, ContextWish};
use super::credentials_file::{CredentialsFile, Source};
use super::prompt::{LoginPrompt, Pasted};
use super::service_account::{IdentityServer, MachineKey, machine_credential};
use super::target::{TargetFlags, session_name, user_key};
use super::{Account, Auth, ChosenBy, Error, Target, refresh, token};
use crate::config::{Session, SessionDetails};
use crate::oauth::{
    self, AuthorizationRequest, AuthorizationResponse, CallbackError, CallbackServer, Class, DeviceEvent, IdTokenError,
    IdentityClaims, KeySet, Provider, TokenAnswer,
};
use crate::secret::Secret;
use crate::session::{Credential, Extra, Kind, ServiceAccount, StoreKind, Token, key_file};
use crate::sys::{browser, clock};

/// How to sign in.
#[derive(Clone, Debug)]
pub(crate) enum Method {
    /// In a browser on this machine (RFC 8252).
    Browser {
        /// The port of the callback, or any.
        port: Option<u16>,
    },
    /// On another device (RFC 8628).
    Device,
    /// With a service account's credentials file (RFC 7523).
    ServiceAccount(Source),
}

/// What is asked of a login.
#[derive(Clone, Debug)]
pub(crate) struct LoginRequest {
    /// How to sign in.
    pub(crate) method: Method,
    /// Where to.
    pub(crate) target: TargetFlags,
    /// Which context to make current.
    pub(crate) context: ContextWish,
    /// How long a browser login is waited for.
    pub(crate) timeout: Duration,
}

/// What a login did.
#[derive(Debug)]
pub(crate) struct LoggedIn {
    /// The session's metadata.
    pub(crate) session: Session,
    /// Whether it is a service account's.
    pub(crate) is_service_account: bool,
    /// Where the credential went.
    pub(crate) store: StoreKind,
    /// What became of the context.
    pub(crate) contexts: ContextOutcome,
}

/// A verified identity with its tokens, not yet stored.
struct SignedIn {
    credential: Credential,
    private_key: Option<Secret>,
}

/// Signs in, stores the session, makes it active and looks up its organizations and projects.
///
/// # Errors
/// Any [`Error`] before the session is stored leaves everything as it was. A failed lookup afterwards is no error.
pub(crate) async fn login(
    auth: &Auth,
    request: &LoginRequest,
    prompt: &mut impl LoginPrompt,
) -> Result<LoggedIn, Error> {
    let target = Target::resolve(&request.target)?;
    auth.prepare_to_store()?;
    let signed_in = match &request.method {
        Method::Browser { port } => in_browser(auth, &target, *port, request.timeout, prompt).await?,
        Method::Device => on_device(auth, &target, prompt).await?,
        Method::ServiceAccount(source) => with_key(auth, &target, source).await?,
    };
    let is_service_account = signed_in.private_key.is_some();
    let (session, store) = remember(auth, &target, signed_in).await?;
    let account = Account::Stored { session: Box::new(session.clone()), source: ChosenBy::Active };
    let wish = if is_service_account { request.context.without_asking() } else { request.context.clone() };
    let contexts = contexts::settle(auth, &account, &wish, prompt).await;
    auth.note_active_session();
    let contexts = contexts?;
    Ok(LoggedIn { session, is_service_account, store, contexts })
}

async fn in_browser(
    auth: &Auth,
    target: &Target,
    port: Option<u16>,
    timeout: Duration,
    prompt: &mut impl LoginPrompt,
) -> Result<SignedIn, Error> {
    let client_id = target.require_client_id()?;
    let opener = browser::Opener::choose(prompt.is_interactive()).ok_or(Error::NoTerminal)?;
    let client = auth.client()?;
    let provider = oauth::discover(client, &target.auth).await?;
    check_clock(&provider, prompt);
    let callback = CallbackServer::bind(CALLBACK_PATH, port).await?;
    let extra = [("prompt", "select_account")];
    let request = AuthorizationRequest::new(&provider, client_id, &callback.redirect_uri(), &SCOPES, &extra)?;
    prompt.login_url(&request.url);
    if let Err(reason) = opener.open(&request.url) {
        prompt.trouble(&reason.to_string());
    }
    prompt.working(Some("Waiting for the browser"));
    let response = await_response(callback, &request, timeout, prompt).await;
    prompt.working(None);
    let code = response?.code;
    let exchange = || oauth::exchange_code(client, &provider.token_endpoint, client_id, &request, &code);
    let answer = match exchange().await {
        // A code is good for one use, so it is sent again only if it surely was not sent.
        Err(error) if error.was_not_sent() && error.is_transient() => exchange().await,
        outcome => outcome,
    };
    let answer = answer.map_err(|error| match error.class() {
        Class::Unavailable => Error::CodeSpent(error),
        _ => error.into(),
    })?;
    verified(auth, target, client_id, &provider, answer, Some(&request.nonce)).await
}

/// A clock that is off by more than a minute makes tokens look expired, or not yet valid.
fn check_clock(provider: &Provider, prompt: &mut impl LoginPrompt) {
    let Some(seconds) = provider.clock_ahead() else { return };
    if seconds.abs() > CLOCK_TOLERANCE_SECONDS {
        let direction = if seconds > 0 { "ahead of" } else { "behind" };
        prompt.trouble(&format!("this machine's clock is {} s {direction} the identity server's", seconds.abs()));
    }
}

/// Waits for whichever comes first: the callback, or a pasted redirect URL or code.
async fn await_response(
    callback: CallbackServer,
    request: &AuthorizationRequest,
    timeout: Duration,
    prompt: &mut impl LoginPrompt,
) -> Result<AuthorizationResponse, Error> {
    let expected = request.expected();
    let mut arrival = std::pin::pin!(callback.wait(expected, timeout));
    loop {
        let line = tokio::select! {
            response = &mut arrival => return Ok(response?),
            pasted = prompt.pasted() => match pasted {
                Pasted::Line(line) => line,
                Pasted::EndOfInput => return Err(Error::Cancelled),
            },
        };
        match oauth::parse_pasted(line.expose(), &request.redirect_uri, expected) {
            Ok(response) => return Ok(response),
            Err(error @ (CallbackError::OtherLogin | CallbackError::NotAnAnswer(_))) => {
                prompt.trouble(&error.to_string())
            }
            Err(error) => return Err(oauth::Error::from(error).into()),
        }
    }
}

async fn on_device(auth: &Auth, target: &Target, prompt: &mut impl LoginPrompt) -> Result<SignedIn, Error> {
    let client_id = target.require_client_id()?;
    let client = auth.client()?;
    let provider = oauth::discover(client, &target.auth).await?;
    check_clock(&provider, prompt);
    let authorization = oauth::start_device_flow(client, &provider, client_id, &SCOPES.join(" ")).await?;
    prompt.device_code(
        &authorization.user_code,
        &authorization.verification_uri,
        authorization.verification_uri_complete.as_ref(),
    );
    prompt.working(Some("Waiting for approval"));
    let end_of_input = prompt.end_of_input();
    let mut report = |event: DeviceEvent<'_>| match event {
        DeviceEvent::Trouble(error) => prompt.trouble(&format!("{}; trying again", refresh::chain(error))),
        DeviceEvent::Recovered => prompt.trouble("the identity server answers again"),
    };
    let answer = tokio::select! {
        answer = oauth::wait_for_device(client, &provider, client_id, &authorization, &mut report) => answer.map_err(Error::from),
        () = end_of_input => Err(Error::Cancelled),
    };
    prompt.working(None);
    verified(auth, target, client_id, &provider, answer?, None).await
}

/// Verifies the ID token and builds what is stored. An access token alone says nothing about who signed in.
async fn verified(
    auth: &Auth,
    target: &Target,
    client_id: &str,
    provider: &Provider,
    answer: TokenAnswer,
    nonce: Option<&Secret>,
) -> Result<SignedIn, Error> {
    let id_token = answer.id_token.as_ref().ok_or_else(|| oauth::Error::from(IdTokenError::Missing))?;
    let expectation = oauth::Expectation {
        client_id,
        nonce,
        access_token: Some(&answer.access_token),
        now: clock::now(),
        server_date: answer.server_date,
    };
    let mut keys = KeySet::new();
    let client = auth.client()?;
    let mut claims = oauth::verify_id_token(client, provider, &mut keys, id_token, &expectation).await?;
    if claims.email.is_none() && provider.userinfo_endpoint.is_some() {
        match oauth::fetch_userinfo(client, provider, &answer.access_token, &claims.subject).await {
            Ok(info) => claims = IdentityClaims { email: info.email, name: claims.name.or(info.name), ..claims },
            Err(error) if error.class() == Class::Security => return Err(error.into()),
            // Without it the address is missing, which says more than a failed request for it.
            Err(error) => tracing::debug!(%error, "no userinfo"),
        }
    }
    let email = claims.email.clone().ok_or(Error::MissingClaim { claim: "email" })?;
    if answer.refresh_token.is_none() {
        auth.notice("the identity server granted no refresh token: this session ends when its token expires");
    }
    if answer.scope.as_ref().is_some_and(|scope| !scope.split(' ').any(|granted| granted == "openid")) {
        auth.notice("the identity server granted less than was asked for: openid is missing from the scope");
    }
    let credential = person_credential(target, client_id, provider, token::stored(answer, None), claims, email);
    Ok(SignedIn { credential, private_key: None })
}

fn person_credential(
    target: &Target,
    client_id: &str,
    provider: &Provider,
    token: Token,
    claims: IdentityClaims,
    email: String,
) -> Credential {
    Credential {
        hostname: target.auth.stored(),
        api_hostname: target.api.stored(),
        client_id: client_id.to_owned(),
        endpoint_auth_url: provider.authorization_endpoint.as_ref().map(Url::to_string).unwrap_or_default(),
        endpoint_token_url: provider.token_endpoint.to_string(),
        scopes: Some(SCOPES.iter().map(|scope| (*scope).to_owned()).collect()),
        token,
        user_name: claims.name.unwrap_or_else(|| email.clone()),
        user_email: email,
        subject: claims.subject,
        kind: Kind::Interactive,
        generation: 0,
        extra: claims.auth_time.map(|time| Extra::with_integer(refresh::AUTH_TIME, time)).unwrap_or_default(),
    }
}

async fn with_key(auth: &Auth, target: &Target, source: &Source) -> Result<SignedIn, Error> {
    let file = CredentialsFile::read(source)?;
    let key = MachineKey::try_from(&file)?;
    let client = auth.client()?;
    let server = IdentityServer::find(client, &target.auth).await?;
    let token = server.exchange_file(&file, &key).await?;
    let machine = ServiceAccount {
        client_email: file.client_email.clone().unwrap_or_default(),
        client_id: file.client_id.clone(),
        private_key_id: file.private_key_id.clone(),
        private_key: None,
        token_uri: server.token_endpoint.to_string(),
        scope: Some(key.scope),
        private_key_path: None,
        extra: Extra::default(),
    };
    let credential = Credential {
        endpoint_token_url: server.token_endpoint.to_string(),
        kind: Kind::ServiceAccount(Box::new(machine)),
        ..machine_credential(&file, target, token)
    };
    Ok(SignedIn { credential, private_key: Some(file.private_key) })
}

/// Stores the credential, then the metadata that points at it, then revokes what it replaced.
async fn remember(auth: &Auth, target: &Target, signed_in: SignedIn) -> Result<(Session, StoreKind), Error> {
    let SignedIn { mut credential, private_key } = signed_in;
    let identity =
        if credential.user_email.is_empty() { &credential.user_name } else { &credential.user_email }.clone();
    let key = user_key(&identity, &target.auth);
    let lock = auth.sessions.lock_refresh(&key, refresh::LOCK_PATIENCE)?;
    let replaced = auth.load_credential(&key).ok().flatten();
    if let (Some(private_key), Kind::ServiceAccount(machine)) = (&private_key, &mut credential.kind) {
        let path = key_file::write(auth.sessions.home(), &key, private_key)?;
        machine.private_key_path = Some(path.to_string_lossy().into_owned());
    }
    let saved = auth.sessions.save(&key, &credential).inspect_err(|_| {
        // A key file without a session is an orphan, unless it belongs to the session we failed to replace.
        if private_key.is_some() && replaced.is_none() {
            let _ = key_file::remove(auth.sessions.home(), &key);
        }
    })?;
    auth.sessions.set_active_user(&key)?;
    let name = session_name(&identity, &target.api);
    let details = SessionDetails {
        name: name.clone(),
        user_key: key,
        user_email: credential.user_email.clone(),
        user_name: Some(credential.user_name.clone()),
        server: target.api.origin(),
        auth_hostname: target.auth.stored(),
    };
    let session = auth.update_config(|config| {
        config.upsert_session(details);
        config.activate(&name)?;
        config.find_session(&name).cloned()
    })??;
    drop(lock);
    revoke_replaced(auth, target, replaced.as_ref(), &credential).await;
    Ok((session, saved.store))
}

/// Best effort: a token that nobody holds any more should not live on at the server.
async fn revoke_replaced(auth: &Auth, target: &Target, replaced: Option<&Credential>, current: &Credential) {
    let old = replaced.filter(|old| old.client_id == current.client_id && old.hostname == current.hostname);
    let Some(token) = old.and_then(|old| old.token.refresh_token.as_ref()) else { return };
    if Some(token) == current.token.refresh_token.as_ref() {
        return;
    }
    if let Some(error) = super::logout::revoke(auth, &target.auth, &current.client_id, token).await.err() {
        tracing::debug!(%error, "the replaced refresh token was not revoked");
    }
}

/// More than this makes tokens look expired, or not yet valid.
pub(crate) const CLOCK_TOLERANCE_SECONDS: i64 = 60;

/// The path that the client's registration allows as redirect.
const CALLBACK_PATH: &str = "/datumctl/auth/callback";

/// `offline_access` asks for a refresh token.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

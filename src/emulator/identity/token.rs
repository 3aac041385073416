//! The token endpoint and its four grants.

use serde_json::json;

use super::form::{Form, Refusal, scopes};
use super::id_token::id_token;
use super::ledger::{Issued, RefreshError};
use super::{assertion, authorize, device};
use crate::emulator::State;
use crate::emulator::exchange::{Call, Note, Reply, Request};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The route name of a token request: which grant it asks for.
pub(crate) fn grant_name(request: &Request) -> &'static str {
    match Form::read_leniently(&request.body).optional("grant_type") {
        Some("authorization_code") => "token.code",
        Some("refresh_token") => "token.refresh",
        Some(DEVICE) => "token.device",
        Some(JWT_BEARER) => "token.jwt",
        _ => "token.other",
    }
}

/// What a form says about itself, for the journal.
pub(crate) fn note_of_form(request: &Request, state: &State) -> Note {
    let form = Form::read_leniently(&request.body);
    let grant_type = form.optional("grant_type").filter(|_| grant_name(request) != "token.other");
    let client_id = form.optional("client_id").and_then(|id| state.known_client(id));
    Note { grant_type: grant_type.map(str::to_owned), client_id, ..Note::default() }
}

pub(crate) fn token(call: &mut Call<'_>) -> Reply {
    call.note = note_of_form(call.request, call.state);
    granted(call).unwrap_or_else(|refusal| refusal.reply(call))
}

fn granted(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let form = Form::of_post(call.request)?;
    let issued = match form.required("grant_type")? {
        "authorization_code" => authorize::redeem(call, &form)?,
        "refresh_token" => refresh(call, &form)?,
        DEVICE => device::poll(call, &form)?,
        JWT_BEARER => assertion::exchange(call, &form)?,
        _ => return Err(Refusal::new("unsupported_grant_type", "this grant is not supported")),
    };
    let first = form.optional("refresh_token").is_none();
    Ok(answer(call, &issued, first))
}

fn answer(call: &mut Call<'_>, issued: &Issued, first: bool) -> Reply {
    call.note.subject = Some(issued.grant.subject.clone());
    call.note.client_id = Some(issued.grant.client_id.clone());
    let mut body = json!({
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": call.state.settings.access_token_ttl.as_secs(),
        "scope": issued.grant.scopes.join(" "),
    });
    if let Some(refresh) = &issued.refresh {
        body["refresh_token"] = refresh.as_str().into();
    }
    if issued.family.is_some() && issued.grant.has("openid") {
        body["id_token"] = id_token(call, issued, first).into();
    }
    Reply::ok(&body).header(hyper::header::PRAGMA, "no-cache")
}

fn refresh(call: &mut Call<'_>, form: &Form) -> Result<Issued, Refusal> {
    let client_id = form.public_client(call)?;
    let token = form.required("refresh_token")?;
    let narrower = form.optional("scope").map(scopes).transpose()?;
    let granted = call.state.ledger.owner(token).map(|grant| &grant.scopes);
    if let (Some(narrower), Some(granted)) = (&narrower, granted)
        && narrower.iter().any(|scope| !granted.contains(scope))
    {
        return Err(Refusal::new("invalid_scope", "a refresh cannot ask for more than was granted"));
    }
    let state = &mut *call.state;
    let life = state.settings.access_token_ttl;
    let rotated = state.ledger.rotate(&mut state.mint, token, &client_id, life);
    rotated.map_err(|(error, subject)| {
        call.note.subject = subject;
        call.note.reuse = error == RefreshError::Reused;
        Refusal::invalid_grant(match error {
            RefreshError::Unknown => "the refresh token is unknown",
            RefreshError::Foreign => "the refresh token was issued to another client",
            RefreshError::Reused => "the refresh token was used before; the session is ended",
            RefreshError::Ended => "the session was ended",
        })
    })
}

//! `/_emulator/...`: the levers of [`Emulator`](super::Emulator) for scripts.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api;
use super::exchange::{Call, Reply, percent_decoded};
use super::fault;
use super::running::Unknown;

/// Why a lever did not move.
enum Refused {
    NotFound,
    Method(&'static str),
    Input(String),
}

impl From<api::Refused> for Refused {
    fn from(refused: api::Refused) -> Self {
        Self::Input(refused.to_string())
    }
}

impl From<Unknown> for Refused {
    fn from(_: Unknown) -> Self {
        Self::NotFound
    }
}

pub(crate) fn serve(call: &mut Call<'_>) -> Reply {
    match act(call) {
        Ok(answer) => Reply::ok(&answer),
        Err(Refused::NotFound) => Reply::json(StatusCode::NOT_FOUND, &json!({"error": "not found"})),
        Err(Refused::Method(allowed)) => Reply::method_not_allowed(allowed),
        Err(Refused::Input(problem)) => Reply::json(StatusCode::BAD_REQUEST, &json!({"error": problem})),
    }
}

fn act(call: &mut Call<'_>) -> Result<Value, Refused> {
    let request = call.request;
    let post = request.method == Method::POST;
    let path = percent_decoded(request.path.strip_prefix("/_emulator/").unwrap_or_default());
    let parts: Vec<_> = path.split('/').collect();
    match parts.as_slice() {
        ["journal"] if request.method == Method::GET => journal(call),
        ["state"] if request.method == Method::GET => Ok(state(call)),
        ["faults"] => faults(call),
        ["next-person"] if post => {
            let person = call.state.next_person();
            Ok(json!({"email": person.email, "name": person.name()}))
        }
        ["settings"] if post => settings(call),
        ["keys", "rotate"] if post => {
            call.state.keys.rotate();
            Ok(json!({"kid": call.state.keys.current().id}))
        }
        ["tokens", "expire"] if post => {
            call.state.ledger.expire_access_tokens();
            Ok(json!({}))
        }
        ["accounts", email, "revoke-sessions"] if post => Ok(call.state.revoke_sessions(email).map(|()| json!({}))?),
        ["service-accounts", email, action @ ("disable" | "enable")] if post => {
            Ok(call.state.disable_service_account(email, *action == "disable").map(|()| json!({}))?)
        }
        ["service-accounts", email, "revoke-key"] if post => {
            Ok(call.state.revoke_service_account_key(email).map(|()| json!({}))?)
        }
        ["watches", action] if post => {
            let store = &mut call.state.world.store;
            match *action {
                "drop" => store.cut_watches(),
                "bookmark" => store.nudge_watches(),
                _ => return Err(Refused::NotFound),
            }
            Ok(json!({}))
        }
        ["history", "compact"] if post => {
            call.state.world.store.compact();
            Ok(json!({}))
        }
        ["objects"] => objects(call),
        ["fill"] if post => {
            let filling = serde_json::from_slice(&request.body).map_err(|error| Refused::Input(error.to_string()))?;
            let state = &mut *call.state;
            Ok(state.world.fill_directly(&state.seed, &filling).map(|()| json!({}))?)
        }
        ["journal" | "state"] => Err(Refused::Method("GET")),
        ["next-person" | "settings" | "fill"]
        | ["watches", ..]
        | ["history", "compact"]
        | ["keys", "rotate"]
        | ["tokens", "expire"]
        | ["accounts" | "service-accounts", ..] => Err(Refused::Method("POST")),
        _ => Err(Refused::NotFound),
    }
}

fn journal(call: &Call<'_>) -> Result<Value, Refused> {
    let since = call.request.query_value("since").unwrap_or_else(|| "0".to_owned());
    let since = since.parse().map_err(|_| Refused::Input("since must be a number".to_owned()))?;
    let entries = call.state.journal.since(since);
    let last = entries.last().map_or(since, |entry| entry.seq);
    Ok(json!({"entries": entries, "last": last}))
}

fn state(call: &Call<'_>) -> Value {
    let state = &call.state;
    json!({
        "url": state.url,
        "client_id": state.seed.client.id,
        "accounts": state.seed.people.iter().map(|one| json!({"email": one.email, "name": one.name()})).collect::<Vec<_>>(),
        "service_accounts": state.machines.all()
            .map(|one| json!({"email": one.email, "disabled": !one.active})).collect::<Vec<_>>(),
        "refresh_reuse_count": state.ledger.reuse_count(),
        "faults": state.faults.specifications().collect::<Vec<_>>(),
        "access_token_ttl": seconds(state.settings.access_token_ttl),
        "device_interval": seconds(state.settings.device_interval),
    })
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

fn faults(call: &mut Call<'_>) -> Result<Value, Refused> {
    match call.request.method {
        Method::GET => {}
        Method::DELETE => call.state.faults.clear(),
        Method::POST => {
            let text = std::str::from_utf8(&call.request.body).map_err(|_| Refused::Input("not text".to_owned()))?;
            let fault = text.trim().parse().map_err(|error: super::FaultError| Refused::Input(error.to_string()))?;
            call.state.faults.add(fault);
        }
        _ => return Err(Refused::Method("GET, POST, DELETE")),
    }
    Ok(json!({"faults": call.state.faults.specifications().collect::<Vec<_>>()}))
}

/// PUT and DELETE of the object in the body, past every rule.
fn objects(call: &mut Call<'_>) -> Result<Value, Refused> {
    let object: Value =
        serde_json::from_slice(&call.request.body).map_err(|error| Refused::Input(error.to_string()))?;
    let project = call.request.query_value("project").unwrap_or_default();
    match call.request.method {
        Method::PUT => call.state.world.put_directly(&project, object)?,
        Method::DELETE => call.state.world.delete_directly(&project, &object)?,
        _ => return Err(Refused::Method("PUT, DELETE")),
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    access_token_ttl: Option<String>,
    device_interval: Option<String>,
    device_code_ttl: Option<String>,
    code_ttl: Option<String>,
    refresh_rotation: Option<bool>,
}

fn settings(call: &mut Call<'_>) -> Result<Value, Refused> {
    let new: NewSettings =
        serde_json::from_slice(&call.request.body).map_err(|error| Refused::Input(error.to_string()))?;
    if let Some(rotates) = new.refresh_rotation {
        call.state.ledger.set_rotation(rotates);
    }
    let current = &mut call.state.settings;
    for (setting, text) in [
        (&mut current.access_token_ttl, new.access_token_ttl),
        (&mut current.device_interval, new.device_interval),
        (&mut current.device_code_ttl, new.device_code_ttl),
        (&mut current.code_ttl, new.code_ttl),
    ] {
        if let Some(text) = text {
            *setting = fault::duration(&text).ok_or_else(|| Refused::Input(format!("{text:?} is no duration")))?;
        }
    }
    Ok(state(call))
}

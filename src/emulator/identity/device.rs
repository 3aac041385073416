//! The device flow (RFC 8628): codes, polling, and the page on which a person decides.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use serde_json::json;

use super::form::{Form, Refusal, scopes};
use super::interaction::Browser;
use super::ledger::{Grant, Issued};
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::pages;
use crate::sys::{clock, random};

/// What `slow_down` adds to the interval (section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// A client's timer and ours start at different moments of the same exchange.
const SLACK: Duration = Duration::from_millis(100);
/// Consonants that nobody mistakes for one another and that make no words (section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Device sign-ins by device code.
#[derive(Default)]
pub(crate) struct Devices(HashMap<String, Device>);

struct Device {
    user_code: String,
    scopes: Vec<String>,
    expires: Instant,
    interval: Duration,
    last_poll: Option<Instant>,
    decision: Decision,
}

#[derive(Clone)]
enum Decision {
    Pending,
    Allowed(String),
    Denied,
    Spent,
}

impl Devices {
    /// The undecided sign-in with this user code, however it was typed.
    fn pending(&mut self, typed: &str) -> Option<&mut Device> {
        let letters = |text: &str| {
            text.chars().filter(char::is_ascii_alphabetic).map(|one| one.to_ascii_uppercase()).collect::<String>()
        };
        let typed = letters(typed);
        self.0.values_mut().find(|device| {
            letters(&device.user_code) == typed
                && device.expires > Instant::now()
                && matches!(device.decision, Decision::Pending)
        })
    }
}

pub(crate) fn device_authorization(call: &mut Call<'_>) -> Reply {
    started(call).unwrap_or_else(|refusal| refusal.reply(call))
}

fn started(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let form = Form::of_post(call.request)?;
    form.public_client(call)?;
    let scopes = scopes(form.required("scope")?)?;
    let device_code = call.state.mint.token("emulator-device-");
    let user_code = user_code();
    let settings = &call.state.settings;
    let device = Device {
        user_code: user_code.clone(),
        scopes,
        expires: Instant::now() + settings.device_code_ttl,
        interval: settings.device_interval,
        last_poll: None,
        decision: Decision::Pending,
    };
    let page = format!("{}/device", call.state.url);
    let answer = json!({
        "device_code": device_code, "user_code": user_code, "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": settings.device_code_ttl.as_secs(), "interval": settings.device_interval.as_secs(),
    });
    call.state.devices.0.insert(device_code, device);
    Ok(Reply::ok(&answer))
}

fn user_code() -> String {
    let letters: Vec<u8> =
        random::bytes::<8>().iter().map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]).collect();
    let letters = String::from_utf8_lossy(&letters).into_owned();
    format!("{}-{}", &letters[..4], &letters[4..])
}

/// The device-code grant: one poll.
pub(crate) fn poll(call: &mut Call<'_>, form: &Form) -> Result<Issued, Refusal> {
    let client_id = form.public_client(call)?;
    let device = call.state.devices.0.get_mut(form.required("device_code")?);
    let device = device.ok_or_else(|| Refusal::invalid_grant("the device code is unknown"))?;
    let now = Instant::now();
    let too_soon = device.last_poll.replace(now).is_some_and(|last| now - last + SLACK < device.interval);
    if device.expires <= now {
        return Err(Refusal::new("expired_token", "the device code has expired"));
    }
    if too_soon && matches!(device.decision, Decision::Pending | Decision::Allowed(_)) {
        device.interval += SLOWER;
        return Err(Refusal::new("slow_down", format!("poll every {} s at most", device.interval.as_secs())));
    }
    let subject = match &device.decision {
        Decision::Pending => return Err(Refusal::new("authorization_pending", "nobody has decided yet")),
        Decision::Denied => return Err(Refusal::new("access_denied", "the person said no")),
        Decision::Spent => return Err(Refusal::invalid_grant("the device code was used before")),
        Decision::Allowed(subject) => subject.clone(),
    };
    device.decision = Decision::Spent;
    let scopes = std::mem::take(&mut device.scopes);
    let grant = Grant { subject, client_id, scopes, auth_time: clock::now(), nonce: None, for_api: true };
    let state = &mut *call.state;
    Ok(state.ledger.open(&mut state.mint, grant, state.settings.access_token_ttl))
}

/// `GET` and `POST /device`.
pub(crate) fn device_page(call: &mut Call<'_>) -> Reply {
    let browser = Browser::of(call);
    let reply = match call.request.method {
        Method::POST => browser.posted(call).map_or_else(|reply| reply, |form| decide(call, &form)),
        Method::GET => show(call, &browser.csrf),
        _ => Reply::method_not_allowed("GET, POST"),
    };
    browser.remember(call, reply)
}

fn show(call: &mut Call<'_>, csrf: &str) -> Reply {
    let Some(typed) = call.request.query_value("user_code") else { return pages::device_code(None) };
    match call.state.devices.pending(&typed).map(|device| device.user_code.clone()) {
        Some(user_code) => pages::device(&call.state.seed, &user_code, csrf),
        None => pages::device_code(Some("That code is not known, or no longer valid.")),
    }
}

fn decide(call: &mut Call<'_>, form: &Form) -> Reply {
    let email = form.optional("person").unwrap_or_default();
    let person = call.state.seed.person_by_email(email).map(|person| person.id.clone());
    let Some(device) = call.state.devices.pending(form.optional("user_code").unwrap_or_default()) else {
        return pages::device_code(Some("That code is not known, or no longer valid."));
    };
    match (form.optional("decision"), person) {
        (Some("allow"), Some(person)) => {
            device.decision = Decision::Allowed(person.clone());
            call.note.subject = Some(person);
            pages::message(StatusCode::OK, "You are signed in", "Return to the device: it goes on by itself.")
        }
        (Some("deny"), _) => {
            device.decision = Decision::Denied;
            call.note.outcome = Some("access_denied".to_owned());
            pages::message(StatusCode::OK, "Denied", "The device was not signed in.")
        }
        _ => pages::message(StatusCode::BAD_REQUEST, "Nobody was chosen", "Go back and choose who signs in."),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn user_codes_are_two_groups_of_four_consonants() {
        let code = super::user_code();
        let (left, right) = code.split_once('-').unwrap();
        assert!(
            left.len() == 4 && right.len() == 4 && code.bytes().all(|one| one == b'-' || super::LETTERS.contains(&one))
        );
    }
}

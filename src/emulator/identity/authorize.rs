//! The authorization endpoint (RFC 6749 section 4.1, RFC 7636, RFC 9207) and the exchange of its codes.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use subtle::ConstantTimeEq as _;
use url::{Host, Url};

use super::form::{Form, Refusal, scopes};
use super::interaction::{Asked, Flow, begin};
use super::ledger::{Code, Grant, Issued};
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::{keys, pages};
use crate::sys::clock;

/// A request that may be answered by redirect: its client and redirect URI are known to be good.
pub(crate) struct Destination {
    pub(crate) redirect_uri: Url,
    pub(crate) state: Option<String>,
}

impl Destination {
    /// The redirect URI with `parameters`, `state` and the issuer (RFC 9207).
    pub(crate) fn with(&self, issuer: &str, parameters: &[(&str, &str)]) -> Reply {
        let mut location = self.redirect_uri.clone();
        location
            .query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(self.state.iter().map(|state| ("state", state)));
        location.query_pairs_mut().append_pair("iss", issuer);
        Reply::see_other(location.as_str())
    }

    pub(crate) fn refuse(&self, call: &mut Call<'_>, error: &'static str, description: &str) -> Reply {
        call.note.outcome = Some(error.to_owned());
        self.with(&call.state.url, &[("error", error), ("error_description", description)])
    }
}

pub(crate) fn authorize(call: &mut Call<'_>) -> Reply {
    let form = Form::read_leniently(call.request.query.as_bytes());
    let destination = match destination(call, &form) {
        Ok(destination) => destination,
        Err(problem) => {
            call.note.outcome = Some("invalid_request".to_owned());
            return pages::message(StatusCode::BAD_REQUEST, "This sign-in link is not valid", problem);
        }
    };
    match examine(call, &form) {
        Ok(asked) => begin(call, destination, asked),
        Err(refusal) => destination.refuse(call, refusal.error, &refusal.description),
    }
}

/// Who may be redirected to; everything else is shown to the person and goes nowhere.
fn destination(call: &mut Call<'_>, form: &Form) -> Result<Destination, &'static str> {
    let client_id = form.optional("client_id").ok_or("It names no client, or several.")?;
    if client_id != call.state.seed.client.id {
        return Err("It names a client that does not exist.");
    }
    call.note.client_id = Some(client_id.to_owned());
    let asked = form.optional("redirect_uri").ok_or("It has no redirect address, or several.")?;
    let redirect_uri = Url::parse(asked).map_err(|_| "Its redirect address is not a URL.")?;
    let registered = &call.state.seed.client.redirect_uris;
    if !registered.iter().any(|registered| matches(registered, asked, &redirect_uri)) {
        return Err("Its redirect address is not registered.");
    }
    Ok(Destination { redirect_uri, state: form.optional("state").map(str::to_owned) })
}

/// Exact equality, except that a loopback literal matches on every port (RFC 8252 section 7.3).
fn matches(registered: &str, asked: &str, url: &Url) -> bool {
    let Ok(registered_url) = Url::parse(registered) else { return false };
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    if !loopback {
        return registered == asked;
    }
    let mut on_registered_port = url.clone();
    let port = registered_url.port();
    // The text as sent must be the normal form: no other spelling of the same address.
    url.as_str() == asked && on_registered_port.set_port(port).is_ok() && on_registered_port == registered_url
}

fn examine(call: &Call<'_>, form: &Form) -> Result<Asked, Refusal> {
    Form::read(call.request.query.as_bytes())?;
    refuse_unsupported(form)?;
    form.required("state")?;
    let nonce = form.required("nonce")?;
    if form.optional("code_challenge_method") != Some("S256") {
        return Err(Refusal::invalid_request("code_challenge_method must be S256"));
    }
    let challenge = form.required("code_challenge")?;
    if !is_base64url(challenge) || challenge.len() != 43 {
        return Err(Refusal::invalid_request("code_challenge must be 43 characters of base64url"));
    }
    let scopes = scopes(form.required("scope")?)?;
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(Refusal::new("invalid_scope", "the scope openid is needed"));
    }
    let prompts: Vec<_> =
        form.optional("prompt").unwrap_or_default().split(' ').filter(|one| !one.is_empty()).collect();
    if prompts.iter().any(|prompt| !matches!(*prompt, "none" | "login" | "consent" | "select_account")) {
        return Err(Refusal::invalid_request("prompt has an unknown value"));
    }
    if prompts.contains(&"none") {
        return Err(match prompts.len() {
            1 => Refusal::new("login_required", "nobody is signed in"),
            _ => Refusal::invalid_request("prompt=none goes with no other value"),
        });
    }
    let hint = form.optional("login_hint").map(str::to_owned);
    let known = hint.as_deref().and_then(|hint| call.state.seed.person_by_email(hint));
    let choose = prompts.iter().any(|prompt| matches!(*prompt, "login" | "select_account"));
    let person = known.filter(|_| !choose).map(|person| person.id.clone());
    Ok(Asked { scopes, nonce: nonce.to_owned(), challenge: challenge.to_owned(), hint, person })
}

fn refuse_unsupported(form: &Form) -> Result<(), Refusal> {
    if form.optional("request").is_some() {
        return Err(Refusal::new("request_not_supported", "request objects are not supported"));
    }
    if form.optional("request_uri").is_some() {
        return Err(Refusal::new("request_uri_not_supported", "request objects are not supported"));
    }
    if form.required("response_type")? != "code" {
        return Err(Refusal::new("unsupported_response_type", "only response_type=code is supported"));
    }
    match form.optional("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => Err(Refusal::invalid_request("only response_mode=query is supported")),
    }
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Makes the code for a person who agreed, and sends the browser back with it.
pub(crate) fn agree(call: &mut Call<'_>, flow: Flow, person: String) -> Reply {
    let code = call.state.mint.token("emulator-code-");
    call.note.subject = Some(person.clone());
    let grant = Grant {
        subject: person,
        client_id: call.state.seed.client.id.clone(),
        scopes: flow.asked.scopes,
        auth_time: clock::now(),
        nonce: Some(flow.asked.nonce),
        for_api: true,
    };
    let details = Code {
        grant,
        redirect_uri: flow.destination.redirect_uri.to_string(),
        challenge: flow.asked.challenge,
        issued: Instant::now(),
        spent: false,
        family: None,
    };
    call.state.ledger.store_code(code.clone(), details);
    flow.destination.with(&call.state.url, &[("code", &code)])
}

/// The authorization-code grant. Any attempt spends the code; a second one kills what the first was given.
pub(crate) fn redeem(call: &mut Call<'_>, form: &Form) -> Result<Issued, Refusal> {
    let client_id = form.public_client(call)?;
    let code = form.required("code")?;
    let redirect_uri = form.required("redirect_uri")?;
    let verifier = form.required("code_verifier")?;
    let state = &mut *call.state;
    let life = state.settings.code_ttl;
    let details = state.ledger.code(code).ok_or_else(|| Refusal::invalid_grant("the code is unknown"))?;
    call.note.subject = Some(details.grant.subject.clone());
    if std::mem::replace(&mut details.spent, true) {
        let family = details.family;
        call.note.reuse = true;
        family.into_iter().for_each(|family| state.ledger.kill_family(family));
        return Err(Refusal::invalid_grant("the code was used before; what it gave is revoked"));
    }
    if details.issued.elapsed() >= life {
        return Err(Refusal::invalid_grant("the code has expired"));
    }
    if details.grant.client_id != client_id || details.redirect_uri != redirect_uri {
        return Err(Refusal::invalid_grant("the code was issued to another client or redirect_uri"));
    }
    check_verifier(verifier, &details.challenge)?;
    state.mint.remember(verifier.to_owned());
    let grant = details.grant.clone();
    let issued = state.ledger.open(&mut state.mint, grant, state.settings.access_token_ttl);
    if let Some(details) = state.ledger.code(code) {
        details.family = issued.family;
    }
    Ok(issued)
}

/// RFC 7636 sections 4.1 and 4.6.
fn check_verifier(verifier: &str, challenge: &str) -> Result<(), Refusal> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err(Refusal::invalid_grant("code_verifier must be 43 to 128 unreserved characters"));
    }
    let hashed = URL_SAFE_NO_PAD.encode(keys::sha256(verifier));
    match bool::from(hashed.as_bytes().ct_eq(challenge.as_bytes())) {
        true => Ok(()),
        false => Err(Refusal::invalid_grant("code_verifier does not match code_challenge")),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{check_verifier, matches};

    #[test]
    fn a_redirect_may_differ_in_its_loopback_port_only() {
        let registered = "http://127.0.0.1/datumctl/auth/callback";
        let allowed = |asked: &str| matches(registered, asked, &Url::parse(asked).unwrap());
        assert!(allowed("http://127.0.0.1:49152/datumctl/auth/callback"));
        for asked in [
            "http://127.0.0.1:1/datumctl/auth/callback/",
            "http://127.0.0.1:1/datumctl/auth/callback?x=1",
            "http://127.0.0.1:1/datumctl/auth/callback#x",
            "http://user@127.0.0.1:1/datumctl/auth/callback",
            "http://localhost:1/datumctl/auth/callback",
            "http://127.0.0.2:1/datumctl/auth/callback",
            "http://127.1:1/datumctl/auth/callback",
            "http://[::1]:1/datumctl/auth/callback",
            "https://127.0.0.1:1/datumctl/auth/callback",
            "http://127.0.0.1:1/datumctl/auth/../auth/callback",
            "http://evil.example/datumctl/auth/callback",
        ] {
            assert!(!allowed(asked), "{asked}");
        }
    }

    #[test]
    fn the_verifier_of_rfc_7636_appendix_b_matches_its_challenge() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(check_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge).is_ok());
        assert!(check_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", challenge).is_err());
        assert!(check_verifier("short", challenge).is_err());
    }
}

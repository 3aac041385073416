//! The JWT-bearer grant (RFC 7523) that service accounts use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::form::{Form, Refusal, scopes};
use super::ledger::{Grant, Issued};
use crate::emulator::exchange::Call;
use crate::sys::clock;

/// How far an assertion's `iat` may lie in the future, in seconds.
const LEEWAY: i64 = 30;
/// Longest life of an assertion, in seconds.
const LONGEST_LIFE: i64 = 60 * 60;

pub(crate) fn exchange(call: &mut Call<'_>, form: &Form) -> Result<Issued, Refusal> {
    let assertion = form.required("assertion")?;
    let scopes = scopes(form.required("scope")?)?;
    let parsed =
        Assertion::parse(assertion).ok_or_else(|| Refusal::invalid_grant("the assertion is not a signed JWT"))?;
    let account = parsed.check(call)?;
    if form.optional("client_id").is_some_and(|client_id| client_id != account) {
        return Err(Refusal::invalid_grant("client_id is not the assertion's issuer"));
    }
    call.state.mint.remember(assertion.to_owned());
    let project = format!("urn:zitadel:iam:org:project:id:{}:aud", call.state.seed.client.project_id);
    let for_api = scopes.contains(&project);
    let grant =
        Grant { subject: account.clone(), client_id: account, scopes, auth_time: clock::now(), nonce: None, for_api };
    let state = &mut *call.state;
    Ok(state.ledger.open_single(&mut state.mint, grant, state.settings.access_token_ttl))
}

struct Assertion<'a> {
    input: &'a str,
    header: Value,
    claims: Value,
    signature: Vec<u8>,
}

impl<'a> Assertion<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (input, signature) = text.rsplit_once('.')?;
        let (header, claims) = input.split_once('.')?;
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            input,
            header: json(header)?,
            claims: json(claims)?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// The service account it proves, after every check.
    fn check(&self, call: &mut Call<'_>) -> Result<String, Refusal> {
        let account = self.signer(call)?;
        let text = |name: &str| self.claims[name].as_str();
        if text("iss") != Some(&account) || text("sub") != Some(&account) {
            return Err(Refusal::invalid_grant("iss and sub must both be the client id"));
        }
        self.check_audience(&call.state.url)?;
        self.check_times(clock::now().as_second())?;
        let jti = text("jti").filter(|jti| !jti.is_empty()).ok_or_else(|| Refusal::invalid_grant("jti is missing"))?;
        if !call.state.ledger.first_use(&account, jti) {
            call.note.reuse = true;
            return Err(Refusal::invalid_grant("an assertion with this jti was used before"));
        }
        match call.state.machines.get(&account) {
            Some(machine) if machine.active => Ok(account),
            _ => Err(Refusal::invalid_grant("the service account is disabled")),
        }
    }

    /// Whose key signed it: `iss` names the account, `kid` its key.
    fn signer(&self, call: &mut Call<'_>) -> Result<String, Refusal> {
        if self.header["alg"] != "RS256" {
            return Err(Refusal::invalid_grant("the assertion must be signed with RS256"));
        }
        if self.header.get("typ").is_some_and(|kind| kind != "JWT") || self.header.get("crit").is_some() {
            return Err(Refusal::invalid_grant("the assertion's header is not understood"));
        }
        let issuer = self.claims["iss"].as_str().unwrap_or_default();
        call.note.client_id = call.state.known_client(issuer);
        let machine = call.state.machines.get(issuer);
        let machine = machine.ok_or_else(|| Refusal::invalid_grant("iss is no service account"))?;
        call.note.subject = Some(issuer.to_owned());
        let key =
            machine.keys.iter().find(|key| self.header["kid"] == key.id.as_str()).ok_or_else(|| {
                Refusal::invalid_grant("kid is no key of this service account: revoked or never there")
            })?;
        if key.has_expired() {
            return Err(Refusal::invalid_grant("the key has expired"));
        }
        match key.verifies(self.input.as_bytes(), &self.signature) {
            true => Ok(issuer.to_owned()),
            false => Err(Refusal::invalid_grant("the signature does not verify")),
        }
    }

    fn check_audience(&self, issuer: &str) -> Result<(), Refusal> {
        let audience = &self.claims["aud"];
        let single = audience.as_array().filter(|list| list.len() == 1).map_or(audience, |list| &list[0]);
        match single == issuer {
            true => Ok(()),
            false => Err(Refusal::invalid_grant("aud must be the issuer and nothing else")),
        }
    }

    fn check_times(&self, now: i64) -> Result<(), Refusal> {
        let time = |name: &str| self.claims[name].as_i64();
        let (Some(issued), Some(expires)) = (time("iat"), time("exp")) else {
            return Err(Refusal::invalid_grant("iat and exp must be whole numbers"));
        };
        if expires <= now {
            return Err(Refusal::invalid_grant("the assertion has expired"));
        }
        if issued > now + LEEWAY
            || self.claims.get("nbf").is_some_and(|_| time("nbf").is_none_or(|nbf| nbf > now + LEEWAY))
        {
            return Err(Refusal::invalid_grant("the assertion is from the future"));
        }
        match expires.checked_sub(issued) {
            Some(life) if life <= LONGEST_LIFE => Ok(()),
            _ => Err(Refusal::invalid_grant("exp may be at most an hour after iat")),
        }
    }
}

//! ID tokens (OpenID Connect Core 2) the way the real provider makes them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::ledger::Issued;
use crate::emulator::exchange::Call;
use crate::emulator::{fault, keys};
use crate::sys::clock;

/// Life of an ID token that comes with a short-lived access token.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// A signed ID token for what was just issued. `nonce` is in the first one of a sign-in only.
pub(crate) fn id_token(call: &mut Call<'_>, issued: &Issued, first: bool) -> String {
    let grant = &issued.grant;
    let state = &*call.state;
    let now = clock::now().as_second();
    let life = state.settings.access_token_ttl.max(SHORTEST_LIFE).as_secs();
    let mut claims = json!({
        "iss": state.url,
        "sub": grant.subject,
        "aud": [grant.client_id, state.seed.client.project_id],
        "azp": grant.client_id,
        "iat": now,
        "exp": now.saturating_add_unsigned(life),
        "auth_time": grant.auth_time.as_second(),
        "at_hash": URL_SAFE_NO_PAD.encode(&keys::sha256(&issued.access)[..16]),
    });
    let members = claims.as_object_mut().into_iter();
    members.for_each(|members| {
        members.extend(profile(call, &grant.subject));
        members.extend(grant.nonce.iter().filter(|_| first).map(|nonce| ("nonce".to_owned(), json!(nonce))));
    });
    fault::apply(&call.edits.claims, &mut claims);
    let key = state.keys.current();
    let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": key.id});
    fault::apply(&call.edits.jose, &mut header);
    let token = key.sign(&header, &claims);
    call.state.mint.remember(token)
}

/// The claims of the scopes `profile` and `email`.
pub(crate) fn profile(call: &Call<'_>, subject: &str) -> Map<String, Value> {
    let claims = match (call.state.seed.person(subject), call.state.machines.get(subject)) {
        (Some(person), _) => json!({
            "email": person.email, "email_verified": person.email_verified, "name": person.name(),
            "given_name": person.given_name, "family_name": person.family_name, "preferred_username": person.email,
        }),
        (_, Some(machine)) => json!({"name": machine.name, "preferred_username": machine.email}),
        _ => json!({}),
    };
    claims.as_object().cloned().unwrap_or_default()
}

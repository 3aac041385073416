//! Ending sessions: token revocation (RFC 7009) and a plain end-session page.

use hyper::StatusCode;

use super::form::{Form, Refusal};
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::pages;

pub(crate) fn revoke(call: &mut Call<'_>) -> Reply {
    revoked(call).unwrap_or_else(|refusal| refusal.reply(call))
}

fn revoked(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let form = Form::of_post(call.request)?;
    let client_id = form.required("client_id")?;
    call.note.client_id =
        Some(call.state.known_client(client_id).ok_or_else(|| Refusal::invalid_client("no such client"))?);
    let token = form.required("token")?;
    if let Some(owner) = call.state.ledger.owner(token) {
        if owner.client_id != client_id {
            return Err(Refusal::invalid_grant("the token was issued to another client"));
        }
        call.note.subject = Some(owner.subject.clone());
        call.state.ledger.revoke(token);
    } else {
        // An unknown token is already as revoked as it can be (section 2.2).
        call.note.outcome = Some("unknown_token".to_owned());
    }
    Ok(Reply::text(StatusCode::OK, ""))
}

pub(crate) fn end_session(call: &mut Call<'_>) -> Reply {
    match call.request.method.as_str() {
        "GET" | "POST" => pages::message(StatusCode::OK, "Signed out", "The emulator keeps no browser session."),
        _ => Reply::method_not_allowed("GET, POST"),
    }
}

//! Userinfo (OpenID Connect Core 5.3) for a bearer token (RFC 6750).

use hyper::{StatusCode, header};
use serde_json::{Value, json};

use super::id_token::profile;
use crate::emulator::exchange::{Call, Reply};

pub(crate) fn userinfo(call: &mut Call<'_>) -> Reply {
    if !matches!(call.request.method.as_str(), "GET" | "POST") {
        return Reply::method_not_allowed("GET, POST");
    }
    let access = call.request.bearer().and_then(|token| call.state.ledger.access(token));
    let Some(subject) = access.map(|access| access.grant.subject.clone()) else {
        call.note.outcome = Some("invalid_token".to_owned());
        return Reply::json(StatusCode::UNAUTHORIZED, &json!({"error": "invalid_token"}))
            .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
    };
    let mut claims = profile(call, &subject);
    claims.insert("sub".to_owned(), Value::from(subject.clone()));
    call.note.subject = Some(subject);
    Reply::ok(&Value::Object(claims))
}

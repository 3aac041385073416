//! The headers that a person may add to a request: everything but who asks, whom, and how the message ends.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::Failure;
use crate::ui::sanitize;

/// One `Name: value`.
pub(super) fn parse(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    let name: HeaderName = name.trim().parse().map_err(|_| "that is no name of a header".to_owned())?;
    let value = value.trim().parse().map_err(|_| "that is no value of a header".to_owned())?;
    if is_ours(name.as_str()) {
        return Err(format!("{name} is not yours to set"));
    }
    Ok((name, value))
}

/// Headers that say who asks, or how the message travels.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 12] = [
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    OURS.contains(&name) || name.starts_with("impersonate-") || name.starts_with("x-remote-")
}

/// All headers of a request; `accept` is a header of its own.
pub(super) fn gather(named: &[(HeaderName, HeaderValue)], accept: Option<&str>) -> Result<HeaderMap, Failure> {
    let mut headers: HeaderMap = named.iter().cloned().collect();
    if let Some(accept) = accept {
        let value = accept.parse().map_err(|_| Failure::usage(format!("--accept: {:?}", sanitize(accept))))?;
        headers.insert(http::header::ACCEPT, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn nobody_else_can_be_named_by_a_header() {
        for wrong in [
            "Authorization: Bearer x",
            "authorization:x",
            " Host : elsewhere",
            "Cookie: a=b",
            "Impersonate-User: admin",
            "impersonate-extra-scopes: x",
            "X-Remote-User: admin",
            "Content-Length: 0",
            "Proxy-Authorization: x",
            "a b: c",
            "nothing",
            "X: a\nHost: b",
            "",
            ": x",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(parse("X-Request-Id: 7").is_ok());
        assert!(parse("If-None-Match: \"a:b\"").is_ok());
    }
}

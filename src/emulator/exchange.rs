//! One request and its answer, read whole: what handlers see of HTTP.

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode, header};
use serde_json::Value;

use super::State;
use super::api::Watch;
use super::fault::Edits;

/// A request whose body has arrived.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// As sent, still percent-encoded.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The header's text; `None` when it is absent, repeated or not text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// The token of `Authorization: Bearer` (RFC 6750 section 2.1), the only way of sending one that is accepted.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }

    /// The first query parameter of this name.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// A part of a path, decoded.
pub(crate) fn percent_decoded(path: &str) -> String {
    // A plus sign means itself in a path, and a blank in form data.
    let form = format!("={}", path.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// What the journal will say about a request; handlers fill it in.
#[derive(Default)]
pub(crate) struct Note {
    pub(crate) grant_type: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) reuse: bool,
}

/// Everything a handler works with.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) note: Note,
    /// Changes a fault makes to ID tokens and JSON answers.
    pub(crate) edits: &'a Edits,
}

/// An answer: complete, or the beginning of a watch.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// What follows the body line by line, for as long as the client listens.
    pub(crate) watch: Option<Box<Watch>>,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = vec![
            (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        Self { status, headers, body: body.into(), watch: None }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// Lines of JSON as they come.
    pub(crate) fn watching(watch: Watch) -> Self {
        Self { watch: Some(Box::new(watch)), ..Self::new(StatusCode::OK, "application/json", "") }
    }

    pub(crate) fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text)
    }

    /// 303: the browser continues with a GET, so a reload never posts a form twice.
    pub(crate) fn see_other(location: &str) -> Self {
        Self::text(StatusCode::SEE_OTHER, "").header(header::LOCATION, location)
    }

    pub(crate) fn method_not_allowed(allowed: &'static str) -> Self {
        Self::text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n").header(header::ALLOW, allowed)
    }

    /// Adds a warning for the person behind the client.
    pub(crate) fn warn(mut self, warning: &str) -> Self {
        let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{text}\"")) {
            self.headers.push((header::WARNING, value));
        }
        self
    }

    /// Sets a header; a value that is no legal header value is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.retain(|(present, _)| *present != name);
            self.headers.push((name, value));
        }
        self
    }
}

//! One HTTP request to the callback server: which page it gets, and whether it decides the login.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::error::CallbackError;
use super::page::{Page, policy};
use super::response::{AuthorizationResponse, Expected, Verdict, judge};

/// The login's outcome.
pub(super) type Outcome = Result<AuthorizationResponse, CallbackError>;

/// Everything the connections share.
#[derive(Debug)]
pub(super) struct Desk {
    path: String,
    done: String,
    hosts: [String; 2],
    expected: Expected,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The page for `done` once the login is decided.
    decided: Option<Page>,
    /// The outcome until the server takes it.
    outcome: Option<Outcome>,
    ignored: usize,
    done_was_shown: bool,
}

impl Desk {
    pub(super) fn new(path: &str, address: SocketAddr, expected: Expected) -> Self {
        Self {
            path: path.to_owned(),
            done: format!("{path}/done"),
            // The address literal as browsers write it: an IPv6 one keeps its brackets.
            hosts: [address.to_string(), format!("localhost:{}", address.port())],
            expected,
            state: Mutex::default(),
        }
    }

    /// The outcome, once.
    pub(super) fn take_outcome(&self) -> Option<Outcome> {
        self.lock().outcome.take()
    }

    /// How many requests to the callback path did not belong to this login.
    pub(super) fn ignored(&self) -> usize {
        self.lock().ignored
    }

    /// Whether the login is decided and the browser has not had its last page yet.
    pub(super) fn is_owed_a_page(&self) -> bool {
        let state = self.lock();
        state.decided.is_some() && !state.done_was_shown
    }

    /// Whether this answer is the last page, which counts as shown once it has left.
    pub(super) fn is_last_page<T>(&self, request: &Request<Incoming>, response: &Response<T>) -> bool {
        request.uri().path() == self.done && response.status() == StatusCode::OK
    }

    /// The last page has left.
    pub(super) fn note_done_was_shown(&self) {
        self.lock().done_was_shown = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request.
    pub(super) fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, page) = self.decide(request);
        tracing::debug!(method = %request.method(), status = status.as_u16(), "callback request");
        let location = (status == StatusCode::SEE_OTHER).then_some(self.done.as_str());
        response(status, page, location, request.method() == Method::HEAD)
    }

    fn decide(&self, request: &Request<Incoming>) -> (StatusCode, Page) {
        if request.method() != Method::GET {
            return (StatusCode::METHOD_NOT_ALLOWED, Page::Refused);
        }
        if request.uri().authority().is_some() {
            return (StatusCode::BAD_REQUEST, Page::Refused);
        }
        if !self.is_for_us(request) {
            return (StatusCode::FORBIDDEN, Page::Refused);
        }
        match request.uri().path() {
            path if path == self.path => self.callback(request.uri().query().unwrap_or_default()),
            path if path == self.done => self.last_page(),
            _ => (StatusCode::NOT_FOUND, Page::NotFound),
        }
    }

    /// Exactly one Host, and it is ours: otherwise a name that somebody pointed at this machine led here.
    fn is_for_us(&self, request: &Request<Incoming>) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        self.hosts.iter().any(|ours| host.as_bytes() == ours.as_bytes())
    }

    fn callback(&self, query: &str) -> (StatusCode, Page) {
        let verdict = judge(query, &self.expected);
        let mut state = self.lock();
        match (verdict, state.decided) {
            // A reload, a double click or a prefetch of what was already taken.
            (Verdict::Decided(_), Some(page)) => (StatusCode::SEE_OTHER, page),
            (Verdict::Decided(outcome), None) => {
                let page = if outcome.is_ok() { Page::Received } else { Page::NotCompleted };
                state.decided = Some(page);
                state.outcome = Some(outcome);
                (StatusCode::SEE_OTHER, page)
            }
            (Verdict::Ignored, _) => {
                state.ignored = state.ignored.saturating_add(1);
                (StatusCode::BAD_REQUEST, Page::OtherLogin)
            }
        }
    }

    fn last_page(&self) -> (StatusCode, Page) {
        self.lock().decided.map_or((StatusCode::NOT_FOUND, Page::NotFound), |page| (StatusCode::OK, page))
    }
}

/// A page with headers that keep it out of caches, frames and referrers. Nothing of the request is in it.
fn response(status: StatusCode, page: Page, location: Option<&str>, without_body: bool) -> Response<Full<Bytes>> {
    let body = if without_body || location.is_some() { String::new() } else { page.html() };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONNECTION, "close"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    if let Ok(policy) = HeaderValue::try_from(policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        headers.insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_page_is_owed_from_the_decision_until_it_was_shown() {
        let state = Secret::new("right".to_owned());
        let expected = Expected { state, issuer: "https://id.example".to_owned(), iss_is_required: false };
        let desk = Desk::new("/callback", SocketAddr::from(([127, 0, 0, 1], 4000)), expected);
        assert!(!desk.is_owed_a_page());
        assert_eq!(desk.callback("state=wrong&code=c").0, StatusCode::BAD_REQUEST);
        assert!(!desk.is_owed_a_page());
        assert_eq!(desk.callback("state=right&code=c").0, StatusCode::SEE_OTHER);
        assert!(desk.is_owed_a_page());
        desk.note_done_was_shown();
        assert!(!desk.is_owed_a_page());
    }
}

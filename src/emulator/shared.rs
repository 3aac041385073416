//! What all connections share: the state behind its lock, and the journal's bell.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{StatusCode, Uri};

use crate::sys::clock;

use super::State;
use super::exchange::{Call, Note, Reply, Request};
use super::fault::{self, Ending, Fault};
use super::journal::{JournalEntry, path_without_values};
use super::routes::Route;

/// The state of one emulator for all its connections and its owner.
pub(crate) struct Shared {
    origin: String,
    state: Mutex<State>,
    /// Rung whenever the journal grows.
    recorded: Condvar,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self { origin: state.url.clone(), state: Mutex::new(state), recorded: Condvar::new() }
    }

    /// `http://127.0.0.1:PORT` or `http://[::1]:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The state. Nobody sees the identity provider behind the API.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.follow();
        state
    }

    /// Acts on a request and writes the journal.
    pub(crate) fn handle(&self, route: Route, request: &Request, fault: Option<&Fault>) -> Reply {
        let edits = fault.map(|fault| fault.edits.clone()).unwrap_or_default();
        let mut state = self.state();
        let mut call = Call { state: &mut state, request, note: Note::default(), edits: &edits };
        let mut reply = route.serve(&mut call);
        let note = call.note;
        if !edits.answer.is_empty()
            && let Ok(mut answer) = serde_json::from_slice(&reply.body)
        {
            fault::apply(&edits.answer, &mut answer);
            reply.body = answer.to_string().into();
        }
        self.record(&mut state, route, request, Some(reply.status.as_u16()), note, fault);
        reply
    }

    /// Writes the journal for a request that was not acted on.
    pub(crate) fn skip(&self, route: Route, request: &Request, fault: &Fault) {
        let status = match &fault.ending {
            Ending::Answer(answer) => Some(answer.render().0),
            _ => None,
        };
        let mut state = self.state();
        let note = Note { outcome: Some("fault".to_owned()), ..route.note(request, &state) };
        self.record(&mut state, route, request, status, note, Some(fault));
    }

    fn record(
        &self,
        state: &mut State,
        route: Route,
        request: &Request,
        status: Option<u16>,
        note: Note,
        fault: Option<&Fault>,
    ) {
        if route.is_silent() {
            return;
        }
        let verdict = if status.is_none_or(|status| status >= 400) { "refused" } else { "ok" };
        let path = state.mint.redact(path_without_values(request));
        state.journal.push(JournalEntry {
            seq: 0,
            time: clock::now(),
            route: route.name(),
            method: request.method.to_string(),
            path,
            status,
            grant_type: note.grant_type,
            client_id: note.client_id,
            subject: note.subject,
            outcome: note.outcome.unwrap_or_else(|| verdict.to_owned()),
            reuse: note.reuse,
            fault: fault.map(|fault| fault.specification().to_owned()),
        });
        self.recorded.notify_all();
    }

    /// Waits until the journal satisfies `condition`, at most for `patience`; tells whether it does.
    pub(crate) fn wait(&self, patience: Duration, condition: impl Fn(&[JournalEntry]) -> bool) -> bool {
        let unmet = |state: &mut State| !condition(state.journal.since(0));
        let waited = self.recorded.wait_timeout_while(self.state(), patience, unmet);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// Refuses what a web page could send here: a foreign `Host` (DNS rebinding) or a foreign `Origin`.
pub(crate) fn refuse_strangers(headers: &HeaderMap, uri: &Uri, own_origin: &str) -> Result<(), Reply> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) => host,
        _ => return Err(Reply::text(StatusCode::BAD_REQUEST, "exactly one Host header is needed\n")),
    };
    if !is_loopback(host) || !uri.authority().is_none_or(|authority| is_loopback(authority.as_str())) {
        return Err(Reply::text(StatusCode::MISDIRECTED_REQUEST, "this host is not served here\n"));
    }
    match headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() == own_origin.as_bytes()) {
        true => Ok(()),
        false => Err(Reply::text(StatusCode::FORBIDDEN, "requests from other origins are refused\n")),
    }
}

/// Whether a `Host` is this machine's loopback by address or name. The port may be that of a forwarder in front of us:
/// rebinding needs a name of the attacker's own.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}

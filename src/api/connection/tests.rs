use std::cell::Cell;

use http::Method;

use super::Connection;
use crate::api::scripted_server::{Asked, Reply, ScriptedServer};
use crate::api::{Call, ControlPlane, Error};
use crate::http::{Answer, Client, TokenProvider};
use crate::secret::Secret;

/// Hands out `old`, and `new` once that was refused.
struct Tokens(Cell<usize>);

impl TokenProvider for Tokens {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, anyhow::Error> {
        self.0.set(self.0.get() + 1);
        Ok(Secret::new(if refused.is_none() { "old".to_owned() } else { "new".to_owned() }))
    }
}

fn reply(status: u16, headers: &[&str]) -> Reply {
    (status, headers.iter().map(|&line| line.to_owned()).collect(), r#"{"kind":"Status"}"#.to_owned())
}

/// Sends one request to a server with `script`: what came back, and all that the server was asked.
fn send(
    method: &Method,
    script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
) -> (Result<Answer, Error>, Vec<Asked>) {
    let server = ScriptedServer::start(script);
    let client = Client::new().expect("a client");
    let connection = Connection::new(&client, server.host.clone(), Tokens(Cell::new(0)));
    let url = ControlPlane::Platform.url(&server.host, &["api", "v1", "secrets"]).expect("usable");
    let call = match *method {
        Method::GET => Call::get(url),
        _ => Call::with_body(method.clone(), url, "application/json", r#"{"kind":"Secret"}"#),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    (runtime.block_on(connection.send(&call)), server.journal())
}

// API-01
#[test]
fn a_read_comes_back_when_the_server_says_so_and_never_waits_long() {
    for (header, times) in [
        (Some("retry-after: 0"), 3),
        (Some("retry-after: Wed, 21 Oct 2015 07:28:00 GMT"), 3),
        (Some("retry-after: soon"), 3),
        (Some("retry-after: -5"), 3),
        (None, 3),
        (Some("retry-after: 120"), 1),
        (Some("retry-after: 99999999999999999999999"), 1),
        (Some("retry-after: Fri, 01 Jan 2100 00:00:00 GMT"), 1),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let (outcome, asked) = send(&Method::GET, move |_, _| reply(429, &headers));
        assert!(matches!(outcome, Err(Error::TooManyRequests { .. })), "{header:?}");
        assert_eq!(asked.len(), times, "{header:?}");
    }
}

// API-02
#[test]
fn a_write_is_repeated_only_when_the_server_surely_did_not_act() {
    for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
        for (status, headers, times) in [
            (429, &["retry-after: 0"][..], 3),
            (503, &["retry-after: 0"][..], 3),
            (429, &[][..], 1),
            (503, &[][..], 1),
            (500, &["retry-after: 0"][..], 1),
            (502, &[][..], 1),
            (504, &["retry-after: 0"][..], 1),
            (409, &["retry-after: 0"][..], 1),
        ] {
            let (outcome, asked) = send(&method, move |_, _| reply(status, headers));
            assert!(outcome.is_err());
            assert_eq!(asked.len(), times, "{method} {status} {headers:?}");
        }
        let (outcome, asked) = send(&method, |earlier, _| match earlier {
            0 => reply(503, &["retry-after: 0"]),
            _ => reply(200, &[]),
        });
        assert_eq!((outcome.expect("works").status, asked.len()), (200, 2), "{method}");
    }
}

// API-03
#[test]
fn a_failing_server_is_asked_three_times_at_most_and_only_for_what_changes_nothing() {
    for status in [500, 502, 503, 504] {
        let (outcome, asked) = send(&Method::GET, move |_, _| reply(status, &[]));
        assert!(matches!(outcome, Err(Error::ServerFailure { .. })));
        assert_eq!(asked.len(), 3, "{status}");
        let (outcome, asked) = send(&Method::GET, move |earlier, _| reply(if earlier < 2 { status } else { 200 }, &[]));
        assert_eq!((outcome.expect("works").status, asked.len()), (200, 3), "{status}");
        let (_, asked) = send(&Method::POST, move |_, _| reply(status, &[]));
        assert_eq!(asked.len(), 1, "{status}");
    }
    let (_, asked) = send(&Method::GET, |_, _| reply(501, &[]));
    assert_eq!(asked.len(), 1);
}

// API-14, API-15
#[test]
fn a_refused_token_is_replaced_once_and_the_body_goes_along_again() {
    for method in [Method::GET, Method::POST, Method::PATCH] {
        let (outcome, asked) = send(&method, |_, asked| match asked.bearer.as_deref() {
            Some("new") => reply(200, &[]),
            _ => reply(401, &[]),
        });
        assert_eq!(outcome.expect("works").status, 200);
        let bodies: Vec<_> = asked.iter().map(|asked| asked.body.as_str()).collect();
        let body = if method == Method::GET { "" } else { r#"{"kind":"Secret"}"# };
        assert_eq!(bodies, [body, body], "{method}");
        let (outcome, asked) = send(&method, |_, _| reply(401, &[]));
        assert!(matches!(outcome, Err(Error::Unauthorized { .. })));
        assert_eq!(asked.len(), 2, "{method}");
    }
}

/// Hands out a token of another number each time, as under refreshes of others, `newer` of them.
struct Storm {
    handed_out: Cell<usize>,
    newer: usize,
}

impl TokenProvider for Storm {
    async fn token(&self, _refused: Option<&Secret>) -> Result<Secret, anyhow::Error> {
        self.handed_out.set(self.handed_out.get() + 1);
        Ok(Secret::new(self.handed_out.get().to_string()))
    }

    fn has_newer(&self, refused: &Secret) -> bool {
        assert_eq!(*refused.expose(), self.handed_out.get().to_string());
        self.handed_out.get() < 2 + self.newer
    }
}

// API-15, RFR-07
#[test]
fn a_request_goes_on_while_others_refresh_but_not_for_ever() {
    for (good, newer, requests) in [("3", 1, 3), ("5", 3, 5), ("3", 0, 2), ("6", 9, 5), ("never", 2, 4)] {
        let server = ScriptedServer::start(move |_, asked| match asked.bearer.as_deref() {
            Some(token) if token == good => reply(200, &[]),
            _ => reply(401, &[]),
        });
        let client = Client::new().expect("a client");
        let storm = Storm { handed_out: Cell::new(0), newer };
        let connection = Connection::new(&client, server.host.clone(), &storm);
        let url = ControlPlane::Platform.url(&server.host, &["version"]).expect("usable");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(connection.send(&Call::get(url)));
        assert_eq!(server.journal().len(), requests, "{good} of {newer}");
        assert_eq!(outcome.is_ok(), requests.to_string() == good, "{good} of {newer}: {outcome:?}");
    }
}

// API-05, API-06
#[test]
fn a_redirect_is_never_followed_wherever_it_leads() {
    for location in ["/elsewhere", "https://evil.example/", "//evil.example/", "", "\u{7f}", "http://127.0.0.1:1/"] {
        for status in [301, 302, 303, 307, 308] {
            for method in [Method::GET, Method::POST] {
                let line = format!("location: {location}");
                let (outcome, asked) = send(&method, move |_, _| (status, vec![line.clone()], String::new()));
                let expected = matches!(outcome, Err(Error::Redirected { .. } | Error::Http(_)));
                assert!(expected, "{status} {location:?} {outcome:?}");
                assert!(asked.iter().all(|asked| asked.target == "/api/v1/secrets"), "{asked:?}");
            }
        }
    }
}

#[test]
fn a_token_never_leaves_for_another_server() {
    let server = ScriptedServer::start(|_, _| reply(200, &[]));
    let other: crate::http::Host = "https://api.example".parse().expect("a host");
    let client = Client::new().expect("a client");
    let connection = Connection::new(&client, other, Tokens(Cell::new(0)));
    let url = ControlPlane::Platform.url(&server.host, &["version"]).expect("usable");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(connection.send(&Call::get(url))).expect("works");
    assert_eq!(server.journal()[0].bearer, None);
}

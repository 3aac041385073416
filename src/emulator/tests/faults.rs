//! Scripted misbehaviour as a client meets it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::client::{get, is_alive, raw, refresh, tokens};
use super::{Emulator, start, start_with};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn raw_get(emulator: &Emulator, path: &str) -> std::io::Result<super::client::Answer> {
    let host = emulator.url().trim_start_matches("http://");
    raw(emulator, &format!("GET {path} HTTP/1.1\r\nHost: {host}"), "")
}

#[test]
fn an_answer_is_replaced_as_often_as_asked() {
    let emulator = start_with(&["discovery:status=503,retry-after=2,times=2"]);
    for _ in 0..2 {
        let answer = get(&emulator, DISCOVERY);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
    }
    assert_eq!(get(&emulator, DISCOVERY).status, 200);
    let journal = emulator.journal();
    assert_eq!((journal[0].status, journal[0].outcome.as_str()), (Some(503), "fault"));
    assert_eq!(journal[2].outcome, "ok");
}

#[test]
fn an_error_before_acting_spends_nothing() {
    let emulator = start_with(&["token.refresh:error=temporarily_unavailable,times=1"]);
    let first = tokens(&emulator);
    let refused = refresh(&emulator, &first["refresh_token"]);
    assert_eq!((refused.status, refused.error().as_str()), (400, "temporarily_unavailable"));
    assert!(is_alive(&emulator, &first["access_token"]));
    assert_eq!(refresh(&emulator, &first["refresh_token"]).status, 200);
}

#[test]
fn an_answer_lost_after_acting_has_spent_the_token() {
    let emulator = start();
    let first = tokens(&emulator);
    emulator.add_fault("token.refresh:commit-then-status=502,times=1".parse().unwrap());
    assert_eq!(refresh(&emulator, &first["refresh_token"]).status, 502);
    assert!(!is_alive(&emulator, &first["access_token"]));
    assert_eq!(refresh(&emulator, &first["refresh_token"]).error(), "invalid_grant");
    assert_eq!(emulator.refresh_reuse_count(), 1);
}

#[test]
fn a_reset_is_a_tcp_reset() {
    for fault in ["discovery:reset", "discovery:commit-then-reset"] {
        let emulator = start_with(&[fault]);
        assert_eq!(raw_get(&emulator, DISCOVERY).unwrap_err().kind(), ErrorKind::ConnectionReset, "{fault}");
    }
}

#[test]
fn a_truncated_answer_announces_more_than_it_sends() {
    let emulator = start_with(&["discovery:truncate=10"]);
    let answer = raw_get(&emulator, DISCOVERY).unwrap();
    assert_eq!(answer.body.len(), 10);
    assert!(answer.header("content-length").unwrap().parse::<usize>().unwrap() > 100);
}

#[test]
fn garbage_is_a_page_and_not_json() {
    let emulator = start_with(&["discovery:garbage"]);
    let answer = get(&emulator, DISCOVERY);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert!(answer.body.starts_with("<!doctype html>"));
}

#[test]
fn a_hanging_request_is_in_the_journal_and_never_answered() {
    let emulator = start_with(&["discovery:hang"]);
    let host = emulator.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {DISCOVERY} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    assert!(emulator.wait_for(Duration::from_secs(30), |journal| !journal.is_empty()));
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(matches!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    let entry = emulator.journal().remove(0);
    assert_eq!((entry.status, entry.fault.as_deref()), (None, Some("discovery:hang")));
    assert_eq!(get(&emulator, "/oauth/v2/keys").status, 200);
}

#[test]
fn a_json_answer_can_be_edited() {
    let emulator = start_with(&[r#"discovery:set.issuer="http://evil.example",unset.jwks_uri"#]);
    let document = get(&emulator, DISCOVERY).json();
    assert_eq!((document["issuer"].as_str(), document.get("jwks_uri")), (Some("http://evil.example"), None));
}

#[test]
fn an_empty_answer_can_be_scripted() {
    let emulator = start_with(&["discovery:status=204"]);
    assert_eq!(get(&emulator, DISCOVERY).status, 204);
}

#[test]
fn faults_end_when_cleared() {
    let emulator = start_with(&["*:status=500"]);
    assert_eq!(get(&emulator, DISCOVERY).status, 500);
    emulator.clear_faults();
    assert_eq!(get(&emulator, DISCOVERY).status, 200);
}

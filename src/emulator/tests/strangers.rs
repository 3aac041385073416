//! Requests that a web page could send here are refused.

use super::client::{Answer, raw, send};
use super::{Emulator, start};

fn with_host(emulator: &Emulator, host: &str) -> Answer {
    raw(emulator, &format!("GET /.well-known/openid-configuration HTTP/1.1\r\n{host}"), "").unwrap()
}

#[test]
fn a_foreign_host_is_refused_on_every_route() {
    let emulator = start();
    let port = emulator.url().rsplit(':').next().unwrap().to_owned();
    let evil = format!("evil.example:{port}");
    for host in ["evil.example", &evil, "127.0.0.1.evil.example", "127.0.0.2", "localhost.evil.example:1"] {
        assert_eq!(with_host(&emulator, &format!("Host: {host}")).status, 421, "{host}");
    }
    let both = format!("Host: 127.0.0.1:{port}\r\nHost: evil.example");
    assert_eq!(with_host(&emulator, &both).status, 400);
    for host in ["localhost", "127.0.0.1:8443", "[::1]:1"] {
        assert_eq!(with_host(&emulator, &format!("Host: {host}")).status, 200, "{host}");
    }
    for path in ["/version", "/_emulator/state", "/", "/nowhere"] {
        let answer = raw(&emulator, &format!("GET {path} HTTP/1.1\r\nHost: evil.example"), "").unwrap();
        assert_eq!(answer.status, 421, "{path}");
    }
    assert!(emulator.journal().iter().all(|entry| entry.route == "discovery"));
}

#[test]
fn a_foreign_origin_is_refused() {
    let emulator = start();
    for origin in ["Origin: https://evil.example", "Origin: null", "Origin: http://127.0.0.1:1"] {
        assert_eq!(send(&emulator, "POST", "/_emulator/tokens/expire", &[origin], "").status, 403, "{origin}");
    }
    let own = format!("Origin: {}", emulator.url());
    assert_eq!(send(&emulator, "POST", "/_emulator/tokens/expire", &[&own], "").status, 200);
}

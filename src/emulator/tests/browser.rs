//! The browser that signs in by itself.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::client::{authorization, form};
use super::{Emulator, start};
use crate::emulator::{SignInError, Who, sign_in};

/// A program that waits for its callback, and tells the request line it got.
fn program() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let waiting = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 2048];
        let length = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 302 Found\r\nLocation: https://www.datum.net/\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&request[..length]).lines().next().unwrap().to_owned()
    });
    (port, waiting)
}

#[tokio::main(flavor = "current_thread")]
async fn browse(url: &str, who: &Who) -> Result<(), SignInError> {
    sign_in(url, who).await
}

fn login_url(emulator: &Emulator, port: u16) -> String {
    let mut parameters = authorization(emulator);
    parameters[1].1 = format!("http://127.0.0.1:{port}/datumctl/auth/callback");
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    format!("{}/oauth/v2/authorize?{}", emulator.url(), form(&pairs))
}

fn subject_of_last_consent(emulator: &Emulator) -> Option<String> {
    emulator.journal().into_iter().rev().find(|entry| entry.route == "consent" && entry.method == "POST")?.subject
}

#[test]
fn each_seeded_person_signs_in_in_turn() {
    let emulator = start();
    for person in ["331234567890123401", "331234567890123402", "331234567890123401"] {
        let (port, waiting) = program();
        browse(&login_url(&emulator, port), &Who::Next).unwrap();
        assert!(waiting.join().unwrap().starts_with("GET /datumctl/auth/callback?code=emulator-code-"));
        assert_eq!(subject_of_last_consent(&emulator).as_deref(), Some(person));
    }
}

#[test]
fn a_named_person_signs_in_and_nobody_denies() {
    let emulator = start();
    let (port, waiting) = program();
    browse(&login_url(&emulator, port), &Who::Named("grace@example.com".to_owned())).unwrap();
    waiting.join().unwrap();
    assert_eq!(subject_of_last_consent(&emulator).as_deref(), Some("331234567890123402"));
    let (port, waiting) = program();
    browse(&login_url(&emulator, port), &Who::Nobody).unwrap();
    assert!(waiting.join().unwrap().contains("error=access_denied"));
}

#[test]
fn what_is_not_an_emulator_is_not_visited() {
    assert!(matches!(browse("https://auth.datum.net/x", &Who::Next), Err(SignInError::NotLoopback(_))));
    let emulator = start();
    let nowhere = format!("{}/nowhere", emulator.url());
    assert!(matches!(browse(&nowhere, &Who::Next), Err(SignInError::Page { status: 404, .. })));
    let stranger = Who::Named("stranger@example.com".to_owned());
    assert!(matches!(browse(&login_url(&emulator, 1), &stranger), Err(SignInError::Page { .. })));
}

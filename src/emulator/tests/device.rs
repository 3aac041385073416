//! The device flow.

use std::time::Duration;

use serde_json::Value;

use super::client::{Answer, claims, form, get, post, send, token};
use super::{DEVICE_GRANT, start};
use crate::emulator::{Emulator, Options, SignInError, Who, approve_device};

fn quick() -> Emulator {
    Emulator::start(Options { device_interval: Duration::ZERO, ..Options::default() }).unwrap()
}

fn begin(emulator: &Emulator) -> Value {
    let scope = ("scope", "openid profile email offline_access");
    post(emulator, "/oauth/v2/device_authorization", &[("client_id", emulator.client_id()), scope]).json()
}

fn poll(emulator: &Emulator, begun: &Value) -> Answer {
    let code = begun["device_code"].as_str().unwrap();
    token(emulator, &[("grant_type", DEVICE_GRANT), ("client_id", emulator.client_id()), ("device_code", code)])
}

#[tokio::main(flavor = "current_thread")]
async fn decide(emulator: &Emulator, begun: &Value, who: &Who) -> Result<(), SignInError> {
    approve_device(emulator.url(), begun["user_code"].as_str().unwrap(), who).await
}

#[test]
fn an_allowed_device_gets_tokens_once() {
    let emulator = quick();
    let begun = begin(&emulator);
    assert_eq!(poll(&emulator, &begun).error(), "authorization_pending");
    decide(&emulator, &begun, &Who::Named("grace@example.com".to_owned())).unwrap();
    let tokens = poll(&emulator, &begun).json();
    assert_eq!(claims(&tokens["id_token"])["email"], "grace@example.com");
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(poll(&emulator, &begun).error(), "invalid_grant");
}

#[test]
fn a_denied_device_gets_access_denied() {
    let emulator = quick();
    let begun = begin(&emulator);
    decide(&emulator, &begun, &Who::Nobody).unwrap();
    assert_eq!(poll(&emulator, &begun).error(), "access_denied");
}

#[test]
fn polling_too_fast_is_told_to_slow_down_and_remembered() {
    let emulator = start();
    let begun = begin(&emulator);
    assert_eq!(begun["interval"], 5);
    assert_eq!(poll(&emulator, &begun).error(), "authorization_pending");
    let slower = poll(&emulator, &begun);
    assert_eq!(slower.error(), "slow_down");
    assert!(slower.body.contains("10 s"));
    assert!(poll(&emulator, &begun).body.contains("15 s"));
}

#[test]
fn an_old_device_code_has_expired() {
    let emulator = Emulator::start(Options { device_code_ttl: Duration::ZERO, ..Options::default() }).unwrap();
    let begun = begin(&emulator);
    assert_eq!(poll(&emulator, &begun).error(), "expired_token");
    assert!(decide(&emulator, &begun, &Who::Next).is_err());
}

#[test]
fn the_page_shows_the_code_and_wants_a_genuine_form() {
    let emulator = quick();
    let begun = begin(&emulator);
    let code = begun["user_code"].as_str().unwrap();
    let complete = begun["verification_uri_complete"].as_str().unwrap();
    let page = get(&emulator, complete.strip_prefix(emulator.url()).unwrap());
    assert!(page.body.contains(code));
    assert_eq!(get(&emulator, &format!("/device?user_code={}", code.to_lowercase().replace('-', ""))).status, 200);
    assert_eq!(get(&emulator, "/device?user_code=XXXX-XXXX").status, 404);
    let cookie = format!("Cookie: {}", page.header("set-cookie").unwrap().split(';').next().unwrap());
    let forged = form(&[("user_code", code), ("csrf", "x"), ("person", "ada@example.com"), ("decision", "allow")]);
    let headers = [cookie.as_str(), "Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(send(&emulator, "POST", "/device", &headers, &forged).status, 403);
    assert_eq!(poll(&emulator, &begun).error(), "authorization_pending");
}

#[test]
fn device_codes_belong_to_a_known_client() {
    let emulator = start();
    let answer = post(&emulator, "/oauth/v2/device_authorization", &[("client_id", "x"), ("scope", "openid")]);
    assert_eq!(answer.error(), "invalid_client");
    let unknown = [("grant_type", DEVICE_GRANT), ("client_id", emulator.client_id()), ("device_code", "x")];
    assert_eq!(token(&emulator, &unknown).error(), "invalid_grant");
}

//! Service accounts: the JWT-bearer grant.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::client::{get_as, is_alive, token};
use super::machine::Machine;
use super::{JWT_GRANT, start};
use crate::sys::clock;

#[test]
fn a_good_assertion_gives_an_access_token_and_no_refresh_token() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    assert_eq!(machine.file["type"], "datum_service_account");
    let answer = machine.with(&emulator, |_| {});
    assert_eq!(answer.status, 200, "{answer:?}");
    let tokens = answer.json();
    assert!(tokens.get("refresh_token").is_none());
    assert!(is_alive(&emulator, &tokens["access_token"]));
    let array = machine.with(&emulator, |claims| claims["aud"] = json!([emulator.url()]));
    assert_eq!(array.status, 200);
}

#[test]
fn every_claim_of_an_assertion_is_checked() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    let now = clock::now().as_second();
    for (name, value) in [
        ("iss", json!("somebody")),
        ("iss", json!(null)),
        ("sub", json!("somebody")),
        ("aud", json!("https://auth.datum.net")),
        ("aud", json!([emulator.url(), "https://auth.datum.net"])),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 3700)),
        ("exp", json!((now + 60).to_string())),
        ("iat", json!(now + 40)),
        ("iat", json!(null)),
        ("nbf", json!(now + 40)),
        ("jti", json!("")),
        ("jti", json!(7)),
    ] {
        let answer = machine.with(&emulator, |claims| claims[name] = value.clone());
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{name} {value}");
    }
}

#[test]
fn a_tampered_or_unsigned_assertion_is_refused() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    let good = machine.sign(&machine.header(), &machine.claims());
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let header = |name: &str, value: Value| {
        let mut header = machine.header();
        header[name] = value;
        machine.sign(&header, &machine.claims())
    };
    for assertion in [
        format!("{}.{}.{signature}", input.split_once('.').unwrap().0, encode(&machine.claims())),
        format!("{input}."),
        format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&machine.claims())),
        header("alg", json!("HS256")),
        header("kid", json!("1")),
        header("kid", json!(null)),
        header("crit", json!(["x"])),
        "nonsense".to_owned(),
    ] {
        assert_eq!(machine.exchange(&emulator, &assertion).error(), "invalid_grant", "{assertion}");
    }
    assert_eq!(machine.exchange(&emulator, &good).status, 200);
}

#[test]
fn an_assertion_works_once() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    let assertion = machine.sign(&machine.header(), &machine.claims());
    assert_eq!(machine.exchange(&emulator, &assertion).status, 200);
    assert_eq!(machine.exchange(&emulator, &assertion).error(), "invalid_grant");
}

#[test]
fn a_disabled_account_is_told_so_and_its_tokens_die() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    let tokens = machine.with(&emulator, |_| {}).json();
    let email = machine.file["client_email"].as_str().unwrap();
    emulator.disable_service_account(email, true).unwrap();
    let refused = machine.with(&emulator, |_| {}).json();
    assert_eq!(refused["error_description"], "the service account is disabled");
    assert!(!is_alive(&emulator, &tokens["access_token"]));
    emulator.disable_service_account(email, false).unwrap();
    assert_eq!(machine.with(&emulator, |_| {}).status, 200);
}

#[test]
fn a_revoked_key_is_told_so_and_the_next_one_works() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    emulator.revoke_service_account_key(machine.file["client_email"].as_str().unwrap()).unwrap();
    let refused = machine.with(&emulator, |_| {}).json();
    assert!(refused["error_description"].as_str().unwrap().starts_with("kid is no key of this service account"));
    assert_eq!(Machine::of(&emulator).with(&emulator, |_| {}).status, 200);
}

#[test]
fn the_api_wants_the_project_audience() {
    let emulator = start();
    let machine = Machine::of(&emulator);
    let good = machine.with(&emulator, |_| {}).json();
    assert_eq!(get_as(&emulator, "/version", good["access_token"].as_str().unwrap()).status, 200);
    let assertion = machine.sign(&machine.header(), &machine.claims());
    let narrow = [("grant_type", JWT_GRANT), ("assertion", assertion.as_str()), ("scope", "openid")];
    let narrow = token(&emulator, &narrow).json();
    assert_eq!(get_as(&emulator, "/version", narrow["access_token"].as_str().unwrap()).status, 401);
}

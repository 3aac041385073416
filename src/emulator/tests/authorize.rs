//! The authorization endpoint, its pages, and the exchange of codes.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey};
use serde_json::json;

use super::client::{
    self, VERIFIER, authorize, claims, code, get, is_alive, open, redeem, refresh, send, token, tokens,
};
use super::{start, start_with};
use crate::emulator::{Emulator, Options};

#[test]
fn discovery_names_this_origin_and_nothing_else() {
    let emulator = start();
    let document = get(&emulator, "/.well-known/openid-configuration").json();
    assert_eq!(document["issuer"], emulator.url());
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    for (name, value) in document.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")) {
        assert!(value.as_str().unwrap().starts_with(emulator.url()), "{name}");
    }
}

#[test]
fn a_sign_in_ends_with_a_code_the_state_and_the_issuer() {
    let emulator = start();
    let answer = open(&emulator).finish(&emulator, "grace@example.com", "allow");
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").unwrap().starts_with("http://127.0.0.1:49152/datumctl/auth/callback?"));
    assert_eq!(answer.sent_back("state").as_deref(), Some("the-state"));
    assert_eq!(answer.sent_back("iss").as_deref(), Some(emulator.url()));
    assert!(answer.sent_back("code").is_some());
}

#[test]
fn the_id_token_says_who_signed_in_and_verifies_with_the_published_key() {
    let emulator = start();
    let answer = tokens(&emulator);
    let said = claims(&answer["id_token"]);
    assert_eq!(said["iss"], emulator.url());
    assert_eq!(said["aud"], json!([emulator.client_id(), "323000000000000001"]));
    assert_eq!((&said["azp"], &said["nonce"]), (&json!(emulator.client_id()), &json!("the-nonce")));
    assert_eq!((&said["email"], &said["name"]), (&json!("ada@example.com"), &json!("Ada Lovelace")));
    assert_eq!(answer["expires_in"], 43200);

    let key = get(&emulator, "/oauth/v2/keys").json()["keys"][0].clone();
    let number = |name: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap());
    let key = VerifyingKey::<Sha256>::new(RsaPublicKey::new(number("n"), number("e")).unwrap());
    let (input, signature) = answer["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(input.as_bytes(), &Signature::try_from(signature.as_slice()).unwrap()).unwrap();
}

#[test]
fn denying_sends_access_denied_back() {
    let emulator = start();
    let at_consent = open(&emulator).finish(&emulator, "ada@example.com", "deny");
    let at_login = open(&emulator).post(&emulator, "/ui/login", ("decision", "deny"));
    for answer in [at_consent, at_login] {
        assert_eq!(answer.sent_back("error").as_deref(), Some("access_denied"));
        assert_eq!(answer.sent_back("state").as_deref(), Some("the-state"));
    }
}

#[test]
fn a_bad_client_or_redirect_is_shown_and_never_redirected_to() {
    let emulator = start();
    for change in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "http://127.0.0.1:49152/elsewhere"),
        ("redirect_uri", "https://evil.example/datumctl/auth/callback"),
        ("redirect_uri", "http://localhost:49152/datumctl/auth/callback"),
    ] {
        let answer = authorize(&emulator, &[change]);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{change:?}");
    }
}

#[test]
fn every_other_mistake_is_sent_back_to_the_client() {
    let emulator = start();
    for (change, error) in [
        (("state", ""), "invalid_request"),
        (("nonce", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "too-short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", "openid admin"), "invalid_scope"),
        (("scope", "profile"), "invalid_scope"),
        (("prompt", "none"), "login_required"),
        (("prompt", "whatever"), "invalid_request"),
        (("request", "x.y.z"), "request_not_supported"),
    ] {
        let answer = authorize(&emulator, &[change]);
        assert_eq!(answer.sent_back("error").as_deref(), Some(error), "{change:?}");
        assert_eq!(answer.sent_back("iss").as_deref(), Some(emulator.url()), "{change:?}");
    }
}

#[test]
fn a_repeated_parameter_is_refused() {
    let emulator = start();
    let location = authorize(&emulator, &[]).header("location").unwrap().to_owned();
    assert!(location.starts_with("/ui/login?flow="));
    let pairs = client::authorization(&emulator);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let query = client::form(&pairs);
    let answer = get(&emulator, &format!("/oauth/v2/authorize?{query}&nonce=other"));
    assert_eq!(answer.sent_back("error").as_deref(), Some("invalid_request"));
    let answer = get(&emulator, &format!("/oauth/v2/authorize?{query}&client_id=other"));
    assert_eq!(answer.status, 400);
}

#[test]
fn a_login_hint_leads_past_the_choice_unless_the_account_is_to_be_selected() {
    let emulator = start();
    let place = |change: &[(&'static str, &str)]| authorize(&emulator, change).header("location").unwrap().to_owned();
    let hint = ("login_hint", "grace@example.com");
    assert!(place(&[hint, ("prompt", "")]).starts_with("/ui/consent?"));
    assert!(place(&[hint]).starts_with("/ui/login?"));
    assert!(place(&[("login_hint", "nobody@example.com"), ("prompt", "")]).starts_with("/ui/login?"));
}

#[test]
fn the_pages_allow_no_script_and_no_framing() {
    let emulator = start();
    let begun = authorize(&emulator, &[]);
    let cookie = format!("Cookie: {}", begun.header("set-cookie").unwrap().split(';').next().unwrap());
    let page = send(&emulator, "GET", begun.header("location").unwrap(), &[&cookie], "");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:49152;"), "{policy}");
    assert!(!page.body.contains("<script") && !page.body.contains("https://"));
}

#[test]
fn a_form_without_this_browsers_value_or_cookie_does_nothing() {
    let emulator = start();
    let browser = open(&emulator);
    let forged =
        client::Browser { csrf: "forged".to_owned(), cookie: browser.cookie.clone(), flow: browser.flow.clone() };
    assert_eq!(forged.post(&emulator, "/ui/login", ("person", "ada@example.com")).status, 403);
    let other = open(&emulator);
    let stolen = client::Browser { flow: browser.flow, ..other };
    assert_eq!(stolen.post(&emulator, "/ui/login", ("person", "ada@example.com")).status, 400);
}

#[test]
fn a_finished_sign_in_cannot_be_finished_again() {
    let emulator = start();
    let browser = open(&emulator);
    browser.finish(&emulator, "ada@example.com", "allow");
    assert_eq!(browser.post(&emulator, "/ui/consent", ("decision", "allow")).status, 400);
}

#[test]
fn a_wrong_verifier_spends_the_code() {
    let emulator = start();
    let code = code(&emulator);
    assert_eq!(redeem(&emulator, &code, &VERIFIER.replace("123", "124")).error(), "invalid_grant");
    assert_eq!(redeem(&emulator, &code, VERIFIER).error(), "invalid_grant");
}

#[test]
fn a_replayed_code_revokes_what_it_gave() {
    let emulator = start();
    let code = code(&emulator);
    let first = redeem(&emulator, &code, VERIFIER).json();
    assert!(is_alive(&emulator, &first["access_token"]));
    assert_eq!(redeem(&emulator, &code, VERIFIER).error(), "invalid_grant");
    assert!(!is_alive(&emulator, &first["access_token"]));
    assert_eq!(refresh(&emulator, &first["refresh_token"]).error(), "invalid_grant");
    assert!(emulator.journal().iter().any(|entry| entry.route == "token.code" && entry.reuse));
}

#[test]
fn a_code_does_not_outlive_its_time() {
    let emulator = Emulator::start(Options { code_ttl: Duration::ZERO, ..Options::default() }).unwrap();
    assert_eq!(redeem(&emulator, &code(&emulator), VERIFIER).error(), "invalid_grant");
}

#[test]
fn the_token_endpoint_takes_a_form_from_a_public_client_and_nothing_else() {
    let emulator = start();
    let refused = |headers: &[&str], body: &str| {
        let answer = send(&emulator, "POST", "/oauth/v2/token", headers, body);
        (answer.status, answer.error())
    };
    let form = "Content-Type: application/x-www-form-urlencoded";
    let invalid_request = || (400, "invalid_request".to_owned());
    assert_eq!(refused(&["Content-Type: application/json"], "{}"), invalid_request());
    assert_eq!(refused(&[form], "grant_type=refresh_token&grant_type=refresh_token"), invalid_request());
    assert_eq!(refused(&[form], ""), invalid_request());
    let basic = ["Authorization: Basic eDo=", form];
    assert_eq!(refused(&basic, "grant_type=refresh_token"), (401, "invalid_client".to_owned()));
    assert_eq!(refused(&[form], "grant_type=password"), (400, "unsupported_grant_type".to_owned()));
    let other = token(&emulator, &[("grant_type", "refresh_token"), ("client_id", "x"), ("refresh_token", "y")]);
    assert_eq!((other.status, other.error()), (401, "invalid_client".to_owned()));
    assert_eq!(send(&emulator, "GET", "/oauth/v2/token", &[], "").error(), "invalid_request");
}

#[test]
fn an_id_token_can_be_scripted_wrong() {
    let emulator =
        start_with(&[r#"token.code:claim.nonce="other",unclaim.azp,jose.kid="unknown",unset.refresh_token"#]);
    let answer = tokens(&emulator);
    assert_eq!(
        (&claims(&answer["id_token"])["nonce"], claims(&answer["id_token"]).get("azp")),
        (&json!("other"), None)
    );
    assert!(answer.get("refresh_token").is_none());
    let header = answer["id_token"].as_str().unwrap().split('.').next().unwrap();
    assert!(String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap().contains(r#""kid":"unknown""#));
}

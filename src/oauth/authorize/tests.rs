//! Tests of `authorize`.

use std::collections::{HashMap, HashSet};

use super::AuthorizationRequest;
use crate::oauth::discovery::tests::provider;

fn request(endpoint: &str) -> AuthorizationRequest {
    let provider = provider(&format!(r#""authorization_endpoint":"{endpoint}""#)).expect("metadata");
    let scopes = ["openid", "offline_access"];
    let extra = [("prompt", "select_account"), ("login_hint", "a b&c")];
    AuthorizationRequest::new(&provider, "client & id", "http://127.0.0.1:1/cb", &scopes, &extra).expect("a request")
}

#[test]
fn the_url_asks_for_a_code_with_s256_and_holds_only_the_challenge() {
    // PKC-02, PKC-03, PKC-13
    let request = request("https://id.example/authorize");
    let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["client_id"], "client & id");
    assert_eq!(query["redirect_uri"], "http://127.0.0.1:1/cb");
    assert_eq!(query["scope"], "openid offline_access");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["state"], *request.expected.state.expose());
    assert_eq!(query["nonce"], *request.nonce.expose());
    assert_eq!(query["prompt"], "select_account");
    assert_eq!(query["login_hint"], "a b&c");
    assert!(!request.url.as_str().contains(request.verifier.expose()));
    assert!(!format!("{:?}", request.verifier).contains(request.verifier.expose()));
}

#[test]
fn parameters_are_appended_to_an_endpoint_that_has_some() {
    // DSC-05
    let url = request("https://id.example/authorize?x=1").url;
    assert!(url.as_str().starts_with("https://id.example/authorize?x=1&response_type=code&"), "{url}");
}

#[test]
fn every_request_has_its_own_state_nonce_and_verifier() {
    // CBK-03
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let AuthorizationRequest { expected, nonce, verifier, .. } = request("https://id.example/authorize");
        let state = expected.state;
        for secret in [state, nonce, verifier] {
            assert!(secret.expose().len() >= 43, "256 bits in base64url");
            assert!(seen.insert(secret.expose().clone()), "repeated");
        }
    }
}

//! What each module does to the client.

use std::path::PathBuf;

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::login::Ambush;
use crate::support::hostile::keys::{self, Draft, with_part};
use crate::support::hostile::{CLIENT_ID, Callback};
use crate::support::{Answer, Output, browser};

/// A module of the suite.
pub struct Case {
    pub module: &'static str,
    pub run: fn(&Ambush) -> Run,
}

/// How a login or a refresh ended, and which files there were before it.
pub struct Run {
    pub before: Vec<(PathBuf, Vec<u8>)>,
    pub output: Output,
}

/// A login with an ID token that was changed.
fn token(ambush: &Ambush, change: fn(&mut Draft)) -> Run {
    ambush.provider.id_token(change);
    login(ambush)
}

/// The same with one claim set or, with `Null`, left out.
fn claim(ambush: &Ambush, name: &'static str, value: Value) -> Run {
    ambush.provider.id_token(move |draft| set(&mut draft.claims, name, &value));
    login(ambush)
}

fn set(claims: &mut Value, name: &str, value: &Value) {
    let claims = claims.as_object_mut().expect("claims");
    claims.remove(name);
    if !value.is_null() {
        claims.insert(name.to_owned(), value.clone());
    }
}

fn login(ambush: &Ambush) -> Run {
    Run { before: ambush.world.files(), output: ambush.login() }
}

/// A login at a server that describes itself like this.
fn metadata(ambush: &Ambush, field: &str, value: Value) -> Run {
    ambush.provider.metadata(|metadata| metadata[field] = value);
    login(ambush)
}

/// A login whose browser comes back with a callback that was changed.
fn callback(ambush: &Ambush, change: fn(Callback) -> Callback) -> Run {
    let before = ambush.world.files();
    let running = ambush.start(&["login", "--timeout", "1s"]);
    browser::open(&change(ambush.provider.approve(&running.login_url().expect("a URL"))).url());
    let run = Run { before, output: ambush.finish(running) };
    assert_eq!(ambush.provider.count("/token"), 0, "the code was used");
    run
}

/// A login without an address in the ID token, so that userinfo is asked, which says this.
fn userinfo(ambush: &Ambush, answer: Answer) -> Run {
    ambush.provider.always("/userinfo", answer);
    let run = claim(ambush, "email", Value::Null);
    let asked = ambush.provider.requests("/userinfo");
    assert_eq!(asked.len(), 1);
    let head = asked[0].head.to_ascii_lowercase();
    assert!(head.starts_with("get ") && head.contains("authorization: bearer access-") && asked[0].body.is_empty());
    run
}

fn person() -> Answer {
    Answer::json(200, &json!({"sub": "person-1", "email": "mallory@example.com", "name": "Mallory"}))
}

/// A refresh, right after a login, with one claim of its ID token changed.
fn refresh(ambush: &Ambush, name: &'static str, value: Value) -> Run {
    ambush.provider.token_answer(|answer| answer["expires_in"] = json!(0));
    let _ = ambush.login().success();
    let before = ambush.world.files();
    ambush.provider.id_token(move |draft| set(&mut draft.claims, name, &value));
    Run { before, output: ambush.world.run(["auth", "get-token"]) }
}

fn other_key(draft: &mut Draft) {
    draft.key = keys::rsa_signer(&keys::OTHER_RSA);
}

fn unsigned(draft: &mut Draft) {
    draft.header = json!({"alg": "none"});
    draft.twist = Some(|token| with_part(&token, 2, ""));
}

fn public_key_as_secret(draft: &mut Draft) {
    let public = keys::rsa_jwk(&keys::RSA, "rsa").to_string();
    (draft.algorithm, draft.key) = (Algorithm::HS256, EncodingKey::from_secret(public.as_bytes()));
    draft.header["alg"] = json!("HS256");
}

fn broken_es256(draft: &mut Draft) {
    draft.sign_with(Algorithm::ES256);
    draft.twist = Some(|token| {
        let signature = token.rsplit('.').next().expect("a signature").to_owned();
        with_part(&token, 2, &signature.chars().rev().collect::<String>())
    });
}

fn expired() -> Value {
    json!(jiff::Timestamp::now().as_second() - 3600)
}

fn rotated_before_signing(ambush: &Ambush) -> Run {
    ambush.provider.on("/keys", |_, number| {
        (number == 0).then(|| Answer::json(200, &json!({"keys": [keys::rsa_jwk(&keys::OTHER_RSA, "old")]})))
    });
    let run = login(ambush);
    assert_eq!(ambush.provider.count("/keys"), 2);
    run
}

fn rotated_between_logins(ambush: &Ambush) -> Run {
    let _ = ambush.login().success();
    ambush.provider.jwks(json!({"keys": [keys::rsa_jwk(&keys::OTHER_RSA, "new")]}));
    token(ambush, |draft| {
        draft.key = keys::rsa_signer(&keys::OTHER_RSA);
        draft.header["kid"] = json!("new");
    })
}

fn elsewhere(ambush: &Ambush, field: &str, path: &str) -> Run {
    let run = metadata(ambush, field, json!(format!("{}{path}", ambush.provider.url())));
    assert!(ambush.provider.count(path) > 0, "{path} was not asked");
    run
}

/// Claims that lie at an address, which nobody asks.
fn distributed(ambush: &Ambush) -> Run {
    let endpoint = format!("{}/claims", ambush.provider.url());
    let sources = json!({"src": {"endpoint": endpoint, "access_token": "for-the-source"}});
    ambush.provider.id_token(move |draft| {
        draft.claims["_claim_names"] = json!({"credit_score": "src"});
        draft.claims["_claim_sources"] = sources.clone();
    });
    let run = login(ambush);
    assert_eq!(ambush.provider.count("/claims"), 0);
    run
}

fn aggregated(draft: &mut Draft) {
    draft.claims["_claim_names"] = json!({"email": "src"});
    draft.claims["_claim_sources"] = json!({"src": {"JWT": "e30.e30.e30"}});
}

fn aliases(ambush: &Ambush) -> Run {
    let endpoint = format!("{}/with-certificates", ambush.provider.url());
    let run =
        metadata(ambush, "mtls_endpoint_aliases", json!({"token_endpoint": endpoint, "userinfo_endpoint": endpoint}));
    assert_eq!(ambush.provider.count("/with-certificates"), 0);
    run
}

fn unreadable_keys(ambush: &Ambush) -> Run {
    let mut found = vec![json!({"kty": "RSA", "kid": "rsa", "n": "%", "e": 7}), json!({"kty": "new"}), json!(7)];
    found.extend(keys::all_jwks());
    ambush.provider.jwks(json!({ "keys": found }));
    login(ambush)
}

fn token_type(ambush: &Ambush) -> Run {
    ambush.provider.token_answer(|answer| answer["token_type"] = json!("bEaReR"));
    login(ambush)
}

fn without_life(ambush: &Ambush) -> Run {
    ambush.provider.token_answer(|answer| drop(answer.as_object_mut().expect("an object").remove("expires_in")));
    login(ambush)
}

fn announced_issuer_is_missing(ambush: &Ambush) -> Run {
    let announce = |metadata: &mut Value| metadata["authorization_response_iss_parameter_supported"] = json!(true);
    ambush.provider.metadata(announce);
    callback(ambush, |callback| callback)
}

fn alternate_algorithm(ambush: &Ambush) -> Run {
    ambush.provider.id_token(|draft| draft.sign_with(Algorithm::PS256));
    metadata(ambush, "id_token_signing_alg_values_supported", json!(["RS256"]))
}

fn nonce_comes_back(ambush: &Ambush) -> Run {
    let before = ambush.world.files();
    let running = ambush.start(&["login"]);
    let url = running.login_url().expect("a URL");
    assert!(url.query_pairs().any(|(name, value)| name == "nonce" && value.len() >= 22), "no nonce in {url}");
    browser::open(&ambush.provider.approve(&url).url());
    Run { before, output: ambush.finish(running) }
}

fn one_key_without_name(ambush: &Ambush) -> Run {
    ambush.provider.jwks(json!({"keys": [keys::rsa_jwk(&keys::RSA, "rsa")]}));
    token(ambush, |draft| draft.header = json!({"alg": "RS256"}))
}

fn several_keys_without_name(ambush: &Ambush) -> Run {
    let found = [keys::rsa_jwk(&keys::OTHER_RSA, "other"), keys::rsa_jwk(&keys::RSA, "rsa")];
    ambush.provider.jwks(json!({ "keys": found }));
    token(ambush, |draft| draft.header = json!({"alg": "RS256"}))
}

/// The scopes are asked for, and what they bring is shown.
fn scopes(ambush: &Ambush) -> Run {
    let run = userinfo(ambush, Answer::json(200, &json!({"sub": "person-1", "email": "asked@example.com"})));
    assert!(run.output.stderr.contains("scope=openid+profile+email+offline_access"), "{}", run.output);
    assert!(run.output.stderr.contains("Signed in as Mallory (asked@example.com)"), "{}", run.output);
    run
}

const fn case(module: &'static str, run: fn(&Ambush) -> Run) -> Case {
    Case { module, run }
}

pub const CASES: &[Case] = &[
    case("oidcc-client-test", login),
    case("oidcc-client-test-invalid-iss", |ambush| claim(ambush, "iss", json!("https://evil.example"))),
    case("oidcc-client-test-missing-sub", |ambush| claim(ambush, "sub", Value::Null)),
    case("oidcc-client-test-invalid-aud", |ambush| claim(ambush, "aud", json!("other"))),
    case("oidcc-client-test-missing-iat", |ambush| claim(ambush, "iat", Value::Null)),
    case("oidcc-client-test-kid-absent-single-jwks", one_key_without_name),
    case("oidcc-client-test-kid-absent-multiple-jwks", several_keys_without_name),
    case("oidcc-client-test-idtoken-sig-rs256", |ambush| token(ambush, |draft| draft.sign_with(Algorithm::RS256))),
    case("oidcc-client-test-idtoken-sig-none", |ambush| token(ambush, unsigned)),
    case("oidcc-client-test-invalid-sig-rs256", |ambush| token(ambush, other_key)),
    case("oidcc-client-test-userinfo-invalid-sub", |ambush| {
        userinfo(ambush, Answer::json(200, &json!({"sub": "person-2", "email": "a@example.com"})))
    }),
    case("oidcc-client-test-nonce-invalid", |ambush| claim(ambush, "nonce", json!("of-another-login-altogether"))),
    case("oidcc-client-test-scope-userinfo-claims", scopes),
    case("oidcc-client-test-discovery-openid-config", |ambush| {
        elsewhere(ambush, "token_endpoint", "/of/this/run/token")
    }),
    case("oidcc-client-test-discovery-jwks-uri-keys", |ambush| elsewhere(ambush, "jwks_uri", "/of/this/run/keys")),
    case("oidcc-client-test-discovery-issuer-mismatch", |ambush| {
        metadata(ambush, "issuer", json!("https://evil.example"))
    }),
    case("oidcc-client-test-signing-key-rotation-just-before-signing", rotated_before_signing),
    case("oidcc-client-test-signing-key-rotation", rotated_between_logins),
    case("oidcc-client-test-userinfo-signed", |ambush| {
        userinfo(ambush, Answer::text(200, "Content-Type: application/jwt\r\n", "e30.e30.e30"))
    }),
    case("oidcc-client-test-refresh-token", |ambush| refresh(ambush, "amr", json!(["pwd"]))),
    case("oidcc-client-test-refresh-token-invalid-issuer", |ambush| {
        refresh(ambush, "iss", json!("https://evil.example"))
    }),
    case("oidcc-client-test-refresh-token-invalid-sub", |ambush| refresh(ambush, "sub", json!("person-2"))),
    case("oidcc-client-test-refresh-token-invalid-aud", |ambush| refresh(ambush, "aud", json!("other"))),
    case("oidcc-client-test-refresh-token-invalid-azp", |ambush| refresh(ambush, "azp", json!("other"))),
    case("oidcc-client-test-missing-aud", |ambush| claim(ambush, "aud", Value::Null)),
    case("oidcc-client-test-nonce-unless-code-flow", nonce_comes_back),
    case("oidcc-client-test-invalid-athash", |ambush| claim(ambush, "at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))),
    case("oidcc-client-test-invalid-sig-es256", |ambush| token(ambush, broken_es256)),
    case("oidcc-client-test-invalid-sig-hs256", |ambush| token(ambush, public_key_as_secret)),
    case("oidcc-client-test-userinfo-bearer-header", |ambush| userinfo(ambush, person())),
    case("oidcc-client-test-aggregated-claims", |ambush| token(ambush, aggregated)),
    case("oidcc-client-test-distributed-claims", distributed),
    case("oidcc-client-test-mtls-endpoint-aliases", aliases),
    case("oidcc-client-test-ignores-unparseable-key-in-jwks", unreadable_keys),
    case("fapi2-security-profile-final-client-test-happy-path", login),
    case("fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce", login),
    case("fapi2-security-profile-final-client-test-discovery-issuer-mismatch", |ambush| {
        metadata(ambush, "issuer", json!("https://evil.example"))
    }),
    case("fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails", |ambush| {
        callback(ambush, |callback| callback.with("state", Some("another")))
    }),
    case(
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
        |ambush| callback(ambush, |callback| callback.with("state", None)),
    ),
    case("fapi2-security-profile-final-client-test-invalid-authorization-response-iss", |ambush| {
        callback(ambush, |callback| callback.with("iss", Some("https://evil.example")))
    }),
    case("fapi2-security-profile-final-client-test-remove-authorization-response-iss", announced_issuer_is_missing),
    case("fapi2-security-profile-final-client-test-invalid-iss", |ambush| {
        claim(ambush, "iss", json!(format!("{}1", ambush.provider.url())))
    }),
    case("fapi2-security-profile-final-client-test-invalid-missing-iss", |ambush| claim(ambush, "iss", Value::Null)),
    case("fapi2-security-profile-final-client-test-invalid-aud", |ambush| claim(ambush, "aud", json!(["other"]))),
    case("fapi2-security-profile-final-client-test-invalid-missing-aud", |ambush| claim(ambush, "aud", Value::Null)),
    case("fapi2-security-profile-final-client-test-invalid-secondary-aud", |ambush| {
        claim(ambush, "aud", json!([CLIENT_ID, "other"]))
    }),
    case("fapi2-security-profile-final-client-test-valid-aud-as-array", |ambush| {
        claim(ambush, "aud", json!([CLIENT_ID]))
    }),
    case("fapi2-security-profile-final-client-test-invalid-expired-exp", |ambush| claim(ambush, "exp", expired())),
    case("fapi2-security-profile-final-client-test-invalid-missing-exp", |ambush| claim(ambush, "exp", Value::Null)),
    case("fapi2-security-profile-final-client-test-invalid-nonce", |ambush| claim(ambush, "nonce", json!("another"))),
    case("fapi2-security-profile-final-client-test-invalid-missing-nonce", |ambush| {
        claim(ambush, "nonce", Value::Null)
    }),
    case("fapi2-security-profile-final-client-test-invalid-null-alg", |ambush| token(ambush, unsigned)),
    case("fapi2-security-profile-final-client-test-invalid-alternate-alg", alternate_algorithm),
    case("fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in", without_life),
    case("fapi2-security-profile-final-client-test-token-type-case-insensitivity", token_type),
];

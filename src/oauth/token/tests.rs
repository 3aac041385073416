use std::time::Duration;

use serde_json::json as value;

use super::{Error, Lifetime, TokenAnswer, exchange_code, jwt_bearer, read, refresh, revoke};
use crate::http::Client;
use crate::oauth::authorize::AuthorizationRequest;
use crate::oauth::discovery::tests::{provider_on, reply};
use crate::oauth::error::{AnswerError, Class, ErrorCode};
use crate::oauth::scripted_server::{Server, json, with_headers};
use crate::secret::Secret;

const GOOD: &str = r#"{"access_token":"at","token_type":"Bearer","expires_in":3600,"refresh_token":"rt","id_token":"a.b.c","scope":"openid"}"#;

fn client() -> Client {
    Client::new().expect("a client")
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn answer(text: &str) -> Result<TokenAnswer, Error> {
    read(reply(text))
}

async fn refreshed(bytes: Vec<u8>) -> (Result<TokenAnswer, Error>, Server) {
    let server = Server::always(bytes).await;
    (refresh(&client(), &server.url("/token"), "me", &secret("old")).await, server)
}

#[test]
fn lifetimes_are_read_leniently_and_never_overflow() {
    // RFR-30, PKC-08
    let known = |seconds| Lifetime::Known(Duration::from_secs(seconds));
    for (json, expected) in [
        (value!(3600), known(3600)),
        (value!(3600.5), known(3600)),
        (value!("3600"), known(3600)),
        (value!(" 60 "), known(60)),
        (value!(0), Lifetime::UseOnce),
        (value!(0.5), Lifetime::UseOnce),
        (value!(1), known(1)),
        // Ten years, and no more.
        (value!(315_360_000), known(315_360_000)),
        (value!(315_360_001), Lifetime::Unknown),
        (value!(-5), Lifetime::UseOnce),
        (value!("-5"), Lifetime::UseOnce),
        (value!(1e18), Lifetime::Unknown),
        (value!(1_000_000_000_000_000_000_u64), Lifetime::Unknown),
        (value!(u64::MAX), Lifetime::Unknown),
        (value!("abc"), Lifetime::Unknown),
        (value!(""), Lifetime::Unknown),
        (value!("inf"), Lifetime::Unknown),
        (value!("NaN"), Lifetime::Unknown),
        (value!(null), Lifetime::Unknown),
        (value!(true), Lifetime::Unknown),
        (value!([3600]), Lifetime::Unknown),
        (value!({}), Lifetime::Unknown),
    ] {
        assert_eq!(Lifetime::read(Some(&json)), expected, "{json}");
    }
    assert_eq!(Lifetime::read(None), Lifetime::Unknown);
}

#[test]
fn only_bearer_tokens_are_accepted_in_any_case() {
    // PKC-07
    for name in ["bearer", "BEARER", "bEaReR"] {
        let answer = answer(&format!(r#"{{"access_token":"a","token_type":"{name}"}}"#)).expect(name);
        assert_eq!(answer.token_type, name);
    }
    for member in ["", r#","token_type":"mac""#, r#","token_type":"DPoP""#, r#","token_type":7"#, r#","token_type":"""#]
    {
        let error = answer(&format!(r#"{{"access_token":"a"{member}}}"#)).expect_err(member);
        assert_eq!(error.class(), Class::Security, "{member}");
    }
}

#[test]
fn tokens_that_could_break_a_header_or_are_huge_are_refused() {
    // PKC-09
    let huge = format!(r#""{}""#, "a".repeat(1_000_000));
    let largest = "a".repeat(super::MAX_TOKEN);
    assert!(answer(&format!(r#"{{"token_type":"Bearer","access_token":"{largest}"}}"#)).is_ok());
    let tokens = [
        r#""""#,
        "null",
        "7",
        "[]",
        r#""a b""#,
        r#""a\rb""#,
        r#""a\nb""#,
        r#""a\u0000b""#,
        r#""a\u001bb""#,
        "\"\u{e9}\"",
        &huge,
    ];
    for token in tokens {
        for field in ["access_token", "refresh_token"] {
            let other = if field == "access_token" { "" } else { r#""access_token":"a","# };
            let outcome = answer(&format!(r#"{{{other}"token_type":"Bearer","{field}":{token}}}"#));
            let absent_is_fine = field == "refresh_token" && matches!(token, r#""""# | "null");
            match outcome {
                Ok(answer) => assert!(absent_is_fine && answer.refresh_token.is_none(), "{field} {token:.20}"),
                Err(error) => {
                    assert_eq!((error.class(), absent_is_fine), (Class::Security, false), "{field} {token:.20}")
                }
            }
        }
    }
    assert!(answer(r#"{"token_type":"Bearer"}"#).is_err(), "missing");
    let long = "a".repeat(64 * 1024);
    assert!(answer(&format!(r#"{{"access_token":"{long}","token_type":"Bearer"}}"#)).is_ok());
}

#[test]
fn an_empty_refresh_token_is_none_and_the_scope_may_be_a_list() {
    // RFR-05, RFR-06, PKC-12
    let with =
        |members: &str| answer(&format!(r#"{{"access_token":"a","token_type":"Bearer"{members}}}"#)).expect(members);
    assert!(with("").refresh_token.is_none());
    assert!(with(r#","refresh_token":"""#).refresh_token.is_none());
    assert!(with(r#","id_token":"""#).id_token.is_none());
    assert_eq!(with("").scope, None);
    assert_eq!(with(r#","scope":"openid email""#).scope.as_deref(), Some("openid email"));
    assert_eq!(with(r#","scope":["openid","email"]"#).scope.as_deref(), Some("openid email"));
    assert_eq!(with(r#","scope":7"#).scope, None);
}

#[tokio::test]
async fn the_exchange_repeats_the_redirect_uri_and_proves_the_verifier() {
    // PKC-13, PKC-14
    let server = Server::always(json(200, GOOD)).await;
    let provider = provider_on(&server);
    let authorization = AuthorizationRequest::new(&provider, "c&=+ d", "http://127.0.0.1:5/a%20b", &["openid"], &[])
        .expect("a request");
    let answer = exchange_code(&client(), &provider.token_endpoint, "c&=+ d", &authorization, &secret("co/de+1")).await;
    assert_eq!(answer.expect("tokens").refresh_token, Some(secret("rt")));
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("POST /token HTTP/1.1\r\n"));
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "co/de+1"),
        ("redirect_uri", "http://127.0.0.1:5/a%20b"),
        ("client_id", "c&=+ d"),
        ("code_verifier", authorization.verifier.expose()),
    ];
    assert!(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected), "{pairs:?}");
    let query = authorization.url.query().expect("a query");
    assert!(query.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A5%2Fa%2520b"));
}

#[tokio::test]
async fn no_credential_follows_a_redirect() {
    // PKC-05, DEV-20, JWB-25
    let trap = Server::always(json(200, GOOD)).await;
    for status in [301, 302, 303, 307, 308] {
        let server = Server::always(with_headers(status, &format!("Location: {}\r\n", trap.url("/token")), "")).await;
        let (client, url) = (client(), server.url("/token"));
        let errors = [
            refresh(&client, &url, "me", &secret("r")).await.map(drop).expect_err("refused"),
            jwt_bearer(&client, &url, &secret("a.b.c"), "openid").await.map(drop).expect_err("refused"),
            revoke(&client, &url, "me", &secret("r"), "refresh_token", Duration::from_secs(5))
                .await
                .expect_err("refused"),
        ];
        for error in errors {
            assert!(matches!(error, Error::Answer(AnswerError::Redirected { status: found, .. }) if found == status));
            assert_eq!(error.class(), Class::Security);
        }
    }
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_the_servers_words_cut() {
    // RFR-23, PKC-11, CBK-07
    let words = "x".repeat(1000);
    let (outcome, _) =
        refreshed(json(400, &format!(r#"{{"error":"invalid_grant","error_description":"{words}"}}"#))).await;
    let Err(Error::Refused(refusal)) = outcome else { panic!("not a refusal") };
    assert_eq!((refusal.code, refusal.status), (ErrorCode::InvalidGrant, 400));
    assert_eq!(refusal.description.expect("a description").to_string().len(), 300);
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_transient_and_was_sent() {
    // RFR-18, PKC-06
    let whole = json(200, GOOD);
    for length in (0..whole.len()).step_by(7) {
        let (outcome, server) = refreshed(whole[..length].to_vec()).await;
        let error = outcome.expect_err("cut");
        assert!(error.is_transient() && !error.was_not_sent(), "{length}: {error:?}");
        assert_eq!(error.class(), Class::Unavailable);
        assert_eq!(server.requests().len(), 1, "nothing is repeated here");
    }
    let (outcome, _) = refreshed(whole).await;
    assert_eq!(outcome.expect("tokens").access_token, secret("at"));
}

#[tokio::test]
async fn odd_but_harmless_http_is_understood() {
    // PKC-15
    let cookies = "Set-Cookie: a=b\r\nX-Long: ".to_owned() + &"y".repeat(8000) + "\r\n";
    let old = format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}").into_bytes();
    let early = [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), json(200, GOOD)].concat();
    for bytes in
        [with_headers(200, &cookies, GOOD), with_headers(200, "Content-Type: text/plain\r\n", GOOD), old, early]
    {
        refreshed(bytes).await.0.expect("tokens");
    }
    let (outcome, _) = refreshed(json(200, &format!("{GOOD} garbage"))).await;
    assert_eq!(outcome.expect_err("garbage").class(), Class::Security);
}

#[tokio::test]
async fn overload_says_how_long_to_wait() {
    // RFR-24
    for (status, header, expected) in [
        (503, "Retry-After: 2\r\n", Some(2)),
        (429, "Retry-After: 3600\r\n", Some(3600)),
        (502, "Retry-After: garbage\r\n", None),
        (504, "", None),
    ] {
        let error = refreshed(with_headers(status, header, "")).await.0.expect_err("overload");
        assert_eq!(error.retry_after(), expected.map(Duration::from_secs));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn revocation_is_done_on_any_200_and_otherwise_says_why_not() {
    // LGO-02, LGO-03
    let revoked = async |bytes: Vec<u8>| {
        let server = Server::always(bytes).await;
        let limit = Duration::from_secs(5);
        let outcome =
            revoke(&client(), &server.url("/revoke"), "me", &secret("the-token"), "refresh_token", limit).await;
        (outcome, server.requests().remove(0))
    };
    for bytes in [json(200, ""), json(200, "{}"), json(200, "OK")] {
        let (outcome, request) = revoked(bytes).await;
        outcome.expect("revoked");
        assert!(request.ends_with("token=the-token&token_type_hint=refresh_token&client_id=me"));
    }
    let (outcome, _) = revoked(json(400, r#"{"error":"unsupported_token_type"}"#)).await;
    assert_eq!(outcome.expect_err("unsupported").to_string().split(": ").last(), Some("unsupported_token_type"));
    for (bytes, class) in [
        (json(404, ""), Class::Unavailable),
        (with_headers(503, "Retry-After: 1\r\n", ""), Class::Unavailable),
        (json(200, "<html>hotel</html>"), Class::Unavailable),
        (Vec::new(), Class::Unavailable),
    ] {
        assert_eq!(revoked(bytes).await.0.expect_err("not revoked").class(), class);
    }
}

use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::{Error, MetadataError, Provider, discover, need, read};
use crate::http::{Client, Error as HttpError, Host};
use crate::oauth::answer::Reply;
use crate::oauth::error::{AnswerError, Class};
use crate::oauth::json::Object;
use crate::oauth::scripted_server::{Server, json, with_headers};
use crate::sys::clock;

/// A reply whose body is `text`.
pub(in crate::oauth) fn reply(text: &str) -> Reply {
    let object = Object::parse(text.as_bytes()).expect(text);
    Reply { host: "id.example".to_owned(), object, received_at: clock::now(), server_date: None }
}

/// The provider `https://id.example` with a token endpoint and `members`.
pub(in crate::oauth) fn provider(members: &str) -> Result<Provider, Error> {
    let issuer = r#""issuer":"https://id.example","token_endpoint":"https://id.example/token""#;
    read(&reply(&format!("{{{issuer},{members}}}")), &"id.example".parse().expect("a host"))
}

/// The provider that `server` is, with every endpoint on it.
pub(in crate::oauth) fn provider_on(server: &Server) -> Provider {
    let origin = server.host.origin();
    let text = format!(
        r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/authorize",
            "jwks_uri":"{origin}/odd/keys","device_authorization_endpoint":"{origin}/odd/device",
            "userinfo_endpoint":"{origin}/userinfo","revocation_endpoint":"{origin}/revoke",
            "id_token_signing_alg_values_supported":["RS256","PS256","ES256","ES384","EdDSA"]}}"#
    );
    read(&reply(&text), &server.host).expect("metadata")
}

fn document(origin: &str, members: &str) -> String {
    format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/t"{members}}}"#)
}

async fn discovered(answer: Vec<u8>) -> (Result<Provider, Error>, Server) {
    let server = Server::always(answer).await;
    let outcome = discover(&Client::new().expect("a client"), &server.host).await;
    (outcome, server)
}

#[test]
fn the_issuer_is_compared_as_a_simple_string() {
    // DSC-01
    for found in
        ["https://id.example/", "https://ID.example", "http://id.example", "https://id.example:443", "https://other"]
    {
        let text = document(found, "");
        let error = read(&reply(&text), &"id.example".parse().expect("a host")).expect_err(found);
        assert!(matches!(error, Error::Metadata(MetadataError::OtherIssuer { .. })), "{found}: {error:?}");
        assert_eq!(error.class(), Class::Security);
    }
    for text in [r#"{"token_endpoint":"https://id.example/t"}"#, r#"{"issuer":7}"#, r#"{"issuer":null}"#] {
        let error = read(&reply(text), &"id.example".parse().expect("a host")).expect_err(text);
        assert_eq!(error.class(), Class::Security, "{text}");
    }
}

#[test]
fn endpoints_may_live_on_other_https_hosts() {
    // DSC-02
    let provider =
        provider(r#""jwks_uri":"https://keys.example/odd","authorization_endpoint":"https://a.example/x?y=1""#);
    let provider = provider.expect("metadata");
    assert_eq!(provider.jwks_uri.expect("present").as_str(), "https://keys.example/odd");
}

#[test]
fn endpoints_that_are_not_https_or_hide_something_are_refused_by_name() {
    // DSC-03, DSC-05, DSC-11
    let fields = [
        "authorization_endpoint",
        "jwks_uri",
        "device_authorization_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
    ];
    let long = format!("https://id.example/{}", "a".repeat(3000));
    for field in fields {
        for url in [
            "http://id.example/x",
            "http://127.0.0.1/x",
            "javascript:alert(1)",
            "https://id.example/x#f",
            "https://user@id.example/x",
            "https://user:pw@id.example/x",
            "/x",
            "https://id.example/\\nx",
            "https://id.example/ x",
            "https://",
            &long,
        ] {
            let error = provider(&format!(r#""{field}":"{url}""#)).expect_err(url);
            assert_eq!(error.class(), Class::Security, "{field} {url}");
            assert!(error.to_string().contains(field), "{error}");
            let hides_something = url.contains(['#', '@']);
            assert_eq!(error.to_string().contains("has a user name or a fragment"), hides_something, "{url}: {error}");
        }
        let longest = format!("https://id.example/{}", "a".repeat(super::MAX_ENDPOINT - 19));
        assert!(provider(&format!(r#""{field}":"{longest}""#)).is_ok());
        assert_eq!(provider(&format!(r#""{field}":7"#)).expect_err(field).class(), Class::Security);
    }
}

#[test]
fn a_missing_endpoint_is_an_error_only_where_it_is_needed() {
    // DSC-11, DEV-17
    let provider = provider(r#""x":1"#).expect("metadata");
    for endpoint in [
        &provider.authorization_endpoint,
        &provider.jwks_uri,
        &provider.device_authorization_endpoint,
        &provider.revocation_endpoint,
        &provider.userinfo_endpoint,
    ] {
        let missing = need(endpoint.as_ref(), "it").expect_err("missing");
        assert_eq!(missing.class(), Class::Unsupported);
    }
    let issuer: Host = "id.example".parse().expect("a host");
    let error = read(&reply(r#"{"issuer":"https://id.example"}"#), &issuer).expect_err("no token endpoint");
    assert_eq!(error.to_string(), "the server has no token_endpoint");
}

#[test]
fn a_server_without_s256_is_refused_and_one_that_names_no_method_is_not() {
    // DSC-06
    for list in [r#"["plain"]"#, "[]", "[7]"] {
        let error = provider(&format!(r#""code_challenge_methods_supported":{list}"#)).expect_err(list);
        assert!(matches!(error, Error::Metadata(MetadataError::NoS256)));
    }
    assert!(provider(r#""code_challenge_methods_supported":["plain","S256"]"#).is_ok());
    assert!(provider(r#""x":1"#).is_ok());
}

#[test]
fn odd_and_unknown_members_are_ignored() {
    // DSC-12
    let members = r#""mtls_endpoint_aliases":{"token_endpoint":"http://evil"},"signed_metadata":7,"scopes_supported":"x",
        "id_token_signing_alg_values_supported":["RS256","HS256","none",7,"ES256"],
        "authorization_response_iss_parameter_supported":"yes","code_challenge_methods_supported":"odd""#;
    let provider = provider(members).expect("metadata");
    assert_eq!(provider.id_token_algorithms, [Algorithm::RS256, Algorithm::ES256]);
    assert!(!provider.iss_parameter_supported);
}

#[tokio::test]
async fn a_healthy_server_is_discovered_with_its_clock() {
    // DSC-02, DSC-23
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = Server::start(move |request, _| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
        with_headers(
            200,
            date,
            &document(&format!("http://{host}"), r#","authorization_response_iss_parameter_supported":true"#),
        )
    })
    .await;
    let provider = discover(&Client::new().expect("a client"), &server.host).await.expect("metadata");
    assert!(provider.iss_parameter_supported && provider.is_local);
    assert_eq!(provider.server_date.expect("a date").to_string(), "1994-11-06T08:49:37Z");
    assert!(server.requests()[0].starts_with("GET /.well-known/openid-configuration HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_failing_server_is_asked_three_times_and_no_more() {
    // DSC-08
    for status in [500, 503] {
        let (outcome, server) = discovered(json(status, "")).await;
        assert_eq!(outcome.expect_err("an error").class(), Class::Unavailable);
        assert_eq!(server.requests().len(), 3, "{status}");
    }
    let (outcome, server) = discovered(with_headers(503, "Retry-After: 3600\r\n", "")).await;
    assert_eq!(outcome.expect_err("an error").retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_recovers_is_discovered() {
    // DSC-08
    let server = Server::start(|request, number| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
        if number < 2 { json(500, "") } else { json(200, &document(&format!("http://{host}"), "")) }
    })
    .await;
    discover(&Client::new().expect("a client"), &server.host).await.expect("metadata");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn documents_that_are_none_are_told_apart() {
    // DSC-08
    for (answer, class) in [
        (json(404, "not here"), Class::Unavailable),
        (json(200, "<html>welcome to the hotel</html>"), Class::Unavailable),
        (json(200, ""), Class::Unavailable),
        (json(200, r#"{"issuer":"#), Class::Unavailable),
        (json(200, "\u{feff}{}"), Class::Security),
        (json(200, "\0{\0}"), Class::Security),
        (json(200, "[]"), Class::Security),
        (json(200, r#"{"issuer":"a","issuer":"a"}"#), Class::Security),
        (with_headers(302, "Location: https://evil.example/\r\n", ""), Class::Security),
        (Vec::new(), Class::Unavailable),
    ] {
        let error = discovered(answer.clone()).await.0.expect_err("an error");
        assert_eq!(error.class(), class, "{error:?} for {}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn an_endless_document_is_cut_at_a_mebibyte() {
    // DSC-09
    let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"x\":\"".to_vec();
    answer.extend(vec![b'a'; 2 * 1024 * 1024]);
    let error = discovered(answer).await.0.expect_err("an error");
    assert!(matches!(error, Error::Http(HttpError::TooLarge { .. })), "{error:?}");
    assert_eq!(error.class(), Class::Unavailable);
}

#[tokio::test]
async fn nobody_listening_is_unavailable_and_was_not_sent() {
    // DSC-19
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host: Host = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a host");
    drop(listener);
    let error = discover(&Client::new().expect("a client"), &host).await.expect_err("refused");
    assert!(error.was_not_sent() && error.is_transient());
    assert_eq!(error.class(), Class::Unavailable);
    assert!(!matches!(error, Error::Answer(AnswerError::Unavailable { .. })));
}

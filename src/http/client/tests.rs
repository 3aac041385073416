use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{Answer, Client, Duration, Error, HeaderMap, HeaderValue, Request, Timestamp};

fn answer(name: &'static str, value: &[u8]) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_bytes(value).expect("a header value"));
    Answer { status: 503, headers, body: Vec::new() }
}

#[test]
fn retry_after_is_read_bounded_and_otherwise_ignored() {
    // RFR-24
    let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("a time");
    let day = 24 * 60 * 60;
    for (value, expected) in [
        ("2", Some(2)),
        (" 2 ", Some(2)),
        ("0", Some(0)),
        ("3600", Some(3600)),
        ("99999999999999999999999", Some(day)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
        ("Fri, 06 Nov 2099 08:49:37 GMT", Some(day)),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("\u{e9}", None),
    ] {
        let found = answer("retry-after", value.as_bytes()).retry_after(now);
        assert_eq!(found, expected.map(Duration::from_secs), "{value:?}");
    }
}

#[test]
fn the_servers_clock_is_read_from_its_date() {
    // DSC-23
    let expected: Timestamp = "1994-11-06T08:49:37Z".parse().expect("a time");
    assert_eq!(answer("date", b"Sun, 06 Nov 1994 08:49:37 GMT").date(), Some(expected));
    assert_eq!(answer("date", b"yesterday").date(), None);
}

/// Sends one request to a server that does with the first connection what `serve` says.
async fn error_from(scheme: &str, serve: impl FnOnce(std::net::TcpStream) + Send + 'static) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || serve(listener.accept().expect("a connection").0));
    let client = Client::new().expect("a client");
    let url = format!("{scheme}://{address}/").parse().expect("a URL");
    let error = client.send(Request::get(url)).await.expect_err("no answer");
    server.join().expect("the server ends");
    error
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_not_trusted() {
    // DSC-19. The certificate and its key were made for this test.
    const CERTIFICATE: &str = "MIIBgjCCASmgAwIBAgIUenzTskkL/eURYKc7nqsa7/LQDqcwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIwNDE2MDlaGA8yMTI2MTAyOTA0MTYwOVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABESBZUavfYWi1SlWFUJIMWFGfJjeMIy0iaHxCUrCcdZ6EHlAAiJy/qWu2PClis48IenDsR74HBb9yy8AmcpS7SmjYTBfMB0GA1UdDgQWBBS4Tj+q3lUCadgtVM9efL44i7ZXJjAfBgNVHSMEGDAWgBS4Tj+q3lUCadgtVM9efL44i7ZXJjAPBgNVHREECDAGhwR/AAABMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDRwAwRAIgbmDxWhNIwO7VLCCMcTXCNkcwPOjfAZKsE6pEDIPc0dICIHZSF5pPNEI/++BmkeBKqnKNsPe5KGvMYH7cPhgs8GOA";
    const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgc5DXUtWA5TdjbItRDjPxWyTny3nMZfYKYY4M6+ISioShRANCAAREgWVGr32FotUpVhVCSDFhRnyY3jCMtImh8QlKwnHWehB5QAIicv6lrtjwpYrOPCHpw7Ee+BwW/csvAJnKUu0p";
    let error = error_from("https", |mut stream| {
        let certificate = CertificateDer::from(STANDARD.decode(CERTIFICATE).expect("base64"));
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).expect("base64")));
        let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate");
        let mut connection = rustls::ServerConnection::new(Arc::new(config)).expect("a connection");
        // The client hangs up as soon as it has seen the certificate.
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    })
    .await;
    assert!(matches!(error, Error::Untrusted { .. }), "{error:?}");
    assert!(error.to_string().ends_with("not signed by an authority that this machine trusts"), "{error}");
    assert!(error.was_not_sent() && !error.is_transient());
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_not_trusted() {
    // DSC-19
    let error = error_from("https", |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    })
    .await;
    assert!(error.to_string().ends_with("is not trusted: it does not speak TLS"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_may_have_been_heard() {
    // RFR-18, RFR-20
    let error = error_from("http", |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
    })
    .await;
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    assert!(error.is_transient() && !error.was_not_sent());
}

// API-13
#[tokio::test]
async fn a_server_that_says_nothing_after_its_headers_is_left_long_before_the_whole_time_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        let _ = wait.recv();
    });
    let client = Client::new().expect("a client");
    let idle = Duration::from_millis(50);
    let request = Request::get(format!("http://{address}/").parse().expect("a URL"));
    let request = Request { idle: Some(idle), timeout: Duration::from_secs(600), ..request };
    let error = client.send(request).await.expect_err("no answer");
    assert!(matches!(error, Error::Timeout { limit, .. } if limit == idle), "{error:?}");
    drop(done);
    server.join().expect("the server ends");
}

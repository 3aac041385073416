//! What the identity server says about itself is checked before anything is believed, shown or sent.

use serde_json::{Value, json};

use super::Ambush;
use crate::support::{Answer, HostileProvider, browser};

/// Refused before the person was bothered: no address shown, so no browser opened, and no token asked for.
#[track_caller]
fn refused_early(ambush: &Ambush, status: i32) -> String {
    let output = ambush.start(&["login"]).finish();
    assert!(!output.stderr.contains("code_challenge"), "{output}");
    assert_eq!(ambush.provider.count("/token"), 0);
    ambush.refuses(output, status)
}

#[test]
fn a_description_of_another_issuer_is_refused() {
    // DSC-01
    let ambush = Ambush::new();
    let (url, authority) = (ambush.provider.url(), ambush.provider.authority());
    for issuer in [
        "https://evil.example".to_owned(),
        format!("{url}/"),
        format!("https://{authority}"),
        url.to_uppercase(),
        url.replace("127.0.0.1", "localhost"),
        "https://evil.example/\u{1b}[2J".to_owned(),
    ] {
        ambush.provider.metadata(|metadata| metadata["issuer"] = json!(issuer));
        let line = refused_early(&ambush, 7);
        assert!(line.starts_with("asked <op>, but the answer describes the issuer "), "{issuer}: {line}");
    }
    for issuer in [json!(null), json!(7), json!("")] {
        ambush.provider.metadata(|metadata| metadata["issuer"] = issuer.clone());
        let _ = refused_early(&ambush, 7);
    }
}

#[test]
fn endpoints_are_where_the_description_says() {
    // DSC-02, DSC-12
    let ambush = Ambush::new();
    let keys = HostileProvider::start();
    let url = ambush.provider.url();
    ambush.provider.metadata(|metadata| {
        metadata["token_endpoint"] = json!(format!("{url}/odd/place?tenant=1"));
        metadata["jwks_uri"] = json!(format!("{}/keys", keys.url()));
        metadata["authorization_endpoint"] = json!(format!("{url}/elsewhere"));
        metadata["mtls_endpoint_aliases"] = json!({"token_endpoint": "http://evil.example"});
        metadata["signed_metadata"] = json!(7);
        metadata["scopes_supported"] = json!({"odd": true});
        metadata["grant_types_supported"] = json!("odd");
        metadata["userinfo_endpoint"] = json!(null);
    });
    let _ = ambush.login().success();
    assert_eq!((ambush.provider.count("/odd/place"), ambush.provider.count("/keys")), (1, 0));
    assert_eq!(ambush.provider.requests("/odd/place")[0].query, "tenant=1");
    assert_eq!(keys.count("/keys"), 1);
}

#[test]
fn an_authorization_endpoint_may_have_a_query_but_nothing_that_hides() {
    // DSC-05
    let ambush = Ambush::new();
    let url = ambush.provider.url();
    for (endpoint, problem) in [
        (format!("{url}/a#frag"), "has a user name or a fragment"),
        (url.replace("://", "://user:secret@"), "has a user name or a fragment"),
        ("javascript:alert(1)".to_owned(), "is not an https URL"),
        ("http://evil.example/a".to_owned(), "is not an https URL"),
        (format!("{url}/a\r\nX: y"), "is not a URL"),
    ] {
        ambush.provider.metadata(|metadata| metadata["authorization_endpoint"] = json!(endpoint));
        assert_eq!(refused_early(&ambush, 7), format!("the server's authorization_endpoint {problem}"));
    }
    ambush.provider.metadata(|metadata| metadata["authorization_endpoint"] = json!(format!("{url}/authorize?x=1")));
    let running = ambush.start(&["login"]);
    let login_url = running.login_url().expect("a URL");
    assert!(login_url.as_str().starts_with(&format!("{url}/authorize?x=1&response_type=code&")), "{login_url}");
    browser::open(&ambush.provider.approve(&login_url).url());
    let _ = ambush.finish(running).success();
}

#[test]
fn a_server_without_safe_pkce_is_refused() {
    // DSC-06
    let ambush = Ambush::new();
    for methods in [json!(["plain"]), json!([])] {
        ambush.provider.metadata(|metadata| metadata["code_challenge_methods_supported"] = methods.clone());
        insta::allow_duplicates!(
            insta::assert_snapshot!(refused_early(&ambush, 7), @"the server does not offer S256, the only safe PKCE method")
        );
    }
    ambush
        .provider
        .metadata(|metadata| drop(metadata.as_object_mut().unwrap().remove("code_challenge_methods_supported")));
    let running = ambush.start(&["login"]);
    let login_url = running.login_url().expect("a URL");
    assert!(login_url.as_str().contains("code_challenge_method=S256"), "{login_url}");
    browser::open(&ambush.provider.approve(&login_url).url());
    let _ = ambush.finish(running).success();
}

#[test]
fn a_server_that_fails_is_asked_three_times_and_reported_as_unavailable() {
    // DSC-08
    let ambush = Ambush::new();
    const DISCOVERY: &str = "/.well-known/openid-configuration";
    for (status, headers) in [(500, ""), (503, "Retry-After: 1\r\n")] {
        ambush.provider.behave();
        ambush.provider.always(DISCOVERY, Answer::text(status, headers, ""));
        assert_eq!(refused_early(&ambush, 5), format!("<op host> is not available at the moment (HTTP {status})"));
        assert_eq!(ambush.provider.count(DISCOVERY), 3);
    }
    ambush.provider.behave();
    ambush.provider.on(DISCOVERY, |_, number| (number < 2).then(|| Answer::text(502, "", "<html>")));
    let _ = ambush.login().success();
}

#[test]
fn documents_that_are_none_end_in_one_clear_line() {
    // DSC-08
    let ambush = Ambush::new();
    let document =
        json!({"issuer": ambush.provider.url(), "token_endpoint": format!("{}/token", ambush.provider.url())})
            .to_string();
    let utf16: Vec<u8> = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let doubled = document.replacen('{', "{\"issuer\":\"https://evil.example\",", 1);
    let mut lines = Vec::new();
    for (name, status, answer) in [
        ("404", 5, Answer::text(404, "", "not found")),
        ("a web page", 5, Answer::text(200, "Content-Type: text/html\r\n", "<!doctype html><title>Hotel</title>")),
        ("empty", 5, Answer::text(200, "", "")),
        ("cut", 5, Answer::text(200, "", &document[..document.len() - 3])),
        (
            "shorter than announced",
            5,
            Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"issuer\"".to_vec()),
        ),
        ("BOM", 7, Answer::text(200, "", &format!("\u{feff}{document}"))),
        ("UTF-16", 7, Answer::body(200, "", &utf16)),
        ("a list", 7, Answer::text(200, "", "[]")),
        ("a member twice", 7, Answer::text(200, "", &doubled)),
        (
            "wrong type",
            7,
            Answer::text(200, "", &document.replace("\"token_endpoint\":\"", "\"token_endpoint\":[],\"x\":\"")),
        ),
        ("a redirect", 7, Answer::redirect(302, "https://evil.example/")),
        ("no HTTP", 5, Answer::Bytes(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec())),
        ("a reset", 5, Answer::Reset),
    ] {
        ambush.provider.behave();
        ambush.provider.always("/.well-known/openid-configuration", answer);
        lines.push(format!("{name}: {}", refused_early(&ambush, status)));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    404: <op host> does not describe itself as an OpenID provider (HTTP 404)
    a web page: <op host> answered with a web page instead of data (HTTP 200): a captive portal or a proxy?
    empty: the answer of <op host> is empty (HTTP 200)
    cut: the answer of <op host> is cut off
    shorter than announced: the connection to <op host> broke before the answer was complete: end of file before message length reached
    BOM: the answer of <op host> cannot be accepted: it is not acceptable JSON: expected value at line 1 column 1
    UTF-16: the answer of <op host> cannot be accepted: it is not acceptable JSON: key must be a string at line 1 column 2
    a list: the answer of <op host> cannot be accepted: it is not a JSON object
    a member twice: the answer of <op host> cannot be accepted: it is not acceptable JSON: two members of the same name at line 1 column 66
    wrong type: the answer of <op host> cannot be accepted: token_endpoint is not a text
    a redirect: <op host> answered with a redirect (HTTP 302), which is never followed
    no HTTP: the connection to <op host> broke before the answer was complete: invalid HTTP version parsed
    a reset: the connection to <op host> broke before the answer was complete: Connection reset by peer (os error 104)
    ");
}

#[test]
fn an_endless_description_is_cut() {
    // DSC-09
    let ambush = Ambush::new();
    let chunk = || [b"10000\r\n".to_vec(), vec![b' '; 65536], b"\r\n".to_vec()].concat();
    let head = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes();
    // A mebibyte of zeros in a kilobyte, a thousand times: nothing here unpacks it.
    let bomb = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(100_000);
    for answer in [
        Answer::Endless(head("Content-Length: 1073741824\r\n"), vec![b' '; 65536], std::time::Duration::ZERO),
        Answer::Endless(head("Transfer-Encoding: chunked\r\n"), chunk(), std::time::Duration::ZERO),
        Answer::body(200, "Content-Encoding: gzip\r\n", &bomb),
    ] {
        ambush.provider.behave();
        let unpacked = matches!(answer, Answer::Bytes(_));
        ambush.provider.always("/.well-known/openid-configuration", answer);
        let line = refused_early(&ambush, if unpacked { 7 } else { 5 });
        assert!(unpacked || line.ends_with("is larger than 1048576 bytes"), "{line}");
    }
}

#[test]
fn what_is_missing_matters_only_where_it_is_needed() {
    // DSC-11, DEV-17
    let ambush = Ambush::new();
    let without = |field: &'static str| {
        ambush.provider.behave();
        ambush.provider.metadata(|metadata| drop(metadata.as_object_mut().unwrap().remove(field)));
    };
    without("token_endpoint");
    insta::assert_snapshot!(refused_early(&ambush, 1), @"the server has no token_endpoint");
    without("authorization_endpoint");
    insta::assert_snapshot!(refused_early(&ambush, 1), @"the server has no authorization_endpoint");
    without("jwks_uri");
    insta::assert_snapshot!(ambush.refused(1), @"the server has no jwks_uri");
    without("device_authorization_endpoint");
    insta::assert_snapshot!(ambush.refuses(ambush.start(&["login", "--no-browser"]).finish(), 1), @"the server has no device_authorization_endpoint (no device flow)");
    for field in ["device_authorization_endpoint", "revocation_endpoint", "userinfo_endpoint"] {
        without(field);
        let _ = ambush.login().success();
    }
    without("revocation_endpoint");
    insta::assert_snapshot!(ambush.world.run(["logout", "mallory@example.com"]).success(), @"
    ------- stderr -------
    ✓ Logged out mallory@example.com here
    warning: the server could not be told, so its tokens live on until they expire: the server has no revocation_endpoint
    The active account is now ada@example.com.
    ");
    let list: Value = ambush.world.run(["auth", "list", "-o", "json"]).success().json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
}

#[test]
fn a_host_that_is_none_or_hides_another_is_refused_without_a_request() {
    // DSC-18
    let mut ambush = Ambush::new();
    for name in ["DATUM_AUTH_HOSTNAME", "DATUM_API_HOSTNAME", "DATUM_CLIENT_ID"] {
        ambush.world.unset(name);
    }
    let long = format!("{}.example", "a".repeat(300));
    let mut lines = Vec::new();
    for host in [
        "auth.datum.net@evil.example",
        "evil.example#.datum.net",
        "evil.example/.datum.net",
        "evil.example?.datum.net",
        "evil.example\\.datum.net",
        "auth.datum.net.evil.example",
        "auth.evildatum.net",
        "xn--dtum-3ra.net",
        "d\u{e4}tum.net",
        "auth datum.net",
        "auth.datum.net\r\nHost: evil.example",
        "[::1",
        "https://",
        "http://auth.datum.net",
        "auth.datum.net:99999",
        "",
        &long,
    ] {
        let output = ambush.world.run(["login", "--hostname", host]);
        lines.push(format!("{:.40}: {:.120}", host.escape_default().to_string(), ambush.refuses(output, 2)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    auth.datum.net@evil.example: --hostname "auth.datum.net@evil.example": that is more than a host; it may have no user name, path, query or fragment
    evil.example#.datum.net: --hostname "evil.example#.datum.net": that is more than a host; it may have no user name, path, query or fragment
    evil.example/.datum.net: --hostname "evil.example/.datum.net": that is more than a host; it may have no user name, path, query or fragment
    evil.example?.datum.net: --hostname "evil.example?.datum.net": that is more than a host; it may have no user name, path, query or fragment
    evil.example\\.datum.net: --hostname "evil.example\.datum.net": that is no host; expected HOST, HOST:PORT or https://HOST
    auth.datum.net.evil.example: the client id for auth.datum.net.evil.example is unknown
    auth.evildatum.net: the client id for auth.evildatum.net is unknown
    xn--dtum-3ra.net: the API host of xn--dtum-3ra.net is unknown
    d\u{e4}tum.net: --hostname "dätum.net": that is no host; expected HOST, HOST:PORT or https://HOST
    auth datum.net: --hostname "auth datum.net": that is no host; expected HOST, HOST:PORT or https://HOST
    auth.datum.net\r\nHost: evil.example: --hostname "auth.datum.net\r\nHost: evil.example": that is no host; expected HOST, HOST:PORT or https://HOST
    [::1: --hostname "[::1": that is no host; expected HOST, HOST:PORT or https://HOST
    https://: --hostname "https://": that is no host; expected HOST, HOST:PORT or https://HOST
    http://auth.datum.net: --hostname "http://auth.datum.net": http:// is for this machine only (127.0.0.1, [::1], localhost); use https://
    auth.datum.net:99999: --hostname "auth.datum.net:99999": that is no host; expected HOST, HOST:PORT or https://HOST
    : --hostname "": that is no host; expected HOST, HOST:PORT or https://HOST
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: --hostname "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...": th
    "#);
}

//! Tests of `host`.

use super::Host;

fn stored(text: &str) -> Option<String> {
    text.parse::<Host>().ok().map(|host| host.stored())
}

#[test]
fn harmless_spellings_are_normalised() {
    assert_eq!(stored("auth.datum.net").as_deref(), Some("auth.datum.net"));
    assert_eq!(stored("AUTH.Datum.net.").as_deref(), Some("auth.datum.net"));
    assert_eq!(stored("https://auth.datum.net/").as_deref(), Some("auth.datum.net"));
    assert_eq!(stored("https://auth.datum.net:443").as_deref(), Some("auth.datum.net"));
    assert_eq!(stored("auth.datum.net:8443").as_deref(), Some("auth.datum.net:8443"));
    assert_eq!(stored("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(stored("http://[::1]:8080").as_deref(), Some("http://[::1]:8080"));
}

#[test]
fn hosts_that_hide_another_host_are_refused() {
    let hostile = [
        "",
        "https://",
        "auth.x.net@evil.com",
        "evil.com#.x.net",
        "evil.com/.x.net",
        "evil.com?.x.net",
        "a b",
        "a\r\nHost: b",
        "[::1",
        "http://auth.datum.net",
        "ftp://a",
        "a..b",
        "auth.datum.net\\@evil",
        "%65vil.com",
        "https://user@auth.datum.net",
        "https://@auth.datum.net",
        "auth.datum.net:99999",
    ];
    for text in hostile {
        assert_eq!(stored(text), None, "{text:?}");
    }
    assert_eq!(stored(&"a".repeat(300)), None);
}

#[test]
fn suffixes_match_whole_labels() {
    let host = |text: &str| text.parse::<Host>().expect("a host");
    assert!(host("auth.datum.net").is_within("datum.net"));
    assert!(!host("auth.notdatum.net").is_within("datum.net"));
    assert!(!host("auth.datum.net.evil").is_within("datum.net"));
}

//! The code for tokens: one request, one answer, and nothing that leads the code elsewhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Ambush;
use crate::support::{Answer, HostileProvider, browser};

#[test]
fn the_verifier_is_seen_by_the_token_endpoint_and_by_nobody_else() {
    // PKC-03, PKC-14
    let mut ambush = Ambush::new();
    let opened = ambush.world.scratch("opened");
    ambush.world.set("BROWSER", format!("sh -c 'echo \"$1\" >\"$0\"' '{}'", opened.display()));
    let running = ambush.start(&["login", "-vv"]);
    let url = running.login_url().expect("a URL");
    let mut seen = String::new();
    #[cfg(target_os = "linux")]
    for file in ["cmdline", "environ"] {
        let bytes = std::fs::read(format!("/proc/{}/{file}", running.child.id())).expect("a living process");
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    let patience = Instant::now() + Duration::from_secs(10);
    let record = || std::fs::read_to_string(&opened).unwrap_or_default();
    while !record().ends_with('\n') && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(record().trim_end(), url.as_str());
    browser::open(&ambush.provider.approve(&url).url());
    // Looks for the code, the verifier and the tokens in the log as well.
    let output = ambush.finish(running).success();
    let request = &ambush.provider.requests("/token")[0];
    let verifier = request.form("code_verifier").expect("a verifier");
    assert!(verifier.len() >= 43 && output.stderr.contains("DEBUG"), "{output}");
    for place in [&seen, &output.stderr, url.as_str()] {
        assert!(!place.contains(&verifier));
    }
    let redirect_uri = url.query_pairs().find(|(name, _)| name == "redirect_uri").expect("an address").1.into_owned();
    assert_eq!(request.form("redirect_uri").expect("an address"), redirect_uri);
}

#[test]
fn a_token_endpoint_that_points_elsewhere_is_not_followed() {
    // PKC-05
    let ambush = Ambush::new();
    let thief = HostileProvider::start();
    let own = ambush.provider.url();
    for status in [301, 302, 303, 307, 308] {
        for target in [format!("{}/stolen", thief.url()), format!("{own}/again"), "http://evil.example/".to_owned()] {
            ambush.provider.behave();
            ambush.provider.always("/token", Answer::redirect(status, &target));
            let line = ambush.refused(7);
            assert_eq!(line, format!("<op host> answered with a redirect (HTTP {status}), which is never followed"));
            assert_eq!((ambush.provider.count("/token"), ambush.provider.count("/again")), (1, 0));
        }
    }
    assert_eq!(thief.count("/stolen"), 0);
}

#[test]
fn a_refresh_and_a_revocation_are_not_redirected_either() {
    // PKC-05
    let ambush = Ambush::new();
    let thief = HostileProvider::start();
    ambush.provider.token_answer(|answer| answer["expires_in"] = json!(1));
    let _ = ambush.login().success();
    // While the old token is good, a refresh that fails is only a warning.
    std::thread::sleep(Duration::from_millis(1100));
    let target = Answer::redirect(307, &format!("{}/stolen", thief.url()));
    ambush.provider.always("/token", target.clone());
    ambush.provider.always("/revoke", target);
    let output = ambush.world.run(["auth", "get-token"]).exits(7);
    assert_eq!(output.stdout, "");
    let output = ambush.world.run(["logout", "mallory@example.com"]).success();
    assert!(output.stderr.contains("the server could not be told"), "{output}");
    assert_eq!(thief.count("/stolen"), 0);
    assert_eq!(ambush.provider.count("/revoke"), 1);
}

#[test]
fn a_lost_answer_is_not_asked_for_again_because_the_code_is_spent() {
    // PKC-06
    let ambush = Ambush::new();
    for answer in [
        Answer::Reset,
        Answer::Bytes(Vec::new()),
        Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"access_token\":".to_vec()),
        Answer::text(503, "", ""),
    ] {
        ambush.provider.behave();
        ambush.provider.always("/token", answer);
        let output = ambush.login();
        assert!(output.stderr.contains("hint: log in again: datumctl login"), "{output}");
        let _ = ambush.refuses(output, 5);
        assert_eq!(ambush.provider.count("/token"), 1);
    }
}

/// Changes a member of the token answer; `None` removes it.
fn answering(ambush: &Ambush, member: &'static str, value: Option<Value>) {
    ambush.provider.token_answer(move |answer| {
        let members = answer.as_object_mut().expect("an object");
        match &value {
            Some(value) => drop(members.insert(member.to_owned(), value.clone())),
            None => drop(members.remove(member)),
        }
    });
}

#[test]
fn only_bearer_tokens_are_taken_however_they_are_spelled() {
    // PKC-07
    let ambush = Ambush::new();
    for (kind, line) in [
        (None, "token_type is missing"),
        (Some(json!("mac")), "token_type is not Bearer"),
        (Some(json!("DPoP")), "token_type is not Bearer"),
        (Some(json!(7)), "token_type is not a text"),
        (Some(json!(null)), "token_type is missing"),
    ] {
        answering(&ambush, "token_type", kind);
        assert_eq!(ambush.refused(7), format!("the answer of <op host> cannot be accepted: {line}"));
    }
    for kind in ["bearer", "BEARER", "bEaReR"] {
        answering(&ambush, "token_type", Some(json!(kind)));
        let _ = ambush.login().success();
    }
}

#[test]
fn a_token_without_a_lifetime_is_a_token() {
    // PKC-08
    let ambush = Ambush::new();
    for lifetime in [None, Some(json!(null)), Some(json!("soon")), Some(json!([1])), Some(json!(1e300))] {
        answering(&ambush, "expires_in", lifetime);
        let _ = ambush.login().success();
        let answer = ambush.world.run(["auth", "get-token", "-o", "json"]).success().json();
        let seconds = answer["expires_in"].as_i64().unwrap_or_else(|| panic!("{answer}"));
        assert!((200..=300).contains(&seconds), "{answer}");
    }
}

#[test]
fn a_token_that_could_break_out_of_a_header_is_refused() {
    // PKC-09
    let ambush = Ambush::new();
    answering(&ambush, "access_token", None);
    insta::assert_snapshot!(ambush.refused(7), @"the answer of <op host> cannot be accepted: access_token is missing");
    for token in ["", "a b", "a\r\nX: y", "a\n", "a\0b", "a\u{1b}[2J", "t\u{f6}ken", " a"] {
        answering(&ambush, "access_token", Some(json!(token)));
        let line = ambush.refused(7);
        assert!(line.starts_with("the answer of <op host> cannot be accepted: access_token "), "{token:?}: {line}");
    }
    for token in [json!(7), json!(["a"]), json!({"a": 1})] {
        answering(&ambush, "access_token", Some(token));
        assert_eq!(ambush.refused(7), "the answer of <op host> cannot be accepted: access_token is not a text");
    }
    answering(&ambush, "refresh_token", Some(json!("a\r\nb")));
    let _ = ambush.refused(7);
    answering(&ambush, "access_token", Some(json!("a".repeat(1_000_000))));
    let line = ambush.refused(7);
    assert!(line.ends_with("access_token is too long"), "{line}");
    answering(&ambush, "access_token", Some(json!("a".repeat(64 * 1024))));
    let _ = ambush.login().success();
}

#[test]
fn whatever_the_token_endpoint_says_is_said_on_in_its_own_class() {
    // PKC-11, PKC-15
    let ambush = Ambush::new();
    let good = json!({"access_token": "a", "token_type": "Bearer"}).to_string();
    let deep = format!("{{\"access_token\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let refusal = r#"{"error":"invalid_grant","error_description":"no \u001b[2J such\r\ncode"}"#;
    let mut lines = Vec::new();
    for (name, status, answer) in [
        ("200 with an error", 4, Answer::text(200, "", refusal)),
        ("400 with an error", 4, Answer::text(400, "", refusal)),
        ("the client is unknown", 4, Answer::text(401, "", r#"{"error":"invalid_client"}"#)),
        ("the server failed", 5, Answer::text(400, "", r#"{"error":"server_error"}"#)),
        ("400 with a page", 5, Answer::text(400, "", "<html>")),
        ("400 with nothing", 5, Answer::text(400, "", "")),
        ("204", 5, Answer::text(204, "", "")),
        ("429", 5, Answer::text(429, "Retry-After: 7\r\n", "")),
        ("a BOM", 7, Answer::text(200, "", &format!("\u{feff}{good}"))),
        ("a member twice", 7, Answer::text(200, "", &good.replacen('{', "{\"access_token\":\"b\",", 1))),
        ("deep", 7, Answer::text(200, "", &deep)),
        ("garbage behind it", 7, Answer::text(200, "", &format!("{good} trailing"))),
        ("an error that is none", 4, Answer::text(400, "", r#"{"error":{"code":7}}"#)),
    ] {
        ambush.provider.behave();
        ambush.provider.always("/token", answer);
        lines.push(format!("{name}: {}", ambush.refused(status)));
        assert_eq!(ambush.provider.count("/token"), 1, "{name}");
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    200 with an error: <op host> refused: invalid_grant (no �[2J such��code)
    400 with an error: <op host> refused: invalid_grant (no �[2J such��code)
    the client is unknown: <op host> refused: invalid_client
    the server failed: <op host> refused: server_error
    400 with a page: <op host> answered with a web page instead of data (HTTP 400): a captive portal or a proxy?
    400 with nothing: <op host> answered with HTTP 400 and no explanation
    204: the answer of <op host> is empty (HTTP 204)
    429: <op host> is not available at the moment (HTTP 429)
    a BOM: the answer of <op host> cannot be accepted: it is not acceptable JSON: expected value at line 1 column 1
    a member twice: the answer of <op host> cannot be accepted: it is not acceptable JSON: two members of the same name at line 1 column 38
    deep: the answer of <op host> cannot be accepted: it is not acceptable JSON: recursion limit exceeded at line 1 column 143
    garbage behind it: the answer of <op host> cannot be accepted: it is not acceptable JSON: trailing characters at line 1 column 44
    an error that is none: <op host> refused: (unreadable)
    ");
}

#[test]
fn a_good_answer_is_read_whatever_it_is_wrapped_in() {
    // PKC-11, PKC-15
    let ambush = Ambush::new();
    for headers in
        ["Content-Type: text/plain\r\n", "Content-Type: text/html\r\n", "Set-Cookie: a=b; Domain=evil.example\r\n"]
    {
        ambush.provider.wrap_token_answers(headers);
        let _ = ambush.login().success();
    }
}

#[test]
fn a_scope_that_was_cut_is_told_and_an_odd_one_does_no_harm() {
    // PKC-12
    let ambush = Ambush::new();
    for scope in
        [json!("openid profile email offline_access more"), json!(["openid", "offline_access"]), json!(7), json!(null)]
    {
        answering(&ambush, "scope", Some(scope.clone()));
        let output = ambush.login().success();
        assert!(!output.stderr.contains("warning"), "{scope}: {output}");
    }
    ambush.provider.token_answer(|answer| {
        answer["scope"] = json!("openid profile");
        answer.as_object_mut().expect("an object").remove("refresh_token");
    });
    insta::assert_snapshot!(ambush.login().success().stderr.lines().filter(|line| line.starts_with("warning")).collect::<String>(), @"warning: the identity server granted no refresh token: this session ends when its token expires");
    ambush.provider.token_answer(|answer| drop(answer.as_object_mut().expect("an object").remove("refresh_token")));
    insta::assert_snapshot!(ambush.login().success().stderr.lines().filter(|line| line.starts_with("warning")).collect::<String>(), @"warning: the identity server granted no refresh token: this session ends when its token expires");
}

#[test]
fn a_refresh_token_that_a_login_brings_again_is_not_revoked() {
    let ambush = Ambush::new();
    for given in ["first", "first", "second"] {
        ambush.provider.token_answer(move |answer| answer["refresh_token"] = format!("CNRY-{given}").into());
        let _ = ambush.login().success();
    }
    assert_eq!(ambush.provider.count("/revoke"), 1);
}

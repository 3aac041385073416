//! The way back from the browser: only the answer that belongs to this login decides it.

use std::time::Instant;

use serde_json::json;

use super::Ambush;
use crate::support::browser;
use crate::support::hostile::Callback;

/// A login that waits for its browser, and what an honest one would bring.
fn waiting(ambush: &Ambush) -> (crate::support::Running<'_>, Callback) {
    let running = ambush.start(&["login"]);
    let callback = ambush.provider.approve(&running.login_url().expect("a URL"));
    (running, callback)
}

#[test]
fn a_login_listens_on_this_machine_alone() {
    // CBK-01, CBK-25
    let ambush = Ambush::new();
    let (running, callback) = waiting(&ambush);
    assert!(callback.redirect_uri.starts_with("http://127.0.0.1:"), "{}", callback.redirect_uri);
    #[cfg(target_os = "linux")]
    assert_eq!(listening(running.child.id()), [callback.redirect_uri[7..].split('/').next().unwrap()]);
    let answered = Instant::now();
    assert_eq!(browser::open(&callback.url()).status, 200);
    let _ = ambush.finish(running).success();
    assert_eq!(browser::get(&callback.url()).status, 0, "the port is closed");
    assert!(answered.elapsed().as_secs() < 5);
}

/// The TCP addresses, IPv4 or IPv6, that a process listens on.
#[cfg(target_os = "linux")]
fn listening(process: u32) -> Vec<String> {
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{process}/fd"))
        .expect("the process's files")
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()?.into_os_string().into_string().ok())
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        for line in std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default().lines().skip(1)
        {
            let words: Vec<_> = line.split_whitespace().collect();
            if words[3] == "0A" && sockets.iter().any(|socket| socket == words[9]) {
                let (address, port) = words[1].split_once(':').expect("address and port");
                let port = u16::from_str_radix(port, 16).expect("a port");
                let address = if address == "0100007F" { "127.0.0.1" } else { address };
                found.push(format!("{address}:{port}"));
            }
        }
    }
    found
}

#[test]
fn every_login_has_its_own_state_nonce_and_challenge() {
    // CBK-03
    let ambush = Ambush::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let mut running = ambush.start(&["login"]);
        let url = running.login_url().expect("a URL");
        running.child.kill().expect("a living process");
        running.child.wait().expect("an end");
        for (name, value) in url.query_pairs() {
            if ["state", "nonce", "code_challenge"].contains(&&*name) {
                assert!(value.len() >= 22, "at least 128 bits: {value}");
                assert!(seen.insert(value.into_owned()), "repeated {name}");
            }
        }
    }
    assert_eq!(seen.len(), 60);
    ambush.untouched();
}

#[test]
fn answers_that_do_not_belong_to_this_login_are_ignored() {
    // CBK-05, CBK-06, CBK-09
    let ambush = Ambush::new();
    let (running, right) = waiting(&ambush);
    let state = right.parameters[1].1.clone();
    let wrong = [
        right.clone().with("state", None).url(),
        right.clone().with("state", Some("")).url(),
        right.clone().with("state", Some("wrong")).url(),
        right.clone().with("state", Some(&state.to_lowercase())).url(),
        format!("{}&state={state}", right.url()),
        format!("{}&state=wrong", right.url()),
        format!("{}&code=other", right.url()),
        format!("{}?error=access_denied&state=wrong", right.redirect_uri),
        format!("{}?error=access_denied", right.redirect_uri),
        right.clone().with("code", None).url(),
        right.clone().with("code", Some("")).url(),
        right.redirect_uri.clone(),
    ];
    for url in wrong {
        assert_eq!(browser::open(&url).status, 400, "{url}");
    }
    assert_eq!(ambush.provider.count("/token"), 0);
    browser::open(&right.url());
    let _ = ambush.finish(running).success();
}

#[test]
fn a_refusal_ends_the_login_in_the_servers_words_made_harmless() {
    // CBK-07
    let ambush = Ambush::new();
    let (running, right) = waiting(&ambush);
    let description = format!("\u{1b}[2J\u{1b}]0;owned\u{7}no\r\nerror: fake {}", "x".repeat(1000));
    let refusal =
        right.with("code", None).with("error", Some("access_denied")).with("error_description", Some(&description));
    browser::open(&refusal.url());
    let line = ambush.refuses(ambush.finish(running), 4);
    assert!(line.starts_with("you or the server refused: access_denied ("), "{line}");
    assert!(line.chars().count() < 350 && !line.contains('\u{1b}'), "{line}");
    assert_eq!(ambush.provider.count("/token"), 0);
}

#[test]
fn every_error_code_ends_the_login_in_its_class() {
    // CBK-08
    let ambush = Ambush::new();
    let mut lines = Vec::new();
    for (status, code) in [
        (4, "invalid_request"),
        (4, "unauthorized_client"),
        (4, "unsupported_response_type"),
        (4, "invalid_scope"),
        (4, "login_required"),
        (4, "made_up"),
        (5, "server_error"),
        (5, "temporarily_unavailable"),
    ] {
        let (running, right) = waiting(&ambush);
        browser::open(&right.with("code", None).with("error", Some(code)).url());
        lines.push(ambush.refuses(ambush.finish(running), status));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    you or the server refused: invalid_request
    you or the server refused: unauthorized_client
    you or the server refused: unsupported_response_type
    you or the server refused: invalid_scope
    you or the server refused: login_required
    you or the server refused: made_up
    the server failed: server_error
    the server failed: temporarily_unavailable
    ");
}

#[test]
fn an_answer_that_names_another_issuer_is_refused_before_the_code_is_used() {
    // CBK-11, CBK-12, DSC-07
    let ambush = Ambush::new();
    let url = ambush.provider.url();
    for wrong in ["https://evil.example", &format!("{url}/"), ""] {
        let (running, right) = waiting(&ambush);
        browser::open(&right.with("iss", Some(wrong)).url());
        let line = ambush.refuses(ambush.finish(running), 7);
        assert!(line.starts_with("the answer came from ") && line.ends_with(", but <op> was asked"), "{line}");
    }
    // An error of another issuer is no more believable than a code of it.
    let (running, right) = waiting(&ambush);
    browser::open(
        &right.with("code", None).with("error", Some("access_denied")).with("iss", Some("https://evil.example")).url(),
    );
    let _ = ambush.refuses(ambush.finish(running), 7);

    ambush.provider.metadata(|metadata| metadata["authorization_response_iss_parameter_supported"] = json!(true));
    let (running, right) = waiting(&ambush);
    browser::open(&right.url());
    insta::assert_snapshot!(ambush.refuses(ambush.finish(running), 7), @"the answer does not name its issuer, although the server announced it would");
    assert_eq!(ambush.provider.count("/token"), 0);

    let (running, right) = waiting(&ambush);
    browser::open(&right.with("iss", Some(&url)).url());
    let _ = ambush.finish(running).success();
}

#[test]
fn the_code_of_one_server_never_meets_the_verifier_of_a_login_at_another() {
    // CBK-13
    let honest = Ambush::new();
    let other = Ambush::new();
    let (first, first_callback) = waiting(&honest);
    let (second, second_callback) = waiting(&other);
    let mixed_up = Callback { redirect_uri: first_callback.redirect_uri.clone(), ..second_callback.clone() };
    assert_eq!(browser::open(&mixed_up.url()).status, 400);
    assert_eq!((honest.provider.count("/token"), other.provider.count("/token")), (0, 0));
    browser::open(&second_callback.url());
    let _ = other.finish(second).success();
    browser::open(&first_callback.url());
    let _ = honest.finish(first).success();
    let verifier = |ambush: &Ambush| ambush.provider.requests("/token")[0].form("code_verifier").expect("a verifier");
    assert_ne!(verifier(&honest), verifier(&other));
}

#[test]
fn nobody_coming_back_ends_the_login_and_says_how_many_strangers_did() {
    // CBK-24
    let ambush = Ambush::new();
    let running = ambush.start(&["login", "--timeout", "2s"]);
    let callback = ambush.provider.approve(&running.login_url().expect("a URL"));
    for _ in 0..2 {
        browser::get(&callback.clone().with("state", Some("wrong")).url());
    }
    insta::assert_snapshot!(ambush.refuses(ambush.finish(running), 4), @"the browser did not come back within 2 s (2 requests of other logins were ignored)");
}

#[test]
fn a_callback_port_of_ones_own_choice_is_used_or_said_to_be_taken() {
    // CBK-26
    let ambush = Ambush::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = ambush.start(&["login", "--port", &port]).finish();
    assert!(!output.stderr.contains("code_challenge"), "{output}");
    let line = ambush.refuses(output, 2);
    insta::assert_snapshot!(line.replace(&port, "<port>"), @"port <port> is in use by another program");
    drop(taken);
    let running = ambush.start(&["login", "--port", &port]);
    let callback = ambush.provider.approve(&running.login_url().expect("a URL"));
    assert!(callback.redirect_uri.starts_with(&format!("http://127.0.0.1:{port}/")));
    browser::open(&callback.url());
    let _ = ambush.finish(running).success();
}

//! Signing in on another device, at a server that lies about its codes, stumbles while it is asked, or never ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Ambush;
use crate::support::{Answer, Request};

const DEVICE: [&str; 2] = ["login", "--no-browser"];

impl Ambush {
    /// Changes what the server says about its codes.
    fn codes(&self, change: impl Fn(&mut Value) + Send + 'static) {
        let url = self.provider.url();
        self.provider.on("/device", move |_, _| {
            let mut answer = json!({
                "device_code": "device-code", "user_code": "WDJB-MJHT", "verification_uri": format!("{url}/activate"),
                "expires_in": 300, "interval": 1,
            });
            change(&mut answer);
            Some(Answer::json(200, &answer))
        });
    }

    /// Answers the first polls like this, and later ones with tokens.
    fn polls(&self, answers: Vec<Answer>) {
        self.provider.on("/token", move |_, number| answers.get(number).cloned());
    }

    fn on_device(&self) -> crate::support::Output {
        self.finish(self.start(&DEVICE))
    }
}

/// The times between polls.
fn pauses(requests: &[Request]) -> Vec<Duration> {
    requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

#[test]
fn the_server_is_asked_at_its_pace_until_the_person_has_decided() {
    // DEV-01, DEV-17, DEV-19, IDT-43
    let ambush = Ambush::new();
    let url = ambush.provider.url();
    ambush.provider.metadata(|metadata| metadata["device_authorization_endpoint"] = json!(format!("{url}/odd/device")));
    ambush.polls(vec![Answer::error("authorization_pending"), Answer::error("authorization_pending")]);
    let output = ambush.on_device().success();
    insta::assert_snapshot!(output.stderr.replace(&url, "<op>"), @"
    User code: WDJB-MJHT
    Verify at: <op>/activate
    Approve only a code that you have just asked for.
    ✓ Signed in as Mallory (mallory@example.com); kept in the credentials file
    You are not a member of any organization yet.
    ");
    assert_eq!(ambush.provider.count("/odd/device"), 1);
    let polls = ambush.provider.requests("/token");
    assert_eq!(polls.len(), 3);
    assert!(pauses(&polls).iter().all(|pause| *pause >= Duration::from_secs(1)), "{:?}", pauses(&polls));
    assert!(
        polls
            .iter()
            .all(|poll| poll.form("device_code").is_some() && poll.form("client_id").as_deref() == Some("client-1"))
    );
}

#[test]
fn slow_down_makes_the_pause_five_seconds_longer() {
    // DEV-02; that it adds up and stays is proven with a clock of its own.
    let ambush = Ambush::new();
    ambush.polls(vec![Answer::error("slow_down")]);
    let _ = ambush.on_device().success();
    let pauses = pauses(&ambush.provider.requests("/token"));
    assert!(pauses.len() == 1 && pauses[0] >= Duration::from_secs(6), "{pauses:?}");
}

#[test]
fn an_end_is_an_end() {
    // DEV-05, DEV-18
    let ambush = Ambush::new();
    let mut lines = Vec::new();
    for (name, status, answer) in [
        ("refused", 4, Answer::json(400, &json!({"error": "access_denied", "error_description": "no\u{1b}[2J"}))),
        ("expired", 4, Answer::error("expired_token")),
        ("spent", 4, Answer::error("invalid_grant")),
        ("unknown client", 4, Answer::error("invalid_client")),
    ] {
        ambush.provider.behave();
        ambush.provider.always("/token", answer);
        lines.push(format!("{name}: {}", ambush.refuses(ambush.on_device(), status)));
        assert_eq!(ambush.provider.count("/token"), 1);
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    refused: the sign-in was refused in the browser (no�[2J)
    expired: the code expired before anybody signed in
    spent: the code is not valid any more; start again
    unknown client: <op host> refused: invalid_client
    ");
}

#[test]
fn nobody_deciding_ends_with_the_code_even_while_the_server_is_down() {
    // DEV-06, DEV-09
    let ambush = Ambush::new();
    for answer in [Answer::error("authorization_pending"), Answer::Reset] {
        ambush.provider.behave();
        ambush.codes(|codes| codes["expires_in"] = json!(2));
        ambush.provider.always("/token", answer);
        let start = Instant::now();
        let line = ambush.refuses(ambush.on_device(), 4);
        assert_eq!(line, "the code expired before anybody signed in");
        assert!(start.elapsed() >= Duration::from_secs(2) && start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn trouble_is_told_once_and_waited_out() {
    // DEV-08; the other kinds of trouble and the growing pauses are proven with a clock of their own.
    let ambush = Ambush::new();
    for trouble in [Answer::Reset, Answer::text(429, "Retry-After: 2\r\n", "<html>")] {
        ambush.provider.behave();
        ambush.polls(vec![trouble]);
        let output = ambush.on_device().success();
        let warnings: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert!(warnings.len() == 2 && warnings[0].ends_with("; trying again"), "{output}");
        let pauses = pauses(&ambush.provider.requests("/token"));
        assert!(pauses[0] >= Duration::from_secs(2), "{pauses:?}");
    }
}

#[test]
fn codes_that_cannot_be_used_are_refused_before_anybody_sees_them() {
    // DEV-07, DEV-14, DEV-15
    let ambush = Ambush::new();
    let own = ambush.provider.authority();
    let long = "A".repeat(10_000);
    let addresses = [
        "http://evil.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.example/",
        "",
    ];
    let mut cases: Vec<(&'static str, Value)> =
        addresses.iter().map(|address| ("verification_uri", json!(address))).collect();
    cases.extend([
        ("verification_uri", json!(format!("http://user@{own}/"))),
        ("verification_uri", json!(format!("http://{own}/\u{1b}[2J"))),
        ("verification_uri_complete", json!("https://evil.example/?user_code=A")),
        ("verification_uri_complete", json!("http://127.0.0.1:1/?user_code=A")),
        ("user_code", json!(long)),
        ("user_code", json!("")),
        ("user_code", json!(null)),
        ("device_code", json!("a\r\nb")),
        ("device_code", json!(null)),
        ("expires_in", json!(0)),
        ("expires_in", json!(-1)),
        ("expires_in", json!("soon")),
    ]);
    for (member, value) in cases {
        ambush.provider.behave();
        let shown = value.to_string();
        ambush.codes(move |codes| codes[member] = value.clone());
        let output = ambush.on_device();
        assert!(!output.stderr.contains("User code") && !output.stderr.contains("evil.example"), "{output}");
        let line = ambush.refuses(output, 7);
        assert!(
            line.starts_with(&format!("the answer of <op host> cannot be accepted: {member} ")),
            "{shown:.60}: {line}"
        );
        assert_eq!(ambush.provider.count("/token"), 0);
    }
}

#[test]
fn a_code_that_would_steer_the_terminal_is_shown_as_plain_text() {
    // DEV-15
    let ambush = Ambush::new();
    ambush.codes(|codes| codes["user_code"] = json!("\u{1b}]8;;http://evil\u{7}A\u{202e}B\nC"));
    let output = ambush.on_device().success();
    assert!(!output.stderr.replace('\n', "").chars().any(|char| char.is_control() || char == '\u{202e}'), "{output:?}");
    insta::assert_snapshot!(output.stderr.lines().next().unwrap_or_default(), @r"User code: \x1b]8;;http://evil\x07A\u{202e}B\nC");
}

#[test]
fn an_odd_interval_never_becomes_a_busy_loop_and_an_odd_lifetime_no_overflow() {
    // DEV-03, DEV-07
    let ambush = Ambush::new();
    for interval in [json!(0), json!("1")] {
        ambush.provider.behave();
        ambush.codes(move |codes| {
            codes["interval"] = interval.clone();
            codes["expires_in"] = json!(1e18);
        });
        ambush.polls(vec![Answer::error("authorization_pending")]);
        let _ = ambush.on_device().success();
        let pauses = pauses(&ambush.provider.requests("/token"));
        assert!(pauses[0] >= Duration::from_secs(1), "{pauses:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_and_stores_nothing() {
    // DEV-13
    use rustix::process::Signal;
    let ambush = Ambush::new();
    ambush.provider.always("/token", Answer::error("authorization_pending"));
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let running = ambush.start(&DEVICE);
        running.says("Verify at: ");
        let start = Instant::now();
        running.signal(signal);
        let output = ambush.finish(running);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        let _ = ambush.refuses(output, status);
    }
}

#[cfg(unix)]
#[test]
fn after_a_sleep_the_server_is_asked_once_more_and_the_login_ends_well() {
    // DEV-12
    use rustix::process::Signal;
    let ambush = Ambush::new();
    ambush.codes(|codes| codes["expires_in"] = json!(3));
    ambush.polls(vec![Answer::error("authorization_pending")]);
    let running = ambush.start(&DEVICE);
    let patience = Instant::now() + Duration::from_secs(20);
    while ambush.provider.count("/token") == 0 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Time to read the answer, so that it sleeps in the pause after it.
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(3500));
    running.signal(Signal::CONT);
    let _ = ambush.finish(running).success();
    assert_eq!(ambush.provider.count("/token"), 2);
}

#[test]
fn a_redirect_is_never_followed_with_a_device_code() {
    // DEV-20, PKC-05
    let ambush = Ambush::new();
    let url = ambush.provider.url();
    for path in ["/device", "/token"] {
        ambush.provider.behave();
        ambush.provider.always(path, Answer::redirect(307, &format!("{url}/stolen")));
        let line = ambush.refuses(ambush.on_device(), 7);
        assert_eq!(line, "<op host> answered with a redirect (HTTP 307), which is never followed");
        assert_eq!(ambush.provider.count("/stolen"), 0);
    }
}

//! What takes a hostile server its time: silence against the true limits, device logins cut at every byte, and a
//! thousand refreshes in a row.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::hostile::cuts::{cut_and_spent, cut_twice};
use crate::hostile::{changed, cut, length_of, sweep};
use crate::login::Ambush;
use crate::support::figure::figure;
use crate::support::{Answer, Output, World, keys};

/// What is asked of a server that never answers: a name, the path, and the command.
type Question = (&'static str, &'static str, fn(&Ambush) -> Output);

/// A way never to come to an answer.
type Silence = (&'static str, fn() -> Answer);

fn run(ambush: &Ambush, words: &[&str]) -> Output {
    ambush.finish(ambush.start(words))
}

const QUESTIONS: [Question; 7] = [
    ("a description", "/.well-known/openid-configuration", |ambush| run(ambush, &["login"])),
    ("a code exchange", "/token", Ambush::login),
    ("a refresh", "/token", |ambush| run(ambush, &["auth", "get-token"])),
    ("an exchange of a key", "/token", |ambush| machine_login(ambush)),
    ("keys", "/keys", Ambush::login),
    ("codes for a device", "/device", |ambush| run(ambush, &["login", "--no-browser"])),
    ("a revocation", "/revoke", |ambush| run(ambush, &["logout", "m@x.io"])),
];

fn machine_login(ambush: &Ambush) -> Output {
    let file = ambush.world.keeper("robot.json");
    std::fs::write(&file, keys::credentials(&keys::pkcs8(keys::rsa(2048))).to_string()).expect("a writable file");
    run(ambush, &["login", "--credentials", file.to_str().expect("UTF-8")])
}

// RFR-19
#[test]
fn a_server_that_never_answers_costs_half_a_minute_and_one_repeat_at_most() {
    let silences: [Silence; 3] = [
        ("silence", || Answer::Silence),
        ("half a head", || Answer::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b"x".to_vec(), Duration::from_secs(1))),
        ("interim answers", || {
            Answer::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), Duration::from_millis(5))
        }),
    ];
    let cases = QUESTIONS.len() * silences.len();
    sweep(cases, cases, Ambush::signed_in, |ambush, number| {
        let ((silence, answer), (name, path, ask)) =
            (silences[number / QUESTIONS.len()], QUESTIONS[number % QUESTIONS.len()]);
        let before = ambush.world.files();
        ambush.terse();
        ambush.provider.always(path, answer());
        let start = Instant::now();
        let output = ask(ambush);
        let (took, asked) = (start.elapsed(), ambush.provider.count(path));
        // A logout does not wait as long as others for a server that need not agree.
        let least = if path == "/revoke" { 4 } else { 25 };
        assert!(took > Duration::from_secs(least) && took < Duration::from_secs(70), "{name}, {silence}: {took:?}");
        let may_repeat = ["a refresh", "an exchange of a key"].contains(&name);
        assert_eq!(asked, 1 + usize::from(may_repeat), "{name}, {silence}");
        if path == "/revoke" {
            let _ = output.success().says("the server could not be told");
            return;
        }
        let _ = output.exits(5).says("did not answer within 30 s");
        assert!(changed(&before, &ambush.world.files()).is_empty(), "{name}, {silence}");
        ambush.terse();
        let _ = ambush.world.run(["auth", "get-token"]).success();
    });
    figure(&format!("{cases} servers that never answer: each left within 70 s, 0 sessions harmed"));
}

// RFR-18
#[test]
fn a_refresh_that_is_cut_twice_stays_and_one_that_was_spent_ends_in_words() {
    let refresh = |ambush: &Ambush| drop(ambush.world.run(["auth", "get-token"]).success());
    let length = length_of(&Ambush::signed_in(), "/token", refresh);
    sweep(length, 24, Ambush::signed_in, |ambush, at| {
        cut_twice(ambush, at);
        cut_and_spent(ambush, at);
        ambush.terse();
        ambush.provider.token_answer(|answer| answer["expires_in"] = json!(0));
        let _ = ambush.login().success();
    });
    figure(&format!("{length} refreshes, each cut twice at another byte, and spent: 0 sessions harmed without words"));
}

// DEV-08, DEV-18
#[test]
fn a_device_login_whose_tokens_are_cut_anywhere_goes_on_or_says_to_begin_anew() {
    let stage = || {
        let ambush = Ambush::new();
        ambush.terse();
        ambush
    };
    let device = ["login", "--no-browser"];
    let length = length_of(&stage(), "/token", |ambush| drop(run(ambush, &device).success()));
    sweep(length, 64, stage, |ambush, at| {
        let before = ambush.world.files();
        ambush.terse();
        let is_spent = at % 4 == 0;
        ambush.provider.damage("/token", move |bytes, number| match number {
            0 => cut(bytes, at),
            _ if is_spent => Answer::error("invalid_grant"),
            _ => Answer::Bytes(bytes),
        });
        let output = run(ambush, &device);
        assert_eq!(ambush.provider.count("/token"), 2, "cut at {at}");
        if is_spent {
            let _ = output.exits(4).says("start again");
            assert!(changed(&before, &ambush.world.files()).is_empty(), "cut at {at}");
        } else {
            let _ = output.success().says("; trying again");
        }
    });
    figure(&format!("{length} device logins, each cut at another byte: 0 half sessions"));
}

#[test]
fn an_exchange_of_a_key_that_is_cut_anywhere_is_repeated_once() {
    let stage = || {
        let ambush = Ambush::new();
        plain(&ambush);
        ambush
    };
    let length = length_of(&stage(), "/token", |ambush| drop(machine_login(ambush).success()));
    sweep(length, 24, stage, |ambush, at| {
        let before = ambush.world.files();
        plain(ambush);
        ambush.provider.damage("/token", move |bytes, _| cut(bytes, at));
        let _ = machine_login(ambush).exits(5);
        assert_eq!(ambush.provider.count("/token"), 2, "cut at {at}");
        assert!(changed(&before, &ambush.world.files()).is_empty(), "cut at {at}");
    });
    figure(&format!("{length} exchanges of a key, each cut at another byte: 0 half sessions"));
}

/// An access token and nothing else, as machines get.
fn plain(ambush: &Ambush) {
    ambush.terse();
    ambush.provider.token_answer(|answer| {
        let answer = answer.as_object_mut().expect("an object");
        answer.retain(|name, _| !["id_token", "refresh_token"].contains(&name.as_str()));
    });
}

// RFR-44
#[test]
fn a_thousand_refreshes_leave_no_rubbish_and_take_no_more_memory() {
    let ambush = Ambush::signed_in();
    ambush.provider.token_answer(|answer| answer["expires_in"] = json!(0));
    let names = |world: &World| -> BTreeSet<PathBuf> { world.everything().into_iter().map(|(path, _)| path).collect() };
    let _ = ambush.world.run(["auth", "get-token"]).success();
    let (before, asked) = (names(&ambush.world), ambush.provider.count("/token"));
    let mut tokens = BTreeSet::new();
    for _ in 0..1000 {
        tokens.insert(ambush.world.run(["auth", "get-token"]).success().line());
    }
    assert_eq!((tokens.len(), ambush.provider.count("/token") - asked), (1000, 1000));
    assert_eq!(names(&ambush.world), before);
    assert!(ambush.world.peak_memory() < 64 * 1024, "{} KiB", ambush.world.peak_memory());
    figure("1000 refreshes in a row: 0 errors, 0 files left behind");
}

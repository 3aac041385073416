//! An answer that breaks off after every one of its bytes.

use std::path::PathBuf;

use super::{MEMBERSHIPS, changed, cut, length_of, sweep};
use crate::login::Ambush;
use crate::support::figure::figure;
use crate::support::{Answer, browser};

/// Mallory's session as it lies in the store.
fn stored(ambush: &Ambush) -> serde_json::Value {
    ambush.world.stored(&format!("m@x.io@{}", ambush.provider.url()))
}

#[test]
fn a_code_exchange_that_is_cut_anywhere_stores_nothing_and_is_not_repeated() {
    // PKC-06
    let stage = || {
        let ambush = Ambush::new();
        ambush.terse();
        ambush
    };
    let length = length_of(&stage(), "/token", |ambush| drop(ambush.login().success()));
    sweep(length, 6, stage, |ambush, at| {
        ambush.terse();
        ambush.provider.damage("/token", move |bytes, _| cut(bytes, at));
        let output = ambush.login().says("hint: log in again: datumctl login");
        let _ = ambush.refuses(output, 5);
        assert_eq!(ambush.provider.count("/token"), 1, "cut at {at}");
    });
    figure(&format!("{length} code exchanges, each cut at another byte: 0 half sessions"));
}

#[test]
fn a_refresh_that_is_cut_anywhere_is_repeated_once_and_costs_no_session() {
    // RFR-18, RFR-20
    let length = length_of(&Ambush::signed_in(), "/token", |ambush| {
        drop(ambush.world.run(["auth", "get-token"]).success());
    });
    sweep(length, 24, Ambush::signed_in, |ambush, at| {
        // The lane `real_hostile` does so at every byte.
        if at % 4 == 0 {
            cut_twice(ambush, at);
        }
        cut_once(ambush, at);
    });
    figure(&format!("{length} refreshes, each cut at another byte: 0 sessions lost"));
}

/// No answer comes whole: the session stays what it was, byte for byte.
pub fn cut_twice(ambush: &Ambush, at: usize) {
    let before = ambush.world.files();
    ambush.terse();
    ambush.provider.damage("/token", move |bytes, _| cut(bytes, at));
    let output = ambush.finish(ambush.start(&["auth", "get-token"])).exits(5);
    assert_eq!(output.stdout, "", "cut at {at}");
    assert_eq!(output.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{output}");
    assert_eq!(ambush.provider.count("/token"), 2, "cut at {at}");
    assert_eq!(changed(&before, &ambush.world.files()), Vec::<PathBuf>::new(), "cut at {at}");
}

/// The second answer comes whole: its token is printed, and is the one that is stored.
fn cut_once(ambush: &Ambush, at: usize) {
    ambush.terse();
    ambush.provider.token_answer(|answer| answer["expires_in"] = 0.into());
    ambush.provider.damage("/token", move |bytes, number| match number {
        0 => cut(bytes, at),
        _ => Answer::Bytes(bytes),
    });
    let token = ambush.world.run(["auth", "get-token"]).success().line();
    assert_eq!(stored(ambush)["token"]["access_token"], token.as_str(), "cut at {at}");
    assert_eq!(ambush.provider.count("/token"), 2, "cut at {at}");
}

/// The server had acted before the first answer was cut, and does not know the old token any more.
pub fn cut_and_spent(ambush: &Ambush, at: usize) {
    ambush.terse();
    ambush.provider.damage("/token", move |bytes, number| match number {
        0 => cut(bytes, at),
        _ => Answer::error("invalid_grant"),
    });
    let output = ambush.finish(ambush.start(&["auth", "get-token"])).exits(4).says("datumctl login");
    assert_eq!(output.stdout, "", "cut at {at}");
    assert_eq!(ambush.provider.count("/token"), 2, "cut at {at}");
}

#[test]
fn a_description_or_key_set_that_is_cut_anywhere_signs_nobody_in() {
    // DSC-08, DSC-15
    for path in ["/.well-known/openid-configuration", "/keys"] {
        let stage = || {
            let ambush = Ambush::new();
            ambush.terse();
            ambush
        };
        let length = length_of(&stage(), path, |ambush| drop(ambush.login().success()));
        sweep(length, 6, stage, |ambush, at| {
            ambush.terse();
            ambush.provider.damage(path, move |bytes, _| cut(bytes, at));
            let running = ambush.start(&["login"]);
            if path == "/keys" {
                let url = running.login_url().expect("a URL");
                browser::open(&ambush.provider.approve(&url).url());
            }
            let _ = ambush.refuses(ambush.finish(running), 5);
        });
        figure(&format!("{length} answers of {path}, each cut at another byte: 0 logins"));
    }
}

#[test]
fn a_list_of_the_api_that_is_cut_anywhere_is_not_shown_in_part() {
    // API-09
    let stage = || {
        let ambush = Ambush::new();
        let _ = ambush.login().success();
        ambush
    };
    let ask = ["organizations", "list"];
    let length = length_of(&stage(), MEMBERSHIPS, |ambush| drop(ambush.world.run(ask).success()));
    assert_ne!(length, 0);
    sweep(length, 16, stage, |ambush, at| {
        let before = ambush.world.files();
        ambush.provider.behave();
        ambush.provider.damage(MEMBERSHIPS, move |bytes, _| cut(bytes, at));
        let output = ambush.world.run(ask).exits(5);
        assert_eq!(output.stdout, "", "cut at {at}");
        assert_eq!(ambush.provider.count(MEMBERSHIPS), 3, "cut at {at}");
        assert_eq!(changed(&before, &ambush.world.files()), Vec::<PathBuf>::new(), "cut at {at}");
    });
    figure(&format!("{length} lists of the API, each cut at another byte: 0 shown in part"));
}

//! Logins that run at the same time: each is finished with what belongs to it, and all are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::Ambush;
use crate::support::{Answer, browser};

/// The addresses of everybody who is signed in.
fn people(ambush: &Ambush) -> Vec<String> {
    let list = ambush.world.run(["auth", "list", "-o", "json"]).success().json();
    let email = |entry: &serde_json::Value| entry["email"].as_str().expect("an address").to_owned();
    let mut people: Vec<String> = list.as_array().expect("a list").iter().map(email).collect();
    people.sort();
    people
}

#[test]
fn two_logins_at_once_are_both_kept() {
    // CBK-32
    let ambush = Ambush::new();
    let (first, second) = (ambush.start(&["login"]), ambush.start(&["login"]));
    let urls = [&first, &second].map(|running| running.login_url().expect("a URL"));
    let ports = urls.clone().map(|url| ambush.provider.approve(&url).redirect_uri);
    assert_ne!(ports[0], ports[1], "each listens by itself");
    // The second is answered first.
    ambush.provider.id_token(|draft| draft.claims["email"] = json!("second@example.com"));
    browser::open(&ambush.provider.approve(&urls[1]).url());
    let _ = ambush.finish(second).success();
    ambush.provider.id_token(|draft| draft.claims["email"] = json!("first@example.com"));
    browser::open(&ambush.provider.approve(&urls[0]).url());
    let _ = ambush.finish(first).success();
    assert_eq!(people(&ambush), ["ada@example.com", "first@example.com", "second@example.com"]);
}

#[test]
fn two_device_logins_at_once_keep_to_their_own_codes() {
    // DEV-21
    let ambush = Ambush::new();
    let approved = Arc::new(AtomicBool::new(false));
    let may = Arc::clone(&approved);
    ambush.provider.on("/token", move |request, _| {
        let code = request.form("device_code").unwrap_or_default();
        // The first code is approved once the second login has ended.
        let waits = code.starts_with("device-1-") && !may.load(Ordering::SeqCst);
        waits.then(|| Answer::error("authorization_pending"))
    });
    let device = ["login", "--no-browser"];
    let first = ambush.start(&device);
    first.says("Verify at: ");
    ambush.provider.id_token(|draft| draft.claims["email"] = json!("second@example.com"));
    let second = ambush.start(&device);
    let _ = ambush.finish(second).success();
    assert_eq!(people(&ambush), ["ada@example.com", "second@example.com"]);
    ambush.provider.id_token(|draft| draft.claims["email"] = json!("first@example.com"));
    approved.store(true, Ordering::SeqCst);
    let _ = ambush.finish(first).success();
    assert_eq!(people(&ambush), ["ada@example.com", "first@example.com", "second@example.com"]);
    let codes = ambush.provider.requests("/token").iter().filter_map(|request| request.form("device_code")).collect();
    let codes: std::collections::BTreeSet<String> = codes;
    assert_eq!(codes.len(), 2, "{codes:?}");
}

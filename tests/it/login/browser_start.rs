//! Starting a browser, or not: where nobody would see one, and where none can be started.

use std::path::PathBuf;
use std::time::Instant;

use datumctl::emulator::Options;

use super::Ambush;
use crate::support::{World, browser};

#[test]
fn a_browser_that_cannot_be_started_leaves_the_address_and_the_way_back_open() {
    // CBK-27
    let mut ambush = Ambush::new();
    for (opener, warning) in [
        ("/nonexistent/browser", Some("no browser could be started; open the address yourself")),
        ("'unclosed", Some("BROWSER has an unclosed quote; open the address yourself")),
        ("sh -c 'exit 1'", None),
        ("sh -c 'sleep 5'", None),
    ] {
        ambush.world.set("BROWSER", opener);
        let start = Instant::now();
        let output = ambush.login().success();
        assert!(start.elapsed().as_secs() < 5, "{opener} was waited for");
        assert_eq!(output.stderr.lines().find_map(|line| line.strip_prefix("warning: ")), warning, "{opener}");
    }
}

#[test]
fn without_a_terminal_nobody_is_sent_to_a_browser_that_nobody_sees() {
    // CBK-29
    let mut ambush = Ambush::new();
    ambush.world.unset("BROWSER").set("DISPLAY", ":0");
    for ci in [None, Some("1")] {
        ci.map(|ci| ambush.world.set("CI", ci));
        let output = ambush.start(&["login"]).finish();
        insta::allow_duplicates!(insta::assert_snapshot!(output, @"
        ------- stderr -------
        error: a browser login needs a terminal
        hint: on another device: datumctl login --no-browser
        hint: as a service account: datumctl login --credentials FILE
        [exit status: 2]
        "));
        let _ = ambush.refuses(output, 2);
    }
    ambush.world.set("BROWSER", "none");
    let _ = ambush.refuses(ambush.start(&["login"]).finish(), 2);
    assert_eq!(ambush.provider.count("/.well-known/openid-configuration"), 0);
}

#[test]
fn ten_kubectl_plugins_at_once_open_no_browser_when_the_session_has_ended() {
    // CBK-30
    let mut world = World::with(Options::default());
    let _ = world.login("ada@example.com").success();
    world.emulator().expire_access_tokens();
    world.emulator().revoke_sessions("ada@example.com").expect("a person");
    let opened: PathBuf = world.scratch("opened");
    world.set("BROWSER", format!("touch '{}'", opened.display())).set("DISPLAY", ":0");
    world.set(
        "KUBERNETES_EXEC_INFO",
        r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}"#,
    );
    let arguments = ["auth", "get-token", "-o", "client.authentication.k8s.io/v1", "--min-ttl", "24h"];
    let start = Instant::now();
    let children: Vec<_> = (0..10).map(|_| world.spawn(arguments)).collect();
    for child in children {
        let output = world.finish(&child.wait_with_output().expect("an output"), false).exits(4);
        insta::allow_duplicates!(insta::assert_snapshot!(output, @"
        ------- stderr -------
        error: the session has ended: the session was ended
        hint: datumctl login
        [exit status: 4]
        "));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    assert!(!opened.exists(), "a browser was opened");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_closes_the_port_and_stores_nothing() {
    // CBK-25, CBK-31
    use rustix::process::Signal;
    let ambush = Ambush::new();
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143)] {
        let running = ambush.start(&["login"]);
        let callback = ambush.provider.approve(&running.login_url().expect("a URL"));
        let start = Instant::now();
        running.signal(signal);
        let output = ambush.finish(running);
        assert!(start.elapsed().as_secs() < 2, "{signal:?} took {:?}", start.elapsed());
        let _ = ambush.refuses(output, status);
        assert_eq!(browser::get(&callback.url()).status, 0, "the port is closed");
    }
    assert_eq!(ambush.provider.count("/token"), 0);
}

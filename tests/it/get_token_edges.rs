//! `auth get-token` at the edges: what kubectl says is nonsense, the output goes nowhere, the session is not there.

use std::fs::File;

use serde_json::json;

use crate::support::{World, overwrite};

const ADA: &str = "ada@example.com";
const EXEC: [&str; 4] = ["auth", "get-token", "-o", "client.authentication.k8s.io/v1"];

#[test]
fn the_short_way_asks_the_index_while_the_config_is_as_it_was() {
    let world = World::two_people();
    let [ada, grace] = [ADA, "grace@example.com"].map(|email| (world.user_key(email), world.credential(email)));
    let token = |of: &(String, serde_json::Value)| of.1["token"]["access_token"].as_str().expect("a token").to_owned();
    // Were the config asked, it would say Grace.
    let index = world.path("active.json");
    let lead_to_ada = || {
        let text = std::fs::read_to_string(&index).expect("an index");
        assert!(text.contains(&format!(r#""key":"{}""#, grace.0)) && text.contains(r#""session":"grace@"#), "{text}");
        overwrite(&index, text.replace(&grace.0, &ada.0).as_bytes());
    };
    lead_to_ada();
    for format in ["token", "json", "client.authentication.k8s.io/v1"] {
        let output = world.run(["auth", "get-token", "-o", format]).success();
        assert!(output.stdout.contains(&token(&ada)), "{output}");
    }
    // Another config is believed at once, and noted by the next command that reads it.
    let config = std::fs::read_to_string(world.path("config")).expect("a config");
    overwrite(&world.path("config"), format!("{config}# changed\n").as_bytes());
    assert_eq!(world.token(), token(&grace));
    let _ = world.run(["auth", "status"]).success();
    lead_to_ada();
    assert_eq!(world.token(), token(&ada));
    // Whoever reads the same config again leaves the index as it is.
    let _ = world.run(["auth", "status"]).success();
    assert_eq!(world.token(), token(&ada));
}

#[test]
fn nonsense_from_kubectl_is_named_by_its_variable_and_gets_no_token() {
    // RFR-39
    let mut world = World::ada();
    let before = world.refreshes();
    let large = format!("{{\"kind\":\"{}\"}}", "k".repeat(100_000));
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for info in [
        "{",
        "7",
        "[]",
        "null",
        "ExecCredential",
        "{\"apiVersion\":7}",
        "{\"apiVersion\":\"client.authentication.k8s.io/v2\"}",
        "{\"apiVersion\":\"v1\\u001b[2J\"}",
        &large,
        &deep,
    ] {
        let output = world.set("KUBERNETES_EXEC_INFO", info).run(EXEC);
        let shown: String = info.chars().take(60).collect();
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{shown}\n{output}");
        assert!(output.stderr.contains("KUBERNETES_EXEC_INFO") && output.stderr.len() < 1000, "{shown}\n{output}");
        assert!(!output.stderr.trim().replace('\n', "").chars().any(char::is_control), "{shown}\n{output:?}");
    }
    assert_eq!(world.refreshes(), before);
}

#[cfg(unix)]
#[test]
fn a_token_that_cannot_be_printed_fails_and_is_kept() {
    // RFR-41
    let world = World::ada();
    world.expire(ADA);
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let child = world.command(["auth", "get-token"]).stdout(full).spawn().expect("it runs");
    let output = world.finish(&child.wait_with_output().expect("an output"), false);
    let _ = output.exits(1).says("could not write to standard output");
    world.assert_refreshed(1);
    let kept = world.credential(ADA)["token"]["access_token"].clone();
    assert_eq!(world.token(), kept.as_str().expect("a token"));

    world.expire(ADA);
    let words = ["-c", "exec \"$0\" auth get-token >&-", crate::support::DATUMCTL];
    let closed = world.program("sh", words).output().expect("a shell");
    let _ = world.finish(&closed, false).exits(1).says("standard output is closed");
    world.assert_refreshed(1);
    let _ = world.token();
    world.assert_refreshed(2);
}

#[test]
fn a_session_that_nobody_knows_is_answered_with_those_that_are_known() {
    // RFR-42
    let world = World::two_people();
    let host = world.emulator().url().trim_start_matches("http://").to_owned();
    for name in ["nobody", "", "ada", "ADA@EXAMPLE.COM", "a\u{1b}[2Jb", "ada@example.com@elsewhere.example"] {
        let output = world.run(["auth", "get-token", "--session", name]);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{name:?}\n{output}");
        let known = format!("ada@example.com@{host}").replace(&host, "<host>");
        assert!(output.stderr.contains(&known) && output.stderr.contains("grace@example.com@"), "{name:?}\n{output}");
        assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
    }
}

#[test]
fn an_expired_session_that_cannot_refresh_asks_nobody() {
    // RFR-43
    let world = World::ada();
    world.edit_credential(ADA, |credential| {
        credential["token"]["refresh_token"] = json!("");
        credential["token"]["expiry"] = json!("2020-01-01T00:00:00Z");
    });
    let before = world.emulator().journal().len();
    let output = world.run(["auth", "get-token"]).exits(4).says("datumctl login");
    assert_eq!(output.stdout, "");
    assert_eq!(world.emulator().journal().len(), before, "nobody was asked");
}

#[cfg(target_os = "linux")]
#[test]
fn a_store_that_was_not_chosen_is_not_asked_on_the_short_way_either() {
    let mut world = World::ada();
    let _ = world.token();
    world.set("DATUMCTL_CREDENTIAL_STORE", "keyring").set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let _ = world.run(["auth", "get-token"]).exits(6).says("there is no keyring here");
}

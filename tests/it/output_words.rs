//! Words that are no text, and texts of the server that a terminal would act on.

use datumctl::emulator::{Options, Seed};
use serde_json::json;

use crate::support::World;

// OUT-19
#[cfg(unix)]
#[test]
fn texts_of_the_server_become_neither_links_nor_the_clipboard_on_a_terminal() {
    use crate::support::terminal::Terminal;
    let sequences = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\";
    let seed = json!({
        "people": [{"id": "331234567890123401", "email": "ada@example.com", "given_name": "Ada", "family_name": sequences, "email_verified": true}],
        "organizations": [{"name": "acme", "display_name": sequences, "projects": [{"name": "web-x1", "display_name": sequences}]}],
        "memberships": [{"organization": "acme", "member": "ada@example.com", "roles": ["owner"]}],
    });
    let seed = Seed::from_json(&seed.to_string()).expect("a seed");
    let mut world = World::with(Options { seed, ..Options::default() });
    world.set("TERM", "xterm-256color").set("COLORTERM", "truecolor");
    let _ = world.login("ada@example.com").success();
    for words in [
        &["organizations", "list"][..],
        &["projects", "list", "--organization", "acme"],
        &["ctx", "list"],
        &["whoami"],
        &["auth", "list"],
        &["auth", "status"],
    ] {
        let terminal = Terminal::start(&world, &world.command([words, &["--color", "always"]].concat()));
        let shown = terminal.finish().success();
        for text in [&shown.stdout, &shown.stderr] {
            assert!(!text.contains("\u{1b}]52") && !text.contains("\u{1b}]8"), "{words:?}: {text:?}");
        }
    }
}

// OUT-21
#[cfg(unix)]
#[test]
fn words_and_variables_that_are_no_text_are_refused_or_ignored_and_crash_nothing() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt as _;

    let odd = OsStr::from_bytes(b"\xff\xfe\x80od\xc3\x28d");
    let mut world = World::ada();
    world.set("LC_ALL", "C").set("LANG", "POSIX");
    let word = |text: &str| OsString::from(text);
    for words in [
        vec![odd.to_owned()],
        vec![word("get"), odd.to_owned()],
        vec![word("get"), word("dnszones"), odd.to_owned()],
        vec![word("auth"), word("get-token"), word("--session"), odd.to_owned()],
        vec![word("auth"), word("switch"), odd.to_owned()],
        vec![word("login"), word("--credentials"), odd.to_owned()],
        vec![word("login"), word("--hostname"), odd.to_owned()],
        vec![word("apply"), word("-f"), odd.to_owned()],
        vec![word("api"), word("get"), odd.to_owned()],
    ] {
        let output = world.run(&words);
        assert!([1, 2, 6].contains(&output.status), "{words:?}\n{output}");
        assert!(output.stderr.contains("error: "), "{words:?}\n{output}");
    }
    for variable in [
        "DATUM_SESSION",
        "DATUM_PROJECT",
        "DATUM_CREDENTIALS_FILE",
        "DATUMCTL_CREDENTIAL_STORE",
        "KUBERNETES_EXEC_INFO",
        "KUBECONFIG",
        "NO_COLOR",
        "TERM",
        "RUST_LOG",
        "HTTPS_PROXY",
        "BROWSER",
    ] {
        for words in [&["auth", "get-token"][..], &["auth", "status"], &["organizations", "list"], &["version"]] {
            let output = world.command(words).env(variable, odd).output().expect("it runs");
            let output = world.finish(&output, true);
            assert!([0, 1, 2, 4, 6].contains(&output.status), "{variable} {words:?}\n{output}");
        }
    }
}

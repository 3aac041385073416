//! Signals, closed descriptors, missing terminals and odd environments.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{DATUMCTL, Output, World};

/// Commands that print, with words on standard output.
const PRINTING: [&[&str]; 11] = [
    &["--help"],
    &["version"],
    &["completion", "bash"],
    &["whoami"],
    &["auth", "status", "-o", "json"],
    &["auth", "list"],
    &["auth", "get-token"],
    &["auth", "org", "--list"],
    &["ctx", "list"],
    &["organizations", "list", "-o", "yaml"],
    &["projects", "list"],
];

fn signed_in() -> World {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    let _ = world.run(["ctx", "use", "acme"]).success();
    world
}

/// The binary started by a shell that first changes its descriptors or signals.
fn in_shell(world: &World, prelude: &str, words: &[&str]) -> Output {
    let script = format!("{prelude}; exec \"$@\"");
    let mut shell = world.program("sh", ["-c", &script, "sh", DATUMCTL]);
    shell.args(words).env("BROWSER", format!("'{DATUMCTL}' emulator sign-in --as ada@example.com"));
    world.finish(&shell.output().expect("sh"), words.contains(&"get-token"))
}

// SIG-01
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = signed_in();
    for words in PRINTING {
        let mut child = world.spawn(words);
        drop(child.stdout.take());
        let output = world.finish(&child.wait_with_output().expect("an output"), false);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{words:?}");
    }
}

// SIG-02
#[test]
fn a_full_disk_behind_standard_output_is_an_error_with_words() {
    let world = signed_in();
    for words in PRINTING {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let child = world.command(words).stdout(full).spawn().expect("it runs");
        let output = world.finish(&child.wait_with_output().expect("an output"), false);
        assert_eq!(output.status, 1, "{words:?}: {output}");
        assert!(output.stderr.contains("could not write to standard output: No space left"), "{words:?}: {output}");
    }
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut whoami = world.command(["whoami"]);
    assert!(whoami.stderr(full).stdout(Stdio::null()).status().expect("it runs").success());
}

// SIG-03
#[test]
fn closed_descriptors_never_become_our_files() {
    let world = World::new();
    for closed in ["exec <&-", "exec <&- 2>&-", "exec 2>&-", "exec >&-", "exec <&- >&- 2>&-"] {
        let _ = in_shell(&world, closed, &["login", "--no-context"]).success();
        let _ = in_shell(&world, closed, &["organizations", "list"]).success();
        let _ = in_shell(&world, closed, &["whoami"]).success();
        let _ = in_shell(&world, closed, &["auth", "list"]).success();
    }
    let before = world.refreshes();
    let _ = in_shell(&world, "exec >&-", &["auth", "get-token", "--min-ttl", "24h"])
        .exits(1)
        .says("standard output is closed");
    assert_eq!(world.refreshes(), before, "nothing is spent for nobody");
    assert_eq!(
        in_shell(&world, "exec <&- 2>&-", &["auth", "get-token", "--min-ttl", "24h"]).success().stdout.lines().count(),
        1
    );
    let _ = world.run(["auth", "get-token"]).success().line();
    let _ = in_shell(&world, "exec <&- >&- 2>&-", &["logout"]).success();
    let _ = world.run(["auth", "status"]).exits(4);
}

/// Starts a login that waits for somebody, and answers what stands behind `label` once it has said so.
fn waiting_login(world: &World, words: &[&str], label: &str) -> (Child, String) {
    let mut child = world.command(words).env("BROWSER", "true").spawn().expect("it runs");
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    while stderr.read_line(&mut said).expect("stderr") > 0 {
        if let Some(rest) = said.lines().last().and_then(|line| line.trim().strip_prefix(label)) {
            let rest = rest.to_owned();
            // Keeps the pipe open and empty for the rest of the login.
            std::thread::spawn(move || stderr.read_to_string(&mut String::new()));
            return (child, format!("{label}{rest}").trim_start_matches("Verify at: ").to_owned());
        }
    }
    let status = child.wait().expect("it ends");
    panic!("{label:?} was never said before it ended with {status}: {said}")
}

fn send(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

// SIG-05
#[test]
fn a_waiting_login_ends_at_once_when_it_is_asked_to() {
    let world = World::new();
    for (words, label) in [(&["login"][..], "http://"), (&["login", "--no-browser"], "Verify at: ")] {
        for (signal, status) in [("TERM", 143), ("HUP", 143), ("INT", 130)] {
            let (mut child, _) = waiting_login(&world, words, label);
            send(&child, signal);
            let begun = Instant::now();
            assert_eq!(child.wait().expect("an end").code(), Some(status), "{words:?} {signal}");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
        assert!(!world.path("credentials.json").exists() && !world.path("config").exists());
    }
}

// SIG-05
#[test]
fn a_login_that_was_stopped_and_resized_goes_on() {
    let world =
        World::with(datumctl::emulator::Options { device_interval: Duration::from_secs(1), ..Default::default() });
    let (mut child, url) = waiting_login(&world, &["login", "--no-browser"], "Verify at: ");
    (0..50).for_each(|_| send(&child, "WINCH"));
    send(&child, "STOP");
    let _ = world.run(["emulator", "sign-in", "--as", "ada@example.com", &url]).success();
    send(&child, "CONT");
    assert!(child.wait().expect("an end").success());
    let _ = world.run(["whoami"]).success();
}

// SIG-14
#[test]
fn input_that_is_not_for_us_is_left_to_others() {
    // As in `producer | while read line; do datumctl ...; done`: what we read, the loop would miss.
    let world = World::ada();
    for words in
        [&["auth", "get-token"][..], &["get", "projects"], &["organizations", "list"], &["whoami"], &["auth", "list"]]
    {
        let (mut others, ours) = std::io::pipe().expect("a pipe");
        let line = "somebody else's line\n".repeat(100);
        (&ours).write_all(line.as_bytes()).expect("room in the pipe");
        let child = world.command(words).stdin(others.try_clone().expect("a descriptor")).spawn().expect("it runs");
        let _ = world.finish(&child.wait_with_output().expect("an output"), words.contains(&"get-token")).success();
        drop(ours);
        let mut left = String::new();
        others.read_to_string(&mut left).expect("text");
        assert_eq!(left.len(), line.len(), "{words:?} took some");
    }
}

// SIG-08
#[test]
fn without_a_terminal_nothing_waits_for_an_answer() {
    let world = World::two_people();
    for words in [&["login"][..], &["auth", "switch"], &["ctx", "use"]] {
        let mut command = world.command(words);
        // An open pipe that nobody writes to: whoever reads it waits for ever.
        let child = command.stdin(Stdio::piped()).spawn().expect("it runs");
        let (_held, output) = hold_input(child);
        let refused = world.finish(&output, false).exits(2);
        assert!(refused.stderr.contains("hint: "), "{refused}");
    }
    insta::assert_snapshot!(world.run(["login"]).exits(2), @"
    ------- stderr -------
    error: a browser login needs a terminal
    hint: on another device: datumctl login --no-browser
    hint: as a service account: datumctl login --credentials FILE
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["auth", "switch"]).exits(2), @"
    ------- stderr -------
    error: several accounts fit and there is no terminal to ask on
    hint: datumctl auth switch --session ada@example.com@<host>
    hint: datumctl auth switch --session grace@example.com@<host>
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["ctx", "use"]).exits(2), @"
    ------- stderr -------
    error: which context? there is no terminal to ask on
    hint: datumctl ctx use ORG[/PROJECT]
    [exit status: 2]
    ");
}

fn hold_input(mut child: Child) -> (Option<std::process::ChildStdin>, std::process::Output) {
    let held = child.stdin.take();
    (held, child.wait_with_output().expect("an output"))
}

// SIG-09
#[test]
fn odd_terminals_and_widths_change_nothing_in_a_pipe() {
    let world = signed_in();
    let commands = [&["auth", "list"][..], &["ctx", "list"], &["whoami"], &["--help"], &["auth", "switch", "nobody"]];
    let plain: Vec<String> = commands.iter().map(|words| world.run(*words).to_string()).collect();
    for (name, value) in [
        ("NO_COLOR", "1"),
        ("NO_COLOR", ""),
        ("TERM", "dumb"),
        ("TERM", "no-such-terminal"),
        ("TERM", "\u{1b}[31m"),
        ("TERMINFO", "/nowhere"),
        ("COLUMNS", "0"),
        ("COLUMNS", "1"),
        ("COLUMNS", "100000"),
        ("COLUMNS", "many"),
        ("LANG", "C"),
        ("LC_ALL", "POSIX"),
    ] {
        for (words, plain) in commands.iter().zip(&plain) {
            let output = world.command(*words).env(name, value).output().expect("it runs");
            let output = world.finish(&output, false).to_string();
            assert!(!output.contains('\u{1b}'), "{name}={value}: {output}");
            if words[0] != "--help" {
                assert_eq!(output, *plain, "{name}={value}");
            }
        }
    }
}

// SIG-11
#[test]
fn signals_that_the_parent_ignores_or_blocks_stop_nothing() {
    let world = World::new();
    for prelude in ["trap '' CHLD PIPE HUP", "trap '' PIPE", "trap '' INT TERM QUIT"] {
        let _ = in_shell(&world, prelude, &["login", "--no-context"]).success();
        let _ = in_shell(&world, prelude, &["auth", "get-token", "--min-ttl", "24h"]).success().line();
        let _ = in_shell(&world, prelude, &["organizations", "list"]).success();
        let status = in_shell(&world, prelude, &["emulator", "exec", "--", "sh", "-c", "exit 7"]);
        assert_eq!(status.status, 7, "{prelude}: {status}");
    }
    let blocked = ["--block-signal", "--ignore-signal=CHLD", DATUMCTL, "auth", "get-token", "--min-ttl", "24h"];
    let output = world.program("env", blocked).output().expect("env");
    let _ = world.finish(&output, true).success().line();
}

// SIG-12
#[test]
fn every_stored_time_can_be_read() {
    for expiry in [
        "0001-01-01T00:00:00Z",
        "1901-12-13T20:45:51Z",
        "1969-12-31T23:59:59.999999999Z",
        "2038-01-19T03:14:08Z",
        "2106-02-07T06:28:16+14:00",
        "9999-12-31T23:59:59Z",
        "99999-01-01T00:00:00Z",
        "soon",
    ] {
        let world = World::new();
        let _ = world.login("ada@example.com").success();
        let file = world.path("credentials.json");
        let text = std::fs::read_to_string(&file).expect("a store");
        let begin = text.find("expiry\\\":\\\"").expect("an expiry") + "expiry\\\":\\\"".len();
        let end = begin + text[begin..].find('\\').expect("its end");
        std::fs::write(&file, format!("{}{expiry}{}", &text[..begin], &text[end..])).expect("written");
        for words in [
            &["auth", "list"][..],
            &["auth", "status"],
            &["auth", "status", "-o", "json"],
            &["auth", "get-token", "-o", "json"],
        ] {
            let output = world.run(words);
            assert!([0, 4, 6].contains(&output.status), "{expiry} {words:?}: {output}");
        }
    }
}

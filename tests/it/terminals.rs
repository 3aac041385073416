//! A person's terminal around the binary: questions, their ends, and the terminal afterwards.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use crate::support::{DATUMCTL, Output, World};

/// Runs shell words on a terminal of their own, types `input` once `prompt` is shown, and gives all that was shown;
/// `$DATUMCTL` is the binary. Nothing may take longer than twenty seconds.
fn on_terminal(world: &World, words: &str, prompt: &str, input: &[u8]) -> Output {
    let script = world.scratch("on-terminal.sh");
    std::fs::write(&script, words).expect("a script");
    let command = format!("timeout --foreground -s KILL 20 sh '{}'", script.display());
    let mut terminal = world.program("script", ["-qec", &command, "/dev/null"]);
    terminal.env("DATUMCTL", DATUMCTL).env("TERM", "xterm").env("BROWSER", "true").stdin(Stdio::piped());
    let mut child = terminal.spawn().expect("script");
    let mut keyboard = child.stdin.take();
    let mut screen = child.stdout.take().expect("a pipe");
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if keyboard.is_some() && String::from_utf8_lossy(&shown).contains(prompt) {
            // Whoever has ended reads no more.
            let _ = keyboard.as_mut().map(|keyboard| keyboard.write_all(input));
            keyboard = keyboard.filter(|_| input.is_empty());
        }
        match screen.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => shown.extend_from_slice(&buffer[..read]),
        }
    }
    let mut output = child.wait_with_output().expect("an output");
    output.stdout = shown;
    world.finish(&output, false)
}

// SIG-05
#[test]
fn whatever_ends_a_question_the_terminal_is_as_before() {
    let world = World::two_people();
    for words in ["auth switch", "ctx use", "login", "login --no-browser"] {
        for signal in ["TERM", "HUP"] {
            let shown = on_terminal(
                &world,
                &format!(
                    "stty -g >before\ntimeout --foreground -s {signal} 1 \"$DATUMCTL\" {words}\necho status $?\nstty -g >after\n"
                ),
                "",
                b"",
            );
            let settings = |name: &str| std::fs::read_to_string(world.scratch(name)).expect("settings");
            assert_eq!(settings("before"), settings("after"), "{words} {signal}: {shown}");
            let hidden = shown.stdout.rfind("\u{1b}[?25l");
            let visible = shown.stdout.rfind("\u{1b}[?25h");
            assert!(hidden <= visible, "{words} {signal} leaves no cursor: {:?}", shown.stdout);
        }
    }
}

#[test]
fn escape_ends_every_question() {
    let world = World::two_people();
    for words in ["auth switch", "ctx use"] {
        let shown = on_terminal(&world, &format!("\"$DATUMCTL\" {words}\necho status $?\n"), "?25l", b"\x1b");
        assert!(shown.stdout.contains("status 130") || shown.stdout.contains("status 2"), "{words}: {shown}");
    }
}

// SIG-07
#[test]
fn a_login_reads_no_nonsense_out_of_what_is_pasted() {
    let world = World::new();
    let pasted = [
        b"\x1b[200~http://127.0.0.1/nonsense?code=x\x1b[201~\n".to_vec(),
        b"\xff\xfe\x80binary\n".to_vec(),
        vec![b'x'; 3000],
        b"\n\n\n".to_vec(),
        b"\x04\x04".to_vec(),
    ];
    let shown = on_terminal(&world, "\"$DATUMCTL\" login\necho status $?\n", "paste the address", &pasted.concat());
    assert!(shown.stdout.contains("status "), "{shown}");
    assert!(!world.path("credentials.json").exists());
    assert_eq!(world.emulator().journal().iter().filter(|entry| entry.route == "token.code").count(), 0);
}

// SIG-09, SIG-05
#[test]
fn narrow_and_strange_terminals_show_the_same_words() {
    let world = World::two_people();
    for setup in [
        "stty cols 1 rows 1",
        "stty cols 0",
        "stty cols 10000",
        "export TERM=dumb",
        "unset TERM",
        "export TERM=none NO_COLOR=1",
    ] {
        let shown = on_terminal(
            &world,
            &format!("{setup}\n\"$DATUMCTL\" auth list\n\"$DATUMCTL\" --help\n\"$DATUMCTL\" nope\n"),
            "",
            b"",
        );
        assert!(shown.stdout.contains("ada@example.com") && shown.stdout.contains("USER"), "{setup}: {shown}");
        if setup.contains("TERM") {
            assert!(!shown.stdout.contains('\u{1b}'), "{setup}: {:?}", shown.stdout);
        }
    }
}

// OUT-01
#[test]
fn a_question_shows_hostile_names_harmlessly() {
    let mut options = datumctl::emulator::Options::default();
    options.seed.organizations[0].display_name = "evil\u{1b}]0;title\u{7}\u{9b}31m\u{202e}".to_owned();
    let world = World::with(options);
    let _ = world.login("ada@example.com").success();
    let shown = on_terminal(&world, "\"$DATUMCTL\" ctx use\n", "evil", b"\x1b");
    assert!(shown.stdout.contains(r"evil\x1b]0;title\x07\x9b31m\u{202e}"), "{:?}", shown.stdout);
    assert!(
        !shown.stdout.contains("\u{1b}]0;") && !shown.stdout.contains(['\u{9b}', '\u{7}', '\u{202e}']),
        "{:?}",
        shown.stdout
    );
}

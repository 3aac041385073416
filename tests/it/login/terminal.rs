//! A person at a terminal: what they see, what they may paste, and how they get out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use datumctl::emulator::{Options, Who, approve_device};

use super::Ambush;
use crate::support::terminal::Terminal;
use crate::support::{Answer, World, browser, script};

impl Ambush {
    fn at_terminal(&self, arguments: &[&str]) -> Terminal<'_> {
        Terminal::start(&self.world, &self.world.command(arguments))
    }

    /// Puts a usual browser into the PATH, which leaves the address it was given in a file.
    fn with_recording_browser(&mut self) -> PathBuf {
        let (directory, record) = (self.world.scratch("bin"), self.world.scratch("opened"));
        std::fs::create_dir_all(&directory).expect("a directory");
        // This machine's own default browser stays out of it.
        for (name, text) in [
            ("xdg-settings", String::new()),
            ("x-www-browser", format!("printf '%s\\n' \"$@\" >>'{}'", record.display())),
        ] {
            script(&directory.join(name), &text);
        }
        let path = std::env::join_paths([directory, "/bin".into(), "/usr/bin".into()]).expect("a PATH");
        self.world.set("PATH", path).unset("BROWSER").set("DISPLAY", ":0");
        record
    }
}

#[test]
fn the_address_where_the_browser_ended_can_be_pasted() {
    let ambush = Ambush::new();
    let terminal = ambush.at_terminal(&["login"]);
    let callback = ambush.provider.approve(&terminal.running.login_url().expect("a URL"));
    terminal.press("\r");
    terminal.press(&format!("{}\r", callback.clone().with("state", Some("wrong")).url()));
    terminal.running.says("that address belongs to another login");
    terminal.press("https://evil.example/?code=x\r");
    terminal.running.says("it leads elsewhere");
    terminal.press(&format!("{}\r", callback.url()));
    let output = terminal.finish().success();
    assert!(output.stderr.contains("Signed in as Mallory"), "{output}");
}

#[test]
fn the_bare_code_can_be_pasted() {
    let ambush = Ambush::new();
    let terminal = ambush.at_terminal(&["login"]);
    let callback = ambush.provider.approve(&terminal.running.login_url().expect("a URL"));
    terminal.press(&format!("{}\r", callback.parameters[0].1));
    let _ = terminal.finish().success();
}

#[test]
fn a_pasted_answer_of_another_issuer_ends_the_login() {
    // CBK-11
    let ambush = Ambush::new();
    let terminal = ambush.at_terminal(&["login"]);
    let callback = ambush.provider.approve(&terminal.running.login_url().expect("a URL"));
    terminal.press(&format!("{}\r", callback.with("iss", Some("https://evil.example")).url()));
    let _ = terminal.finish().exits(7);
    assert_eq!(ambush.provider.count("/token"), 0);
    ambush.untouched();
}

#[test]
fn the_browser_may_still_come_back_by_itself() {
    let ambush = Ambush::new();
    let terminal = ambush.at_terminal(&["login"]);
    browser::open(&ambush.provider.approve(&terminal.running.login_url().expect("a URL")).url());
    let _ = terminal.finish().success();
}

#[test]
fn ctrl_c_and_the_end_of_input_end_the_wait() {
    // CBK-31, DEV-13
    let ambush = Ambush::new();
    ambush.provider.always("/token", Answer::error("authorization_pending"));
    for (arguments, keys) in [
        (["login"].as_slice(), "\x03"),
        (["login"].as_slice(), "\x04"),
        (["login", "--no-browser"].as_slice(), "\x03"),
        (["login", "--no-browser"].as_slice(), "\x04"),
    ] {
        let terminal = ambush.at_terminal(arguments);
        terminal.running.says("Waiting for ");
        let start = Instant::now();
        terminal.press(keys);
        let output = terminal.finish().exits(130);
        assert!(start.elapsed() < Duration::from_secs(2), "{keys:?}: {:?}", start.elapsed());
        assert!(output.stderr.contains("error: "), "{output}");
        ambush.untouched();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_person_at_this_machine_gets_a_browser_and_one_elsewhere_gets_the_address() {
    // CBK-29, CBK-27
    let mut ambush = Ambush::new();
    let opened = ambush.with_recording_browser();
    let terminal = ambush.at_terminal(&["login"]);
    let url = terminal.running.login_url().expect("a URL");
    let record = || std::fs::read_to_string(&opened).unwrap_or_default();
    let patience = Instant::now() + Duration::from_secs(10);
    while !record().ends_with('\n') && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(record(), format!("{url}\n"));
    browser::open(&ambush.provider.approve(&url).url());
    let _ = terminal.finish().success();
    std::fs::remove_file(&opened).expect("a record");

    ambush.world.set("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
    let terminal = ambush.at_terminal(&["login"]);
    let url = terminal.running.login_url().expect("a URL");
    terminal.running.says("datumctl login --no-browser");
    browser::open(&ambush.provider.approve(&url).url());
    let _ = terminal.finish().success();
    assert!(!opened.exists(), "a browser was opened on the far machine");

    ambush.world.set("CI", "1");
    let output = ambush.at_terminal(&["login"]).finish().exits(2);
    assert!(output.stderr.contains("--no-browser") && !opened.exists(), "{output}");
}

#[test]
fn a_device_login_at_a_terminal_shows_the_code_and_where_to_type_it() {
    // DEV-19
    let ambush = Ambush::new();
    let terminal = ambush.at_terminal(&["login", "--no-browser"]);
    let output = terminal.finish().success();
    let lines: Vec<_> = output.stderr.lines().map(str::trim_end).collect();
    assert!(lines.iter().any(|line| line.starts_with("User code: ") && line.contains("WDJB-MJHT")), "{output}");
    assert!(lines.contains(&format!("Verify at: {}/activate", ambush.provider.url()).as_str()), "{output}");
}

#[test]
fn after_signing_in_the_first_key_reaches_the_picker() {
    let world = World::with(Options { device_interval: Duration::from_secs(1), ..Options::default() });
    for arguments in [["login"].as_slice(), ["login", "--no-browser"].as_slice()] {
        let terminal = Terminal::start(&world, &world.login_command("ada@example.com", arguments));
        if arguments.len() > 1 {
            let code =
                terminal.running.find(|text| Some(text.split_once("User code: ")?.1.split_once('\r')?.0.to_owned()));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let who = Who::Named("ada@example.com".to_owned());
            runtime
                .block_on(approve_device(world.emulator().url(), &code.expect("a code"), &who))
                .expect("an approval");
        }
        terminal.running.says("> acme");
        terminal.press("\r");
        let output = terminal.finish().success();
        assert!(output.stderr.contains("Context set to "), "{output}");
        let _ = world.run(["logout", "--all"]).success();
    }
}

//! A person's browser: Debian's Chromium clicks through every page that a person sees. The screenshots are kept in
//! `DATUMCTL_TEST_ARTIFACTS`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Output as Finished, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Output, World, part};

const GRACE: &str = "grace@example.com";

fn script(name: &str) -> PathBuf {
    let _ = part("DATUMCTL_TEST_CHROMIUM");
    part("DATUMCTL_TEST_CHROMIUM_SCRIPTS").join(name)
}

/// Where this test's screenshots go.
fn screenshots(test: &str) -> PathBuf {
    part("DATUMCTL_TEST_ARTIFACTS").join(test)
}

/// Asserts that every screenshot is there and is a picture.
fn assert_pictures(test: &str, names: &[&str]) {
    for name in names {
        let path = screenshots(test).join(name);
        let picture = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 2000, "{} is no picture", path.display());
    }
}

/// Logs in with Chromium as the browser, and waits until the person has seen the last page without complaints.
fn login(world: &World, test: &str, options: &str) -> Output {
    let (browser, seen) = (world.scratch("browser"), world.scratch("seen"));
    let text = format!(
        "#!/bin/sh\nexport DATUMCTL_TEST_CHROMIUM='{}'\nnode '{}' --screenshot '{}' {options} \"$@\" >'{2}.log' 2>&1\n\
         echo \"status $?\" >>'{2}.log'\nmv '{2}.log' '{3}'\n",
        part("DATUMCTL_TEST_CHROMIUM").display(),
        script("click.mjs").display(),
        screenshots(test).display(),
        seen.display(),
    );
    std::fs::create_dir_all(screenshots(test)).expect("a folder");
    std::fs::write(&browser, text).expect("a script");
    std::fs::set_permissions(&browser, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("its mode");
    let output = world.command(["login"]).env("BROWSER", &browser).output().expect("the binary runs");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !seen.exists() {
        assert!(Instant::now() < deadline, "the browser did not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(std::fs::read_to_string(seen).expect("text"), "status 0\n");
    world.finish(&output, false)
}

fn chromium(name: &str, arguments: &[&str]) -> Finished {
    Command::new("node").arg(script(name)).args(arguments).stdin(Stdio::null()).output().expect("node runs")
}

/// A login without a browser, waiting for somebody at the device page.
struct DeviceLogin {
    child: std::process::Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
    verify_at: String,
    code: String,
}

impl DeviceLogin {
    fn start(world: &World) -> Self {
        let mut child = world.spawn(["login", "--no-browser"]);
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut login = Self { child, stderr, said: String::new(), verify_at: String::new(), code: String::new() };
        while login.verify_at.is_empty() || login.code.is_empty() {
            let mut line = String::new();
            assert!(login.stderr.read_line(&mut line).expect("text") > 0, "no address and no code:\n{}", login.said);
            let value = |label| line.split_once(label).map(|(_, value): (_, &str)| value.trim().to_owned());
            login.verify_at = value("Verify at:").unwrap_or(login.verify_at);
            login.code = value("User code:").unwrap_or(login.code);
            login.said.push_str(&line);
        }
        login
    }

    fn finish(mut self, world: &World) -> Output {
        self.stderr.read_to_string(&mut self.said).expect("text");
        let mut output = self.child.wait_with_output().expect("an output");
        output.stderr = self.said.into_bytes();
        world.finish(&output, false)
    }
}

fn world() -> World {
    let interval = Duration::from_secs(1);
    World::with(datumctl::emulator::Options { device_interval: interval, ..Default::default() })
}

#[test]
fn a_person_chooses_an_account_allows_and_sees_that_it_worked() {
    let world = world();
    let _ = login(&world, "login", "--person 'Grace Hopper'").success();
    let status = world.run(["auth", "status", "-o", "json"]).success().json();
    assert_eq!(status["email"], GRACE);
    assert_pictures("login", &["01-login.png", "02-consent.png", "03-callback.png"]);
}

#[test]
fn a_person_who_denies_is_not_signed_in_and_the_page_says_so() {
    let world = world();
    let _ = login(&world, "deny", "--person 'Grace Hopper' --deny").exits(4).says("refused");
    assert!(!world.path("credentials.json").exists());
    assert_pictures("deny", &["01-login.png", "02-consent.png", "03-callback.png"]);
}

#[test]
fn a_person_types_the_code_of_another_device() {
    let world = world();
    let login = DeviceLogin::start(&world);
    let page = login.verify_at.split('?').next().expect("an address").to_owned();
    let folder = screenshots("device-code").display().to_string();
    let clicked = chromium(
        "device.mjs",
        &["--person", "Grace Hopper", "--code", &login.code.to_lowercase(), "--screenshot", &folder, &page],
    );
    assert!(clicked.status.success(), "{}", String::from_utf8_lossy(&clicked.stderr));
    let _ = login.finish(&world).success();
    assert_eq!(world.run(["auth", "status", "-o", "json"]).success().json()["email"], GRACE);
    assert_pictures("device-code", &["01-device.png", "02-confirm.png", "03-done.png"]);
}

#[test]
fn a_person_follows_the_whole_address_of_another_device_and_may_deny() {
    let world = world();
    for (name, options, status) in [("device-address", &[][..], 0), ("device-deny", &["--deny"], 4)] {
        let login = DeviceLogin::start(&world);
        assert!(login.verify_at.contains(&login.code), "the address is not complete: {}", login.verify_at);
        let folder = screenshots(name).display().to_string();
        let arguments: Vec<_> = options.iter().copied().chain(["--screenshot", &folder, &login.verify_at]).collect();
        let clicked = chromium("device.mjs", &arguments);
        assert!(clicked.status.success(), "{}", String::from_utf8_lossy(&clicked.stderr));
        let _ = login.finish(&world).exits(status);
        assert_pictures(name, &["01-device.png", "02-confirm.png", "03-done.png"]);
    }
}

#[test]
fn a_code_that_nobody_shows_is_refused_in_plain_words() {
    let world = world();
    let folder = screenshots("device-wrong-code").display().to_string();
    let page = format!("{}/device?user_code=BCDF-GHJK", world.emulator().url());
    let clicked = chromium("device.mjs", &["--unknown-code", "--screenshot", &folder, &page]);
    assert!(clicked.status.success(), "{}", String::from_utf8_lossy(&clicked.stderr));
    assert_pictures("device-wrong-code", &["02-unknown.png"]);
}

//! A keyring that is locked, absent, silent or gone: each is told apart, in time, and none is taken for "log in".

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::*;

#[test]
fn without_a_keyring_a_login_falls_back_to_a_private_file_with_one_notice() {
    // KRG-01
    let absences: [fn(&mut Desktop); 4] = [
        |desktop| _ = desktop.world.unset("DBUS_SESSION_BUS_ADDRESS"),
        |desktop| _ = desktop.world.set("DBUS_SESSION_BUS_ADDRESS", "garbage"),
        |desktop| _ = desktop.world.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus"),
        |desktop| desktop.end_service(),
    ];
    for absence in absences {
        let mut desktop = Desktop::new();
        absence(&mut desktop);
        let output = desktop.world.login(ADA).success();
        let path = desktop.world.path("credentials.json");
        assert_eq!(output.stderr.matches("credentials.json").count(), 1, "{output}");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let output = desktop.world.run(["auth", "get-token"]).success();
        assert_eq!(output.stderr, "");
    }
}

#[test]
fn a_locked_keyring_with_nobody_to_unlock_it_is_told_as_locked() {
    // KRG-20
    let desktop = Desktop::with_ada();
    let requests = desktop.world.emulator().journal().len();
    desktop.lock();
    assert_eq!(desktop.lookup(&desktop.key()), None);
    insta::assert_snapshot!(desktop.run_within_deadline(&["auth", "get-token"]).exits(6), @"
    ------- stderr -------
    error: the keyring is locked
    hint: unlock the keyring and try again
    hint: to keep credentials in a file instead: DATUMCTL_CREDENTIAL_STORE=file
    [exit status: 6]
    ");
    let output = desktop.world.login("grace@example.com").exits(6).says("locked");
    assert!(!output.stderr.contains("log in"), "{output}");
    assert_eq!(desktop.world.emulator().journal().len(), requests, "a login began that could not be stored");
    let listed = desktop.run_within_deadline(&["auth", "list", "-o", "json"]).success().json();
    assert_eq!(listed[0]["email"], ADA);
    assert!(!desktop.has_file_store());
}

#[test]
fn a_prompt_that_nobody_answers_is_waited_for_once_and_told_as_locked() {
    // KRG-02
    let mut desktop = Desktop::with_ada();
    desktop.black_hole("org.gnome.keyring.SystemPrompter");
    desktop.lock();
    let output = desktop.run_within_deadline(&["auth", "get-token"]).exits(6).says("locked");
    assert!(!output.stderr.contains("log in"), "{output}");
    let _ = desktop.run_within_deadline(&["login"]).exits(6).says("locked");
    assert!(!desktop.has_file_store());
}

#[test]
fn after_the_keyring_is_unlocked_everything_is_there() {
    // KRG-02
    let desktop = Desktop::with_ada();
    let token = desktop.world.token();
    desktop.lock();
    let _ = desktop.run_within_deadline(&["auth", "get-token"]).exits(6);
    desktop.unlock();
    assert_eq!(desktop.world.token(), token);
}

/// Commands that need several entries, or none that they could do without.
const COMMANDS: [&[&str]; 5] =
    [&["auth", "get-token"], &["auth", "list"], &["whoami"], &["auth", "status"], &["organizations", "list"]];

#[test]
fn a_keyring_that_hangs_costs_each_command_one_deadline() {
    // KRG-03
    let desktop = Desktop::with_ada();
    desktop.signal("-STOP");
    let outputs = desktop.run_all_within_deadline(&COMMANDS);
    for output in &outputs {
        assert!(output.status == 0 || output.status == 6, "{output}");
        assert!(!output.stderr.contains("datumctl login"), "{output}");
    }
    let _ = outputs[0].clone().exits(6).says("did not answer within 3 seconds");
    assert!(!desktop.has_file_store());
}

#[test]
fn a_program_that_took_the_keyrings_name_and_never_answers_costs_one_deadline() {
    // KRG-03
    let mut desktop = Desktop::with_ada();
    desktop.end_service();
    desktop.black_hole("org.freedesktop.secrets");
    for output in desktop.run_all_within_deadline(&COMMANDS) {
        assert!(output.status == 0 || output.status == 6, "{output}");
    }
    let _ = desktop.run_within_deadline(&["login"]).exits(6);
    assert!(!desktop.has_file_store());
}

#[test]
fn a_keyring_that_denies_access_is_told_as_denied_and_nothing_is_kept_in_the_open() {
    // KRG-05
    let mut desktop = Desktop::with_ada();
    let (bus, mut daemon) = desktop.bus_that_denies_the_keyring();
    let _ = desktop.world.set("DBUS_SESSION_BUS_ADDRESS", bus);
    let output = desktop.run_within_deadline(&["auth", "get-token"]).exits(6).says("denied");
    assert!(!output.stderr.contains("datumctl login"), "{output}");
    let _ = desktop.world.login("grace@example.com").exits(6).says("denied");
    assert!(!desktop.has_file_store());
    let _ = daemon.kill();
    let _ = daemon.wait();
}

#[test]
fn a_keyring_asked_for_by_name_has_no_second_best() {
    // KRG-19
    let mut desktop = Desktop::new();
    desktop.world.set("DATUMCTL_CREDENTIAL_STORE", "keyring").unset("DBUS_SESSION_BUS_ADDRESS");
    insta::assert_snapshot!(desktop.world.login(ADA).exits(6), @"
    ------- stderr -------
    error: there is no keyring here: no D-Bus session
    hint: to keep credentials in a file instead: DATUMCTL_CREDENTIAL_STORE=file
    [exit status: 6]
    ");
    assert!(!desktop.has_file_store());
}

#[test]
fn a_file_asked_for_by_name_leaves_the_keyring_alone() {
    // KRG-19
    let mut desktop = Desktop::new();
    desktop.world.set("DATUMCTL_CREDENTIAL_STORE", "file");
    let _ = desktop.world.login(ADA).success();
    assert!(desktop.has_file_store());
    assert_eq!(desktop.lookup(&desktop.key()), None);
    desktop.signal("-STOP");
    let _ = desktop.world.token();
}

#[test]
fn a_session_in_the_file_works_while_the_keyring_is_locked() {
    // KRG-02
    let mut desktop = Desktop::new();
    desktop.world.set("DATUMCTL_CREDENTIAL_STORE", "file");
    let _ = desktop.world.login(ADA).success();
    desktop.world.set("DATUMCTL_CREDENTIAL_STORE", "auto");
    desktop.lock();
    let token = desktop.world.token();
    let newer = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_ne!(token, newer);
    assert_eq!(desktop.world.token(), newer);
    assert_eq!(desktop.world.refreshes(), (1, 0));
}

impl Desktop {
    /// Types the password, as a person does: what PAM says to the daemon's own socket.
    fn unlock(&self) {
        const UNLOCK: u32 = 1;
        let password = b"testpass";
        let path = self.bus.split(['=', ',']).nth(1).expect("unix:path=");
        let socket = Path::new(path).with_file_name("keyring").join("control");
        let mut daemon = UnixStream::connect(socket).expect("the daemon's socket");
        let length = |bytes: usize| u32::try_from(bytes).expect("short").to_be_bytes();
        daemon.write_all(&[0]).expect("our credentials");
        for part in [&length(12 + password.len())[..], &UNLOCK.to_be_bytes(), &length(password.len()), password] {
            daemon.write_all(part).expect("a reader");
        }
        let mut answer = [0; 8];
        daemon.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer[4..], [0; 4], "the daemon refused the password");
    }

    /// A bus like a sandbox's: somebody owns the keyring's name, and nobody may talk to it.
    fn bus_that_denies_the_keyring(&mut self) -> (String, std::process::Child) {
        let (socket, config) = (self.world.scratch("bus"), self.world.scratch("bus.conf"));
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             <deny send_destination=\"org.freedesktop.secrets\"/></policy></busconfig>",
            socket.display()
        );
        std::fs::write(&config, text).expect("a configuration");
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(&config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon runs");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
        let ours = std::mem::replace(&mut self.bus, address.trim().to_owned());
        self.black_hole("org.freedesktop.secrets");
        (std::mem::replace(&mut self.bus, ours), daemon)
    }

    /// Runs the commands side by side, each within its deadline.
    fn run_all_within_deadline(&self, commands: &[&[&str]]) -> Vec<Output> {
        std::thread::scope(|scope| {
            let run = |arguments| scope.spawn(move || self.run_within_deadline(arguments));
            let running: Vec<_> = commands.iter().copied().map(run).collect();
            running.into_iter().map(|one| one.join().expect("within the deadline")).collect()
        })
    }
}

//! The keyring of a Linux desktop: gnome-keyring in a D-Bus session of the test's own, asked with `secret-tool`.

mod entries;
mod refusals;
mod storm;
mod two_stores;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use datumctl::emulator::Options;
use serde_json::Value;

use crate::support::{Output, World, part};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const SERVICE: &str = "datumctl-auth";

/// A world whose desktop has an unlocked keyring.
struct Desktop {
    world: World,
    bus: String,
    daemon: String,
    helpers: Vec<Child>,
    session: Child,
}

impl Desktop {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let mut session = Command::new(part("DATUMCTL_TEST_SECRET_SERVICE"))
            .args(["sh", "-c", "echo \"$GNOME_KEYRING_PID $DBUS_SESSION_BUS_ADDRESS\"; exec cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the D-Bus session starts");
        let mut line = String::new();
        BufReader::new(session.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let (daemon, bus) = line.trim().split_once(' ').expect("a process and an address");
        let mut world = World::with(options);
        world.set("DATUMCTL_CREDENTIAL_STORE", "auto").set("DBUS_SESSION_BUS_ADDRESS", bus);
        Self { world, bus: bus.to_owned(), daemon: daemon.to_owned(), helpers: Vec::new(), session }
    }

    /// Ada is signed in, in the keyring.
    fn with_ada() -> Self {
        let desktop = Self::new();
        let _ = desktop.world.login(ADA).success();
        desktop
    }

    /// Ada's user key.
    fn key(&self) -> String {
        self.key_of(ADA)
    }

    fn key_of(&self, email: &str) -> String {
        format!("{email}@{}", self.world.emulator().url())
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// What `secret-tool` finds under the original's attributes.
    fn lookup(&self, entry: &str) -> Option<String> {
        let output = self
            .tool("secret-tool")
            .args(["lookup", "service", SERVICE, "username", entry])
            .output()
            .expect("secret-tool runs");
        output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
    }

    fn credential(&self, entry: &str) -> Value {
        serde_json::from_str(&self.lookup(entry).expect("an entry")).expect("JSON")
    }

    /// Stores an entry as another program does.
    fn store(&self, entry: &str, secret: impl AsRef<[u8]>) {
        let mut child = self
            .tool("secret-tool")
            .args(["store", "--label", &format!("Password for '{entry}' on '{SERVICE}'")])
            .args(["service", SERVICE, "username", entry])
            .stdin(Stdio::piped())
            .spawn()
            .expect("secret-tool runs");
        child.stdin.take().expect("a pipe").write_all(secret.as_ref()).expect("a reader");
        assert!(child.wait().expect("an end").success());
    }

    /// Deletes an entry as another program does.
    fn clear(&self, entry: &str) {
        let status = self.tool("secret-tool").args(["clear", "service", SERVICE, "username", entry]).status();
        assert!(status.expect("secret-tool runs").success());
    }

    /// Calls a method of the Secret Service itself.
    fn call(&self, method: &str, arguments: &[&str]) {
        let output = self
            .tool("dbus-send")
            .args(["--session", "--dest=org.freedesktop.secrets", "--print-reply", "/org/freedesktop/secrets"])
            .arg(format!("org.freedesktop.Secret.Service.{method}"))
            .args(arguments)
            .output()
            .expect("dbus-send runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Locks the collection, as a screen lock may.
    fn lock(&self) {
        self.call("Lock", &["array:objpath:/org/freedesktop/secrets/collection/login"]);
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.daemon]).status().expect("kill runs").success());
    }

    /// A program that owns `name` on the bus and never answers.
    fn black_hole(&mut self, name: &str) {
        let helper = self.tool("dbus-test-tool").args(["black-hole", &format!("--name={name}")]).spawn();
        self.helpers.push(helper.expect("dbus-test-tool runs (Debian package dbus-tests)"));
        self.await_owner(name, true);
    }

    /// Ends the keyring, as a crash does; the bus stays.
    fn end_service(&self) {
        self.signal("-KILL");
        self.await_owner("org.freedesktop.secrets", false);
    }

    fn await_owner(&self, name: &str, wanted: bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let output = self
                .tool("dbus-send")
                .args(["--session", "--dest=org.freedesktop.DBus", "--print-reply=literal", "/org/freedesktop/DBus"])
                .args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{name}")])
                .output()
                .expect("dbus-send runs");
            if String::from_utf8_lossy(&output.stdout).contains("true") == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{name} did not change hands");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs a command that a keyring may keep waiting, and holds it to the deadline.
    fn run_within_deadline(&self, arguments: &[&str]) -> Output {
        let started = Instant::now();
        let output = self.world.run(arguments);
        let elapsed = started.elapsed();
        // 3 s for the keyring, however many entries it is asked for; the rest is for a slow machine.
        assert!(elapsed < Duration::from_millis(5500), "{arguments:?} took {elapsed:?}\n{output}");
        output
    }

    fn has_file_store(&self) -> bool {
        self.world.path("credentials.json").exists()
    }

    fn edit(&self, entry: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut credential = self.credential(entry);
        change(&mut credential);
        credential
    }

    /// Writes `credentials.json` as the original does.
    fn write_file_store(&self, entries: &[(&str, &str)]) {
        let entries: serde_json::Map<_, _> =
            entries.iter().map(|(entry, text)| ((*entry).to_owned(), Value::from(*text))).collect();
        let text = serde_json::to_string_pretty(&serde_json::json!({ SERVICE: entries })).expect("JSON");
        let path = self.world.path("credentials.json");
        std::fs::write(&path, text).expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).expect("its mode");
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for helper in &mut self.helpers {
            let _ = helper.kill();
            let _ = helper.wait();
        }
        // The session ends with its standard input.
        drop(self.session.stdin.take());
        let _ = self.session.wait();
    }
}

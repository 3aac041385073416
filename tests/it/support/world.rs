//! A temporary home, a cleared environment, the file store and an emulator on a free port.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use datumctl::emulator::{Emulator, Options};

use super::{Output, leaks, processes};

/// The binary under test.
pub const DATUMCTL: &str = env!("CARGO_BIN_EXE_datumctl");

/// One test's surroundings. Dropping it checks that no secret lies where it should not.
pub struct World {
    directory: tempfile::TempDir,
    emulator: Emulator,
    environment: BTreeMap<OsString, OsString>,
    canaries: Mutex<Vec<String>>,
    /// Files outside of the home that hold secrets on purpose, and folders of such.
    keepers: Mutex<Vec<PathBuf>>,
    /// Whether a test hands secrets on in the environment, as continuous integration does.
    has_secret_environment: bool,
}

impl World {
    /// A fresh home beside an emulator with the default seed.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// A fresh home beside an emulator whose access tokens live this long.
    pub fn with_ttl(access_token_ttl: Duration) -> Self {
        Self::with(Options { access_token_ttl, ..Options::default() })
    }

    /// A fresh home beside an emulator of one's own choice.
    pub fn with(options: Options) -> Self {
        let emulator = Emulator::start(options).expect("the emulator starts");
        let directory = tempfile::tempdir().expect("a temporary directory");
        processes::watch(directory.path());
        let mut world = Self {
            directory,
            emulator,
            environment: BTreeMap::new(),
            canaries: Mutex::default(),
            keepers: Mutex::default(),
            has_secret_environment: false,
        };
        std::fs::create_dir(world.home()).expect("a home");
        let home = world.home().into_os_string();
        let url = OsString::from(world.emulator.url());
        for (name, value) in [
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", home),
            ("DATUMCTL_CREDENTIAL_STORE", "file".into()),
            ("DATUM_AUTH_HOSTNAME", url.clone()),
            ("DATUM_API_HOSTNAME", url),
            ("DATUM_CLIENT_ID", world.emulator.client_id().into()),
            ("RUST_BACKTRACE", "full".into()),
        ] {
            world.set(name, value);
        }
        world
    }

    /// Sets an environment variable for all later runs.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Removes an environment variable for all later runs.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.environment.remove(OsStr::new(name));
        self
    }

    /// The user's home directory.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// A path inside `~/.datumctl`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(".datumctl").join(name)
    }

    /// A path outside of the home, for files that a test makes.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The same for a file, or a folder of files, that may hold secrets. In no other may the end of the world find one.
    pub fn keeper(&self, name: &str) -> PathBuf {
        let path = self.scratch(name);
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        path
    }

    /// Lets the environment of this world's processes hold secrets: the test puts them there.
    pub fn hand_on_secrets_in_the_environment(&mut self) -> &mut Self {
        self.has_secret_environment = true;
        self
    }

    /// The most memory that a process of this world had, in KiB, as far as it was seen.
    pub fn peak_memory(&self) -> u64 {
        processes::seen(self.directory.path()).peak
    }

    /// The emulator.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The binary with this world's environment and nothing else.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        self.program(DATUMCTL, arguments)
    }

    /// Any program with this world's environment and nothing else.
    pub fn program<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.environment).current_dir(self.directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The binary run by a user who may do nothing beyond this world; a root among the testers lends it to them.
    #[cfg(unix)]
    pub fn command_of_stranger<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        if !rustix::process::geteuid().is_root() {
            return self.command(arguments);
        }
        let directory = self.directory.path();
        let lent = Command::new("chown").args(["-R", "12345:12345"]).arg(directory).status().expect("chown");
        assert!(lent.success());
        let mut words: Vec<OsString> =
            ["--reuid=12345", "--regid=12345", "--clear-groups", "--", DATUMCTL].map(OsString::from).into();
        words.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self.program("setpriv", words)
    }

    /// Runs the binary to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        let arguments: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let printing = arguments.iter().any(|argument| argument == "get-token");
        let child = self.spawn(&arguments);
        self.finish(&child.wait_with_output().expect("an output"), printing)
    }

    /// Runs the binary to its end with `input` on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Output {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the binary runs");
        processes::look_at(child.id());
        // A program that does not read its input is free to close it.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        self.finish(&child.wait_with_output().expect("an output"), false)
    }

    /// Starts the binary and leaves it running.
    pub fn spawn<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Child {
        let child = self.command(arguments).spawn().expect("the binary runs");
        processes::look_at(child.id());
        child
    }

    /// Turns a finished process into an [`Output`] and scans it for secrets.
    pub fn finish(&self, output: &std::process::Output, prints_token: bool) -> Output {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let secrets = self.secrets();
        leaks::count(2);
        assert!(prints_token || leaks::find(&secrets, &stdout).is_none(), "a secret is on stdout:\n{stdout}");
        assert!(leaks::find(&secrets, &stderr).is_none(), "a secret is on stderr:\n{stderr}");
        let status = output.status.code().unwrap_or_else(|| panic!("killed: {:?}\n{stderr}", output.status));
        assert!(!stderr.contains("internal error"), "{stderr}");
        let redact = |text: String| if prints_token { text } else { self.redact(&text) };
        Output { stdout: redact(stdout), stderr: self.redact(&stderr), status }
    }

    /// Makes the leak scan look for `secret` too, and gives it back.
    pub fn guard(&self, secret: impl Into<String>) -> String {
        let secret = secret.into();
        self.canaries.lock().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
        secret
    }

    /// What may be neither printed nor left in a file outside of the store.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.emulator.minted_secrets();
        secrets.extend(self.canaries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        secrets
    }

    /// Replaces what differs from run to run.
    fn redact(&self, text: &str) -> String {
        let authority = self.emulator.url().trim_start_matches("http://");
        text.replace(&self.home().display().to_string(), "<home>")
            .replace(&self.directory.path().display().to_string(), "<directory>")
            .replace(self.emulator.url(), "<url>")
            .replace(authority, "<host>")
    }

    /// Signs a person of the emulator in, in a browser that is this binary itself.
    pub fn login(&self, email: &str) -> Output {
        let output = self.login_command(email, &["login"]).output().expect("the binary runs");
        self.finish(&output, false)
    }

    /// A login command whose browser signs `email` in.
    pub fn login_command(&self, email: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("BROWSER", format!("'{DATUMCTL}' emulator sign-in --as {email}"));
        command
    }

    /// Signs both seeded people in; Grace, who comes last, is active.
    pub fn two_people() -> Self {
        let world = Self::new();
        let _ = world.login("ada@example.com").success();
        let _ = world.login("grace@example.com").success();
        world
    }

    /// Signs Ada in; her token lives 12 hours.
    pub fn ada() -> Self {
        let world = Self::new();
        let _ = world.login("ada@example.com").success();
        world
    }

    /// Writes the seeded service account's credentials file and answers its path.
    pub fn credentials_file(&self) -> PathBuf {
        let path = self.keeper("datum-credentials.json");
        std::fs::write(&path, self.emulator.credentials_json()).expect("a credentials file");
        path
    }

    /// The token of the active session.
    #[track_caller]
    pub fn token(&self) -> String {
        self.run(["auth", "get-token"]).success().line()
    }

    /// How often the token endpoint refreshed, and how often it saw a reused token.
    pub fn refreshes(&self) -> (usize, usize) {
        let journal = self.emulator.journal();
        let of_grant = |entry: &&datumctl::emulator::JournalEntry| entry.grant_type.as_deref() == Some("refresh_token");
        let all: Vec<_> = journal.iter().filter(of_grant).collect();
        (all.iter().filter(|entry| entry.status == Some(200)).count(), all.iter().filter(|entry| entry.reuse).count())
    }

    /// Every file below the home, with its content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.home(), &mut files);
        files
    }

    /// Every file of this world, outside of the home too, with its content.
    pub fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.directory.path(), &mut files);
        files
    }

    /// Whether a file may hold secrets: a store of this home or another, what is kept of a damaged one, a key, or what a
    /// test keeps them in.
    fn may_hold_secrets(&self, path: &Path) -> bool {
        let is_below = |keeper: &PathBuf| path.starts_with(keeper);
        path.to_string_lossy().starts_with(&*self.path("credentials.json").to_string_lossy())
            || path.extension().is_some_and(|extension| extension == "pem")
            || path.file_name().is_some_and(|name| name == "credentials.json") && !path.starts_with(self.home())
            || self.keepers.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_below)
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&path, files),
            Ok(kind) if kind.is_file() => files.push((path.clone(), std::fs::read(&path).unwrap_or_default())),
            _ => {}
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let sight = processes::forget(self.directory.path());
        if std::thread::panicking() {
            return;
        }
        let secrets = self.secrets();
        let files = self.everything();
        leaks::count(sight.texts.len() + files.len());
        for (arguments, environment) in sight.texts {
            let shows = |text: &str| leaks::find(&secrets, text).is_some();
            assert!(!shows(&arguments), "a secret is among the arguments of {arguments}");
            assert!(
                self.has_secret_environment || !shows(&environment),
                "a secret is in the environment of {arguments}"
            );
        }
        for (path, content) in files {
            let content = String::from_utf8_lossy(&content).into_owned();
            assert!(
                self.may_hold_secrets(&path) || leaks::find(&secrets, &content).is_none(),
                "a secret lies in {}",
                path.display()
            );
        }
    }
}

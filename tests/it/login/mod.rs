//! Signing in at an identity server that lies, stumbles or is somebody else: what is refused, how it is said, and
//! that nothing is stored and nobody else's session is touched.

mod at_once;
mod browser_start;
mod callback;
mod callback_http;
mod device;
mod discovery;
mod exchange;
mod id_token;
mod id_token_claims;
mod keys;
mod refreshed_id_token;
mod surroundings;
#[cfg(unix)]
mod terminal;
mod transport;

use std::path::PathBuf;

use crate::support::{HostileProvider, Output, Running, World, browser};

/// A world in which Ada is signed in at the emulator, and whose next login goes to a hostile provider.
pub struct Ambush {
    pub world: World,
    pub provider: HostileProvider,
    before: Vec<(PathBuf, Vec<u8>)>,
}

impl Ambush {
    pub fn new() -> Self {
        Self::at(HostileProvider::start())
    }

    pub fn at(provider: HostileProvider) -> Self {
        let mut world = World::new();
        let _ = world.login("ada@example.com").success();
        provider.attach(&mut world);
        let before = world.files();
        Self { world, provider, before }
    }

    /// Takes the files that are there now for those that must stay.
    pub fn settle(&mut self) {
        self.before = self.world.files();
    }

    /// Signs in as a person with an honest browser would.
    pub fn login(&self) -> Output {
        self.login_with(&["login"])
    }

    pub fn login_with(&self, arguments: &[&str]) -> Output {
        let running = self.start(arguments);
        if let Some(url) = running.login_url() {
            browser::open(&self.provider.approve(&url).url());
        }
        self.finish(running)
    }

    pub fn start(&self, arguments: &[&str]) -> Running<'_> {
        Running::start(&self.world, &mut self.world.command(arguments))
    }

    /// Waits for the end and looks for secrets in what was said.
    #[track_caller]
    pub fn finish(&self, running: Running<'_>) -> Output {
        let output = running.finish();
        for secret in self.provider.secrets() {
            assert!(!output.stdout.contains(&secret) && !output.stderr.contains(&secret), "leaked {secret}:\n{output}");
        }
        output
    }

    /// A login that must end with `status`, one clear line, nothing stored and nobody touched.
    #[track_caller]
    pub fn refused(&self, status: i32) -> String {
        self.refuses(self.login(), status)
    }

    /// The one line of a login that ended with `status`. Nothing was stored, nobody was touched.
    #[track_caller]
    pub fn refuses(&self, output: Output, status: i32) -> String {
        let output = output.exits(status);
        assert_eq!(output.stdout, "", "{output}");
        let errors: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        let &[error] = errors.as_slice() else { panic!("not one error:\n{output}") };
        assert!(!error.chars().any(char::is_control), "{error:?}");
        self.untouched();
        error
            .trim_start_matches("error: ")
            .replace(&self.provider.url(), "<op>")
            .replace(&self.provider.authority(), "<op host>")
    }

    /// Every file is, byte for byte, what it was.
    #[track_caller]
    pub fn untouched(&self) {
        let now = self.world.files();
        let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        assert_eq!(names(&now), names(&self.before));
        assert!(now == self.before, "a file has changed");
    }
}

//! Where the steps run: the world that the examples speak of, with programs of the test's own on the PATH.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use datumctl::emulator::{Options, Seed};
use serde_json::{Value, json};

use crate::support::document::text_of;
use crate::support::{DATUMCTL, Output, World, script};

/// The account that the examples make, in the project that they name.
pub const ACCOUNT: &str = "ci@web-x1.iam.datum.net";

/// A world with one project, one service account that may change it, and `datumctl` on the PATH.
pub struct Place {
    pub world: World,
}

impl Place {
    pub fn new() -> Self {
        let seed = json!({
            "people": [{"id": "331234567890123401", "email": "ada@example.com", "given_name": "Ada", "family_name": "Lovelace", "email_verified": true}],
            "service_accounts": [{"id": "6f1f0e5e-0000-4000-8000-000000000001", "name": "ci", "email": ACCOUNT}],
            "organizations": [{"name": "acme", "projects": [{"name": "web-x1"}]}],
            "memberships": [
                {"organization": "acme", "member": "ada@example.com", "roles": ["owner"]},
                {"organization": "acme", "member": ACCOUNT, "roles": ["editor"]},
            ],
        });
        let seed = Seed::from_json(&seed.to_string()).expect("a seed");
        let mut world = World::with(Options { seed, ..Options::default() });
        // Where and how the key lies there is what these tests are about.
        world.hand_on_secrets_in_the_environment();
        let programs = world.scratch("programs");
        std::fs::create_dir(&programs).expect("a folder");
        std::os::unix::fs::symlink(DATUMCTL, programs.join("datumctl")).expect("a link");
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        world.set("PATH", path);
        Self { world }
    }

    /// Puts a shell script of this name before all other programs.
    pub fn program(&self, name: &str, text: &str) {
        let path = self.world.scratch("programs").join(name);
        script(&path, text);
    }

    /// The credentials file's text.
    pub fn credentials(&self) -> String {
        self.world.emulator().credentials_json()
    }

    /// How often the account has fetched a token.
    pub fn exchanges(&self) -> usize {
        self.world.emulator().journal().iter().filter(|entry| entry.route == "token.jwt").count()
    }

    /// A new folder outside of the home.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.world.scratch(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// A folder with the manifests that the examples apply.
    pub fn workspace(&self) -> PathBuf {
        let folder = self.folder("workspace");
        std::fs::create_dir_all(folder.join("zones")).expect("a folder");
        let zone = json!({"apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone",
            "metadata": {"name": "example-com"}, "spec": {"domainName": "example.com", "dnsZoneClassName": "datum"}});
        std::fs::write(folder.join("zones/example-com.json"), zone.to_string()).expect("a manifest");
        folder
    }

    /// Runs a command in a folder with more in its environment, and looks for secrets in what it prints.
    pub fn run(&self, mut command: Command, folder: &Path, environment: &BTreeMap<String, OsString>) -> Output {
        let output = command.current_dir(folder).envs(environment).output().expect("a program");
        self.world.finish(&output, false)
    }
}

/// A file of the repository that is YAML.
#[track_caller]
pub fn yaml(path: &str) -> Value {
    yaml_serde::from_str(&text_of(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The mode of a file or folder.
#[track_caller]
pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

/// Everything below a folder, with its path from there.
pub fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        found.extend(below(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        found.push(name);
    }
    found.sort();
    found
}

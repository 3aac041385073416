//! Two people signed in, one of whom a fault hits, and what must hold for both of them afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Output, World};

/// Whom no fault may reach.
pub const ADA: &str = "ada@example.com";
/// Whom the faults hit; she is active.
pub const GRACE: &str = "grace@example.com";

/// A world with faults in it.
pub struct Stage {
    pub world: World,
    /// Ada's entry as it was put there.
    untouched: String,
    /// How often the session was lost, cleanly.
    pub lost: usize,
}

impl Stage {
    pub fn new() -> Self {
        Self::of(World::two_people())
    }

    pub fn of(world: World) -> Self {
        let untouched = entry(&world, ADA).expect("Ada is signed in");
        Self { world, untouched, lost: 0 }
    }

    /// Everything that must hold right after a fault: nobody else's session was touched, and all files are whole and
    /// private.
    #[track_caller]
    pub fn assert_whole(&self, place: &str) {
        assert_eq!(entry(&self.world, ADA).as_ref(), Some(&self.untouched), "{place}: Ada's session was touched");
        assert_files_whole(&self.world, place);
    }

    /// What must hold once a command has gone through undisturbed: it worked, and nothing is left over.
    #[track_caller]
    pub fn assert_mended(&self, place: &str, next: &Output) {
        assert_eq!(next.status, 0, "{place}: the next command failed:\n{next}");
        self.assert_whole(place);
        let litter = litter(&self.world);
        assert!(litter.is_empty(), "{place}: left over: {litter:?}");
    }

    /// Grace's session gives a token, by a refresh if `renewed`. A session that was lost says so, once and clearly, and
    /// is replaced.
    #[track_caller]
    pub fn token(&mut self, place: &str, renewed: bool) -> Output {
        let next = get_token(&self.world, GRACE, renewed);
        if next.status == 0 {
            return next;
        }
        assert_lost_clearly(place, &next);
        self.lost += 1;
        let _ = self.world.login(GRACE).success();
        get_token(&self.world, GRACE, false)
    }

    /// Copies the home away, to be put back with [`Stage::restore`].
    pub fn save(&self) {
        copy(&self.world.home(), &self.world.scratch("saved"));
    }

    pub fn restore(&self) {
        copy(&self.world.scratch("saved"), &self.world.home());
    }
}

/// One error of one line that says what happened, and what to do about it.
#[track_caller]
pub fn assert_lost_clearly(place: &str, output: &Output) {
    let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    let is_clear = output.status == 4 && errors == 1 && output.stderr.contains("hint: ");
    assert!(is_clear && output.stderr.contains("datumctl login"), "{place}:\n{output}");
}

pub fn session(world: &World, email: &str) -> String {
    format!("{email}@{}", world.emulator().url().trim_start_matches("http://"))
}

pub fn get_token(world: &World, email: &str, renewed: bool) -> Output {
    let session = session(world, email);
    let mut words = vec!["auth", "get-token", "--session", &session];
    // Longer than any token lives.
    words.extend(renewed.then_some(["--min-ttl", "13h"]).into_iter().flatten());
    world.run(words)
}

/// An account's entry in the file store, word for word.
pub fn entry(world: &World, email: &str) -> Option<String> {
    let text = fs::read(world.path("credentials.json")).ok()?;
    let store: Value = serde_json::from_slice(&text).ok()?;
    store["datumctl-auth"][world.user_key(email)].as_str().map(str::to_owned)
}

/// Every file and directory of ours below the user's home.
fn ours(world: &World) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for root in [world.path(""), world.home().join(".config/datumctl"), world.home().join(".kube")] {
        collect(&root, &mut found);
    }
    found
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    found.push(path.to_owned());
    if metadata.is_dir() {
        fs::read_dir(path).expect("our directory").for_each(|entry| collect(&entry.expect("an entry").path(), found));
    }
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".datumctl-") || name.ends_with(".tmp")
}

/// Temporary files.
pub fn litter(world: &World) -> Vec<PathBuf> {
    ours(world).into_iter().filter(|path| is_temporary(path)).collect()
}

#[track_caller]
pub fn assert_files_whole(world: &World, place: &str) {
    for path in ours(world) {
        let Ok(metadata) = path.symlink_metadata() else { continue };
        let mode = metadata.permissions().mode() & 0o7777;
        let is_foreign_lock = path.ends_with(".kube/config.lock");
        let expected = if metadata.is_dir() {
            0o700
        } else if is_foreign_lock {
            0
        } else {
            0o600
        };
        assert_eq!(mode, expected, "{place}: mode {mode:o}: {}", path.display());
        if metadata.is_dir() || is_temporary(&path) || is_foreign_lock {
            continue;
        }
        let content = fs::read(&path).unwrap_or_default();
        let is_whole = match path.extension().and_then(|extension| extension.to_str()) {
            Some("lock" | "pem") => true,
            Some("json") => serde_json::from_slice::<Value>(&content).is_ok_and(|value| value.is_object()),
            _ => yaml_serde::from_slice::<Value>(&content).is_ok_and(|value| value.is_object()),
        };
        assert!(is_whole, "{place}: {}: {}", path.display(), String::from_utf8_lossy(&content));
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs").success());
}

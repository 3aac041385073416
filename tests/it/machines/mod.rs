//! Service accounts through the real binary: made, keyed, used, rotated, given roles, ended.

mod accounts;
mod destinations;
mod endings;
mod keys;
mod lost_answers;
mod older;
mod refusals;
mod roles;
mod rotation;
mod story;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Output, World};

/// The project in which Ada works.
pub const PROJECT: &str = "staging-d4e5f6";

/// A world in whose staging project Ada works.
pub fn staging() -> World {
    at_work(World::new())
}

/// Signs Ada in and makes the staging project hers to work in.
pub fn at_work(world: World) -> World {
    let _ = world.login("ada@example.com").success();
    let _ = world.run(["ctx", "use", &format!("acme/{PROJECT}")]).success();
    world
}

/// `datumctl service-accounts WORDS`.
pub fn machines(world: &World, words: &[&str]) -> Output {
    world.run([&["service-accounts"], words].concat())
}

/// A world with the service account `ci-deploy`.
pub fn with_account() -> World {
    let world = staging();
    let _ = machines(&world, &["create", "ci-deploy"]).success();
    world
}

/// Makes a key of `ci-deploy` and answers where its credentials are.
pub fn key_in(world: &World, name: &str) -> PathBuf {
    let path = world.keeper(name);
    let words = ["keys", "create", "--account", "ci-deploy", "--output-file", path.to_str().expect("UTF-8")];
    let _ = machines(world, &words).success();
    path
}

/// The ids of the keys of `ci-deploy`, as the server knows them.
pub fn key_ids(world: &World) -> Vec<String> {
    let list = machines(world, &["keys", "list", "--account", "ci-deploy", "-o", "name"]).success();
    list.stdout.lines().map(str::to_owned).collect()
}

/// Runs the binary as the account of a credentials file, in a home of its own.
pub fn as_machine(world: &World, file: &Path, words: &[&str]) -> Output {
    let home = world.scratch("home-of-a-machine");
    let mut command = world.command(words);
    command.env("DATUM_CREDENTIALS_FILE", file).env("DATUMCTL_HOME", home);
    world.finish(&command.output().expect("the binary runs"), words.contains(&"get-token"))
}

/// Obtains a new token with a credentials file, where none is remembered.
pub fn exchange(world: &World, file: &Path) -> Output {
    let mut command = world.command(["auth", "get-token"]);
    command.env("DATUM_CREDENTIALS_FILE", file).env("DATUMCTL_HOME", world.scratch("no-home/at/all"));
    let output = world.finish(&command.output().expect("the binary runs"), true);
    let _ = std::fs::remove_dir_all(world.scratch("no-home"));
    output
}

/// The content of a credentials file.
pub fn content(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a credentials file")).expect("JSON")
}

/// What lies in the directory of `path` under a name of ours, beside the file itself.
pub fn litter(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path.parent().expect("a directory")).into_iter().flatten();
    let names = entries.flatten().map(|entry| entry.path());
    names.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".datumctl-"))).collect()
}

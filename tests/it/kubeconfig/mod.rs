//! `auth update-kubeconfig`: what it writes, where, and what it leaves alone.

mod accounts;
#[cfg(unix)]
mod command_path;
mod exec_info;
#[cfg(unix)]
mod files;
pub mod foreign;
mod locks;
mod refusals;
mod removal;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Output, World};

pub const ADA: &str = "ada@example.com";
pub const GRACE: &str = "grace@example.com";
pub const PLANES: &str = "/apis/resourcemanager.miloapis.com/v1alpha1";

/// The kubeconfig that a world's commands use by themselves.
pub fn default_file(world: &World) -> PathBuf {
    world.home().join(".kube/config")
}

/// Runs `auth update-kubeconfig` with these words.
pub fn update(world: &World, words: &[&str]) -> Output {
    world.run(["auth", "update-kubeconfig"].iter().chain(words))
}

/// What a kubeconfig says, read by a YAML reader that is not the product's.
#[track_caller]
pub fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&text)
}

/// The values of a YAML text.
#[track_caller]
pub fn parse(text: &str) -> Value {
    yaml_serde::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// The content of a named entry of a list (`clusters`, `contexts`, `users`).
#[track_caller]
pub fn entry(config: &Value, list: &str, name: &str) -> Value {
    let items = config[list].as_array().unwrap_or_else(|| panic!("{list} of {config:#}"));
    let item = items.iter().find(|item| item["name"] == name);
    item.unwrap_or_else(|| panic!("{name} in {config:#}"))[list.trim_end_matches('s')].clone()
}

/// The names in a list.
pub fn names(config: &Value, list: &str) -> Vec<String> {
    let items = config[list].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The name of a person's session at the world's emulator.
pub fn session(world: &World, email: &str) -> String {
    format!("{email}@{}", world.emulator().url().trim_start_matches("http://"))
}

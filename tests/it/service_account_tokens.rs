//! A signed-in service account's tokens and the copy of its key.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use crate::support::{World, keys};

const CI: &str = "ci@production-a1b2c3.iam.datum.net";

/// A signed-in service account whose token has expired; new ones live long.
fn expired() -> World {
    let world = World::with_ttl(Duration::ZERO);
    signed_in(&world);
    world.emulator().set_access_token_ttl(Duration::from_secs(3600));
    world
}

fn signed_in(world: &World) {
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().expect("UTF-8"), "--no-context"]).success();
}

fn key_files(world: &World) -> Vec<PathBuf> {
    let files = world.files().into_iter().map(|(path, _)| path);
    files.filter(|path| path.extension().is_some_and(|extension| extension == "pem")).collect()
}

/// Whether the entry of this account in the file store names this key file.
fn names_key(store: &str, account: &str, path: &Path) -> bool {
    let store: serde_json::Value = serde_json::from_str(store).expect("JSON");
    let entries = store["datumctl-auth"].as_object().expect("entries");
    let own = entries.iter().find(|(key, _)| key.starts_with(&format!("{account}@")));
    own.is_some_and(|(_, entry)| entry.as_str().is_some_and(|text| text.contains(path.to_str().expect("UTF-8"))))
}

fn exchanges(world: &World) -> usize {
    world.emulator().journal().iter().filter(|entry| entry.route == "token.jwt").count()
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

// JWB-17
#[test]
fn fifty_processes_with_an_expired_token_make_one_exchange() {
    let world = expired();
    let before = exchanges(&world);
    let children: Vec<Child> = (0..50).map(|_| world.spawn(["auth", "get-token"])).collect();
    let mut tokens: Vec<String> = children
        .into_iter()
        .map(|child| world.finish(&child.wait_with_output().expect("an output"), true).success().line())
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(exchanges(&world) - before, 1);
}

// JWB-19
#[test]
fn a_key_file_that_is_gone_is_named_with_the_command_that_helps() {
    let world = expired();
    std::fs::remove_file(&key_files(&world)[0]).expect("removed");
    let refused = world.run(["auth", "get-token"]).exits(6);
    let name = key_files_name(&refused.stderr);
    insta::assert_snapshot!(refused.stderr.replace(&name, "<key>"), @"
    error: the service account's key file <home>/.config/datumctl/service-accounts/<key>.pem is gone
    hint: datumctl login --credentials FILE
    ");
    let _ = world.run(["logout"]).success();
}

fn key_files_name(text: &str) -> String {
    let end = text.find(".pem").expect("the key file's name");
    text[..end].rsplit('/').next().expect("a name").to_owned()
}

// JWB-19, STO-01
#[test]
fn a_key_file_open_to_others_is_closed_and_works() {
    let world = expired();
    let file = key_files(&world).remove(0);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    set_mode(&file, 0o644);
    set_mode(file.parent().unwrap(), 0o755);
    let _ = world.run(["auth", "get-token"]).success();
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
}

// JWB-19
#[test]
fn another_key_in_its_place_is_the_servers_to_refuse() {
    let world = expired();
    std::fs::write(&key_files(&world)[0], keys::pkcs8(keys::rsa(2048))).expect("written");
    let refused = world.run(["auth", "get-token"]).exits(4).says("does not accept key");
    assert!(!refused.stderr.contains("datumctl login\n"), "{refused}");
    std::fs::write(&key_files(&world)[0], "CNRY-not-a-key").expect("written");
    let refused = world.run(["auth", "get-token"]).exits(6).says("cannot be used: the key has no line -----BEGIN");
    assert!(!refused.stderr.contains("CNRY"), "{refused}");
}

// JWB-21
#[test]
fn logout_removes_the_copy_of_the_key_and_nobody_elses() {
    let mut options = datumctl::emulator::Options::default();
    let mut other = options.seed.service_accounts[0].clone();
    (other.id, other.name, other.email) =
        ("robot-2".into(), "deploy".into(), "deploy@production-a1b2c3.iam.datum.net".into());
    options.seed.service_accounts.push(other);
    let world = World::with(options);
    signed_in(&world);
    let file = world.keeper("deploy.json");
    std::fs::write(&file, world.emulator().credentials_json_of("deploy@production-a1b2c3.iam.datum.net").unwrap())
        .unwrap();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap(), "--no-context"]).success();
    assert_eq!(key_files(&world).len(), 2);

    // The original may have left the key under its name somewhere else.
    let key = key_files(&world)
        .into_iter()
        .find(|path| {
            std::fs::read_to_string(world.path("credentials.json")).is_ok_and(|text| names_key(&text, CI, path))
        })
        .expect("the key of the first account");
    let elsewhere = world.keeper("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let elsewhere = elsewhere.join(key.file_name().unwrap());
    std::fs::copy(&key, &elsewhere).unwrap();
    let store = std::fs::read_to_string(world.path("credentials.json")).unwrap();
    let moved = store.replace(key.to_str().unwrap(), elsewhere.to_str().unwrap());
    crate::support::overwrite(&world.path("credentials.json"), moved.as_bytes());
    let _ = world.run(["logout", CI]).success();
    assert!(!elsewhere.exists(), "the key that the entry names stays");
    assert_eq!(key_files(&world).len(), 1);
    assert!(!std::fs::read_to_string(world.path("credentials.json")).unwrap().contains(CI));
    let _ = world.run(["auth", "get-token", "--min-ttl", "13h"]).success();
    assert!(file.exists(), "the person's own file stays");
}

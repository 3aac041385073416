//! The types of a control plane on disk: they save a request, and are never believed where they are doubtful.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ADA, PROJECT};
use crate::support::{World, overwrite};

/// Reads zones as Ada, and answers how often the server was asked for its types meanwhile.
fn discoveries(world: &World) -> usize {
    let session = format!("{ADA}@{}", world.emulator().url().trim_start_matches("http://"));
    let before = world.requests("api.discovery");
    let output = world.run(["get", "dnszones", "--project", PROJECT, "--session", &session]).success();
    assert_eq!(output.stderr, "No resources found in default namespace.\n");
    world.requests("api.discovery") - before
}

fn directory(world: &World) -> PathBuf {
    world.path("cache/types")
}

/// The files of the cache.
fn cached(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory(world)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it exists").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own");
}

/// A world whose cache knows the types of one project, and where it keeps them.
fn warm() -> (World, PathBuf) {
    let world = World::ada();
    assert!(discoveries(&world) > 0);
    assert_eq!(discoveries(&world), 0);
    let [path] = cached(&world).try_into().expect("one file");
    (world, path)
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut record = serde_json::from_slice(&std::fs::read(path).expect("a record")).expect("JSON");
    change(&mut record);
    overwrite(path, record.to_string().as_bytes());
}

// API-25
#[test]
fn the_cache_is_private() {
    let (world, path) = warm();
    assert_eq!((mode(&path), mode(&directory(&world)), mode(&world.path("cache"))), (0o600, 0o700, 0o700));
}

// API-25
#[test]
fn a_damaged_or_old_record_is_asked_for_again() {
    let (world, path) = warm();
    let whole = std::fs::read(&path).expect("a record");
    for damage in [&b""[..], b"{", b"null", b"[]", b"\0\0\0", &whole[..whole.len() / 2]] {
        overwrite(&path, damage);
        assert!(discoveries(&world) > 0, "{:?}", String::from_utf8_lossy(damage));
        assert_eq!(discoveries(&world), 0);
    }
    let far: Vec<u8> = b"[".repeat(20 * 1024 * 1024);
    overwrite(&path, &far);
    assert!(discoveries(&world) > 0);
    for time in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        edit(&path, |record| record["read_at"] = time.into());
        assert!(discoveries(&world) > 0, "{time}");
    }
}

// API-25
#[test]
fn a_record_of_another_account_or_server_is_not_believed() {
    let world = World::two_people();
    assert!(discoveries(&world) > 0);
    let [adas] = cached(&world).try_into().expect("one file");
    let _ = world.run(["get", "organizationmemberships", "--organization", "acme"]);
    let before = world.requests("api.discovery");
    let _ = world.run(["get", "dnszones", "--project", PROJECT]);
    assert!(world.requests("api.discovery") > before, "Grace believed what Ada was told");
    for other in cached(&world).into_iter().filter(|path| *path != adas) {
        std::fs::copy(other, &adas).expect("a copy");
        assert!(discoveries(&world) > 0);
    }
}

// API-25
#[test]
fn a_record_that_others_could_have_written_is_replaced() {
    let (world, path) = warm();
    for loose in [0o666, 0o620, 0o602] {
        set_mode(&path, loose);
        assert!(discoveries(&world) > 0, "{loose:o}");
        assert_eq!(mode(&path), 0o600);
    }
    for loose in [0o777, 0o720, 0o1777] {
        set_mode(&directory(&world), loose);
        assert!(discoveries(&world) > 0, "{loose:o}");
        assert_eq!(mode(&directory(&world)), 0o700);
    }
}

// API-25
#[test]
fn a_link_in_the_place_of_a_record_is_neither_read_nor_written_through() {
    let (world, path) = warm();
    let elsewhere = world.scratch("elsewhere.json");
    std::fs::rename(&path, &elsewhere).expect("a new place");
    let before = std::fs::read(&elsewhere).expect("a record");
    symlink(&elsewhere, &path).expect("a link");
    assert!(discoveries(&world) > 0);
    assert_eq!(std::fs::read(&elsewhere).expect("a record"), before);
    assert!(std::fs::symlink_metadata(&path).expect("a record").is_file());
    let precious = world.scratch("precious");
    std::fs::write(&precious, "mine").expect("a file");
    std::fs::remove_file(&path).expect("our own");
    symlink(&precious, &path).expect("a link");
    set_mode(&directory(&world), 0o777);
    assert!(discoveries(&world) > 0);
    assert_eq!(std::fs::read_to_string(&precious).expect("a file"), "mine");
}

// API-25
#[test]
fn without_a_place_for_the_cache_commands_work() {
    let (world, _) = warm();
    std::fs::remove_dir_all(world.path("cache")).expect("our own");
    overwrite(&world.path("cache"), b"a file");
    assert!(discoveries(&world) > 0);
    assert!(discoveries(&world) > 0);
}

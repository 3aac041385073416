//! `service-accounts keys rotate`: what is left of the old key, and what happens when something goes wrong on the way.

use std::path::Path;

use serde_json::json;

use super::{content, exchange, key_ids, key_in, litter, machines, with_account};
use crate::support::{Output, World, overwrite};

fn rotate(world: &World, path: &Path, more: &[&str]) -> Output {
    let words = ["keys", "rotate", "--account", "ci-deploy", "--output-file", path.to_str().expect("UTF-8")];
    machines(world, &[&words[..], more].concat())
}

fn id_in(path: &Path) -> String {
    content(path)["private_key_id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_rotation_leaves_one_key_which_is_the_files() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let old = id_in(&path);
    let mut done = rotate(&world, &path, &["-o", "json", "--expires", "2099-01-01"]).success().json();
    let new = id_in(&path);
    assert!(done["created_at"].take().is_string());
    assert_eq!(
        done,
        json!({"id": new, "account": "ci-deploy@staging-d4e5f6.iam.datum.net", "created_at": null,
            "expires_at": "2099-01-01T00:00:00Z", "file": "<directory>/c.json", "sessions": [], "revoked": [old],
            "kept": []})
    );
    assert_eq!((key_ids(&world), litter(&path)), (vec![new], vec![]));
    let _ = exchange(&world, &path).success();
}

/// Waits until the oldest key that the file has outlived is to be revoked.
fn wait_until_due(path: &Path) {
    let due: jiff::Timestamp = content(path)["superseded_keys"][0]["revoke_after"].as_str().unwrap().parse().unwrap();
    while jiff::Timestamp::now() <= due {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn an_old_key_that_is_kept_is_revoked_by_a_later_rotation() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let old = world.keeper("old.json");
    std::fs::copy(&path, &old).unwrap();
    let kept = rotate(&world, &path, &["--keep-old", "2s", "-o", "json"]).success().json();
    assert_eq!((&kept["revoked"], &kept["kept"][0]["id"]), (&json!([]), &json!(id_in(&old))));
    let _ = exchange(&world, &old).success();
    assert_eq!(content(&path)["superseded_keys"][0]["private_key_id"], id_in(&old).as_str());
    let _ = rotate(&world, &path, &["--keep-old", "1h"]).success();
    assert_eq!(key_ids(&world).len(), 3);
    wait_until_due(&path);
    let finished = rotate(&world, &path, &["--finish", "-o", "json"]).success().json();
    assert_eq!((&finished["revoked"], finished["kept"].as_array().map(Vec::len)), (&json!([id_in(&old)]), Some(1)));
    let _ = exchange(&world, &old).exits(4);
    let _ = rotate(&world, &path, &["--finish"]).success().says("stays valid");
    // What a later rotation need not keep goes.
    let _ = rotate(&world, &path, &[]).success();
    assert_eq!(key_ids(&world).len(), 2);
}

#[test]
fn a_pair_made_here_keeps_the_scope_of_the_file() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let scope = content(&path)["scope"].clone();
    let output = world
        .command(["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--generate", "--key-size", "2048"])
        .arg("--output-file")
        .arg(&path)
        .output()
        .expect("the binary runs");
    let pem = content(&path)["private_key"].as_str().expect("a key").to_owned();
    pem.lines().filter(|line| line.len() == 64).skip(8).for_each(|line| drop(world.guard(line)));
    let _ = world.finish(&output, false).success();
    assert_eq!((&content(&path)["scope"], key_ids(&world).len()), (&scope, 1));
    let _ = exchange(&world, &path).success();
}

#[test]
fn sessions_of_this_home_sign_with_the_new_key() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let _ = world.run(["login", "--no-context", "--credentials", path.to_str().unwrap()]).success();
    let session = world.run(["auth", "status", "-o", "json"]).success().json()["session"].as_str().unwrap().to_owned();
    let session = session.replace("<host>", world.emulator().url().trim_start_matches("http://"));
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let _ = rotate(&world, &path, &[]).success().says("signs with it too");
    let _ = world.run(["auth", "get-token", "--min-ttl", "13h", "--session", &session]).success();
}

#[test]
fn a_session_with_another_key_of_the_account_keeps_it_and_no_key_stays_behind_in_the_store() {
    let world = with_account();
    let (path, others) = (key_in(&world, "c.json"), key_in(&world, "other.json"));
    let stored = || {
        let store: serde_json::Value =
            serde_json::from_slice(&std::fs::read(world.path("credentials.json")).unwrap()).unwrap();
        let entries = store["datumctl-auth"].as_object().unwrap().clone();
        let text = |value: &serde_json::Value| serde_json::from_str::<serde_json::Value>(value.as_str()?).ok();
        let (key, machine) = entries
            .iter()
            .find_map(|(key, value)| {
                Some((key.clone(), text(value)?)).filter(|(_, found)| found["service_account"].is_object())
            })
            .expect("a machine's session");
        (key, machine)
    };
    let _ = world.run(["login", "--no-context", "--credentials", others.to_str().unwrap()]).success();
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let told = rotate(&world, &path, &[]).success();
    assert!(!told.stderr.contains("signs with it too"), "{told}");
    assert_eq!(stored().1["service_account"]["private_key_id"], id_in(&others));
    // The original keeps the key itself in the store: a rotation leaves none there.
    let (key, mut machine) = stored();
    machine["service_account"]["private_key"] = content(&others)["private_key"].clone();
    machine["service_account"]["private_key_path"] = "".into();
    let mut store: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.path("credentials.json")).unwrap()).unwrap();
    store["datumctl-auth"][&key] = machine.to_string().into();
    overwrite(&world.path("credentials.json"), store.to_string().as_bytes());
    let _ = rotate(&world, &others, &[]).success().says("signs with it too");
    let after = stored().1["service_account"].clone();
    assert_eq!((&after["private_key_id"], &after["scope"]), (&json!(id_in(&others)), &content(&others)["scope"]));
    assert!(after["private_key"].as_str().is_none_or(str::is_empty), "a key stays in the store");
    let pem = std::fs::read_to_string(after["private_key_path"].as_str().expect("a path")).expect("a key");
    assert_eq!(json!(pem.trim()), content(&others)["private_key"].as_str().expect("a key").trim());
}

#[test]
fn a_session_that_an_earlier_rotation_did_not_come_to_is_not_left_with_a_revoked_key() {
    for finish in [&["--finish"][..], &[]] {
        let world = with_account();
        let path = key_in(&world, "c.json");
        let login = ["login", "--no-context", "--credentials", path.to_str().unwrap()];
        let _ = world.run(login).success();
        let session =
            world.run(["auth", "status", "-o", "json"]).success().json()["session"].as_str().unwrap().to_owned();
        let session = session.replace("<host>", world.emulator().url().trim_start_matches("http://"));
        let _ = world.run(["auth", "switch", "ada@example.com"]).success();
        // As if the first rotation had been killed as soon as the file was in its place: the home knows nothing of it.
        let (home, before) = (world.path(""), world.scratch("before"));
        let copy = |from: &Path, to: &Path| {
            let _ = std::fs::remove_dir_all(to);
            assert!(std::process::Command::new("cp").arg("-a").args([from, to]).status().expect("cp").success());
        };
        copy(&home, &before);
        let _ = rotate(&world, &path, &["--keep-old", "2s"]).success();
        copy(&before, &home);
        wait_until_due(&path);
        let _ = rotate(&world, &path, finish).success().says("signs with it too");
        let _ = world.run(["auth", "get-token", "--min-ttl", "13h", "--session", &session]).success();
        assert_eq!(key_ids(&world), [id_in(&path)]);
    }
}

#[test]
fn finishing_revokes_no_key_but_older_ones_of_this_account() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let _ = machines(&world, &["create", "other"]).success();
    let others = world.keeper("other.json");
    let _ = machines(&world, &["keys", "create", "--account", "other", "--output-file", others.to_str().unwrap()])
        .success();
    let mut changed = content(&path);
    changed["superseded_keys"] = [id_in(&path), id_in(&others)]
        .map(|id| json!({"private_key_id": id, "revoke_after": "2020-01-01T00:00:00Z"}))
        .to_vec()
        .into();
    std::fs::write(&path, changed.to_string()).unwrap();
    let _ = rotate(&world, &path, &["--finish"]).success().says("There is nothing to finish");
    let _ = (exchange(&world, &path).success(), exchange(&world, &others).success());
}

#[test]
fn a_machine_rotates_its_own_key() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let role = ["grant", "ci-deploy", "--role", "identity-service-account-keys-admin"];
    let _ = machines(&world, &role).success();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "iam-service-accounts-viewer"]).success();
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--project", "staging-d4e5f6"];
    for _ in 0..2 {
        let before = id_in(&path);
        let _ = super::as_machine(&world, &path, &[&words[..], &["--output-file", path.to_str().unwrap()]].concat())
            .success();
        assert_ne!(id_in(&path), before);
    }
    assert_eq!(key_ids(&world), [id_in(&path)]);
}

#[test]
fn a_new_key_that_does_not_prove_itself_is_revoked_and_the_file_stays() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let before = std::fs::read(&path).unwrap();
    for fault in ["token.jwt:error=invalid_scope", "token.jwt:status=503", "discovery:status=503"] {
        world.emulator().add_fault(fault.parse().unwrap());
        let output = rotate(&world, &path, &[]);
        assert!([1, 5, 7].contains(&output.status), "{fault}: {output}");
        world.emulator().clear_faults();
        assert_eq!((std::fs::read(&path).unwrap(), key_ids(&world)), (before.clone(), vec![id_in(&path)]), "{fault}");
        assert_eq!(litter(&path), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn a_new_key_may_take_a_moment_to_be_known() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    world.emulator().add_fault("token.jwt:error=invalid_grant,times=3".parse().unwrap());
    let _ = rotate(&world, &path, &[]).success();
    assert_eq!(key_ids(&world), [id_in(&path)]);
}

#[test]
fn an_old_key_that_cannot_be_revoked_now_is_named_and_revoked_later() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let old = id_in(&path);
    // The account, the list before, the creation; then the revocation, which is not repeated.
    world.emulator().add_fault("api.other:status=500,after=3,times=1".parse().unwrap());
    let output = rotate(&world, &path, &[]).exits(5);
    let output = output.says(&format!("the old key {old} could not be revoked")).says("--finish");
    assert_eq!(output.line(), id_in(&path));
    assert_eq!(key_ids(&world).len(), 2);
    let _ = exchange(&world, &path).success();
    let _ = rotate(&world, &path, &["--finish"]).success().says("Revoked key");
    assert_eq!(key_ids(&world), [id_in(&path)]);
    let _ = rotate(&world, &path, &["--finish"]).success().says("There is nothing to finish");
}

#[test]
fn rotations_of_one_file_at_the_same_time_leave_no_key_that_is_in_no_file() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--output-file"];
    let start = || world.command(words).arg(&path).spawn().expect("the binary runs");
    let end = |child: std::process::Child| world.finish(&child.wait_with_output().expect("an end"), false);
    // One that takes its time, and another meanwhile.
    world.emulator().add_fault("api.other:commit-then-delay=2s,after=2,times=1".parse().unwrap());
    let slow = start();
    let is_made = |entries: &[datumctl::emulator::JournalEntry]| {
        entries.iter().filter(|entry| entry.method == "POST" && entry.path.contains("keys")).count() > 1
    };
    assert!(world.emulator().wait_for(std::time::Duration::from_secs(5), is_made));
    for more in [&[][..], &["--finish"]] {
        let _ = rotate(&world, &path, more).exits(6).says("is held by another process");
    }
    let _ = end(slow).success();
    assert_eq!(key_ids(&world), [id_in(&path)]);
    // As they come.
    let outputs: Vec<Output> = (0..4).map(|_| start()).collect::<Vec<_>>().into_iter().map(end).collect();
    assert!(outputs.iter().all(|output| [0, 6].contains(&output.status)) && outputs.iter().any(|one| one.status == 0));
    assert_eq!((key_ids(&world), litter(&path)), (vec![id_in(&path)], vec![]));
    let _ = exchange(&world, &path).success();
}

#[test]
fn a_file_that_became_another_accounts_meanwhile_is_not_taken_for_ones_own() {
    let world = with_account();
    let _ = machines(&world, &["create", "other"]).success();
    let (path, others) = (key_in(&world, "c.json"), world.keeper("other.json"));
    let create = ["keys", "create", "--account", "other", "--output-file", others.to_str().unwrap()];
    let _ = machines(&world, &create).success();
    world.emulator().add_fault("discovery:delay=1500ms,times=1".parse().unwrap());
    let mut worker = world.command(["auth", "get-token"]);
    worker.env("DATUM_CREDENTIALS_FILE", &path).env("DATUMCTL_HOME", world.scratch("workers-home"));
    let worker = worker.spawn().expect("the binary runs");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let _ = machines(&world, &["keys", "revoke", &id_in(&path), "--account", "ci-deploy", "--yes"]).success();
    std::fs::copy(&others, &path).expect("a copy");
    let _ = world.finish(&worker.wait_with_output().unwrap(), false).exits(4).says("does not accept key");
}

#[test]
fn a_worker_that_read_the_file_just_before_a_rotation_reads_it_again() {
    let world = with_account();
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer"]).success();
    let path = key_in(&world, "c.json");
    // It has read the file when it asks where the token endpoint is, and waits there.
    world.emulator().add_fault("discovery:delay=1500ms,times=1".parse().unwrap());
    let mut worker = world.command(["get", "dnszones", "--project", "staging-d4e5f6"]);
    worker.env("DATUM_CREDENTIALS_FILE", &path).env("DATUMCTL_HOME", world.scratch("workers-home"));
    let worker = worker.spawn().expect("the binary runs");
    let waits = |entries: &[datumctl::emulator::JournalEntry]| {
        entries.iter().filter(|entry| entry.route == "discovery").count() > 0
    };
    std::thread::sleep(std::time::Duration::from_millis(300));
    let _ = rotate(&world, &path, &[]).success();
    assert!(world.emulator().wait_for(std::time::Duration::from_secs(5), waits));
    let _ = world.finish(&worker.wait_with_output().unwrap(), false).success();
    let refused =
        |entry: &&datumctl::emulator::JournalEntry| entry.route == "token.jwt" && entry.outcome == "invalid_grant";
    assert_eq!(world.emulator().journal().iter().filter(refused).count(), 1, "the old key was tried");
}

//! Death at each system call that changes something: strace kills the command there, and the next one finds old or new.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machines;
use crate::support::World;
use crate::support::strace::{calls_of, killed_at, strace};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

/// The calls through which a logout changes the disk or speaks to the server.
const CALLS: [&str; 8] = ["connect", "flock", "fsync", "rename", "sendto", "unlink", "unlinkat", "write"];

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs").success());
}

fn sessions(world: &World) -> Vec<(String, String)> {
    let list = world.run(["auth", "list", "-o", "json"]).success().json();
    let host = world.emulator().url().trim_start_matches("http://");
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().expect("a text").replace("<host>", host);
    list.as_array().expect("a list").iter().map(|row| (text(row, "email"), text(row, "session"))).collect()
}

#[test]
fn a_logout_killed_anywhere_leaves_the_account_in_or_out_and_can_be_repeated() {
    // LGO-06
    let world = World::two_people();
    let (home, untouched) = (world.path(""), world.scratch("untouched"));
    copy(&home, &untouched);
    let mut deaths = 0;
    for call in CALLS {
        for number in 1.. {
            copy(&untouched, &home);
            let killed = killed_at(&world.command(["logout", ADA]), call, number);
            assert_in_or_out(&world, &format!("{call} {number}"));
            if !killed {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 10, "only {deaths} places to die in");
}

#[track_caller]
fn assert_in_or_out(world: &World, place: &str) {
    let found = sessions(world);
    let session = |email: &str| found.iter().find(|(owner, _)| owner == email).map(|(_, session)| session.as_str());
    let grace = session(GRACE).unwrap_or_else(|| panic!("{place}: Grace is gone"));
    let _ = world.run(["auth", "get-token", "--session", grace]).success();
    if let Some(ada) = session(ADA) {
        let output = world.run(["auth", "get-token", "--session", ada]);
        let is_clear = output.status == 4 && output.stderr.contains("hint: datumctl login");
        assert!(output.status == 0 || is_clear, "{place}:\n{output}");
        let _ = world.run(["logout", ADA]).success();
    }
    assert_eq!(sessions(world).len(), 1, "{place}");
    // The config's temporary files hold no secret; all of them are cleared when their file changes next.
    let holds_ada = |content: &[u8]| String::from_utf8_lossy(content).contains(ADA);
    let is_credential = |path: &Path| path.to_string_lossy().contains("credentials.json");
    for (path, content) in world.files().iter().filter(|(path, _)| is_credential(path)) {
        assert!(!holds_ada(content), "{place}: something of Ada's is left in {}", path.display());
    }
}

/// The copies of service accounts' keys.
fn key_files(world: &World) -> Vec<PathBuf> {
    let files = world.files().into_iter().map(|(path, _)| path);
    files.filter(|path| path.extension().is_some_and(|extension| extension == "pem")).collect()
}

fn is_litter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.contains("tmp") || name.ends_with(".new") || name.contains(".datumctl-")
}

#[test]
fn a_service_accounts_login_killed_between_key_file_and_session_leaves_all_or_nothing() {
    // JWB-20
    const RENAME: &str = "rename,renameat,renameat2";
    const SYNC: &str = "fsync,fdatasync";
    for (call, number) in [(RENAME, 1), (RENAME, 2), (RENAME, 3), (SYNC, 2), (SYNC, 4)] {
        let world = World::new();
        let file = world.credentials_file();
        let login = ["login", "--no-context", "--credentials", file.to_str().expect("UTF-8")];
        assert!(killed_at(&world.command(login), call, number), "{call} {number}: nothing was killed");
        let status = world.run(["auth", "status"]);
        assert!([0, 4].contains(&status.status), "{call} {number}: {status}");
        if status.status == 0 {
            let _ = world.run(["auth", "get-token", "--min-ttl", "13h"]).success();
        }
        let _ = world.run(login).success();
        let _ = world.run(["logout", "--all"]).success();
        assert_eq!(key_files(&world), Vec::<PathBuf>::new(), "{call} {number}");
        let rest: Vec<PathBuf> =
            world.files().into_iter().map(|(path, _)| path).filter(|path| is_litter(path)).collect();
        assert_eq!(rest, Vec::<PathBuf>::new(), "{call} {number}");
    }
}

/// Kills a rotation at each of `calls`, from the first to the last that it makes; answers how often it died.
fn rotations_killed_at(calls: &[String]) -> usize {
    let world = machines::with_account();
    let file = machines::key_in(&world, "datum-credentials.json");
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--output-file"];
    let rotate = || {
        let mut command = world.command(words);
        command.arg(&file);
        command
    };
    let mut deaths = 0;
    for call in calls {
        for number in 1.. {
            let killed = killed_at(&rotate(), call, number);
            let output = machines::exchange(&world, &file);
            assert_eq!(output.status, 0, "{call} {number}: {output}");
            if !killed {
                break;
            }
            deaths += 1;
        }
    }
    // Whatever was left to do is done by a rotation that lives.
    let _ = world.finish(&rotate().output().expect("the binary runs"), false).success();
    assert_eq!(machines::litter(&file), Vec::<PathBuf>::new());
    deaths
}

#[test]
fn a_rotation_killed_at_any_system_call_leaves_credentials_that_work() {
    let world = machines::with_account();
    let file = machines::key_in(&world, "datum-credentials.json");
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--output-file"];
    let calls: Vec<String> = calls_of(&world, world.command(words).arg(&file)).into_iter().collect();
    let shares = [0, 1, 2, 3].map(|share| calls.iter().skip(share).step_by(4).cloned().collect::<Vec<_>>());
    let deaths: usize = std::thread::scope(|scope| {
        let threads = shares.each_ref().map(|share| scope.spawn(|| rotations_killed_at(share)));
        threads.map(|thread| thread.join().expect("no failure")).iter().sum()
    });
    println!("figure: a rotation killed at {deaths} points of {} system calls: 0 files that do not work", calls.len());
    assert!(deaths > 200, "only {deaths} places to die in");
}

#[test]
fn a_rotation_in_which_any_call_on_its_file_fails_leaves_credentials_that_work() {
    let world = machines::with_account();
    let file = machines::key_in(&world, "datum-credentials.json");
    let log = world.scratch("strace.log");
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--output-file"];
    let mut failures = 0;
    for (call, on_file) in [("fsync", false), ("rename", false), ("openat", true), ("read", true)] {
        for number in 1.. {
            let mut options = vec!["-qq".to_owned(), "-o".to_owned(), log.to_string_lossy().into_owned()];
            options
                .extend(on_file.then(|| ["-P".to_owned(), file.to_string_lossy().into_owned()]).into_iter().flatten());
            options.extend(["-e".to_owned(), format!("inject={call}:error=EIO:when={number}")]);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let output = strace(world.command(words).arg(&file), &options).output().expect("strace runs");
            let shown = String::from_utf8_lossy(&output.stderr);
            let used = machines::exchange(&world, &file);
            assert_eq!(used.status, 0, "{call} {number}: {used}\nafter {shown}");
            if !std::fs::read_to_string(&log).expect("a log").contains("(INJECTED)") {
                break;
            }
            failures += 1;
        }
    }
    assert!(failures > 8, "only {failures} calls failed");
}

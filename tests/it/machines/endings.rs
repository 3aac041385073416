//! Signals while a key is made: it reaches its file, or it is revoked again.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::{content, exchange, key_ids, key_in, litter, with_account};
use crate::support::{Running, World};

/// Starts a command whose key is made, and whose answer takes its time.
fn started<'a>(world: &'a World, verb: &str, path: &Path) -> Running<'a> {
    world.emulator().add_fault("api.other:commit-then-delay=1500ms,after=2,times=1".parse().unwrap());
    let words = ["service-accounts", "keys", verb, "--account", "ci-deploy", "--output-file"];
    let known = world.emulator().journal().len();
    let running = Running::start(world, world.command(words).arg(path));
    let asked = |entries: &[datumctl::emulator::JournalEntry]| {
        entries.iter().skip(known).filter(|entry| entry.route == "api.other").count() >= 2
    };
    assert!(world.emulator().wait_for(Duration::from_secs(10), asked));
    std::thread::sleep(Duration::from_millis(300));
    running
}

#[test]
fn a_signal_waits_until_the_key_is_in_its_file() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let world = with_account();
        let path = world.keeper("c.json");
        let running = started(&world, "create", &path);
        running.signal(signal);
        let _ = running.finish().success().says("so that no key is left behind");
        assert_eq!(key_ids(&world), [content(&path)["private_key_id"].as_str().unwrap()]);
        let _ = exchange(&world, &path).success();
    }
}

#[test]
fn a_rotation_that_is_interrupted_is_brought_to_an_end() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let running = started(&world, "rotate", &path);
    running.signal(Signal::INT);
    let _ = running.finish().success();
    assert_eq!(key_ids(&world), [content(&path)["private_key_id"].as_str().unwrap()]);
}

#[test]
fn a_rotation_that_waits_for_its_key_to_be_known_takes_it_back_when_interrupted() {
    let world = with_account();
    let path = key_in(&world, "c.json");
    let before = content(&path);
    world.emulator().add_fault("token.jwt:error=invalid_grant".parse().unwrap());
    let words = ["service-accounts", "keys", "rotate", "--account", "ci-deploy", "--output-file"];
    let known = world.emulator().journal().len();
    let running = Running::start(&world, world.command(words).arg(&path));
    let tried = |entries: &[datumctl::emulator::JournalEntry]| {
        entries.iter().skip(known).any(|entry| entry.route == "token.jwt")
    };
    assert!(world.emulator().wait_for(Duration::from_secs(10), tried));
    running.signal(Signal::INT);
    let _ = running.finish().exits(130).says("interrupted").says("the new key was revoked again; nothing has changed");
    world.emulator().clear_faults();
    assert_eq!((content(&path), key_ids(&world).len()), (before, 1));
}

#[test]
fn a_second_signal_gives_up_and_leaves_no_half_written_file() {
    let world = with_account();
    let path = world.keeper("c.json");
    let running = started(&world, "create", &path);
    running.signal(Signal::INT);
    running.says("so that no key is left behind");
    running.signal(Signal::INT);
    let _ = running.finish().exits(130);
    assert!(!path.exists());
    assert_eq!(litter(&path), Vec::<std::path::PathBuf>::new());
}

#[test]
fn before_anything_is_made_a_signal_ends_at_once() {
    let world = with_account();
    let path = world.keeper("c.json");
    world.emulator().add_fault("api.other:delay=20s".parse().unwrap());
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file"];
    let running = Running::start(&world, world.command(words).arg(&path));
    std::thread::sleep(Duration::from_millis(500));
    running.signal(Signal::INT);
    let _ = running.finish().exits(130);
    world.emulator().clear_faults();
    assert_eq!((key_ids(&world).len(), litter(&path).len()), (0, 0));
}

#[test]
fn a_signal_while_a_key_pair_is_made_leaves_nothing() {
    let world = with_account();
    let path = world.scratch("c.json");
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--generate", "--output-file"];
    let known = world.emulator().journal().len();
    let running = Running::start(&world, world.command(words).arg(&path));
    let asked = |entries: &[datumctl::emulator::JournalEntry]| {
        entries.iter().skip(known).any(|entry| entry.route == "discovery")
    };
    assert!(world.emulator().wait_for(Duration::from_secs(10), asked));
    std::thread::sleep(Duration::from_millis(20));
    running.signal(Signal::INT);
    let output = running.finish();
    // A key can be made quicker than anybody presses Ctrl-C; then it is in its file.
    assert!(output.status == 130 || path.exists(), "{output}");
    assert_eq!((key_ids(&world).len(), litter(&path).len()), (usize::from(path.exists()), 0));
}

//! Power cuts: from the system calls of one run, every state that the disk could be left in, each loaded by the binary.

mod disk;
mod log;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use disk::{State, states};
use log::{Step, record};
use serde_json::Value;

use super::kills_of_refresh::worker;
use super::stage::{ADA, session};
use super::{GRACE, figure};
use crate::support::World;

/// A command whose power is cut.
struct Cut {
    name: &'static str,
    command: fn(&World) -> (Command, Stdio),
    /// Whether what the command was to change is changed in this state.
    is_done: fn(&World, &State) -> bool,
    /// Whether Grace may be out.
    ends_session: bool,
}

fn content<'a>(state: &'a State, name: &str) -> std::borrow::Cow<'a, str> {
    let found = state.iter().find(|(path, _)| path.ends_with(Path::new(".datumctl").join(name)));
    String::from_utf8_lossy(found.map_or(&[], |(_, content)| content))
}

/// All files below `path` but locks.
fn snapshot(path: &Path, state: &mut State) {
    for entry in fs::read_dir(path).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            snapshot(&path, state);
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            state.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
}

/// Whether the binary finds its way in this state: everybody listed, tokens for all, no word of damage.
fn loads(world: &World, state: &State, cut: &Cut) -> bool {
    let home = world.scratch("after-the-cut");
    let _ = fs::remove_dir_all(&home);
    for (path, content) in state {
        let path = home.join(path.strip_prefix(world.home()).expect("below the home"));
        let directory = path.parent().expect("a directory");
        fs::create_dir_all(directory).expect("a directory");
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).expect("ours");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
    }
    let run = |words: &[&str]| {
        let output = world.command(words).env("HOME", &home).output().expect("the binary runs");
        world.finish(&output, true)
    };
    let list = run(&["auth", "list"]);
    let is_listed = |email: &str| list.status == 0 && list.stdout.contains(email);
    let mut is_good = list.stderr.is_empty() && is_listed(ADA) && (cut.ends_session || is_listed(GRACE));
    for email in [ADA, GRACE].into_iter().filter(|email| is_listed(email)) {
        let token = run(&["auth", "get-token", "--session", &session(world, email)]);
        let is_out = cut.ends_session && email == GRACE && token.status == 4;
        is_good &= (token.status == 0 && token.stderr.is_empty()) || is_out;
    }
    is_good
}

/// Builds all states, loads them, and does the same without each of the syncs.
fn cut_everywhere(world: &World, cut: &Cut) {
    // Both refresh tokens stay good, as they do at a server that gives some time for an answer to be lost.
    world.emulator().set_refresh_rotation(false);
    let mut before = State::new();
    snapshot(&world.path(""), &mut before);
    let (command, input) = (cut.command)(world);
    let steps = record(world, &command, input, &world.path(""), before.len());
    drop(command);
    let mut known: HashMap<State, bool> = HashMap::new();
    let mut is_bad = |(state, told): &(State, bool)| {
        if *told && !(cut.is_done)(world, state) {
            return true;
        }
        !*known.entry(state.clone()).or_insert_with(|| loads(world, state, cut))
    };
    let all = states(&before, &steps, None);
    let bad = all.iter().filter(|state| is_bad(state)).count();
    let (mut noticed, mut unnoticed) = (Vec::new(), Vec::new());
    for (number, step) in steps.iter().enumerate() {
        let Some(name) = sync_name(&steps, step) else { continue };
        let found = states(&before, &steps, Some(number)).iter().any(&mut is_bad);
        if found { noticed.push(name) } else { unnoticed.push(format!("{name} ({})", why(&steps[number..], step))) }
    }
    figure(&format!(
        "power cut during {}: {} states, {bad} bad; of {} syncs {} are missed when left out; not missed: {}",
        cut.name,
        all.len(),
        noticed.len() + unnoticed.len(),
        noticed.len(),
        if unnoticed.is_empty() { "none".to_owned() } else { unnoticed.join(", ") }
    ));
    assert_eq!(bad, 0);
    let is_missed = noticed.iter().any(|name| name == "credentials.json");
    assert!(all.len() > 10 && is_missed, "only {noticed:?} are missed");
}

/// What a sync is for; `None` for a step that is none.
fn sync_name(steps: &[Step], step: &Step) -> Option<String> {
    let short = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.strip_prefix(".datumctl-").and_then(|rest| rest.split('-').next()).map_or(name.clone(), str::to_owned)
    };
    match step {
        Step::Synced { file } => steps.iter().find_map(|made| match made {
            Step::Made { path, file: other } if other == file => Some(short(path)),
            _ => None,
        }),
        Step::SyncedDirectory { path } => Some(format!("directory {}", short(path))),
        _ => None,
    }
}

/// Why a sync is not missed, seen from what follows it.
fn why(later: &[Step], sync: &Step) -> &'static str {
    let writes_again =
        |file: &usize| later.iter().any(|step| matches!(step, Step::Written { file: other, .. } if other == file));
    match sync {
        Step::Synced { file } if writes_again(file) => "room, made before its content",
        Step::Synced { .. } => "derived, or room given back",
        _ => "synced again before the answer",
    }
}

#[test]
fn a_power_cut_during_a_refresh_leaves_the_old_or_the_new_token_and_what_was_answered_stays() {
    // STO-30
    let world = World::two_people();
    world.expire(GRACE);
    let _ = world.token();
    world.expire(GRACE);
    cut_everywhere(
        &world,
        &Cut { name: "refresh", command: worker, is_done: |_, state| !is_expired(state), ends_session: false },
    );
}

/// Grace's credential in this state.
fn credential(state: &State) -> Value {
    let store: Value = serde_json::from_str(&content(state, "credentials.json")).unwrap_or_default();
    let entries = store["datumctl-auth"].as_object().cloned().unwrap_or_default();
    let grace = entries.iter().find(|(key, _)| key.starts_with(GRACE)).and_then(|(_, entry)| entry.as_str());
    grace.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether it is the one whose token had expired.
fn is_expired(state: &State) -> bool {
    let expiry = credential(state)["token"]["expiry"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    expiry.is_none_or(|expiry| expiry < jiff::Timestamp::now())
}

#[test]
fn a_power_cut_during_a_switch_leaves_one_or_the_other_active() {
    // STO-30
    cut_everywhere(
        &World::two_people(),
        &Cut {
            name: "auth switch",
            command: |world| (world.command(["auth", "switch", ADA]), Stdio::null()),
            is_done: |world, state| {
                content(state, "config").contains(&format!("active-session: {}", session(world, ADA)))
            },
            ends_session: false,
        },
    );
}

#[test]
fn a_power_cut_during_a_logout_leaves_the_account_in_or_out() {
    // STO-30
    cut_everywhere(
        &World::two_people(),
        &Cut {
            name: "logout",
            command: |world| (world.command(["logout", GRACE]), Stdio::null()),
            is_done: |_, state| {
                !content(state, "credentials.json").contains(GRACE) && !content(state, "config").contains(GRACE)
            },
            ends_session: true,
        },
    );
}

#[test]
fn a_power_cut_during_a_login_leaves_the_old_session_or_the_new_one() {
    // STO-30: the end of a login revokes the refresh token before it, so the states are asked for what they hold.
    cut_everywhere(
        &World::two_people(),
        &Cut {
            name: "login",
            command: |world| (world.login_command(GRACE, &["login"]), Stdio::null()),
            is_done: |_, state| credential(state)["generation"].as_u64() > Some(1),
            ends_session: false,
        },
    );
}

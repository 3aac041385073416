//! Death of every other command that changes something, at each system call it makes.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::stage::{self, ADA, assert_lost_clearly, litter, session};
use super::{GRACE, Stage, everywhere, figure};
use crate::support::World;
use crate::support::strace::{Follow, Tracer};

const KILL: &str = "signal=SIGKILL";

/// A command that changes only files, and what they say once it is through.
struct Change {
    name: &'static str,
    words: Vec<String>,
    /// Whether the files say so already.
    is_done: fn(&World) -> bool,
}

impl Change {
    fn command(&self, world: &World) -> Command {
        world.command(self.words.iter().map(|word| word.replace("<host>", &host(world))))
    }
}

fn host(world: &World) -> String {
    world.emulator().url().trim_start_matches("http://").to_owned()
}

/// Kills the change everywhere; the files must say the old or the new thing, and the same command must then go through.
fn killed_everywhere(change: &Change) {
    let make = || {
        let stage = Stage::new();
        stage.save();
        stage
    };
    let first = make();
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&change.command(&first.world));
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("{}: {call} {number}", change.name);
        let world = &stage.world;
        stage.restore();
        assert!(!(change.is_done)(world), "{place}");
        let struck = Tracer::new(world, Follow::Itself).strike(&change.command(world), call, KILL, number);
        stage.assert_whole(&place);
        assert!(struck.happened || (change.is_done)(world), "{place}");
        // A lock of client-go's making outlives its holder; who finds it is told, and removes it.
        let _ = std::fs::remove_file(world.home().join(".kube/config.lock"));
        let again = world.finish(&change.command(world).output().expect("the binary runs"), false);
        stage.assert_mended(&place, &again);
        assert!((change.is_done)(world), "{place}");
        assert_eq!(stage::get_token(world, GRACE, false).status, 0, "{place}");
        struck.happened
    };
    let (points, _) = everywhere(&calls, make, strike);
    let all: usize = calls.values().sum();
    figure(&format!("{} killed at {points} points of {all} system calls: 0 lost, old or new each time", change.name));
    assert!(points * 10 > all * 9 && points > 100, "only {points} of {all}");
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What the config says under `key`.
fn config(world: &World, key: &str) -> String {
    let text = std::fs::read_to_string(world.path("config")).expect("a config");
    let config: Value = yaml_serde::from_str(&text).expect("YAML");
    config[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_switch_killed_anywhere_leaves_one_or_the_other_active() {
    // STO-29
    killed_everywhere(&Change {
        name: "auth switch",
        words: words(&["auth", "switch", ADA]),
        is_done: |world| config(world, "active-session") == session(world, ADA),
    });
}

#[test]
fn a_change_of_context_killed_anywhere_leaves_the_old_or_the_new_one() {
    // STO-29
    killed_everywhere(&Change {
        name: "ctx use",
        words: words(&["ctx", "use", "acme"]),
        is_done: |world| config(world, "current-context").ends_with("/acme"),
    });
}

#[test]
fn a_kubeconfig_whose_writer_is_killed_anywhere_is_the_old_or_the_new_one() {
    // STO-29, OUT-13: no token is in the file, the world looks for them when it ends.
    killed_everywhere(&Change {
        name: "auth update-kubeconfig",
        words: words(&["auth", "update-kubeconfig", "--project", "web-1"]),
        is_done: |world| {
            let text = std::fs::read_to_string(world.home().join(".kube/config")).unwrap_or_default();
            text.contains("datum-project-web-1") && text.contains("get-token")
        },
    });
}

#[test]
fn a_login_killed_anywhere_leaves_the_old_session_or_the_new_one() {
    // STO-29
    let make = || Stage::new();
    let login = |world: &World| world.login_command(GRACE, &["login", "--timeout", "3s"]);
    let first = make();
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&login(&first.world));
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("login: {call} {number}");
        let struck = Tracer::new(&stage.world, Follow::Itself).strike(&login(&stage.world), call, KILL, number);
        stage.assert_whole(&place);
        // Refreshed, for the refresh token is what must have survived.
        let mut next = stage.token(&place, true);
        if !litter(&stage.world).is_empty() {
            next = stage.world.login(GRACE);
        }
        stage.assert_mended(&place, &next);
        struck.happened
    };
    let (points, stages) = everywhere(&calls, make, strike);
    let (lost, all): (usize, usize) = (stages.iter().map(|stage| stage.lost).sum(), calls.values().sum());
    figure(&format!("login killed at {points} points of {all} system calls: {lost} lost"));
    assert_eq!(lost, 0);
    assert!(points * 10 > all * 9 && points > 300, "only {points} of {all}");
}

#[test]
fn a_logout_killed_anywhere_leaves_the_account_in_or_out() {
    // LGO-06, STO-29
    let make = || {
        let stage = Stage::new();
        stage.save();
        stage
    };
    let logout = |world: &World| world.command(["logout", GRACE]);
    let first = make();
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&logout(&first.world));
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("logout: {call} {number}");
        let world = &stage.world;
        stage.restore();
        let struck = Tracer::new(world, Follow::Itself).strike(&logout(world), call, KILL, number);
        stage.assert_whole(&place);
        let is_in = config(world, "active-session") == session(world, GRACE);
        if is_in {
            assert!(struck.happened, "{place}: it went through and she is still in");
            let output = stage::get_token(world, GRACE, false);
            if output.status != 0 {
                assert_lost_clearly(&place, &output);
            }
            let again = world.finish(&logout(world).output().expect("the binary runs"), false);
            stage.assert_mended(&place, &again);
        } else {
            // A command that changes something clears away what is left of the change before it.
            stage.assert_mended(&place, &world.run(["auth", "switch", ADA]));
        }
        assert_eq!(stage::entry(world, GRACE), None, "{place}");
        assert_eq!(credentials_of(GRACE, world), Vec::<PathBuf>::new(), "{place}");
        struck.happened
    };
    let (points, _) = everywhere(&calls, make, strike);
    let all: usize = calls.values().sum();
    figure(&format!(
        "logout killed at {points} points of {all} system calls: in or out each time, nobody else touched"
    ));
    assert!(points * 20 > all * 19 && points > 200, "only {points} of {all}");
}

/// The files of credentials that know of this account.
fn credentials_of(email: &str, world: &World) -> Vec<PathBuf> {
    let holds = |content: &[u8]| String::from_utf8_lossy(content).contains(email);
    let files = world
        .files()
        .into_iter()
        .filter(|(path, content)| path.to_string_lossy().contains("credentials") && holds(content));
    files.map(|(path, _)| path).collect()
}

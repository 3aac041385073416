//! A command that stands still (SIGSTOP, a laptop's lid, a debugger) at each system call that changes something.

use std::process::Stdio;

use super::stage::{self, ADA};
use super::{GRACE, Stage, everywhere, figure};
use crate::support::World;
use crate::support::strace::{Follow, Stopped, Tracer};

/// Calls after which a command holds something that others may want, or has done half of its work.
const CALLS: [&str; 8] = ["flock", "write", "fsync", "renameat", "fchmod", "ftruncate", "unlink", "mkdir"];

/// What asks and must not wait for anybody.
const QUESTIONS: [&[&str]; 4] = [&["auth", "get-token"], &["auth", "list"], &["whoami"], &["ctx"]];

fn stop(world: &World, words: &[&str], call: &str, number: usize) -> Option<Stopped> {
    Tracer::new(world, Follow::Itself).stop(&world.command(words), call, number)
}

/// Stops a change wherever it may hold a lock; meanwhile everybody who only asks is answered, and then it is done.
fn stopped_everywhere(name: &str, words: &[&str]) {
    let make = || {
        let stage = Stage::new();
        stage.save();
        stage
    };
    let first = make();
    let (mut calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&first.world.command(words));
    calls.retain(|call, _| CALLS.contains(&call.as_str()));
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("{name}: {call} {number}");
        stage.restore();
        let world = &stage.world;
        let Some(stopped) = stop(world, words, call, number) else { return false };
        for question in QUESTIONS {
            let _ = world.run(question).success();
        }
        for email in [ADA, GRACE] {
            assert_eq!(stage::get_token(world, email, false).status, 0, "{place}: {email}");
        }
        let output = stopped.go_on();
        assert!(output.status.success(), "{place}: {}", String::from_utf8_lossy(&output.stderr));
        stage.assert_whole(&place);
        assert!(stage::litter(world).is_empty(), "{place}");
        true
    };
    let (points, _) = everywhere(&calls, make, strike);
    figure(&format!("{name} stopped at {points} points: everybody else was answered, 0 lost"));
    assert!(points > 10, "only {points}");
}

#[test]
fn a_stopped_switch_keeps_nobody_from_asking() {
    // RFR-12, STO-29
    stopped_everywhere("auth switch", &["auth", "switch", ADA]);
}

#[test]
fn a_stopped_change_of_context_keeps_nobody_from_asking() {
    // RFR-12, STO-29
    stopped_everywhere("ctx use", &["ctx", "use", "acme"]);
}

#[test]
fn who_wants_to_change_what_a_stopped_command_holds_is_told_who_holds_it() {
    // RFR-12: both want the config.
    let stage = Stage::new();
    let world = &stage.world;
    let stopped = stop(world, &["auth", "switch", ADA], "renameat", 1).expect("a rename");
    let before = std::fs::read(world.path("config")).expect("a config");
    let others = [&["auth", "switch", ADA][..], &["ctx", "use", "acme"], &["logout", GRACE]];
    let others = others.map(|words| world.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn());
    for other in others {
        let output = other.expect("the binary runs").wait_with_output().expect("an output");
        let output = world.finish(&output, false).exits(6);
        assert!(output.stderr.contains(&format!("held by process {}", stopped.pid.as_raw_nonzero())), "{output}");
    }
    assert_eq!(std::fs::read(world.path("config")).expect("a config"), before);
    assert!(stopped.go_on().status.success());
    stage.assert_whole("after the stop");
    for email in [ADA, GRACE] {
        assert_eq!(stage::get_token(world, email, true).status, 0, "{email}");
    }
}

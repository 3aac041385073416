//! Death of a refresh: of the command that asks for it, and of the surviving process that carries it out.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Command, Stdio};

use super::stage::{self, assert_lost_clearly};
use super::{GRACE, Stage, everywhere, figure};
use crate::support::World;
use crate::support::strace::{Follow, Tracer};

const KILL: &str = "signal=SIGKILL";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.world.expire(GRACE);
    let _ = stage.world.token();
    stage
}

fn get_token(world: &World) -> Command {
    world.command(["auth", "get-token"])
}

/// The surviving process as its caller starts it: with the session's lock as standard input.
pub(super) fn worker(world: &World) -> (Command, Stdio) {
    let key = format!("--key={}", world.user_key(GRACE));
    let is_lock = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "lock");
    let locks = std::fs::read_dir(world.path("locks")).unwrap().map(|entry| entry.unwrap().path());
    // The lock of the session that was refreshed last; only that of the store comes after it.
    let newest = locks
        .filter(|path| is_lock(path) && !path.ends_with("store.lock"))
        .max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).unwrap())
        .expect("a lock");
    let lock = File::options().read(true).write(true).open(newest).unwrap();
    // A process that another thread is just starting has it for a moment.
    lock.lock().expect("a lock");
    (world.command(["__refresh", &key, "--min-ttl", "60"]), lock.into())
}

#[test]
fn a_refresh_whose_caller_is_killed_anywhere_is_never_lost() {
    // RFR-15, STO-29
    let first = stage();
    first.world.expire(GRACE);
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&get_token(&first.world));
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("{call} {number}");
        stage.world.expire(GRACE);
        let struck = Tracer::new(&stage.world, Follow::Itself).strike(&get_token(&stage.world), call, KILL, number);
        stage.assert_whole(&place);
        let next = stage.token(&place, false);
        stage.assert_mended(&place, &next);
        assert_eq!(stage.world.emulator().refresh_reuse_count(), 0, "{place}");
        struck.happened
    };
    let (points, stages) = everywhere(&calls, stage, strike);
    let lost: usize = stages.iter().map(|stage| stage.lost).sum();
    let all: usize = calls.values().sum();
    figure(&format!("refresh killed at {points} points by its caller's death ({all} system calls): {lost} lost"));
    assert_eq!(lost, 0);
    assert!(points * 20 > all * 19 && points > 100, "only {points} of {all}");
}

#[test]
fn a_refresh_that_is_killed_itself_is_lost_at_three_points_at_most() {
    // RFR-15, STO-29
    let first = stage();
    first.world.expire(GRACE);
    let (command, lock) = worker(&first.world);
    let (calls, _) = Tracer::new(&first.world, Follow::Everything).counts_with(&command, lock);
    let strike = |stage: &mut Stage, call: &str, number: usize| {
        let place = format!("{call} {number}");
        stage.world.expire(GRACE);
        let (command, lock) = worker(&stage.world);
        let tracer = Tracer::new(&stage.world, Follow::Everything);
        let struck = tracer.strike_with(&command, lock, call, KILL, number);
        drop(command);
        stage.assert_whole(&place);
        let next = stage.token(&place, false);
        stage.assert_mended(&place, &next);
        struck.happened
    };
    let (points, stages) = everywhere(&calls, stage, strike);
    let lost: usize = stages.iter().map(|stage| stage.lost).sum();
    let all: usize = calls.values().sum();
    figure(&format!(
        "refresh killed itself at {points} points ({all} system calls): {lost} lost, each said in one line"
    ));
    assert!(lost <= 3, "{lost} lost");
    assert!(points * 20 > all * 19 && points > 200, "only {points} of {all}");
}

#[test]
fn a_caller_whose_refresh_is_killed_answers_or_says_so_in_one_line() {
    // RFR-13, RFR-15: the calls that only the surviving process makes, under a caller that waits for it.
    let first = stage();
    first.world.expire(GRACE);
    let (callers, _) = Tracer::new(&first.world, Follow::Itself).counts(&get_token(&first.world));
    first.world.expire(GRACE);
    let (all, _) = Tracer::new(&first.world, Follow::Everything).counts(&get_token(&first.world));
    let calls: BTreeMap<String, usize> = all.into_iter().filter(|(name, _)| !callers.contains_key(name)).collect();
    let make = || (stage(), 0);
    let strike = |(stage, answered): &mut (Stage, usize), call: &str, number: usize| {
        let place = format!("{call} {number}");
        stage.world.expire(GRACE);
        let tracer = Tracer::new(&stage.world, Follow::Everything);
        let struck = tracer.strike(&get_token(&stage.world), call, KILL, number);
        // A caller that takes over from the dead makes the same calls, and can die of the same one.
        if struck.output.status.code().is_some() {
            let output = stage.world.finish(&struck.output, true);
            if output.status == 0 {
                *answered += usize::from(struck.happened);
                assert_eq!(output.line(), stage::get_token(&stage.world, GRACE, false).line(), "{place}");
            } else {
                assert_lost_clearly(&place, &output);
            }
        }
        let next = stage.token(&place, false);
        stage.assert_mended(&place, &next);
        struck.happened
    };
    let (points, stages) = everywhere(&calls, make, strike);
    let lost: usize = stages.iter().map(|(stage, _)| stage.lost).sum();
    let answered: usize = stages.iter().map(|(_, answered)| answered).sum();
    figure(&format!(
        "refresh killed at {points} points under a waiting caller: {answered} callers answered all the same, the \
         others died of the same call or said so in one line; {lost} sessions lost"
    ));
    assert!(lost <= 3 && points > 20, "{lost} of {points}");
}

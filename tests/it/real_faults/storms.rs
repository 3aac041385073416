//! Storms of all kinds at once; `storms` and `real_secret_service::storm` have those of one kind.

use std::time::{Duration, Instant};

use super::stage::{self, ADA, session};
use super::{GRACE, Stage, figure};
use crate::support::{DATUMCTL, World};

#[test]
fn two_hundred_processes_with_five_refreshes_each_take_turns() {
    // RFR-08, RFR-44
    let world = World::ada();
    world.expire(ADA);
    world.emulator().set_access_token_ttl(Duration::ZERO);
    five_refreshes_of_each_of_two_hundred(&world, "a file");
    assert_eq!(stage::litter(&world), Vec::<std::path::PathBuf>::new());
}

/// Ada is signed in and her tokens are dead on arrival.
pub fn five_refreshes_of_each_of_two_hundred(world: &World, store: &str) {
    let before = world.refreshes().0;
    let script = "for turn in 1 2 3 4 5; do \"$0\" auth get-token || exit; done";
    let started = Instant::now();
    let all: Vec<_> = (0..200).map(|_| world.program("sh", ["-c", script, DATUMCTL]).spawn().expect("sh")).collect();
    let mut tokens = std::collections::HashSet::new();
    for process in all {
        let output = world.finish(&process.wait_with_output().expect("an output"), true).success();
        tokens.extend(output.stdout.lines().map(str::to_owned));
    }
    let (refreshed, reused) = (world.refreshes().0 - before, world.refreshes().1);
    let seconds = started.elapsed().as_secs();
    figure(&format!(
        "200 processes with 5 refreshes each, kept in {store}: {refreshed} refreshes, {reused} reuses, {seconds} s"
    ));
    assert_eq!((tokens.len(), refreshed, reused), (1000, 1000, 0));
}

#[test]
fn a_storm_of_refreshes_switches_logins_and_requests_spoils_nobodys_session() {
    // LGO-12: Ada's tokens live for moments while Grace comes and goes.
    let stage = Stage::new();
    stage.world.emulator().set_access_token_ttl(Duration::from_secs(61));
    stage.world.expire(ADA);
    everything_at_once(&stage.world, "a file");
    stage::assert_files_whole(&stage.world, "after the storm");
}

/// Ada and Grace are signed in, and Ada's tokens live for moments.
pub fn everything_at_once(world: &World, store: &str) {
    let ada = session(world, ADA);
    let grace_comes_and_goes = || {
        for _ in 0..6 {
            let _ = world.run(["logout", GRACE]).success();
            let _ = world.login(GRACE).success();
        }
    };
    let switches = || {
        for email in [ADA, GRACE].into_iter().cycle().take(30) {
            // Grace may be out just now.
            let output = world.run(["auth", "switch", email]);
            assert!(output.status == 0 || email == GRACE && output.status == 2, "{output}");
        }
    };
    let asks = |words: &[&str]| {
        let all: Vec<_> = (0..60).map(|_| world.spawn(words)).collect();
        for process in all {
            let output = world.finish(&process.wait_with_output().expect("an output"), true);
            assert_eq!(output.status, 0, "{output}");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(grace_comes_and_goes);
        scope.spawn(switches);
        scope.spawn(|| asks(&["auth", "get-token", "--session", &ada]));
        scope.spawn(|| asks(&["auth", "get-token", "--min-ttl", "2m", "--session", &ada]));
        scope.spawn(|| asks(&["organizations", "list", "--session", &ada]));
    });
    let (refreshed, reused) = world.refreshes();
    figure(&format!(
        "storm of 180 commands of one account beside 30 switches, 6 logouts and 6 logins of another, kept in {store}: \
         {refreshed} refreshes, {reused} reuses, 0 lost"
    ));
    assert!(refreshed >= 60, "{refreshed}: it was no storm");
    assert_eq!(reused, 0);
    for email in [ADA, GRACE] {
        assert_eq!(stage::get_token(world, email, true).status, 0, "{email}");
    }
}

//! Many processes at one expiry: one of them refreshes, all of them get the same token.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::support::World;

const ADA: &str = "ada@example.com";

/// Starts this many `get-token` at once and answers their tokens.
fn storm(world: &World, processes: usize) -> Vec<String> {
    let all: Vec<_> = (0..processes).map(|_| world.spawn(["auth", "get-token"])).collect();
    let finish =
        |process: std::process::Child| world.finish(&process.wait_with_output().unwrap(), true).success().line();
    all.into_iter().map(finish).collect()
}

#[test]
fn of_any_number_of_processes_at_one_expiry_one_refreshes() {
    // RFR-07, RFR-09: a spent refresh token would end the session.
    let world = World::ada();
    for (done, processes) in [2, 8, 20, 50, 100].into_iter().enumerate() {
        world.expire(ADA);
        let tokens: HashSet<_> = storm(&world, processes).into_iter().collect();
        assert_eq!(tokens.len(), 1, "{processes} processes got different tokens");
        world.assert_refreshed(done + 1);
    }
    let _ = world.run(["organizations", "list"]).success();
}

#[test]
fn two_hundred_processes_at_one_expiry_refresh_once() {
    // RFR-07, RFR-09
    let world = World::ada();
    world.expire(ADA);
    let tokens = storm(&world, 200);
    assert_eq!(tokens.len(), 200);
    assert_eq!(tokens.into_iter().collect::<HashSet<_>>().len(), 1);
    world.assert_refreshed(1);
    let _ = world.run(["organizations", "list"]).success();
}

#[test]
fn two_hundred_processes_whose_tokens_are_dead_on_arrival_take_turns() {
    // RFR-08, RFR-09
    let world = World::ada();
    world.expire(ADA);
    world.emulator().set_access_token_ttl(Duration::ZERO);
    let started = Instant::now();
    let tokens: HashSet<_> = storm(&world, 200).into_iter().collect();
    let slowest = started.elapsed();
    assert_eq!(tokens.len(), 200, "each has its own");
    world.assert_refreshed(200);
    assert!(slowest <= Duration::from_secs(30), "the slowest took {slowest:?}");
    world.emulator().set_access_token_ttl(Duration::from_secs(3600));
    let _ = world.token();
    assert_eq!(world.emulator().refresh_reuse_count(), 0);
}

#[test]
fn accounts_do_not_wait_for_each_other() {
    // RFR-12: who has a valid token, or another account, goes on.
    let world = World::two_people();
    world.expire(ADA);
    world.fault("token.refresh:commit-then-delay=1500ms,times=1");
    let ada = format!("{ADA}@{}", world.emulator().url().trim_start_matches("http://"));
    let waiting = world.spawn(["auth", "get-token", "--session", &ada]);
    world.await_requests("token.refresh", 1);
    let started = Instant::now();
    world.expire("grace@example.com");
    let _ = world.token();
    let _ = world.token();
    assert!(started.elapsed() < Duration::from_millis(1400), "it waited for somebody else's refresh");
    let _ = world.finish(&waiting.wait_with_output().unwrap(), true).success();
    world.assert_refreshed(2);
}

//! Many processes at one expiry: one of them refreshes, all of them get the same token.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use datumctl::emulator::{Options, Seed};
use serde_json::json;

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

/// An emulator's seed of this many people, `person1@example.com` and so on.
fn crowd(people: usize) -> Seed {
    let person =
        |number: usize| json!({"id": format!("person-{number}"), "email": format!("person{number}@example.com")});
    let seed = json!({"people": (1..=people).map(person).collect::<Vec<_>>()});
    serde_json::from_value(seed).unwrap()
}

#[test]
fn fifty_accounts_that_log_in_at_once_are_all_there() {
    // STO-32
    let world = World::with(Options { seed: crowd(50), ..Options::default() });
    let email = |number: usize| format!("person{number}@example.com");
    let login = |number| world.login_command(&email(number), &["login", "--no-context"]).spawn().unwrap();
    let all: Vec<_> = (1..=50).map(login).collect();
    for process in all {
        let _ = world.finish(&process.wait_with_output().unwrap(), false).success();
    }
    let home = crate::support::original::read(&world);
    assert_eq!((home.config.sessions.len(), home.credentials.len(), home.known_users.len()), (50, 50, 50));
    let listed = world.run(["auth", "list", "-o", "json"]).success().json();
    let active = listed.as_array().unwrap().iter().filter(|session| session["active"] == true).count();
    assert_eq!((listed.as_array().unwrap().len(), active), (50, 1));
    let _ = world.token();
}

#[test]
fn readers_never_see_half_a_file() {
    // STO-33: one process changes the credentials and the config, others read them all the while.
    let world = World::two_people();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for name in ["credentials.json", "config"] {
            for _ in 0..2 {
                let (world, stop) = (&world, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let text = std::fs::read_to_string(world.path(name)).unwrap();
                        let whole = match name {
                            "config" => {
                                yaml_serde::from_str::<serde_json::Value>(&text).is_ok() && text.contains("\nsessions:")
                            }
                            _ => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                        };
                        assert!(whole, "{name}: {text:?}");
                    }
                });
            }
        }
        for _ in 0..20 {
            for email in [ADA, "grace@example.com"] {
                let output = world.run(["auth", "switch", email]);
                stop.fetch_or(output.status != 0, Ordering::Relaxed);
                assert_eq!(output.status, 0, "{output}");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

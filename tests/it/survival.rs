//! A refresh goes on when the command that asked for it is killed, and when it is killed itself nobody waits for it.
#![cfg(unix)]

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::support::World;

const ADA: &str = "ada@example.com";
/// How long the server takes to answer a refresh.
const ANSWER: Duration = Duration::from_secs(2);

/// A `get-token` in a process group of its own, whose refresh the server has carried out and not yet answered.
fn refreshing(world: &World) -> Child {
    world.expire(ADA);
    world.fault(&format!("token.refresh:commit-then-delay={}ms,times=1", ANSWER.as_millis()));
    let before = world.requests("token.refresh");
    let child = world.command(["auth", "get-token"]).process_group(0).spawn().unwrap();
    world.await_requests("token.refresh", before + 1);
    child
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The new token was stored although nobody was there to hear it, and the server never saw the old one again.
#[track_caller]
fn assert_recovered(world: &World, old: &str, refreshes: usize) {
    let token = world.token();
    assert_ne!(token, old);
    assert_eq!(token, world.credential(ADA)["token"]["access_token"]);
    world.assert_refreshed(refreshes);
    let _ = world.run(["organizations", "list"]).success();
}

#[test]
fn a_refresh_survives_every_signal_that_ends_its_command() {
    // RFR-17
    let world = World::ada();
    for (done, signal) in [Signal::KILL, Signal::INT, Signal::TERM, Signal::HUP].into_iter().enumerate() {
        let old = world.token();
        let mut command = refreshing(&world);
        kill_process(pid(&command), signal).unwrap();
        let ended = Instant::now();
        let _ = command.wait();
        assert!(ended.elapsed() < ANSWER, "{signal:?} was heeded only after the answer");
        assert_recovered(&world, &old, done + 1);
    }
}

#[test]
fn a_refresh_survives_the_end_of_the_whole_process_group() {
    // RFR-17
    let world = World::ada();
    for (done, signals) in
        [[Signal::KILL; 1].as_slice(), &[Signal::INT; 3], &[Signal::TERM], &[Signal::HUP]].into_iter().enumerate()
    {
        let old = world.token();
        let mut command = refreshing(&world);
        for signal in signals {
            // The group is gone once its only member has been waited for, which is after this.
            kill_process_group(pid(&command), *signal).unwrap();
        }
        let _ = command.wait();
        assert_recovered(&world, &old, done + 1);
    }
}

#[test]
fn a_refresh_survives_a_timeout_that_kills() {
    // RFR-17
    let world = World::ada();
    let old = world.token();
    world.expire(ADA);
    world.fault("token.refresh:commit-then-delay=2s,times=1");
    let get_token = world.command(["auth", "get-token"]);
    let mut timeout = Command::new("timeout");
    timeout.args(["-s", "KILL", "1"]).arg(get_token.get_program()).args(get_token.get_args()).env_clear();
    timeout.envs(get_token.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = timeout.output().unwrap();
    assert!(output.stdout.is_empty(), "it was killed before it could answer");
    assert_eq!(world.requests("token.refresh"), 1);
    assert_recovered(&world, &old, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_refresh_survives_its_terminal() {
    // RFR-17: `script` is the terminal; when it dies, the kernel hangs up on everybody in it.
    let world = World::ada();
    let old = world.token();
    world.expire(ADA);
    world.fault(&format!("token.refresh:commit-then-delay={}ms,times=1", ANSWER.as_millis()));
    let mut terminal = Command::new("script");
    let get_token = world.command(["auth", "get-token"]);
    terminal.args(["-qec", &format!("exec '{}' auth get-token", crate::support::DATUMCTL), "/dev/null"]).env_clear();
    terminal.envs(get_token.get_envs().filter_map(|(name, value)| Some((name, value?))));
    terminal.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut terminal = terminal.spawn().unwrap();
    world.await_requests("token.refresh", 1);
    terminal.kill().unwrap();
    let _ = terminal.wait();
    assert_recovered(&world, &old, 1);
}

/// The process that the lock file of Ada's session names, once it is not `other`.
fn holder(world: &World, other: Pid) -> Pid {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let locks = world.files().into_iter().filter(|(path, _)| !path.ends_with("store.lock"));
        let mut pids = locks
            .filter(|(path, _)| path.extension().is_some_and(|extension| extension == "lock"))
            .filter_map(|(_, content)| Pid::from_raw(String::from_utf8_lossy(&content).trim().parse().ok()?));
        if let Some(pid) = pids.find(|pid| *pid != other && rustix::process::test_kill_process(*pid).is_ok()) {
            return pid;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nobody holds the lock");
}

#[test]
fn when_the_refreshing_process_is_killed_the_next_one_goes_ahead_at_once() {
    // RFR-13
    let world = World::ada();
    world.expire(ADA);
    world.fault("token.refresh:delay=20s,times=1");
    let started = Instant::now();
    let waiting = world.spawn(["auth", "get-token"]);
    kill_process(holder(&world, pid(&waiting)), Signal::KILL).unwrap();
    let output = world.finish(&waiting.wait_with_output().unwrap(), true).exits(4);
    insta::assert_snapshot!(output, @"
    ------- stderr -------
    error: the refresh was cut off
    hint: try again; if that fails, log in again: datumctl login
    [exit status: 4]
    ");
    // Where the killed one had not sent anything yet, the fault is still to come.
    world.emulator().clear_faults();
    let _ = world.token();
    world.assert_refreshed(1);
    assert!(started.elapsed() < Duration::from_secs(15), "a dead holder was waited for");
}

#[test]
fn a_stopped_refresh_is_named_to_those_who_wait_and_loses_nothing() {
    // RFR-12: thirty seconds of patience.
    let world = World::two_people();
    world.expire(ADA);
    world.fault("token.refresh:commit-then-delay=1s,times=1");
    let session = format!("{ADA}@{}", world.emulator().url().trim_start_matches("http://"));
    let command = ["auth", "get-token", "--session", &session];
    let first = world.spawn(command);
    world.await_requests("token.refresh", 1);
    let stopped = holder(&world, pid(&first));
    kill_process(stopped, Signal::STOP).unwrap();
    let waiting = world.spawn(command);
    let _ = world.run(["auth", "get-token"]).success();
    let output = world.finish(&waiting.wait_with_output().unwrap(), true).exits(6);
    assert!(output.stderr.contains(&format!("held by process {}", stopped.as_raw_nonzero())), "{output}");
    kill_process(stopped, Signal::CONT).unwrap();
    let token = world.finish(&first.wait_with_output().unwrap(), true).success().line();
    assert_eq!(world.run(command).success().line(), token);
    world.assert_refreshed(1);
}

#[test]
fn a_deleted_lock_file_lets_nobody_refresh_twice() {
    // RFR-14
    let world = World::ada();
    let first = refreshing(&world);
    std::fs::remove_dir_all(world.path("locks")).unwrap();
    let second = world.token();
    let first = world.finish(&first.wait_with_output().unwrap(), true).success().line();
    assert_eq!(first, second);
    world.assert_refreshed(1);
}

#[test]
fn a_replaced_lock_file_lets_nobody_refresh_twice() {
    // RFR-14: one process waits for the old file, others come to the new one.
    let world = World::ada();
    let first = refreshing(&world);
    let mut all = vec![first, world.spawn(["auth", "get-token"])];
    let is_lock = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "lock");
    for (path, _) in world.files().into_iter().filter(|(path, _)| is_lock(path)) {
        std::fs::write(path.with_extension("new"), "").unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
    }
    all.extend((0..5).map(|_| world.spawn(["auth", "get-token"])));
    let finish = |child: Child| world.finish(&child.wait_with_output().unwrap(), true).success().line();
    let tokens: std::collections::HashSet<_> = all.into_iter().map(finish).collect();
    assert_eq!(tokens.len(), 1);
    world.assert_refreshed(1);
}

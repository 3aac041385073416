//! Every call to the file system failing once: nothing is spent that cannot be stored, and what was spent is kept.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::kills_of_refresh::worker;
use super::stage::{self, ADA};
use super::{GRACE, Stage, everywhere, figure};
use crate::support::World;
use crate::support::strace::{Follow, Struck, Tracer};

/// What each call can answer on a full, broken, read-only, foreign or crowded system, and when a signal comes in. A
/// `close` is not among them: strace can only leave it out, while the kernel closes even when it reports an error.
const FAILURES: [(&str, &[&str]); 15] = [
    ("open", &["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "EINTR"]),
    ("openat", &["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "EINTR"]),
    ("write", &["ENOSPC", "EIO", "EINTR"]),
    ("pwrite64", &["ENOSPC", "EIO", "EINTR"]),
    ("fsync", &["ENOSPC", "EIO", "EROFS", "EINTR"]),
    ("fdatasync", &["ENOSPC", "EIO", "EROFS", "EINTR"]),
    ("rename", &["ENOSPC", "EIO", "EROFS", "EACCES", "EINTR"]),
    ("renameat", &["ENOSPC", "EIO", "EROFS", "EACCES", "EINTR"]),
    ("unlink", &["EIO", "EROFS", "EACCES", "EINTR"]),
    ("unlinkat", &["EIO", "EROFS", "EACCES", "EINTR"]),
    ("ftruncate", &["ENOSPC", "EIO", "EROFS", "EINTR"]),
    ("fchmod", &["EIO", "EROFS", "EINTR"]),
    ("mkdir", &["ENOSPC", "EIO", "EROFS", "EACCES", "EINTR"]),
    ("mkdirat", &["ENOSPC", "EIO", "EROFS", "EACCES", "EINTR"]),
    ("flock", &["EIO", "EINTR"]),
];

/// The calls among `made` with each of their failures, as `CALL ERROR`.
fn failures(made: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let possible = FAILURES.iter().filter_map(|(call, errors)| Some((call, errors, *made.get(*call)?)));
    possible
        .flat_map(|(call, errors, count)| errors.iter().map(move |error| (format!("{call} {error}"), count)))
        .collect()
}

fn injection(failure: &str) -> (&str, String) {
    let (call, error) = failure.split_once(' ').expect("CALL ERROR");
    (call, format!("error={error}"))
}

/// Whether the failing call was about one of our files; the others are the loader's, the terminal's and the runtime's.
fn is_about_our_files(world: &World, struck: &Struck) -> bool {
    struck.call.as_ref().is_some_and(|call| call.contains(world.home().to_str().expect("UTF-8")))
}

/// What came of the faults of one command.
#[derive(Default)]
struct Tally {
    failures: usize,
    refused: usize,
    went_on: usize,
}

impl Tally {
    fn sum(tallies: impl Iterator<Item = Self>) -> Self {
        tallies.fold(Self::default(), |sum, tally| Self {
            failures: sum.failures + tally.failures,
            refused: sum.refused + tally.refused,
            went_on: sum.went_on + tally.went_on,
        })
    }
}

fn figure_of(name: &str, tally: &Tally, lost: usize) {
    let Tally { failures, refused, went_on } = tally;
    figure(&format!("{name} with {failures} failing calls: {refused} refused cleanly, {went_on} went on, {lost} lost"));
    assert!(*failures > 30, "only {failures} calls failed");
}

fn refreshing(
    stage: &mut Stage,
    tally: &mut Tally,
    place: &str,
    struck: &Struck,
    answered: Option<&str>,
    before: usize,
) {
    let world = &stage.world;
    let (after, reused) = world.refreshes();
    assert_eq!(reused, 0, "{place}: {:?}", struck.call);
    if is_about_our_files(world, struck) {
        tally.failures += 1;
        tally.refused += usize::from(answered.is_none());
        tally.went_on += usize::from(answered.is_some());
        assert!(
            !place.contains("EINTR") || answered.is_some(),
            "{place}: an interrupted call is no failure: {:?}",
            struck.call
        );
        assert_eq!(after - before, usize::from(answered.is_some()), "{place}: {:?}", struck.call);
    }
    let next = stage.token(place, false);
    stage.assert_mended(place, &next);
    if after > before {
        assert_eq!(stage.world.refreshes().0, after, "{place}: the token was not kept: {:?}", struck.call);
        assert!(answered.is_none_or(|token| token == next.line()), "{place}");
    }
}

#[test]
fn a_refresh_whose_caller_meets_a_failing_call_spends_nothing_or_loses_nothing() {
    // STO-26, RFR-35
    let get_token = |world: &World| world.command(["auth", "get-token"]);
    let first = Stage::new();
    first.world.expire(GRACE);
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&get_token(&first.world));
    let strike = |(stage, tally): &mut (Stage, Tally), failure: &str, number: usize| {
        let place = format!("{failure} {number}");
        let (call, injection) = injection(failure);
        stage.world.expire(GRACE);
        let before = stage.world.refreshes().0;
        let tracer = Tracer::new(&stage.world, Follow::Itself);
        let struck = tracer.strike(&get_token(&stage.world), call, &injection, number);
        if is_about_our_files(&stage.world, &struck) {
            let output = stage.world.finish(&struck.output, true);
            assert!([0, 2, 6].contains(&output.status), "{place}: {:?}\n{output}", struck.call);
        }
        stage.assert_whole(&place);
        let text = String::from_utf8_lossy(&struck.output.stdout);
        let answered = (struck.output.status.success() && !text.is_empty()).then_some(text.trim());
        refreshing(stage, tally, &place, &struck, answered, before);
        struck.happened
    };
    let (_, stages) = everywhere(&failures(&calls), || (Stage::new(), Tally::default()), strike);
    let lost = stages.iter().map(|(stage, _)| stage.lost).sum();
    figure_of("refresh, its caller", &Tally::sum(stages.into_iter().map(|(_, tally)| tally)), lost);
    assert_eq!(lost, 0);
}

#[test]
fn a_refresh_that_meets_a_failing_call_spends_nothing_or_keeps_what_it_got() {
    // STO-26, RFR-35
    let make = || {
        let stage = Stage::new();
        stage.world.expire(GRACE);
        let _ = stage.world.token();
        stage
    };
    let first = make();
    first.world.expire(GRACE);
    let (command, lock) = worker(&first.world);
    let (calls, _) = Tracer::new(&first.world, Follow::Everything).counts_with(&command, lock);
    let strike = |(stage, tally): &mut (Stage, Tally), failure: &str, number: usize| {
        let place = format!("{failure} {number}");
        let (call, injection) = injection(failure);
        stage.world.expire(GRACE);
        let before = stage.world.refreshes().0;
        let (command, lock) = worker(&stage.world);
        let tracer = Tracer::new(&stage.world, Follow::Everything);
        let struck = tracer.strike_with(&command, lock, call, &injection, number);
        drop(command);
        stage.assert_whole(&place);
        let reply: Value = serde_json::from_slice(&struck.output.stdout).unwrap_or_default();
        if is_about_our_files(&stage.world, &struck) {
            let _ = stage.world.finish(&struck.output, true);
            let refused = reply["failure"].as_str().is_some_and(|failure| ["no_room", "store"].contains(&failure));
            assert!(refused || reply["access_token"].is_string(), "{place}: {reply} {:?}", struck.call);
        }
        refreshing(stage, tally, &place, &struck, reply["access_token"].as_str(), before);
        struck.happened
    };
    let (_, stages) = everywhere(&failures(&calls), || (make(), Tally::default()), strike);
    let lost = stages.iter().map(|(stage, _)| stage.lost).sum();
    figure_of("refresh itself", &Tally::sum(stages.into_iter().map(|(_, tally)| tally)), lost);
    assert_eq!(lost, 0);
}

/// Lets each call of a command fail that changes nothing at the server, or nothing that cannot be done again.
fn failing_everywhere(name: &str, command: impl Fn(&World) -> Command + Sync, is_done: fn(&World) -> bool) {
    let make = || {
        let stage = Stage::new();
        stage.save();
        (stage, Tally::default())
    };
    let (first, _) = make();
    let (calls, _) = Tracer::new(&first.world, Follow::Itself).counts(&command(&first.world));
    let strike = |(stage, tally): &mut (Stage, Tally), failure: &str, number: usize| {
        let place = format!("{name}: {failure} {number}");
        let (call, injection) = injection(failure);
        let world = &stage.world;
        stage.restore();
        let struck = Tracer::new(world, Follow::Itself).strike(&command(world), call, &injection, number);
        stage.assert_whole(&place);
        if is_about_our_files(world, &struck) {
            let output = world.finish(&struck.output, false);
            let went_on = output.status == 0;
            tally.failures += 1;
            tally.refused += usize::from(!went_on);
            tally.went_on += usize::from(went_on);
            assert!([0, 2, 6].contains(&output.status), "{place}: {:?}\n{output}", struck.call);
            assert!(!failure.contains("EINTR") || went_on, "{place}: an interrupted call is no failure\n{output}");
            assert!(!went_on || is_done(world), "{place}: {:?}", struck.call);
        }
        // What is done cannot always be done again; any change clears away what is left over.
        let mut next = if is_done(world) { world.command(["auth", "switch", ADA]) } else { command(world) };
        let again = world.finish(&next.output().expect("the binary runs"), false);
        stage.assert_mended(&place, &again);
        struck.happened
    };
    let (_, stages) = everywhere(&failures(&calls), make, strike);
    figure_of(name, &Tally::sum(stages.into_iter().map(|(_, tally)| tally)), 0);
}

fn config_says(world: &World, key: &str, end: &str) -> bool {
    let text = std::fs::read_to_string(world.path("config")).expect("a config");
    let config: Value = yaml_serde::from_str(&text).expect("YAML");
    config[key].as_str().is_some_and(|value| value.ends_with(end))
}

#[test]
fn a_switch_that_meets_a_failing_call_is_done_or_refused() {
    // STO-26
    let is_done = |world: &World| config_says(world, "active-session", &stage::session(world, ADA));
    failing_everywhere("auth switch", |world| world.command(["auth", "switch", ADA]), is_done);
}

#[test]
fn a_change_of_context_that_meets_a_failing_call_is_done_or_refused() {
    // STO-26
    let is_done = |world: &World| config_says(world, "current-context", "/acme");
    failing_everywhere("ctx use", |world| world.command(["ctx", "use", "acme"]), is_done);
}

#[test]
fn a_logout_that_meets_a_failing_call_is_done_or_refused() {
    // STO-26
    let is_done = |world: &World| stage::entry(world, GRACE).is_none();
    failing_everywhere("logout", |world| world.command(["logout", GRACE]), is_done);
}

#[test]
fn a_service_accounts_login_that_meets_a_failing_call_is_done_or_refused() {
    // STO-26
    let login = |world: &World| {
        let file = world.credentials_file();
        world.command(["login", "--no-context", "--credentials", file.to_str().expect("UTF-8")])
    };
    let is_done = |world: &World| {
        config_says(world, "active-session", "") && !config_says(world, "active-session", &stage::session(world, GRACE))
    };
    failing_everywhere("login --credentials", login, is_done);
}

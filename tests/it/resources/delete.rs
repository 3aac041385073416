//! `delete`.

use super::{names, pipe, project, reference, writes, zone, zones};
use crate::support::Running;
use crate::support::World;
use crate::support::terminal::Terminal;

fn with(names: &[&str]) -> World {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-"], &zones(names)).success();
    world
}

fn deleted(name: &str) -> String {
    format!("dnszone.dns.networking.miloapis.com \"{name}\" deleted\n")
}

#[test]
fn objects_go_by_name_by_label_by_manifest_or_all_together() {
    let world = with(&["a", "b", "c", "d", "e", "f"]);
    let by_name = world.run(["delete", "dnszone", "a", "b", "--yes"]).success();
    assert_eq!(by_name.stdout, deleted("a") + &deleted("b"));
    let by_slash = world.run(["delete", "dnszones/c", "-y", "-o", "name"]).success();
    assert_eq!(by_slash.line(), reference("c"));
    let by_manifest = pipe(&world, ["delete", "-f", "-", "--yes"], &zone("d")).success();
    assert_eq!(by_manifest.stdout, deleted("d"));
    let by_field = world.run(["delete", "dnszone", "--field-selector", "metadata.name=e", "--yes"]).success();
    assert_eq!(by_field.stdout, deleted("e"));
    let by_label = world.run(["delete", "dnszone", "-l", "app=shop", "--yes", "--now"]).success();
    assert_eq!(by_label.stdout, deleted("f"));
    let none = world.run(["delete", "dnszone", "--all", "-A", "--yes"]).success();
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", "No resources found\n"));
}

#[test]
fn what_is_not_there_is_a_failure_unless_it_may_be() {
    let world = with(&["a"]);
    let missing = world.run(["delete", "dnszone", "x", "a", "--yes"]).exits(1);
    assert_eq!(missing.stdout, deleted("a"));
    let _ = missing.says("dnszones.dns.networking.miloapis.com \"x\" not found");
    let ignored = world.run(["delete", "dnszone", "x", "--yes", "--ignore-not-found"]).success();
    assert_eq!((ignored.stdout.as_str(), ignored.stderr.as_str()), ("", ""));
}

// API-23
#[test]
fn without_a_terminal_nothing_goes_and_the_command_that_works_is_named() {
    let world = with(&["a"]);
    let before = world.emulator().journal().len();
    insta::assert_snapshot!(world.run(["delete", "dnszone", "-l", "app in (shop)"]).exits(2), @"
    ------- stderr -------
    error: deleting asks first, and there is no terminal to ask on
    hint: datumctl delete dnszone -l 'app in (shop)' --yes
    [exit status: 2]
    ");
    assert_eq!(world.emulator().journal().len(), before);
    let dry = world.run(["delete", "dnszone", "a", "--dry-run=server"]).success();
    assert_eq!(dry.stdout, "dnszone.dns.networking.miloapis.com \"a\" deleted (server dry run)\n");
    let dry = world.run(["delete", "dnszone", "a", "--dry-run=client"]).success();
    assert_eq!(dry.stdout, "dnszone.dns.networking.miloapis.com \"a\" deleted (dry run)\n");
    assert_eq!(names(&world), ["a"]);
}

// API-23
#[test]
fn a_person_sees_what_would_go_and_decides() {
    let world = with(&["a", "b"]);
    let ask = |answer: &str| {
        let terminal = Terminal::start(&world, &world.command(["delete", "dnszone", "-l", "app=shop", "-q"]));
        terminal.running.says(&format!("{} in default", reference("a")));
        terminal.running.says("Delete these 2 objects?");
        terminal.press(answer);
        terminal.finish()
    };
    let _ = ask("n").exits(1).says("nothing was deleted");
    let _ = ask("\r").exits(1);
    assert_eq!(ask("\x03").status, 130);
    assert_eq!(names(&world), ["a", "b"]);
    assert_eq!(ask("y").success().stdout, deleted("a") + &deleted("b"));
    assert!(names(&world).is_empty());
}

#[test]
fn words_that_could_mean_too_much_are_refused_before_anything_is_asked_of_the_server() {
    let world = with(&["a"]);
    let before = writes(&world).len();
    for arguments in [
        &["dnszone"][..],
        &[],
        &["dnszone", "a", "-l", "app=shop"],
        &["dnszone", "a", "--all"],
        &["dnszone", "--all", "-l", "app=shop"],
        &["dnszone", "a", "-A"],
        &["dnszone", "a", "-f", "-"],
        &["dnszone", "--all", "-f", "-"],
        &["-f", "-", "--field-selector", "metadata.name=a"],
        &["dnszone", ""],
        &["dnszoness", "a"],
        &["dnszone", "a", "--yes", "-i"],
        &["dnszone", "a", "--now", "--grace-period=3"],
    ] {
        let run = world.run(["delete", "--yes"].iter().chain(arguments)).exits(2);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("error: "), "{arguments:?}: {run}");
    }
    assert_eq!(writes(&world).len(), before);
}

// API-20
#[test]
fn a_name_is_one_segment_of_the_path_or_refused() {
    let world = with(&["a"]);
    for name in ["../../secrets", "a/b", "%2e%2e", "..", ".", "a%2fb", "a\nb"] {
        let before = writes(&world).len();
        let _ = world.run(["delete", "dnszone", "a", name, "--yes"]).exits(2);
        let manifest = zone("a").replace("name: a\n", &format!("name: {name:?}\n"));
        let _ = pipe(&world, ["apply", "-f", "-"], &format!("{}---\n{manifest}", zone("new"))).exits(2);
        assert_eq!(writes(&world).len(), before, "{name}");
    }
    for name in ["?x", "#", "a b", "\u{e9}"] {
        let _ = world.run(["delete", "dnszone", name, "--yes"]).exits(1).says("not found");
        let last = writes(&world).pop().unwrap();
        assert!(last.path.contains("/dnszones/") && last.status == Some(404), "{last:?}");
    }
    assert_eq!(names(&world), ["a"]);
}

#[test]
fn an_object_with_a_finalizer_is_waited_for() {
    let world = project();
    let held = zone("a").replace("  name: a\n", "  name: a\n  finalizers: [example.com/hold]\n");
    let _ = pipe(&world, ["apply", "-f", "-"], &held).success();
    let late = world.run(["delete", "dnszone", "a", "--yes", "--timeout=1s"]).exits(1);
    assert_eq!(late.stdout, deleted("a"));
    let _ = late.says("timed out waiting for dnszone.dns.networking.miloapis.com/a");
    let _ = world.run(["delete", "dnszone", "a", "--yes", "--wait=false"]).success();
    let before = watches(&world);
    let waiting = Running::start(&world, &mut world.command(["delete", "dnszone", "a", "--yes"]));
    assert!(world.emulator().wait_for(std::time::Duration::from_secs(30), |journal| {
        journal.iter().filter(|entry| entry.path.contains("watch=")).count() > before
    }));
    let _ = pipe(&world, ["apply", "-f", "-"], &zone("a")).success();
    assert_eq!(waiting.finish().success().stdout, deleted("a"));
    assert!(names(&world).is_empty());
}

fn watches(world: &World) -> usize {
    world.emulator().journal().iter().filter(|entry| entry.path.contains("watch=")).count()
}

#[test]
fn everything_of_a_selection_goes_once_and_only_as_it_was_read() {
    let world = with(&["a", "b", "c"]);
    let before = writes(&world).len();
    let _ = world.run(["delete", "dnszone", "--all", "--yes"]).success();
    let deletes: Vec<_> = writes(&world).split_off(before).into_iter().map(|entry| entry.status).collect();
    assert_eq!(deletes, [Some(200); 3]);
}

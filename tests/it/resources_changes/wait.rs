//! `wait`

use datumctl::emulator::JournalEntry;
use serde_json::{Value, json};

use super::{PROJECT, project, put, reference, zone};
use crate::support::{Running, World};

/// A zone whose controller says so.
fn judged(name: &str, status: &str) -> Value {
    let mut zone = zone(name);
    zone["status"] =
        json!({"conditions": [{"type": "Accepted", "status": status, "reason": "Tested", "message": "by a test"}]});
    zone
}

/// Starts `wait` and returns when its watch stands.
fn waiting<'a>(world: &'a World, arguments: &[&str]) -> Running<'a> {
    let running = Running::start(world, &mut world.command([&["wait", "--timeout=60s"], arguments].concat()));
    until(world, 1);
    running
}

/// Waits until so many watches have begun.
fn until(world: &World, watches: usize) {
    let is_watch = |entry: &&JournalEntry| entry.path.contains("watch");
    let begun = world
        .emulator()
        .wait_for(std::time::Duration::from_secs(30), |journal| journal.iter().filter(is_watch).count() >= watches);
    assert!(begun, "no watch: {:?}", world.emulator().journal());
}

#[test]
fn a_condition_that_holds_already_is_not_waited_for() {
    let world = project(&[]);
    put(&world, judged("one", "True"));
    for condition in ["condition=Accepted", "condition=Accepted=true", "create"] {
        let told = world.run(["wait", "dnszone/one", "--for", condition, "--timeout=0"]).success();
        assert_eq!(told.stdout, format!("{} condition met\n", reference("one")));
    }
}

#[test]
fn a_project_is_waited_for_until_it_is_ready() {
    let mut world = World::ada();
    world.set("DATUM_ORGANIZATION", "acme");
    let mut object =
        world.run(["patch", "project", PROJECT, "-p", "{}", "--dry-run=client", "-o", "json"]).success().json();
    object["status"]["conditions"] =
        json!([{"type": "Ready", "status": "False", "reason": "Provisioning", "message": ""}]);
    world.emulator().put_object("", object.clone()).unwrap();
    let running = waiting(&world, &["project", PROJECT, "--for=condition=Ready"]);
    object["status"]["conditions"][0]["status"] = "True".into();
    world.emulator().put_object("", object).unwrap();
    let told = running.finish().success();
    assert_eq!(told.stdout, format!("project.resourcemanager.miloapis.com/{PROJECT} condition met\n"));
}

#[test]
fn a_deletion_is_waited_for_also_when_the_watch_breaks_and_its_place_is_forgotten() {
    let world = project(&["one", "two"]);
    let running = waiting(&world, &["dnszone", "one", "two", "--for=delete"]);
    world.emulator().delete_object(PROJECT, &zone("one")).unwrap();
    world.emulator().drop_watches();
    until(&world, 2);
    world.emulator().compact_history();
    world.emulator().delete_object(PROJECT, &zone("two")).unwrap();
    world.emulator().drop_watches();
    let told = running.finish().success();
    let mut told: Vec<_> = told.stdout.lines().collect();
    told.sort_unstable();
    assert_eq!(told, ["one", "two"].map(|name| format!("{} condition met", reference(name))));
}

#[test]
fn what_is_gone_already_or_was_never_there_is_deleted() {
    let world = project(&[]);
    let told = world.run(["wait", "dnszone/none", "--for=delete", "--timeout=0"]).success();
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""));
    let _ = world.run(["wait", "dnszones", "--all", "--for=delete"]).success();
}

#[test]
fn an_object_that_does_not_exist_yet_is_waited_for() {
    let world = project(&["one"]);
    let running = waiting(&world, &["dnszones", "-l", "app=blog", "--for=create"]);
    put(&world, zone("two"));
    let mut blog = zone("three");
    blog["metadata"]["labels"]["app"] = "blog".into();
    put(&world, blog);
    assert_eq!(running.finish().success().stdout, format!("{} condition met\n", reference("three")));
}

#[test]
fn an_object_that_loses_its_label_is_still_waited_for() {
    let world = project(&[]);
    put(&world, judged("one", "False"));
    let running = waiting(&world, &["dnszones", "-l", "app=shop", "--for=condition=Accepted"]);
    let mut other = judged("one", "True");
    other["metadata"]["labels"] = json!({});
    put(&world, other);
    assert_eq!(running.finish().success().stdout, format!("{} condition met\n", reference("one")));
}

#[test]
fn a_wait_in_vain_says_what_the_object_says() {
    let world = project(&[]);
    put(&world, judged("one", "False"));
    let late = world.run(["wait", "dnszone/one", "--for=condition=Accepted", "--timeout=100ms"]).exits(1);
    assert_eq!(late.stdout, "");
    let late =
        late.says("timed out waiting for the condition on dnszones/one").says("Accepted is False (Tested): by a test");
    drop(late);
    let looked = world.run(["wait", "dnszone/one", "--for=condition=Accepted", "--timeout=0"]).exits(1);
    drop(looked.says("condition not met for dnszones/one"));
    let _ = world.run(["wait", "dnszone/one", "--for=delete", "--timeout=100ms"]).exits(1).says("timed out waiting");
    let _ = world.run(["wait", "dnszone/two", "--for=create", "--timeout=100ms"]).exits(1).says("timed out waiting");
    let _ = world.run(["wait", "dnszone", "-l", "x=y", "--for=create", "--timeout=100ms"]).exits(1).says("timed out");
}

#[test]
fn objects_that_are_not_there_have_no_condition() {
    let world = project(&["one"]);
    let _ = world.run(["wait", "dnszone/none", "--for=condition=Accepted"]).exits(1).says("\"none\" not found");
    let _ = world
        .run(["wait", "dnszone", "-l", "x=y", "--for=condition=Accepted"])
        .exits(1)
        .says("no matching resources found");
}

#[test]
fn a_wait_for_nothing_known_is_refused_before_anything_is_asked() {
    let world = project(&[]);
    let asked = world.emulator().journal().len();
    for wrong in [&["--for=ready"][..], &["--for=condition="], &["--for=delete", "--timeout=soon"], &[]] {
        let _ = world.run([&["wait", "dnszone/one"], wrong].concat()).exits(2);
    }
    assert_eq!(world.emulator().journal().len(), asked);
}

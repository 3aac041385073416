//! `edit`, where somebody refuses: the editor, the person, the language, the server

use super::edit::{edit_with, left};
use super::{PROJECT, now, project, reference, writes, zone};
use crate::support::{Output, World};

/// The text of the copy that the run said it stored.
#[track_caller]
fn copy(world: &World, output: &Output) -> String {
    let marker = "a copy of your changes has been stored to ";
    let line = output.stderr.lines().find_map(|line| line.split_once(marker)).unwrap_or_else(|| panic!("{output}"));
    let path = line.1.replace("<directory>", &world.scratch("").display().to_string());
    std::fs::read_to_string(path).unwrap()
}

/// A world whose temporary files are its own.
fn tidy(zones: &[&str]) -> World {
    let mut world = project(zones);
    let temporary = world.scratch("temporary");
    std::fs::create_dir(&temporary).unwrap();
    world.set("TMPDIR", temporary);
    world
}

#[test]
fn an_editor_that_cannot_be_started_is_named() {
    let mut world = tidy(&["one"]);
    for (editor, problem) in
        [("/no/such/editor -w", "/no/such/editor"), ("'unclosed", "unclosed quote"), (" ", "KUBE_EDITOR is blank")]
    {
        world.set("KUBE_EDITOR", editor);
        let refused = world.run(["edit", "dnszone/one"]).exits(2);
        assert!(refused.says(problem).stderr.contains("hint: name one that works in KUBE_EDITOR, VISUAL or EDITOR"));
    }
    assert_eq!(std::fs::read_dir(world.scratch("temporary")).unwrap().count(), 0);
}

#[test]
fn an_editor_that_fails_or_is_killed_changes_nothing_and_costs_no_work() {
    let mut world = tidy(&["one"]);
    for (end, status) in [("exit 3", 3), ("kill -KILL $$", 137)] {
        edit_with(&mut world, end);
        let failed = world.run(["edit", "dnszone/one"]).exits(1).says(&format!("ended with status {status}"));
        assert!(!failed.stderr.contains("a copy"), "{failed}");
        edit_with(&mut world, &format!("echo 'half: done' >>\"$1\"; {end}"));
        let failed = world.run(["edit", "dnszone/one"]).exits(1);
        assert!(copy(&world, &failed).ends_with("half: done\n"));
    }
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn garbage_comes_back_with_what_is_wrong_until_it_is_mended() {
    let mut world = tidy(&["one"]);
    let script = r#"
        if [ -e "$here/second" ]; then
            cp "$1" "$here/seen"
            sed -i 's/^garbage: \[/garbage: gone/; /^garbage/d; s/app: shop/app: blog/' "$1"
        else
            touch "$here/second"
            echo 'garbage: [' >>"$1"
        fi"#;
    edit_with(&mut world, script);
    let edited = world.run(["edit", "dnszone/one"]).success();
    assert_eq!(edited.stdout, format!("{} edited\n", reference("one")));
    let seen = left(&world, "seen");
    assert!(seen.contains("# this is not YAML: ") && seen.contains("\ngarbage: [\n"), "{seen}");
    assert_eq!(now(&world, "one")["metadata"]["labels"]["app"], "blog");
}

#[test]
fn garbage_that_is_saved_again_as_it_is_ends_the_edit_and_is_kept() {
    let mut world = tidy(&["one"]);
    edit_with(&mut world, r#"grep -q garbage "$1" || echo 'garbage: [' >>"$1""#);
    let ended = world.run(["edit", "dnszone/one"]).exits(1).says("Edit cancelled, no valid changes were saved.");
    assert!(copy(&world, &ended).ends_with("garbage: [\n"));
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn what_the_server_refuses_comes_back_with_its_words() {
    let mut world = tidy(&["one"]);
    let script = r#"
        if [ -e "$here/second" ]; then
            cp "$1" "$here/seen"
            sed -i 's/dnsZoneClassName: 7/dnsZoneClassName: seven/' "$1"
        else
            touch "$here/second"
            sed -i 's/dnsZoneClassName: datum/dnsZoneClassName: 7/' "$1"
        fi"#;
    edit_with(&mut world, script);
    let _ = world.run(["edit", "dnszone/one"]).success();
    let seen = left(&world, "seen");
    let reasons: Vec<_> =
        seen.lines().filter(|line| line.starts_with("# ") && line.contains("dnsZoneClassName")).collect();
    assert!(!reasons.is_empty() && seen.contains("\n  dnsZoneClassName: 7\n"), "{seen}");
    assert_eq!(now(&world, "one")["spec"]["dnsZoneClassName"], "seven");
}

#[test]
fn an_object_cannot_become_another_one() {
    let mut world = tidy(&["one"]);
    let script = r#"
        cp "$1" "$here/seen"
        sed -i 's/^  name: one$/  name: two/' "$1""#;
    edit_with(&mut world, script);
    let ended = world.run(["edit", "dnszone/one"]).exits(1).says("no valid changes");
    assert!(left(&world, "seen").contains("# At least one of apiVersion, kind and name was changed\n"));
    assert!(copy(&world, &ended).contains("name: two"));
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn an_object_that_somebody_else_changed_meanwhile_is_not_overwritten() {
    let mut world = tidy(&["one"]);
    let datumctl = crate::support::DATUMCTL;
    let script = format!(
        "'{datumctl}' label dnszone one app=other --overwrite >/dev/null; sed -i 's/app: shop/app: mine/' \"$1\""
    );
    edit_with(&mut world, &script);
    let conflict = world.run(["edit", "dnszone/one"]).exits(1).says("somebody else changed it meanwhile");
    assert!(copy(&world, &conflict).contains("app: mine"));
    assert_eq!(now(&world, "one")["metadata"]["labels"]["app"], "other");
}

/// Changes a label in an editor, and does `something` before the editor ends.
fn edit_while(world: &mut World, something: impl FnOnce(&World)) -> Output {
    let wait = r#"touch "$here/edited"; while [ ! -e "$here/done" ]; do :; done"#;
    edit_with(world, &format!("sed -i 's/app: shop/app: mine/' \"$1\"; {wait}"));
    let child = world.spawn(["edit", "dnszone/one"]);
    while !world.scratch("edited").exists() {
        std::thread::yield_now();
    }
    something(world);
    std::fs::write(world.scratch("done"), "").unwrap();
    world.finish(&child.wait_with_output().unwrap(), false)
}

#[test]
fn an_object_that_is_deleted_meanwhile_leaves_the_copy() {
    let mut world = tidy(&["one"]);
    let gone = edit_while(&mut world, |world| world.emulator().delete_object(PROJECT, &zone("one")).unwrap());
    let gone = gone.exits(1).says("not found");
    assert!(copy(&world, &gone).contains("app: mine"));
}

#[test]
fn a_server_that_is_overloaded_leaves_the_copy() {
    let mut world = tidy(&["one"]);
    let down = edit_while(&mut world, |world| {
        world.emulator().add_fault("api.other:status=503".parse().unwrap());
    });
    assert!(copy(&world, &down.exits(5)).contains("app: mine"));
}

#[test]
fn an_interrupt_is_the_editors_and_a_request_to_end_is_passed_on() {
    use rustix::process::{Pid, Signal, kill_process};
    let mut world = tidy(&["one"]);
    edit_with(&mut world, r#"trap 'exit 143' TERM; touch "$here/edited"; while :; do sleep 0.01; done"#);
    let child = world.spawn(["edit", "dnszone/one"]);
    while !world.scratch("edited").exists() {
        std::thread::yield_now();
    }
    let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let _ = world.finish(&child.wait_with_output().unwrap(), false).exits(143).says("ended with status 143");
    assert_eq!(writes(&world).len(), 0);
}

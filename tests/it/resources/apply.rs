//! `apply -f`.

use datumctl::emulator::Fault;

use super::{names, pipe, project, reference, writes, zone, zones};
use crate::support::World;

#[test]
fn objects_are_created_and_changed_by_the_same_command() {
    let world = project();
    for _ in 0..2 {
        let applied = pipe(&world, ["apply", "-f", "-", "--server-side"], &zone("a")).success();
        assert_eq!(applied.stdout, format!("{} serverside-applied\n", reference("a")));
    }
    let labelled = zone("a").replace("app: shop", "tier: front");
    let object = pipe(&world, ["apply", "-f", "-", "-o", "json"], &labelled).success().json();
    assert_eq!(object["metadata"]["labels"], serde_json::json!({"tier": "front"}));
    let list = pipe(&world, ["apply", "-f", "-", "-o", "json"], &zones(&["a", "b"])).success().json();
    assert_eq!((list["kind"].as_str(), list["items"].as_array().map(Vec::len)), (Some("List"), Some(2)));
    let _ = pipe(&world, ["apply", "-f", "-", "--server-side=false"], &zone("a")).exits(2).says("by the server only");
}

#[test]
fn a_field_of_somebody_else_is_named_with_its_manager_and_taken_by_force() {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-", "--field-manager", "flux"], &zone("a")).success();
    let changed = zone("a").replace("app: shop", "app: mall");
    let refused = pipe(&world, ["apply", "-f", "-"], &changed).exits(1);
    insta::assert_snapshot!(refused, @"
    ------- stderr -------
    error: standard input:1: a field is managed by others: .metadata.labels.app (flux)
    hint: take them over with --force-conflicts, or leave them out of the manifest
    [exit status: 1]
    ");
    let forced = pipe(&world, ["apply", "-f", "-", "--force-conflicts", "-o", "json"], &changed).success().json();
    assert_eq!(forced["metadata"]["labels"]["app"], "mall");
}

// API-24
#[test]
fn several_who_apply_one_object_at_once_all_succeed() {
    let world = project();
    std::fs::write(world.scratch("zone.yaml"), zone("a")).unwrap();
    let all: Vec<_> = (0..8).map(|_| world.spawn(["apply", "-f", "zone.yaml"])).collect();
    for child in all {
        let _ = world.finish(&child.wait_with_output().unwrap(), false).success();
    }
    assert_eq!(names(&world), ["a"]);
}

// API-24
#[test]
fn a_race_on_the_server_is_run_again_unless_the_manifest_says_what_it_changes() {
    let world = project();
    let _ = names(&world);
    let race = r#"api.other:status=409,times=2,body={"kind":"Status","reason":"Conflict","message":"Operation cannot be fulfilled: the object has been modified","code":409}"#;
    world
        .emulator()
        .add_fault(race.replace("times=2,", "times=2,content-type=application/json,").parse::<Fault>().unwrap());
    let _ = pipe(&world, ["apply", "-f", "-"], &zone("a")).success();
    assert_eq!(writes(&world).len(), 3);
    let pinned = zone("a").replace("  name: a\n", "  name: a\n  resourceVersion: \"1\"\n");
    let _ = pipe(&world, ["apply", "-f", "-"], &pinned).exits(1).says("the object has been modified");
    assert_eq!(writes(&world).len(), 4);
}

#[test]
fn many_objects_are_applied_in_the_order_of_the_manifest() {
    let world = project();
    let all: Vec<String> = (0..60).map(|number| format!("zone-{number:02}")).collect();
    let manifest = zones(&all.iter().map(String::as_str).collect::<Vec<_>>());
    world.emulator().add_fault("api.other:delay=20ms,times=5".parse::<Fault>().unwrap());
    let applied = pipe(&world, ["apply", "-f", "-"], &manifest).success();
    let expected: String = all.iter().map(|name| format!("{} serverside-applied\n", reference(name))).collect();
    assert_eq!(applied.stdout, expected);
    assert_eq!(writes(&world).len(), 60);
}

#[test]
fn one_that_fails_does_not_keep_the_others_from_being_applied() {
    let world = project();
    let manifest = format!("{}---\n{}", zone("a").replace("spec:\n", "spec:\n  colour: red\n"), zone("b"));
    let applied = pipe(&world, ["apply", "-f", "-"], &manifest).exits(1);
    assert_eq!(applied.stdout, format!("{} serverside-applied\n", reference("b")));
    let _ = applied.says("standard input:1: ").says("spec.colour").says("error: 1 of 2 failed");
}

#[test]
fn a_dry_run_says_so() {
    let world = project();
    let server = pipe(&world, ["apply", "-f", "-", "--dry-run=server"], &zone("a")).success();
    assert_eq!(server.stdout, format!("{} serverside-applied (server dry run)\n", reference("a")));
    let client = pipe(&world, ["apply", "-f", "-", "--dry-run=client"], &zone("a")).success();
    assert_eq!(client.stdout, format!("{} serverside-applied (dry run)\n", reference("a")));
    assert_eq!(writes(&world).len(), 1);
    assert!(names(&world).is_empty());
}

/// A world with zones of several origins: two applied here, one applied by another manager, one created, one unlabelled.
fn grown() -> World {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-"], &zones(&["kept", "lost"])).success();
    let _ = pipe(&world, ["apply", "-f", "-", "--field-manager", "flux"], &zone("foreign")).success();
    let _ = pipe(&world, ["create", "-f", "-"], &zone("created")).success();
    let _ = pipe(&world, ["apply", "-f", "-"], &zone("unlabelled").replace("  labels: {app: shop}\n", "")).success();
    world
}

#[test]
fn pruning_deletes_what_was_applied_before_with_that_label_and_nothing_else() {
    let world = grown();
    let arguments = ["apply", "-f", "-", "--prune", "-l", "app=shop", "--yes"];
    let dry = pipe(&world, arguments.into_iter().chain(["--dry-run=server"]), &zone("kept")).success();
    assert!(dry.stdout.ends_with("\"lost\" pruned (server dry run)\n"), "{dry}");
    let pruned = pipe(&world, arguments, &zone("kept")).success();
    assert_eq!(
        pruned.stdout,
        format!("{} serverside-applied\ndnszone.dns.networking.miloapis.com \"lost\" pruned\n", reference("kept"))
    );
    assert_eq!(names(&world), ["created", "foreign", "kept", "unlabelled"]);
    let _ = pipe(&world, ["apply", "-f", "-", "--prune", "--all", "--yes"], &zone("kept")).success();
    assert_eq!(names(&world), ["created", "foreign", "kept"]);
}

// API-23
#[test]
fn pruning_needs_a_selection_and_somebody_who_agrees_before_anything_is_applied() {
    let world = grown();
    let before = writes(&world).len();
    let _ = pipe(&world, ["apply", "-f", "-", "--prune", "--yes"], &zone("kept")).exits(2).says("-l SELECTOR");
    let refused = pipe(&world, ["apply", "-f", "-", "--prune", "-l", "app=shop"], &zone("kept")).exits(2);
    let _ = refused.says("hint: datumctl apply -f - --prune -l 'app=shop' --yes\n");
    let _ = pipe(&world, ["apply", "-f", "-", "--prune", "-l", "app=none", "--yes"], &zone("kept")).exits(2);
    assert_eq!(writes(&world).len(), before);
}

#[test]
fn nothing_is_pruned_when_something_could_not_be_applied() {
    let world = grown();
    let wrong = zone("kept").replace("spec:\n", "spec:\n  colour: red\n");
    let _ = pipe(&world, ["apply", "-f", "-", "--prune", "--all", "--yes"], &wrong).exits(1);
    assert_eq!(names(&world).len(), 5);
}

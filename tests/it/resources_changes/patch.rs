//! `patch`

use serde_json::json;

use super::{now, project, reference, writes};

#[test]
fn a_patch_in_json_or_yaml_changes_what_it_says() {
    let world = project(&["one"]);
    let patched = world.run(["patch", "dnszone", "one", "-p", r#"{"metadata":{"labels":{"tier":"gold"}}}"#]).success();
    assert_eq!(patched.stdout, format!("{} patched\n", reference("one")));
    let file = world.scratch("patch.yaml");
    std::fs::write(&file, "metadata:\n  labels:\n    app: null\n").unwrap();
    let patched = world.run(["patch", "dnszone/one", "--patch-file", file.to_str().unwrap()]).success();
    assert_eq!(patched.stdout, format!("{} patched\n", reference("one")));
    assert_eq!(now(&world, "one")["metadata"]["labels"], json!({"tier": "gold"}));
}

#[test]
fn a_patch_that_changes_nothing_says_so() {
    let world = project(&["one"]);
    let patch = r#"[{"op":"test","path":"/metadata/labels/app","value":"shop"}]"#;
    let patched = world.run(["patch", "dnszone", "one", "--type=json", "-p", patch]).success();
    assert_eq!(patched.stdout, format!("{} patched (no change)\n", reference("one")));
}

#[test]
fn a_malformed_patch_is_refused_before_anything_is_asked() {
    let world = project(&["one"]);
    let asked = world.emulator().journal().len();
    for wrong in [
        &["-p", "{\"a\":"][..],
        &["-p", "[]"],
        &["-p", "text"],
        &["-p", "{}", "--type=json"],
        &["-p", r#"[{"op":"nope"}]"#, "--type=json"],
        &["--patch-file", "/no/such/file"],
        &["-p", "{}", "--type=best"],
        &[],
    ] {
        let _ = world.run([&["patch", "dnszone", "one"], wrong].concat()).exits(2);
    }
    assert_eq!(world.emulator().journal().len(), asked);
}

#[test]
fn a_rehearsal_shows_the_outcome_and_changes_nothing() {
    let world = project(&["one"]);
    for (place, words) in [("client", "(dry run)"), ("server", "(server dry run)")] {
        let flag = format!("--dry-run={place}");
        let arguments = ["patch", "dnszone", "one", "-p", r#"{"spec":{"dnsZoneClassName":"other"}}"#, &flag];
        let told = world.run(arguments).success();
        assert_eq!(told.stdout, format!("{} patched {words}\n", reference("one")));
        let shown = world.run([&arguments[..], &["-o", "json"]].concat()).success().json();
        assert_eq!(shown["spec"]["dnsZoneClassName"], "other", "{place}");
        assert_eq!(shown["metadata"]["managedFields"], json!(null), "{place}");
    }
    assert_eq!(now(&world, "one")["spec"]["dnsZoneClassName"], "datum");
}

#[test]
fn what_is_missing_does_not_keep_the_others_from_being_patched() {
    let world = project(&["one", "two"]);
    let patch = r#"{"metadata":{"labels":{"x":"1"}}}"#;
    let partly = world.run(["patch", "dnszone", "one", "gone", "two", "-p", patch]).exits(1).says("gone");
    assert_eq!(partly.stdout, format!("{} patched\n{} patched\n", reference("one"), reference("two")));
    assert_eq!(now(&world, "two")["metadata"]["labels"]["x"], "1");
}

#[test]
fn a_patch_of_the_status_leaves_the_rest_alone() {
    let world = project(&["one"]);
    let patch = r#"{"status":{"nameservers":["ns1.example"]},"spec":{"domainName":"other.example"}}"#;
    let _ = world.run(["patch", "dnszone", "one", "--subresource=status", "-p", patch]).success();
    let zone = now(&world, "one");
    assert_eq!(zone["status"]["nameservers"], json!(["ns1.example"]));
    assert_eq!(zone["spec"]["domainName"], "one.example");
}

#[test]
fn a_conflict_and_a_patch_that_the_server_refuses_end_with_1() {
    let world = project(&["one"]);
    let _ = world.run(["patch", "dnszone", "one", "-p", r#"{"metadata":{"resourceVersion":"1"}}"#]).exits(1);
    let _ = world.run(["patch", "dnszone", "one", "-p", r#"{"spec":{"domainName":7}}"#]).exits(1).says("domainName");
    let _ = world.run(["patch", "secret", "one", "--type=strategic", "-p", "{}"]).exits(1);
    assert_eq!(writes(&world).len(), 2);
}

#[test]
fn the_objects_of_a_file_are_patched() {
    let world = project(&["one"]);
    let file = world.scratch("zone.json");
    std::fs::write(&file, super::zone("one").to_string()).unwrap();
    let arguments = ["patch", "-f", file.to_str().unwrap(), "-p", r#"{"metadata":{"labels":{"x":"1"}}}"#];
    assert_eq!(world.run(arguments).success().stdout, format!("{} patched\n", reference("one")));
}

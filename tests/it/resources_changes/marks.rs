//! `label` and `annotate`

use serde_json::json;

use super::{now, project, reference, writes};

#[test]
fn labels_are_set_and_removed_and_each_outcome_has_its_word() {
    let world = project(&["one"]);
    for (pairs, word) in [
        (&["tier=gold", "example.com/a="][..], "labeled"),
        (&["tier=gold"], "not labeled"),
        (&["tier-"], "unlabeled"),
        (&["x=1", "app-"], "labeled"),
    ] {
        let told = world.run([&["label", "dnszone", "one"], pairs].concat()).success();
        assert_eq!(told.stdout, format!("{} {word}\n", reference("one")), "{pairs:?}");
    }
    assert_eq!(now(&world, "one")["metadata"]["labels"], json!({"example.com/a": "", "x": "1"}));
}

#[test]
fn a_value_that_is_there_stays_unless_it_may_be_overwritten() {
    let world = project(&["one"]);
    let _ = world
        .run(["label", "dnszone", "one", "app=other"])
        .exits(1)
        .says("'app' already has a value (shop), and --overwrite is false");
    assert_eq!(writes(&world).len(), 0);
    let _ = world.run(["label", "dnszone", "one", "app=other", "--overwrite"]).success();
    assert_eq!(now(&world, "one")["metadata"]["labels"]["app"], "other");
}

#[test]
fn a_label_to_remove_that_is_not_there_is_told() {
    let world = project(&["one"]);
    let told = world.run(["label", "dnszone", "one", "none-"]).success().says("label \"none\" not found.");
    assert_eq!(told.stdout, format!("{} not labeled\n", reference("one")));
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn labels_and_flags_that_cannot_be_are_refused_before_anything_is_asked() {
    let world = project(&["one"]);
    let asked = world.emulator().journal().len();
    for wrong in [
        &["dnszone", "one"][..],
        &["dnszone", "one", "a=b c"],
        &["dnszone", "one", "a=b=c"],
        &["dnszone", "one", "A/b/c=1"],
        &["dnszone", "one", "-a=1"],
        &["dnszone", "one", "a=1", "a-"],
        &["dnszone", "a=1", "one"],
        &["dnszone", "one", "--list", "-o", "json"],
    ] {
        let _ = world.run([&["label"], wrong].concat()).exits(2);
    }
    assert_eq!(world.emulator().journal().len(), asked);
    for wrong in [
        &["dnszone", "a=1"][..],
        &["dnszone", "one", "-l", "app=shop", "a=1"],
        &["dnszone", "--all", "-l", "x=y", "a=1"],
    ] {
        let _ = world.run([&["label"], wrong].concat()).exits(2);
    }
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn all_or_selected_objects_are_labelled() {
    let world = project(&["one", "two"]);
    let _ = world.run(["label", "dnszone", "two", "app=blog", "--overwrite"]).success();
    let told = world.run(["label", "dnszones", "-l", "app=blog", "x=1"]).success();
    assert_eq!(told.stdout, format!("{} labeled\n", reference("two")));
    let told = world.run(["label", "dnszones", "--all", "-A", "y=1"]).success();
    assert_eq!(told.stdout.lines().count(), 2);
    let told = world.run(["label", "dnszones", "--field-selector", "metadata.name=one", "y-"]).success();
    assert_eq!(told.stdout, format!("{} unlabeled\n", reference("one")));
}

#[test]
fn what_objects_have_is_listed_and_stays() {
    let world = project(&["one", "two"]);
    assert_eq!(world.run(["label", "dnszone", "one", "--list"]).success().stdout, "app=shop\n");
    let several = world.run(["label", "dnszones", "--all", "--list"]).success();
    let of = |name| format!("Listing labels for DNSZone.dns.networking.miloapis.com/{name}:\n app=shop\n");
    assert_eq!(several.stdout, of("one") + &of("two"));
    let with_more = world.run(["label", "dnszone", "one", "--list", "x=1"]).success();
    assert_eq!(with_more.stdout, "app=shop\nx=1\n");
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn annotations_hold_any_text() {
    let world = project(&["one"]);
    let told = world.run(["annotate", "dnszone", "one", "note=a = b, \"c\"", "example.com/x=1"]).success();
    assert_eq!(told.stdout, format!("{} annotated\n", reference("one")));
    assert_eq!(now(&world, "one")["metadata"]["annotations"]["note"], "a = b, \"c\"");
    let _ = world.run(["annotate", "dnszone", "one", "note=x"]).exits(1).says("'note' already has a value");
    let _ = world.run(["annotate", "dnszone", "one", "note-"]).success();
    assert_eq!(world.run(["annotate", "dnszone", "one", "--list"]).success().stdout, "example.com/x=1\n");
}

#[test]
fn a_version_that_is_no_longer_the_objects_is_a_conflict() {
    let world = project(&["one", "two"]);
    let version = now(&world, "one")["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let _ = world.run(["label", "dnszone", "one", "a=1", "--resource-version", &version]).success();
    let _ = world.run(["label", "dnszone", "one", "b=1", "--resource-version", &version]).exits(1).says("modified");
    let _ = world.run(["label", "dnszones", "--all", "b=1", "--resource-version", &version]).exits(2);
}

#[test]
fn a_rehearsal_and_a_machine_format_change_nothing_and_print_the_object() {
    let world = project(&["one"]);
    let told = world.run(["label", "dnszone", "one", "x=1", "--dry-run=server"]).success();
    assert_eq!(told.stdout, format!("{} labeled (server dry run)\n", reference("one")));
    let shown = world.run(["label", "dnszone", "one", "x=1", "--dry-run", "-o", "json"]).success().json();
    assert_eq!(shown["metadata"]["labels"], json!({"app": "shop", "x": "1"}));
    let named = world.run(["label", "dnszone", "one", "x=1", "--dry-run=client", "-o", "name"]).success();
    assert_eq!(named.stdout, format!("{}\n", reference("one")));
    assert_eq!(now(&world, "one")["metadata"]["labels"], json!({"app": "shop"}));
}

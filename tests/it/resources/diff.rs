//! `diff -f`.

use super::{names, pipe, project, writes, zone, zones};

#[test]
fn what_would_be_created_and_changed_is_shown_and_nothing_is_written() {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-"], &zone("a")).success();
    let same = pipe(&world, ["diff", "-f", "-"], &zone("a")).success();
    assert_eq!((same.stdout.as_str(), same.stderr.as_str()), ("", ""));
    let changed = zone("a").replace("app: shop", "app: mall");
    let changed = pipe(&world, ["diff", "-f", "-"], &changed).exits(1);
    assert_eq!(changed.stderr, "");
    assert!(
        changed.stdout.starts_with(
            "--- live/dns.networking.miloapis.com.v1alpha1.DNSZone.default.a\n\
         +++ merged/dns.networking.miloapis.com.v1alpha1.DNSZone.default.a\n@@ -"
        ),
        "{changed}"
    );
    assert!(changed.stdout.contains("\n   labels:\n-    app: shop\n+    app: mall\n"), "{changed}");
    let created = pipe(&world, ["diff", "-f", "-"], &zone("b")).exits(1);
    assert!(created.stdout.contains("\n@@ -0,0 +1,") && created.stdout.contains("\n+kind: DNSZone\n"), "{created}");
    assert!(!created.stdout.contains("managedFields"), "{created}");
    let shown = pipe(&world, ["diff", "-f", "-", "--show-managed-fields"], &zone("b")).exits(1);
    assert!(shown.stdout.contains("managedFields"), "{shown}");
    assert_eq!(names(&world), ["a"]);
}

#[test]
fn a_failure_is_never_mistaken_for_a_difference() {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-", "--field-manager", "flux"], &zone("a")).success();
    let changed = zone("a").replace("app: shop", "app: mall");
    let _ = pipe(&world, ["diff", "-f", "-"], &changed).exits(2).says("managed by others: .metadata.labels.app (flux)");
    let _ = pipe(&world, ["diff", "-f", "-", "--force-conflicts"], &changed).exits(1);
    let unknown = zone("a").replace("spec:\n", "spec:\n  colour: red\n");
    let _ = pipe(&world, ["diff", "-f", "-"], &unknown).exits(2).says("spec.colour");
    let _ = pipe(&world, ["diff", "-f", "-"], "a: b\n").exits(2);
    let _ = world.run(["diff"]).exits(2);
    assert_eq!(names(&world), ["a"]);
}

#[test]
fn what_pruning_would_delete_is_shown() {
    let world = project();
    let _ = pipe(&world, ["apply", "-f", "-"], &zones(&["a", "b"])).success();
    let before = writes(&world).len();
    let pruned = pipe(&world, ["diff", "-f", "-", "--prune", "-l", "app=shop"], &zone("a")).exits(1);
    assert!(
        pruned.stdout.contains("DNSZone.default.b\n@@ -1,") && pruned.stdout.contains("\n-kind: DNSZone\n"),
        "{pruned}"
    );
    assert!(!pruned.stdout.contains("DNSZone.default.a"), "{pruned}");
    let _ = pipe(&world, ["diff", "-f", "-", "--prune"], &zone("a")).exits(2).says("-l SELECTOR");
    assert_eq!(writes(&world).len(), before + 1);
}

#[test]
fn the_values_of_secrets_are_not_shown() {
    let world = project();
    let secret =
        |value: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata: {{password: {value}}}\n");
    let _ = pipe(&world, ["apply", "-f", "-"], &secret("aHVudGVyMg==")).success();
    let changed = pipe(&world, ["diff", "-f", "-"], &secret("aHVudGVyMw==")).exits(1);
    assert!(
        changed.stdout.contains("-  password: '*** (before)'") || changed.stdout.contains("*** (before)"),
        "{changed}"
    );
    assert!(!changed.stdout.contains("aHVudGVy"), "{changed}");
}

#[test]
fn another_program_compares_files_of_both_sides_and_its_status_counts() {
    let mut world = project();
    world.set("KUBECTL_EXTERNAL_DIFF", "sh -c 'ls \"$0\" \"$1\"; exit 3'");
    let failed = pipe(&world, ["diff", "-f", "-"], &zone("a")).exits(3);
    assert!(failed.stdout.contains("DNSZone.default.a") && failed.stdout.contains("MERGED"), "{failed}");
    world.set("DATUMCTL_EXTERNAL_DIFF", "diff -r -u -N");
    let shown = pipe(&world, ["diff", "-f", "-"], &zone("a")).exits(1);
    assert!(shown.stdout.contains("+kind: DNSZone"), "{shown}");
    world.set("DATUMCTL_EXTERNAL_DIFF", "true");
    let _ = pipe(&world, ["diff", "-f", "-"], &zone("a")).success();
    world.set("DATUMCTL_EXTERNAL_DIFF", "no-such-program");
    let _ = pipe(&world, ["diff", "-f", "-"], &zone("a")).exits(2).says("could not start no-such-program");
    world.set("DATUMCTL_EXTERNAL_DIFF", "'");
    let _ = pipe(&world, ["diff", "-f", "-"], &zone("a")).exits(2).says("DATUMCTL_EXTERNAL_DIFF is no command");
}

//! `edit`, where things go well

use serde_json::json;

use super::{PROJECT, now, project, reference, writes, zone};
use crate::support::{World, script};

/// Makes `script`, whose first argument is the file to edit, the editor of `world`; what it leaves beside itself is for
/// the test.
pub(super) fn edit_with(world: &mut World, text: &str) {
    let path = world.scratch("editor");
    script(&path, &format!("here=$(dirname \"$0\")\n{text}"));
    world.set("KUBE_EDITOR", path.to_str().unwrap());
}

/// What the editor's script left in the file `name`.
pub(super) fn left(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.scratch(name)).unwrap()
}

#[test]
fn what_a_person_changes_is_sent_and_nothing_else() {
    let mut world = project(&["one"]);
    edit_with(&mut world, r#"cp "$1" "$here/seen"; ls -l "$1" >"$here/mode"; sed -i 's/app: shop/app: blog/' "$1""#);
    let edited = world.run(["edit", "dnszone", "one", "--output-patch"]).success();
    let (patch, told) = edited.stdout.split_once('\n').unwrap();
    let patch: serde_json::Value = serde_json::from_str(patch.strip_prefix("Patch: ").unwrap()).unwrap();
    assert_eq!(patch["metadata"]["labels"], json!({"app": "blog"}));
    assert_eq!(patch["metadata"].as_object().unwrap().len(), 2, "{patch}");
    assert_eq!(told, format!("{} edited\n", reference("one")));
    assert_eq!(now(&world, "one")["metadata"]["labels"], json!({"app": "blog"}));
    let seen = left(&world, "seen");
    assert!(
        seen.starts_with("# Please edit the object below. Lines beginning with a '#' will be ignored,\n"),
        "{seen}"
    );
    assert!(!seen.contains("managedFields"), "{seen}");
    assert!(left(&world, "mode").starts_with("-rw-------"));
}

#[test]
fn a_file_saved_as_it_was_or_with_other_blanks_and_comments_changes_nothing() {
    let mut world = project(&["one"]);
    for script in ["true", r#"echo '# a comment' >>"$1""#, r#"touch "$1""#] {
        edit_with(&mut world, script);
        let same = world.run(["edit", "dnszone/one"]).success();
        assert_eq!(
            (same.stdout.as_str(), same.stderr.as_str()),
            ("", "Edit cancelled, no changes made.\n"),
            "{script}"
        );
    }
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn an_emptied_file_ends_the_edit() {
    let mut world = project(&["one"]);
    for script in [r#": >"$1""#, r#"echo '# nothing' >"$1""#, r#"rm "$1""#] {
        edit_with(&mut world, script);
        let _ = world.run(["edit", "dnszone/one"]).success().says("Edit cancelled, saved file was empty.");
    }
    assert_eq!(writes(&world).len(), 0);
}

#[test]
fn several_objects_are_edited_in_one_file() {
    let mut world = project(&[]);
    for name in ["one", "two", "three"] {
        let mut object = zone(name);
        object["metadata"]["labels"] = json!({"name": format!("is-{name}")});
        super::put(&world, object);
    }
    edit_with(&mut world, r#"cp "$1" "$here/seen"; sed -i 's/is-one/is-1/; s/is-three/is-3/' "$1""#);
    let edited = world.run(["edit", "dnszones", "one", "two", "three"]).success();
    let words = [("one", "edited"), ("two", "skipped"), ("three", "edited")];
    let lines: String = words.iter().map(|(name, word)| format!("{} {word}\n", reference(name))).collect();
    assert_eq!(edited.stdout, lines);
    assert!(left(&world, "seen").contains("kind: List"));
    assert_eq!(now(&world, "three")["metadata"]["labels"]["name"], "is-3");
    assert_eq!(writes(&world).len(), 2);
}

#[test]
fn a_removed_member_is_gone_afterwards_and_text_of_any_kind_survives() {
    let mut world = project(&[]);
    let mut object = zone("one");
    let text = "#!/bin/sh\n# a comment\necho \"yes: no\"\n\n";
    object["metadata"]["annotations"] = json!({"script": text, "on": "yes", "octal": "010", "gone": "soon"});
    super::put(&world, object);
    edit_with(&mut world, r#"sed -i '/gone: soon/d' "$1""#);
    let _ = world.run(["edit", "dnszone/one"]).success();
    let annotations = &now(&world, "one")["metadata"]["annotations"];
    assert_eq!(*annotations, json!({"script": text, "on": "yes", "octal": "010"}));
}

#[test]
fn objects_can_be_edited_as_json_from_a_file_and_with_the_lines_of_windows() {
    let mut world = project(&["one"]);
    edit_with(&mut world, r#"cp "$1" "$here/seen"; sed -i 's/"shop"/"json"/' "$1""#);
    let _ = world.run(["edit", "dnszone/one", "-o", "json"]).success();
    assert_eq!(now(&world, "one")["metadata"]["labels"]["app"], "json");
    assert!(left(&world, "seen").contains("#\n{\n"));
    let file = world.scratch("zone.json");
    std::fs::write(&file, zone("one").to_string()).unwrap();
    edit_with(&mut world, r#"cp "$1" "$here/seen"; sed -i 's/app: json/app: dos/' "$1""#);
    let _ = world.run(["edit", "-f", file.to_str().unwrap(), "--windows-line-endings"]).success();
    assert_eq!(now(&world, "one")["metadata"]["labels"]["app"], "dos");
    assert!(left(&world, "seen").lines().all(|_| true) && left(&world, "seen").contains("\r\n"));
}

#[test]
fn a_status_is_edited_where_it_is_asked_for() {
    let mut world = project(&[]);
    let mut object = zone("one");
    object["status"] = json!({"nameservers": ["a.example"]});
    super::put(&world, object);
    edit_with(&mut world, r#"sed -i 's/a.example/b.example/' "$1""#);
    let _ = world.run(["edit", "dnszone/one", "--subresource=status"]).success();
    assert_eq!(now(&world, "one")["status"]["nameservers"], json!(["b.example"]));
    assert!(writes(&world).iter().all(|entry| entry.path.contains("/one/status?")), "{:?}", writes(&world));
}

#[test]
fn the_first_editor_that_is_named_is_run_with_its_arguments_and_without_a_shell() {
    let mut world = project(&["one"]);
    edit_with(&mut world, r#"printf '%s\n' "$@" >"$here/arguments""#);
    let editor = world.scratch("editor").display().to_string();
    world.unset("KUBE_EDITOR").set("VISUAL", format!("'{editor}' -f '$HOME; exit 7'")).set("EDITOR", "/no/such/editor");
    let _ = world.run(["edit", "dnszone/one"]).success();
    let arguments = left(&world, "arguments");
    assert!(arguments.starts_with("-f\n$HOME; exit 7\n/"), "{arguments}");
    assert!(arguments.ends_with("edit.yaml\n"), "{arguments}");
}

#[test]
fn nothing_is_left_beside_the_file_once_the_edit_is_over() {
    let mut world = project(&["one"]);
    let temporary = world.scratch("temporary");
    std::fs::create_dir(&temporary).unwrap();
    world.set("TMPDIR", &temporary);
    edit_with(&mut world, r#"sed -i 's/app: shop/app: blog/' "$1"; echo swap >"$1.swp""#);
    let _ = world.run(["edit", "dnszone/one", "--project", PROJECT]).success();
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

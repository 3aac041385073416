//! `get -o` with templates and columns, and `--sort-by`, against the emulator.

use crate::support::World;

fn get(world: &World, words: &[&str]) -> crate::support::Output {
    world.run(["get", "projects", "--organization", "acme"].iter().chain(words))
}

#[test]
fn a_template_is_filled_in_from_the_list_or_the_one_object() {
    let world = World::ada();
    let words = ["-o", r#"jsonpath={.kind}:{range .items[*]}{"\t"}{.metadata.name}{"\n"}{end}"#];
    insta::assert_snapshot!(get(&world, &words).success(), @r#"
    List:	production-a1b2c3
    	staging-d4e5f6
    "#);
    let words = ["production-a1b2c3", "-o", "jsonpath={.kind} {.metadata.name}{.nothing}"];
    insta::assert_snapshot!(get(&world, &words).success(), @"Project production-a1b2c3");
    let words = ["-o", "jsonpath-as-json={.items[*].metadata.name}"];
    insta::assert_snapshot!(get(&world, &words).success(), @r#"
    [
        "production-a1b2c3",
        "staging-d4e5f6"
    ]
    "#);
}

#[test]
fn columns_and_templates_may_lie_in_files() {
    let world = World::ada();
    std::fs::write(world.path("columns"), "NAME TYPE NONE\n.metadata.name {.kind} nothing\n").unwrap();
    let from_file = format!("custom-columns-file={}", world.path("columns").display());
    insta::assert_snapshot!(get(&world, &["-o", &from_file, "--sort-by", "{.metadata.name}"]).success(), @r#"
    NAME                TYPE      NONE
    production-a1b2c3   Project   <none>
    staging-d4e5f6      Project   <none>
    "#);
    std::fs::write(world.path("template"), "{.metadata.name}\n").unwrap();
    let from_file = format!("jsonpath-file={}", world.path("template").display());
    insta::assert_snapshot!(get(&world, &["staging-d4e5f6", "-o", &from_file]).success(), @"staging-d4e5f6");
}

#[test]
fn every_form_can_be_sorted_and_a_field_that_is_nowhere_is_refused() {
    let world = World::ada();
    // The rows of a table carry only metadata unless they are asked for whole.
    let _ = get(&world, &["--sort-by", ".spec.ownerRef.name"]).success();
    for format in ["name", "wide", "jsonpath={.items[*].metadata.name}", "json"] {
        let output = get(&world, &["-o", format, "--sort-by", ".metadata.name"]).success().to_string();
        let (first, second) = (output.find("production-a1b2c3"), output.find("staging-d4e5f6"));
        assert!(first.is_some() && first < second, "{format}: {output}");
    }
    insta::assert_snapshot!(get(&world, &["--sort-by", ".spec.nothing"]).exits(2), @r#"
    ------- stderr -------
    error: couldn't find any field with path "{.spec.nothing}" in the list of objects
    [exit status: 2]
    "#);
}

#[test]
fn what_is_no_format_is_a_wrong_command_line() {
    let world = World::ada();
    insta::assert_snapshot!(get(&world, &["-o", "go-template={{.kind}}"]).exits(2), @r#"
    ------- stderr -------
    error: Go templates are not supported
    hint: jsonpath='{.metadata.name}' and custom-columns=NAME:.metadata.name pick fields as well
    [exit status: 2]
    "#);
    insta::assert_snapshot!(get(&world, &["-o", "xml"]).exits(2), @r#"
    ------- stderr -------
    error: there is no output format "xml"
    hint: formats: table, wide, json, yaml, name, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE, jsonpath-file=FILE, custom-columns=HEADING:PATH,..., custom-columns-file=FILE
    [exit status: 2]
    "#);
    insta::assert_snapshot!(get(&world, &["-o", "jsonpath={.items[9]}"]).exits(2), @r#"
    ------- stderr -------
    error: error executing jsonpath "{.items[9]}": array index out of bounds: index 9, length 2
    [exit status: 2]
    "#);
}

//! What is refused, and left as it was.

use super::{default_file, update};
use crate::support::World;

#[test]
fn a_file_that_is_no_kubeconfig_is_refused_with_its_line_and_not_touched() {
    // KCF-07
    let world = World::ada();
    let file = world.scratch("config");
    let path = file.to_str().unwrap();
    let secret = world.guard("hunter2-in-a-kubeconfig");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (format!("a: 1\nusers: {secret}: x\n").into(), "(line 2): not valid YAML"),
        (b"kind: Config\nusers: [\n".into(), "not valid YAML"),
        (b"kind: Config\n\tusers: []\n".into(), "(line 2)"),
        (b"\x7fELF\x02\x01\x01\0\0\n\0\0".into(), "is not readable"),
        (b"kind: Config\nusers: \xff\xfe\n".into(), "(line 2): not UTF-8 text"),
        (b"[]".into(), "(line 1): not a mapping"),
        (b"kind: Config\nkind: Config\n".into(), "(line 2): a key is given twice"),
        (b"users:\n- name: a\n  user:\n    token: x\n    token: y\n".into(), "(line 5): a key is given twice"),
        (b"kind: Deployment\n".into(), "its kind is not Config"),
        (b"apiVersion: v2\nkind: Config\n".into(), "its apiVersion is not v1"),
        (b"users: {name: a}\n".into(), "users is not a list"),
        (b"contexts:\n- a\n".into(), "entry 1 of contexts is not a mapping"),
        (b"users:\n- {name: a}\n- {name: a}\n".into(), "entry 2 of users has the name of an earlier one"),
        (b"a: 1\n---\nb: 2\n".into(), "more than one YAML document"),
        (b"x: &l {users: []}\n<<: *l\n".into(), "cannot be changed without touching other entries"),
        (vec![b'#'; 50_000_000], "larger than"),
    ];
    for (content, text) in cases {
        std::fs::write(&file, &content).unwrap();
        let before = file.metadata().unwrap().modified().unwrap();
        let _ = update(&world, &["--project", "web-1", "--kubeconfig", path]).exits(2).says(text);
        assert!(std::fs::read(&file).unwrap() == content, "{text}: the file was touched");
        assert_eq!(file.metadata().unwrap().modified().unwrap(), before);
        assert!(!world.scratch("config.lock").exists());
    }
    let _ = update(&world, &["--project", "web-1", "--kubeconfig", "/dev/null"]).exits(2).says("not a regular file");
}

#[test]
fn an_id_that_no_object_can_have_is_refused() {
    // KCF-14
    let world = World::ada();
    let wrong = [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a b",
        "a\nb",
        "{{x}}",
        "a: b",
        "Web",
        "-a",
        "a-",
        "a\u{1b}[2Jb",
        "a#b",
        "%2e",
        "1_000",
        "é",
        "'",
        "a\u{202e}b",
    ];
    for id in wrong {
        for flag in ["--project", "--organization"] {
            let output = update(&world, &[&format!("{flag}={id}")]).exits(2).says("is not an id");
            assert!(!output.stderr.contains(['\u{1b}', '\u{202e}']), "{output}");
        }
    }
    let _ = update(&world, &["--project", &"a".repeat(254)]).exits(2);
    for host in ["http://evil.example", "a b", "x/../y", "u:p@api.datum.net", "api.datum.net\nx: y"] {
        let _ = update(&world, &["--project", "web-1", "--hostname", host]).exits(2).says("--hostname");
    }
    assert!(!default_file(&world).exists());
}

#[test]
fn the_words_must_say_one_thing() {
    let world = World::ada();
    let _ = update(&world, &[]).exits(2).says("--project");
    let _ = update(&world, &["--project", "a", "--organization", "b"]).exits(2);
    let _ = update(&world, &["--remove"]).exits(2).says("--all");
    let _ = update(&world, &["--all", "--project", "a"]).exits(2);
    let _ = update(&world, &["--remove", "--project", "a", "--no-use"]).exits(2);
    let _ = update(&world, &["--project", "a", "--exec-interactive-mode", "never"]).exits(2).says("IfAvailable");
    assert!(!default_file(&world).exists());
    let _ = World::new().run(["auth", "update-kubeconfig", "--project", "a"]).exits(4).says("datumctl login");
}

#[test]
fn what_the_last_look_did_not_see_is_warned_of_and_written() {
    let world = World::ada();
    let _ = update(&world, &["--project", "no-such-project"]).success().says("is not known to have a project");
    let output = update(&world, &["--organization", "acme"]).success();
    assert!(!output.stderr.contains("not known"), "{output}");
}

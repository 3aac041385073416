//! What `-f` takes, and what it refuses before anything is sent.

use super::{names, pipe, project, reference, writes, zone, zones};

#[test]
fn files_directories_pipes_and_addresses_are_read_in_their_order() {
    let world = project();
    let folder = world.scratch("folder");
    std::fs::create_dir_all(folder.join("deep")).unwrap();
    for (name, zone) in [("b.yml", zone("b")), ("a.yaml", zone("a")), ("notes.txt", "no manifest".to_owned())] {
        std::fs::write(folder.join(name), zone).unwrap();
    }
    std::fs::write(
        folder.join("deep/c.json"),
        serde_json::json!({
            "apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone", "metadata": {"name": "c"},
            "spec": {"domainName": "c.example", "dnsZoneClassName": "datum"},
        })
        .to_string(),
    )
    .unwrap();
    let read = |arguments: &[&str]| -> Vec<String> {
        let all = ["create", "--dry-run=client", "-o", "name"].iter().chain(arguments);
        let output = pipe(&world, all, &zones(&["x", "y"])).success();
        output.stdout.lines().map(|line| line.replace(&reference(""), "")).collect()
    };
    assert_eq!(read(&["-f", "folder"]), ["a", "b"]);
    assert_eq!(read(&["-R", "-f", "folder"]), ["a", "b", "c"]);
    assert_eq!(read(&["-f", "folder/b.yml,folder/a.yaml", "-f", "-", "-f", "folder/deep"]), ["b", "a", "x", "y", "c"]);
    assert_eq!(read(&["-f", "-", "-l", "app=shop"]), ["x", "y"]);
    assert!(writes(&world).is_empty());
}

#[test]
fn nothing_is_sent_unless_every_document_is_good_and_of_a_known_type() {
    let world = project();
    let _ = names(&world);
    let before = writes(&world).len();
    let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let last = level - 1;
        format!("{text}a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(", "))
    });
    for (second, said) in [
        ("kind: DNSZone\n".to_owned(), "apiVersion is missing"),
        (zone("b").replace("kind: DNSZone", "kind: DNSZon"), "no matches for kind \"DNSZon\""),
        (zone("b").replace("  name: b\n", "  name: b\n  name: c\n"), "the key \"name\" stands twice"),
        (zone("b").replace("  name", "\tname"), "a tab cannot indent YAML"),
        (zone("b").replace("name: b\n", "name: 17\n"), "metadata.name must be a text"),
        (zone("b").replace("  name: b\n", ""), "metadata.name is missing"),
        (zone("b").replace("  name: b\n", "  name: b\n  namespace: other\n"), "--namespace names \"default\""),
        ("- a\n- b\n".to_owned(), "an object is expected here, not a list"),
        ("\u{0}\u{1}".to_owned(), "this is not text"),
        ("x: [1, 2\n".to_owned(), "standard input:"),
        (bomb, "standard input:"),
    ] {
        let manifest = format!("{}---\n{second}", zone("a"));
        for command in ["create", "apply", "delete"] {
            let yes = (command == "delete").then_some("--yes");
            let arguments = [command, "-f", "-", "-n", "default"].into_iter().chain(yes);
            let refused = pipe(&world, arguments, &manifest).exits(2);
            assert_eq!(refused.stdout, "");
            assert!(refused.stderr.starts_with("error: standard input:") && refused.stderr.contains(said), "{refused}");
            assert!(refused.stderr.lines().count() <= 2, "{refused}");
        }
    }
    assert_eq!(writes(&world).len(), before);
}

#[test]
fn sources_that_hold_nothing_are_refused() {
    let world = project();
    std::fs::create_dir(world.scratch("empty")).unwrap();
    std::fs::write(world.scratch("blank.yaml"), "# nothing\n---\n").unwrap();
    std::fs::write(world.scratch("huge.yaml"), vec![b'#'; 50 * 1024 * 1024]).unwrap();
    for (arguments, said) in [
        (&["-f", "missing.yaml"][..], "could not read missing.yaml"),
        (&["-f", "empty"], "empty holds no file"),
        (&["-f", "blank.yaml"], "there is no object in blank.yaml"),
        (&["-f", "huge.yaml"], "huge.yaml is larger than"),
        (&["-f", "-", "-f", "-"], "once only"),
        (&["-f", "http://example.com/zones.yaml"], "https:// only"),
        (&["-f", "https://ada:secret@example.com/zones.yaml"], "https:// only"),
        (&["-f", "-", "-l", "app=none"], "no object of the manifests has the labels"),
        (&["-f", "-", "-l", "a b"], "is no label selector"),
        (&["-f", ""], "a value is required"),
        (&[], "name a manifest with -f FILE"),
    ] {
        let refused = pipe(&world, ["apply"].iter().chain(arguments), &zone("a")).exits(2);
        assert!(refused.stderr.contains(said) && !refused.stderr.contains("secret"), "{arguments:?}: {refused}");
    }
    assert!(writes(&world).is_empty());
}

#[test]
fn an_address_is_asked_without_credentials() {
    let world = project();
    let address = format!("{}/zones.yaml", world.emulator().url());
    let refused = world.run(["create", "-f", &address]).exits(2);
    assert_eq!(refused.stderr, "error: <url>/zones.yaml answered with status 404\n");
    let asked = world.emulator().journal().into_iter().find(|entry| entry.path == "/zones.yaml").unwrap();
    assert_eq!((asked.method.as_str(), asked.subject), ("GET", None));
}

#[test]
fn a_word_that_kubectl_reads_differently_is_pointed_out() {
    let world = project();
    let manifest =
        zone("a").replace("app: shop", "app: \"yes\"").replace("spec:\n", "  annotations:\n    mail: on\nspec:\n");
    let created = pipe(&world, ["create", "-f", "-", "-o", "json"], &manifest).success();
    assert_eq!(created.json()["metadata"]["annotations"]["mail"], "on");
    assert_eq!(created.stderr.lines().count(), 1, "{created}");
    let _ = created.says("warning: standard input:7: on without quotes");
}

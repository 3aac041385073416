//! Other people's entries: every byte of them stays.

use proptest::prelude::*;
use serde_json::Value;

use super::{ADA, entry, parse, session, update};
use crate::support::World;

/// A file with all that kubeconfigs have in the wild.
pub const WILD: &str = "# managed by hand, mostly
---
users:   # people first
- name: 'ada: the #1'
  user: &ada
    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcWhraUc5dzBCQVFFRkFBT0NBUThBTUlJQkNnS0NBUUVBMTIzNDU2Nzg5MA==
    client-key-data: |-
      TUlJRXZRSUJBREFO
      QmdrcWhraUc5dzBC
    x-unknown: {a: [1, 2.50, 0x1f], b: ~}   # kept as it is
- name: Zürich – ops 🔑
  user: *ada
- {name: flow, user: {token: \"not\\u0020ours\", extra: yes}}

preferences: {colors: true}
extensions:
- name: tool
  extension:
    note: |
      # not a comment
      - not: an item
    last: 2026-07-16T18:24:09Z

current-context: work      # the usual one
contexts:
  # indented on purpose
  - context: {cluster: eu, namespace: \"on\", user: 'ada: the #1'}
    name: work

  - name: \"1_000\"
    context:
      cluster: eu
      user: flow
clusters:
- cluster:
    server: https://eu.example:6443
    proxy-url: socks5://localhost:1080
    tls-server-name: eu.inside
    extensions: [{name: x, extension: {v: 1.10}}]
  name: eu
kind: Config
apiVersion: v1
# the end
";

/// Updates a file that holds `text` and answers what it holds then.
#[track_caller]
fn updated(world: &World, text: &str, words: &[&str]) -> String {
    let file = world.scratch("config");
    std::fs::write(&file, text).unwrap();
    let all = [&["--project", "web-1", "--kubeconfig", file.to_str().unwrap()], words].concat();
    let _ = update(world, &all).success();
    std::fs::read_to_string(&file).unwrap()
}

/// A kubeconfig without our entries, in any order.
pub fn foreign(config: &Value) -> Value {
    let mut config = config.clone();
    for list in ["clusters", "contexts", "users"] {
        let items = config[list].as_array().cloned().unwrap_or_default();
        let is_ours = |item: &Value| item["name"].as_str().is_some_and(|name| name.starts_with("datum-"));
        config[list] = items.into_iter().filter(|item| !is_ours(item)).collect();
    }
    config
}

#[track_caller]
fn assert_every_line_is_left(before: &str, after: &str) {
    let mut rest = after.split_inclusive('\n');
    for line in before.split_inclusive('\n') {
        assert!(rest.any(|other| other == line), "{line:?} is gone or moved:\n{after}");
    }
}

#[test]
fn comments_order_anchors_and_unknown_keys_keep_every_byte() {
    // KCF-02
    let world = World::ada();
    for text in [WILD.to_owned(), WILD.replace('\n', "\r\n"), format!("\u{feff}{WILD}")] {
        let after = updated(&world, &text, &["--no-use"]);
        assert_every_line_is_left(&text, &after);
        assert_eq!(after.matches("\r\n").count() > 0, text.contains("\r\n"));
        assert!(!after.contains("\r\n") || !after.replace("\r\n", "").contains('\n'), "mixed line endings");
        assert_eq!(foreign(&parse(&after)), foreign(&parse(&text)));
        let user = format!("datum-{}", session(&world, ADA));
        assert_eq!(entry(&parse(&after), "contexts", "datum-project-web-1")["user"], user);
        let used = updated(&world, &text, &[]);
        assert!(used.contains("current-context: datum-project-web-1      # the usual one"), "{used}");
    }
}

#[test]
fn json_and_flow_style_stay_what_they_are() {
    // KCF-02
    let world = World::ada();
    let json = serde_json::to_string_pretty(&parse(WILD)).unwrap();
    for text in [
        json.clone(),
        parse(WILD).to_string(),
        "{clusters: [], contexts: [ ], users: [{name: x, user: {}}]}".to_owned(),
    ] {
        let after = updated(&world, &text, &["--no-use"]);
        assert!(after.starts_with('{') && after.ends_with('}'), "{after}");
        assert_eq!(foreign(&parse(&after)), foreign(&parse(&text)));
        assert!(
            serde_json::from_str::<Value>(&text).is_err() || serde_json::from_str::<Value>(&after).is_ok(),
            "{after}"
        );
    }
    assert!(updated(&world, &json, &[]).contains("\n    {\n      \"cluster\": {\n        \"server\""));
    let lists = "clusters: [{name: a, cluster: {server: 'https://x'}}] # a\ncontexts: null\nusers: []\n";
    let after = updated(&world, lists, &[]);
    assert!(after.starts_with("clusters: [{name: a, cluster: {server: 'https://x'}},{\"cluster\""), "{after}");
    assert_eq!(foreign(&parse(&after))["clusters"], parse(lists)["clusters"]);
}

#[test]
fn our_own_entries_keep_what_a_person_added_to_them() {
    // KCF-02
    let world = World::ada();
    let first = updated(&world, "", &[]);
    let edited = first
        .replace("    user: datum-", "    namespace: team # ours\n    user: datum-")
        .replace("    server:", "    proxy-url: http://proxy:3128\n    server:")
        .replace(
            "      - name: DATUMCTL_CREDENTIAL_STORE",
            "      - {name: HTTPS_PROXY, value: p} # here\n      - name: DATUMCTL_CREDENTIAL_STORE",
        )
        .replace("IfAvailable", "Never")
        .replace("command: ", "command: /gone");
    let after = updated(&world, &edited, &[]);
    assert_eq!(after, edited.replace("command: /gone", "command: "));
    let asked = updated(&world, &edited, &["--exec-interactive-mode", "Always"]);
    assert!(asked.contains("interactiveMode: Always\n"));
}

#[test]
fn names_that_yaml_1_1_reads_as_something_else_are_quoted() {
    // KCF-14
    let mut world = World::ada();
    for (word, home) in [("yes", "on"), ("null", "0o7"), ("1-000", "~"), ("on", "{{x}}"), ("0x1f", "a: b #c")] {
        world.set("DATUMCTL_HOME", world.home().join(".datumctl")).set("DATUMCTL_CREDENTIAL_STORE", "file");
        let file = world.scratch(home);
        let _ = update(&world, &["--project", word, "--kubeconfig", file.to_str().unwrap()]).success();
        let config = super::read(&file);
        assert_eq!(config["current-context"], format!("datum-project-{word}"));
        assert!(
            entry(&config, "clusters", &format!("datum-project-{word}"))["server"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/projects/{word}/control-plane"))
        );
    }
}

fn scalar() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "x",
        "'it''s'",
        "\"a: b # c\"",
        "1_000",
        "yes",
        "0x1f",
        "2.50",
        "~",
        "{a: [1, 'x'], b: }",
        "[x, {y: z}]",
        "|\n        # text\n        more",
        ">-\n        folded\n        lines",
        "*top",
        "&k kept",
        "\"\\u0041\"",
        "é",
    ])
    .prop_map(str::to_owned)
}

/// A list in one of the layouts that people use.
fn list(key: &'static str, content: &'static str) -> impl Strategy<Value = String> {
    let item = (prop::bool::ANY, scalar(), prop::option::of(scalar()));
    (prop::sample::select(vec![0_usize, 2, 4]), prop::collection::vec(item, 0..4), prop::bool::ANY).prop_map(
        move |(indent, items, commented)| {
            if items.is_empty() {
                return format!("{key}: []\n");
            }
            let margin = " ".repeat(indent);
            let mut text = format!("{key}:{}\n", if commented { " # these" } else { "" });
            for (index, (name_first, value, extra)) in items.into_iter().enumerate() {
                // Only one anchor of each name may be there, and an item is indented as its list.
                let value = value.replace("&k kept", "kept").replace("\n        ", &format!("\n{margin}        "));
                let mut lines = vec![format!("name: {key}-{index}"), format!("{content}:\n{margin}    k: {value}")];
                if !name_first {
                    lines.reverse();
                }
                if let Some(extra) = extra.filter(|extra| !extra.contains('\n')) {
                    lines.push(format!("x: {}", extra.replace("&k kept", "kept")));
                }
                text.push_str(&format!(
                    "{margin}# about {index}\n{margin}- {}\n",
                    lines.join(&format!("\n{margin}  "))
                ));
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    // KCF-02
    #[test]
    fn whatever_a_file_holds_others_keep_their_entries(
        clusters in list("clusters", "cluster"), contexts in list("contexts", "context"), users in list("users", "user"),
        order in Just(vec![0, 1, 2, 3, 4]).prop_shuffle(), returns in prop::bool::ANY,
    ) {
        thread_local!(static WORLD: World = World::ada());
        let parts = [clusters, contexts, users, "current-context: gone\n".to_owned(), "# loose\n\nx-other: 1.0\n".to_owned()];
        let mut text = "x-top: &top [1, yes]\n".to_owned();
        order.iter().for_each(|index: &usize| text.push_str(&parts[*index]));
        let text = if returns { text.replace('\n', "\r\n") } else { text };
        WORLD.with(|world| {
            let after = updated(world, &text, &["--no-use"]);
            assert_eq!(foreign(&parse(&after)), foreign(&parse(&text)), "{text}\n---\n{after}");
            let kept: String = text.split_inclusive('\n').filter(|line| !line.contains(": []")).collect();
            assert_every_line_is_left(&kept, &after);
        });
    }
}

//! Files that are damaged, strange or made by other versions: nothing is lost, and the way back always works.

use std::time::{Duration, Instant};

use crate::support::{Output, World, overwrite};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

/// What is kept of damaged credentials.
fn kept(world: &World) -> Vec<Vec<u8>> {
    let is_kept = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().contains(".bad");
    world.files().into_iter().filter(|(path, _)| is_kept(path)).map(|(_, content)| content).collect()
}

/// Ways in which the credentials of a world can be damaged.
fn damages(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = String::from_utf8_lossy(good).encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("STO-09: empty", Vec::new()),
        ("STO-11: more after the end", [good, b"}{\"x\":1}"].concat()),
        ("cut off", good[..good.len() / 2].to_vec()),
        ("STO-12: zeros", vec![0; good.len()]),
        ("STO-13: not UTF-8", b"{\"datumctl-auth\":{\"active_user\":\"\xff\xfe\"}}".to_vec()),
        ("STO-13: UTF-16", utf16),
        ("not an object", b"[1]".to_vec()),
    ]
}

#[test]
fn damaged_credentials_are_kept_aside_and_a_login_mends_everything() {
    // STO-09, STO-11, STO-12, STO-13, STO-15
    let world = World::two_people();
    for (damage, content) in damages(&std::fs::read(world.path("credentials.json")).unwrap()) {
        overwrite(&world.path("credentials.json"), &content);
        let output = world.run(["auth", "get-token"]).exits(4);
        let words = if content.is_empty() { "empty" } else { "damaged" };
        assert!(output.stderr.contains(words) && output.stderr.contains(".bad"), "{damage}: {output}");
        assert!(kept(&world).contains(&content), "{damage}");
        let listed = world.run(["auth", "list"]).success().stdout;
        assert!(listed.contains(ADA) && listed.contains(GRACE), "{damage}: {listed}");
        let _ = world.login(GRACE).success();
        let _ = world.token();
    }
}

#[test]
fn a_login_and_a_logout_need_no_readable_credentials() {
    // STO-15
    let world = World::two_people();
    let read = |name: &str| std::fs::read(world.path(name)).unwrap();
    let (config, good) = (read("config"), read("credentials.json"));
    for (damage, content) in damages(&good) {
        overwrite(&world.path("config"), &config);
        overwrite(&world.path("credentials.json"), &content);
        let output = world.run(["logout", "--all"]);
        assert_eq!(output.status, 0, "{damage}: {output}");
        let _ = world.run(["auth", "status"]).exits(4);
    }
    let _ = world.login(ADA).success();
    let _ = world.token();
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_damage() {
    // STO-13
    let world = World::ada();
    world.expire(ADA);
    for name in ["credentials.json", "config"] {
        let text = std::fs::read_to_string(world.path(name)).unwrap();
        overwrite(&world.path(name), format!("\u{feff}{}", text.replace('\n', "\r\n")).as_bytes());
    }
    assert_eq!(world.run(["auth", "list"]).success().stderr, "");
    assert_eq!(world.run(["auth", "get-token"]).success().stderr, "");
    let _ = world.run(["ctx", "use", "acme"]).success();
    world.assert_refreshed(1);
}

#[test]
fn one_broken_entry_spoils_no_other() {
    // STO-14
    let world = World::two_people();
    let path = world.path("credentials.json");
    let mut store: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    store["datumctl-auth"][world.user_key(ADA)] = "{\"hostname\":".into();
    overwrite(&path, store.to_string().as_bytes());
    let _ = world.token();
    let listed = world.run(["auth", "list"]).success();
    assert!(listed.stdout.contains(ADA) && listed.stdout.contains(GRACE), "{listed}");
    let ada = format!("{ADA}@{}", world.emulator().url().trim_start_matches("http://"));
    insta::assert_snapshot!(world.run(["auth", "get-token", "--session", &ada]).exits(6), @r#"
    ------- stderr -------
    error: the entry "ada@example.com@<url>" is damaged: cut off at line 1, column 12
    hint: log in again to replace the credentials of ada@example.com@<url>: datumctl login
    [exit status: 6]
    "#);
    world.expire(GRACE);
    let _ = world.token();
    let after: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(after["datumctl-auth"][world.user_key(ADA)], "{\"hostname\":", "kept for who can mend it");
    let _ = world.run(["logout", ADA]).success();
    let _ = world.login(ADA).success();
}

#[test]
fn an_empty_or_zeroed_config_counts_as_new_and_is_kept() {
    // STO-09, STO-12
    for content in [&b""[..], &[0; 512]] {
        let world = World::ada();
        overwrite(&world.path("config"), content);
        let output = world.run(["auth", "list"]).success();
        assert!(output.stderr.contains("was empty"), "{output}");
        let _ = world.login(ADA).success();
        let _ = world.token();
    }
}

#[test]
fn comments_order_and_unknown_keys_of_the_config_survive_a_change() {
    // STO-17
    let world = World::two_people();
    let path = world.path("config");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = format!("# mine\n{}x-mine: {{a: [1, two]}} # kept\n", text.replace("kind:", "# the kind\nkind:"));
    overwrite(&path, text.as_bytes());
    let _ = world.run(["auth", "switch", ADA]).success();
    let _ = world.run(["ctx", "use", "acme"]).success();
    let after = std::fs::read_to_string(&path).unwrap();
    for line in ["# mine\n", "# the kind\nkind: DatumctlConfig\n", "x-mine: {a: [1, two]} # kept\n"] {
        assert!(after.contains(line), "{line:?} is gone:\n{after}");
    }
    assert!(after.starts_with("# mine\n"));
}

#[test]
fn a_config_of_a_newer_version_is_used_and_never_written() {
    // STO-18
    let world = World::two_people();
    let path = world.path("config");
    for version in ["v2", "v1beta9"] {
        let text = std::fs::read_to_string(&path).unwrap();
        let newer = text.replace("/v1beta1", &format!("/{version}"));
        overwrite(&path, newer.as_bytes());
        let _ = world.run(["whoami"]).success();
        let _ = world.token();
        let asked = world.emulator().journal().len();
        let _ = world.run(["auth", "switch", ADA]).exits(2).says("newer version");
        let _ = world.run(["ctx", "use", "acme"]).exits(2);
        let _ = world.finish(&world.login_command(ADA, &["login"]).output().unwrap(), false).exits(2);
        assert_eq!(world.emulator().journal().len(), asked, "a login ends before anybody is asked");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), newer);
        overwrite(&path, text.as_bytes());
    }
}

#[test]
fn keys_of_earlier_versions_are_brought_up_to_date_and_the_old_ones_kept() {
    // STO-19
    let world = World::ada();
    let (config, path) = (world.path("config"), world.path("credentials.json"));
    let new = world.user_key(ADA);
    let text = std::fs::read_to_string(&config).unwrap();
    overwrite(&config, text.replace(&format!("user-key: {new}"), &format!("user-key: {ADA}")).as_bytes());
    let mut store: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let entries = store["datumctl-auth"].as_object_mut().unwrap();
    let credential = entries.remove(&new).unwrap();
    entries.insert(ADA.to_owned(), credential.clone());
    entries.insert("active_user".to_owned(), ADA.into());
    entries.insert("known_users".to_owned(), format!("[\"{ADA}\"]").into());
    overwrite(&path, store.to_string().as_bytes());
    let _ = world.token();
    let _ = world.run(["whoami"]).success();
    let after: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(after["datumctl-auth"][ADA], credential, "the old entry stays for the original");
    assert!(after["datumctl-auth"][&new].is_string());
    assert_eq!(std::fs::read_to_string(&config).unwrap(), text, "only the key has changed");
}

#[test]
fn a_store_without_a_config_gets_its_session_back() {
    // STO-19: configs of early versions had no sessions.
    let world = World::ada();
    std::fs::remove_file(world.path("config")).unwrap();
    let _ = world.token();
    let output = world.run(["auth", "list"]).success();
    assert!(output.stdout.contains(ADA), "{output}");
}

#[test]
fn hostile_yaml_is_refused_quickly_and_in_little_memory() {
    // STO-20
    let world = World::ada();
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(", ")));
    }
    let cases = [
        ("aliases", bomb),
        ("depth", format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("duplicate keys", "sessions: []\nsessions: []\n".to_owned()),
        ("a tag", "sessions: !!python/object/apply:os.system [id]\n".to_owned()),
        ("tabs", "sessions:\n\t- name: x\n".to_owned()),
        ("size", format!("a: \"{}\"\n", "x".repeat(50 << 20))),
    ];
    for (name, text) in cases {
        overwrite(&world.path("config"), text.as_bytes());
        let started = Instant::now();
        let output = limited(&world, &["auth", "get-token"]);
        assert_eq!(output.status, 6, "{name}: {output}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name} took {:?}", started.elapsed());
        assert!(output.stderr.lines().count() <= 4, "{name}: {output}");
    }
}

/// Runs with 64 MiB of data to allocate.
fn limited(world: &World, arguments: &[&str]) -> Output {
    let command = world.command(arguments);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -d 65536; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    world.finish(&shell.stdin(std::process::Stdio::null()).output().unwrap(), false)
}

#[test]
fn no_account_is_picked_where_the_config_leaves_it_open() {
    // STO-21
    let world = World::two_people();
    let path = world.path("config");
    let text = std::fs::read_to_string(&path).unwrap();
    let host = world.emulator().url().trim_start_matches("http://").to_owned();
    let (ada, grace) = (format!("{ADA}@{host}"), format!("{GRACE}@{host}"));
    let replaced = |from: &str, to: &str| {
        overwrite(&path, text.replace(from, to).as_bytes());
        world.run(["auth", "get-token"])
    };
    let without_context = |to: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("current-context"));
        let lines: Vec<_> = lines.map(|line| if line.starts_with("active-session") { to } else { line }).collect();
        overwrite(&path, lines.join("\n").as_bytes());
        world.run(["auth", "get-token"])
    };
    insta::assert_snapshot!(without_context("active-session: nobody@nowhere"), @"
    ------- stderr -------
    error: no account is active
    hint: datumctl auth switch
    [exit status: 4]
    ");
    insta::assert_snapshot!(replaced(&format!("name: {ada}\n"), &format!("name: {grace}\n")), @r#"
    ------- stderr -------
    error: several sessions are named "grace@example.com@<host>"
    hint: give the entries in the configuration different names
    [exit status: 2]
    "#);
    for name in ["''", "'a/b'", "\"a\\nb\"", "\"\\e[31mred\""] {
        let output = without_context(&format!("active-session: {name}"));
        assert!((2..=6).contains(&output.status), "{name}: {output}");
        assert!(!output.stderr.contains('\u{1b}'), "{name}: {output:?}");
    }
    overwrite(&path, text.as_bytes());
    let _ = world.token();
}

#[test]
fn logging_out_of_everything_removes_the_damaged_copies_that_were_kept() {
    // STO-15: they may hold tokens, and nobody can revoke those.
    let world = World::two_people();
    let path = world.path("credentials.json");
    let mut damaged = std::fs::read(&path).expect("the store");
    damaged.extend(b"trailing");
    overwrite(&path, &damaged);
    let _ = world.run(["auth", "list"]).success();
    assert_eq!(kept(&world).len(), 1);
    let _ = world.run(["logout", "--all"]).success();
    assert_eq!(kept(&world).len(), 0);
    assert!(!path.exists());
}

//! Credentials files as people really have them: damaged, incomplete, unreadable, endless.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{DATUMCTL, Output, World, keys};

/// The emulator's credentials file with another text as its private key.
fn with_key(world: &World, change: impl FnOnce(&str) -> String) -> Value {
    let mut file: Value = serde_json::from_str(&world.emulator().credentials_json()).expect("JSON");
    file["private_key"] = json!(change(file["private_key"].as_str().expect("a key")));
    file
}

fn login(world: &World, content: impl AsRef<[u8]>) -> Output {
    let path = world.scratch("credentials.json");
    std::fs::write(&path, content).expect("a file");
    world.run(["login", "--credentials", path.to_str().expect("UTF-8"), "--no-context"])
}

fn armored(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

// JWB-03, JWB-05, JWB-07
#[test]
fn a_key_that_cannot_be_used_is_named_and_nothing_is_sent() {
    const EC: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdDBD8HeCMEcvN7gNAnn5Mn910FgZuTt8fTIzFQnGFZGhRANCAATbMrXy3AhOIO2QN6T/QB3nr82yItal6F4vUUvNRXqGYSwyb1v42B26Z3Y93zyRkYOD4zuL6GPQTCRA6bmGy2Rl";
    let dek = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----";
    let without_line = |pem: &str, number: usize| {
        let lines = pem.lines().enumerate().filter(|(index, _)| *index != number).map(|(_, line)| line);
        lines.collect::<Vec<_>>().join("\n")
    };
    let world = World::new();
    type Damage<'a> = (&'a dyn Fn(&str) -> String, &'a str);
    let damaged: [Damage<'_>; 11] = [
        (&|_| armored("ENCRYPTED PRIVATE KEY", b"anything"), "password protected; export it without a password"),
        (&|_| dek.to_owned(), "password protected; export it without a password"),
        (&|_| armored("PRIVATE KEY", &STANDARD.decode(EC).unwrap()), "an EC key; an RSA key is needed"),
        (&|_| armored("EC PRIVATE KEY", b"x"), "an EC key; an RSA key is needed"),
        (&|_| keys::pkcs8(keys::rsa(1024)), "too short (1024 bits, at least 2048 are needed)"),
        (&|pem| format!("{pem}{pem}"), "a second key in line"),
        (&|pem| without_line(pem, pem.lines().count() - 1), "begins in line 1 has no -----END line"),
        (&|pem| without_line(pem, 0), "has no line -----BEGIN"),
        (&|pem| without_line(pem, 7), "damaged"),
        (&|pem| pem.replacen('\n', "\n!!hole!!\n", 1), "line 2 of the key is not base64"),
        (&|_| "0\u{82}\u{4}\u{a4}\u{2}\u{1}".to_owned(), "in DER form; PEM is needed"),
    ];
    for (damage, text) in damaged {
        let file = with_key(&world, damage);
        world.guard(file["private_key"].as_str().unwrap().lines().max_by_key(|line| line.len()).unwrap());
        let _ = login(&world, file.to_string()).exits(2).says(text);
    }
    assert_eq!(world.emulator().journal().len(), 0);
    assert!(!world.path("credentials.json").exists());
}

// JWB-07
#[test]
fn harmless_damage_from_copying_signs_in() {
    let changes: [fn(&str) -> String; 6] = [
        |pem| pem.replace('\n', "\r\n"),
        |pem| format!("\u{feff}{pem}"),
        |pem| format!("Bag Attributes\n  friendlyName: ci\n{pem}"),
        |pem| pem.replace('\n', "\\n"),
        |pem| pem.replace('\n', "  \n"),
        |pem| pem.trim_end().to_owned(),
    ];
    let world = World::new();
    for change in changes {
        let _ = login(&world, with_key(&world, change).to_string()).success();
    }
    let file = world.emulator().credentials_json();
    let _ = login(&world, format!("\u{feff}{}", file.replace('\n', "\r\n"))).success();
}

// JWB-08, OUT-06
#[test]
fn everything_that_is_wrong_with_the_json_is_said_at_once_and_its_content_never() {
    let world = World::new();
    let canary = world.guard("CNRY-in-a-broken-credentials-file");
    let content = |text: &str| text.replace("CNRY", &canary);
    for text in [
        "{}",
        "[]",
        "null",
        r#""CNRY""#,
        "",
        r#"{"private_key": "CNRY""#,
        "{\n\"type\": CNRY}",
        "-----BEGIN PRIVATE KEY-----\nCNRY\n-----END PRIVATE KEY-----",
        r#"{"type":"authorized_user","client_id":"a","private_key_id":"b","private_key":"CNRY"}"#,
        r#"{"type":"datum_service_account","client_id":" ","private_key_id":"","private_key":null}"#,
        r#"{"type":"datum_service_account","client_id":1,"private_key_id":["CNRY"],"private_key":{"CNRY":1}}"#,
        r#"{"type":"datum_service_account","client_id":"a","client_id":"CNRY","private_key_id":"b","private_key":"c"}"#,
        r#"{"type":"datum_service_account","client_id":"a","private_key_id":"b","private_key":"CNRY"}"#,
    ] {
        let refused = login(&world, content(text)).exits(2);
        assert_eq!(refused.stderr.lines().count(), 1, "{refused}");
    }
    insta::assert_snapshot!(login(&world, "{}").stderr, @"error: the credentials file is incomplete: type is missing, client_id is missing, private_key_id is missing, private_key is missing");
    insta::assert_snapshot!(login(&world, "{\n\"type\": CNRY}").stderr, @"error: the credentials file is not valid JSON (line 2, column 9)");
    insta::assert_snapshot!(login(&world, "[]").stderr, @"error: the credentials file is not a JSON object");
    assert_eq!(world.emulator().journal().len(), 0);
}

// JWB-08
#[test]
fn extra_fields_and_the_older_type_are_fine() {
    let world = World::new();
    let mut file: Value = serde_json::from_str(&world.emulator().credentials_json()).expect("JSON");
    file["type"] = json!("datum_machine_account");
    file["universe"] = json!({"of": ["anything", null]});
    let _ = login(&world, file.to_string()).success();
}

// JWB-09
#[test]
fn a_file_that_cannot_be_read_to_its_end_is_given_up_soon() {
    let world = World::new();
    let (pipe, huge, circle) = (world.scratch("pipe"), world.scratch("huge"), world.scratch("circle"));
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    std::fs::File::create(&huge).and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    std::os::unix::fs::symlink(&circle, &circle).expect("a link");
    for (path, text) in [
        (world.scratch("missing"), "No such file"),
        (world.home(), "is not a regular file"),
        (pipe, "timed out"),
        ("/dev/zero".into(), "larger than"),
        (huge, "larger than"),
        (circle, "symbolic links"),
        ("/dev/null".into(), "not valid JSON"),
        ("".into(), ""),
    ] {
        let begun = Instant::now();
        let refused = world.run(["login", "--credentials", path.to_str().expect("UTF-8")]).exits(2).says(text);
        assert!(begun.elapsed() < Duration::from_secs(5), "{refused}");
        assert_eq!(refused.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{refused}");
    }
    assert_eq!(world.emulator().journal().len(), 0);
}

// JWB-09
#[test]
fn a_file_that_one_may_not_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let file = world.credentials_file();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("a mode");
    let output =
        world.command_of_stranger(["login", "--credentials", file.to_str().unwrap()]).output().expect("it runs");
    let _ = world.finish(&output, false).exits(2).says("Permission denied");
}

// JWB-11
#[test]
fn the_file_may_come_on_standard_input_or_through_a_pipe() {
    let world = World::new();
    let json = world.emulator().credentials_json();
    for flag in ["--credentials", "--credentials-file"] {
        let _ = world.run_with_input(["login", flag, "-", "--no-context"], json.as_bytes()).success();
    }
    let file = world.credentials_file();
    let script = format!("'{DATUMCTL}' login --no-context --credentials <(cat '{}')", file.display());
    let mut bash = world.program("bash", ["-c", &script]);
    let _ = world.finish(&bash.output().expect("bash"), false).success();
    let _ = world.run_with_input(["login", "--credentials", "-"], b"").exits(2).says("not valid JSON");
}

// JWB-09, JWB-11
#[test]
fn endless_standard_input_is_cut_at_a_megabyte() {
    let world = World::new();
    let mut child =
        world.command(["login", "--credentials", "-"]).stdin(std::process::Stdio::piped()).spawn().expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    let mut sent = 0;
    while input.write_all(&[b'x'; 65_536]).is_ok() {
        sent += 65_536;
        assert!(sent < 64 << 20, "it reads on and on");
    }
    let _ = world.finish(&child.wait_with_output().expect("an output"), false).exits(2).says("larger than");
}

// JWB-24
#[test]
fn strange_contents_are_kept_away_from_the_terminal() {
    let world = World::new();
    let mut file: Value = serde_json::from_str(&world.emulator().credentials_json()).expect("JSON");
    file["client_email"] = json!("ci\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}@example.com");
    file["ключ\u{0}\u{1b}[31m"] = json!("x".repeat(100_000));
    let outputs = [
        login(&world, file.to_string()).success(),
        world.run(["auth", "list"]).success(),
        world.run(["auth", "status"]).success(),
        world.run(["whoami"]).success(),
        world.run(["organizations", "list"]).success(),
    ];
    for output in outputs {
        let controls =
            |text: &str| text.chars().any(|letter| letter.is_control() && letter != '\n' || letter == '\u{202e}');
        assert!(!controls(&output.stdout) && !controls(&output.stderr), "{output:?}");
    }
}

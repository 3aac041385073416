//! Secrets in traces, errors, broken files, processes and headers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::support::recorder::{Recorder, metadata};
use crate::support::{World, keys};

// OUT-05, OUT-14
#[test]
fn nothing_secret_is_traced_at_any_level() {
    let mut world = World::new();
    for (name, value) in [
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("HTTPS_PROXY", "http://me:CNRY-proxy-password@127.0.0.1:9"),
    ] {
        world.set(name, value);
    }
    world.guard("CNRY-proxy-password");
    world.hand_on_secrets_in_the_environment();
    let file = world.credentials_file();
    let traced = world.login_command("ada@example.com", &["login", "-vvvvv"]).output().expect("it runs");
    let traced = world.finish(&traced, false).success();
    assert!(traced.stderr.contains("POST") && traced.stderr.contains("/oauth/v2/token"), "{traced}");
    let file = file.to_str().expect("UTF-8");
    let _ = world.run(["login", "-vv", "--credentials", file]).success();
    for words in [
        &["-vv", "auth", "get-token", "--min-ttl", "24h"][..],
        &["-vv", "auth", "switch", "ada@example.com"],
        &["-vv", "auth", "get-token", "--min-ttl", "24h"],
        &["-vv", "organizations", "list"],
        &["-vv", "ctx", "list", "--refresh"],
        &["-vv", "logout", "--all"],
    ] {
        let _ = world.run(words).success();
    }
    world.emulator().revoke_service_account_key("ci@production-a1b2c3.iam.datum.net").unwrap();
    let _ = world.run(["login", "-vv", "--credentials", file]).exits(4);
    // The scan knows what it looks for.
    let secrets = world.secrets();
    for kind in ["emulator-access-", "emulator-refresh-", "emulator-code-", "-----BEGIN", "eyJ", "CNRY-proxy"] {
        assert!(secrets.iter().any(|secret| secret.starts_with(kind)), "{kind}");
    }
    assert!(secrets.iter().any(|secret| secret.len() == 43), "a code verifier");
}

// OUT-06
#[test]
fn a_broken_file_is_located_and_not_quoted() {
    for (name, content) in [
        ("credentials.json", r#"{"datum-auth": {"k": "CNRY"#),
        ("credentials.json", "CNRY"),
        ("credentials.json", r#"{"datumctl-auth": {"ada@example.com@http://127.0.0.1": "{\"token\": CNRY"}}"#),
        ("credentials.json", r#"["CNRY"]"#),
        ("config", "sessions: [CNRY"),
        ("config", "sessions:\n- name: CNRY\n  endpoint: [\n"),
        ("config", "\tCNRY: {"),
        ("config", "CNRY"),
    ] {
        let world = World::new();
        let _ = world.login("ada@example.com").success();
        let canary = "CNRY-in-a-broken-file";
        std::fs::write(world.path(name), content.replace("CNRY", canary)).expect("written");
        for words in [
            &["auth", "get-token"][..],
            &["whoami", "-vv"],
            &["auth", "list"],
            &["auth", "status"],
            &["logout", "--all"],
        ] {
            let output = world.run(words);
            assert!(!output.to_string().contains(canary), "{name} {content}: {output}");
            assert!([0, 2, 4, 6].contains(&output.status), "{name} {content}: {output}");
        }
    }
}

/// A world that asks the emulator for tokens and `recorder` for everything else.
fn with_api(recorder: &Recorder) -> World {
    let mut world = World::new();
    world.set("DATUM_API_HOSTNAME", recorder.url());
    let _ = world.login("ada@example.com").success();
    world
}

// OUT-07
#[test]
fn a_server_that_sends_our_token_back_does_not_get_it_printed() {
    for status in [400, 401, 403, 404, 500] {
        for shape in ["message", "text", "page"] {
            let recorder = Recorder::start(move |_, request| {
                let message = format!("what is this? {}", request.head.replace("\r\n", " "));
                (
                    status,
                    match shape {
                        "message" => {
                            json!({"kind": "Status", "message": message, "reason": "Odd", "code": status}).to_string()
                        }
                        "page" => format!("<title>{message}</title>"),
                        _ => message,
                    },
                )
            });
            let world = with_api(&recorder);
            for format in ["human", "json"] {
                let refused = world.run(["organizations", "list", "-vv", "--error-format", format]);
                assert!([1, 4, 5].contains(&refused.status), "{refused}");
            }
            assert!(recorder.requests().iter().any(|request| request.head.contains("emulator-access-")));
        }
    }
}

// OUT-07
#[test]
fn an_identity_server_that_sends_our_assertion_back_does_not_get_it_printed() {
    let recorder = Recorder::start(|origin, request| match request.target() {
        "/token" => {
            (400, json!({"error": "invalid_request", "error_description": request.form("assertion")}).to_string())
        }
        _ => (200, metadata(origin).to_string()),
    });
    let mut world = World::new();
    world.set("DATUM_AUTH_HOSTNAME", recorder.url());
    let file = world.scratch("robot.json");
    std::fs::write(&file, keys::credentials(&keys::pkcs8(keys::rsa(2048))).to_string()).expect("written");
    let refused = world.run(["login", "--credentials", file.to_str().expect("UTF-8")]);
    let assertion = recorder.requests_for("/token")[0].form("assertion").expect("an assertion");
    assert!(!refused.to_string().contains(&assertion), "{refused}");
}

// OUT-08
#[test]
fn values_in_a_query_are_not_traced() {
    let recorder = Recorder::start(|origin, request| match request.target() {
        "/.well-known/openid-configuration" => {
            let mut metadata = metadata(origin);
            metadata["token_endpoint"] =
                json!(format!("{origin}/token?access_token=CNRY-query-1&code=CNRY-query-2&x=CNRY-query-3"));
            (200, metadata.to_string())
        }
        _ => (400, json!({"error": "invalid_grant"}).to_string()),
    });
    let mut world = World::new();
    world.set("DATUM_AUTH_HOSTNAME", recorder.url());
    let file = world.scratch("robot.json");
    std::fs::write(&file, keys::credentials(&keys::pkcs8(keys::rsa(2048))).to_string()).expect("written");
    let refused = world.run(["login", "-vvv", "--credentials", file.to_str().expect("UTF-8")]).exits(4).says("/token");
    assert!(!refused.stderr.contains("CNRY"), "{refused}");
    assert_eq!(recorder.requests_for("/token").len(), 1);
}

// OUT-09
#[test]
fn no_process_carries_a_secret_in_its_arguments_or_environment() {
    let world = World::new();
    let (done, home) = (AtomicBool::new(false), world.home().to_string_lossy().into_owned());
    let seen = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = HashSet::new();
            while !done.load(Ordering::Relaxed) {
                seen.extend(processes_of(&home));
                std::thread::sleep(Duration::from_millis(2));
            }
            seen
        });
        // More than once: a process that lives for a moment may be missed by one look.
        for _ in 0..5 {
            let _ = world.login("ada@example.com").success();
            let _ = world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
            let _ = world.run(["organizations", "list"]).success();
            let _ = world.run(["logout"]).success();
        }
        done.store(true, Ordering::Relaxed);
        watcher.join().expect("a watcher")
    });
    let all: String = seen.into_iter().collect::<Vec<_>>().join("\n");
    for child in ["sign-in", "__refresh", "organizations"] {
        assert!(all.contains(child), "{child} was not seen");
    }
    for secret in world.secrets() {
        assert!(!all.contains(&secret));
    }
}

/// Arguments and environment of every process that lives in this home.
fn processes_of(home: &str) -> Vec<String> {
    let read =
        |path: std::path::PathBuf| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .map(|process| format!("{} {}", read(process.path().join("cmdline")), read(process.path().join("environ"))))
        .filter(|text| text.contains(home))
        .collect()
}

// OUT-12
#[test]
fn a_request_says_which_program_it_is_and_nothing_of_the_person() {
    let recorder = Recorder::start(|_, _| (200, json!({"items": [], "metadata": {}}).to_string()));
    let world = with_api(&recorder);
    let _ = world.run(["organizations", "list"]);
    let heads: Vec<String> = recorder.requests().into_iter().map(|request| request.head).collect();
    assert!(!heads.is_empty());
    for head in heads {
        let agent = head.lines().find_map(|line| line.strip_prefix("user-agent: ")).expect("a user agent");
        assert_eq!(agent, concat!("datumctl/", env!("CARGO_PKG_VERSION")));
        let home = world.home().to_string_lossy().into_owned();
        assert!(!head.contains("ada") && !head.contains(&home) && !head.contains("emulator-refresh-"), "{head}");
    }
}

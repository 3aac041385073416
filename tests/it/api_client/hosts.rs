//! A token belongs to the API server that its session signed in to.

use super::{ADA, Front, PROJECT, Stranger, ZONE};
use crate::support::{World, overwrite};

/// Makes the config say that the API of every session is at `server`.
fn point(world: &World, server: &str) {
    let path = world.path("config");
    let text = std::fs::read_to_string(&path).expect("a config");
    let lines = text.lines().map(|line| match line.split_once("server: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}server: \"{server}\"\n"),
        _ => format!("{line}\n"),
    });
    overwrite(&path, lines.collect::<String>().as_bytes());
}

// API-18
#[test]
fn a_config_that_names_another_server_does_not_get_the_token_there() {
    let world = World::ada();
    let stranger = Stranger::new();
    let _ = world.run(["get", "dnszones", "--project", PROJECT]).success();
    point(&world, &format!("http://{}", stranger.authority()));
    let before = world.requests("api.other");
    let kubeconfig = world.scratch("kubeconfig");
    let kubeconfig = kubeconfig.to_str().expect("a path");
    for words in [
        &["get", "dnszones", "--project", PROJECT][..],
        &["get", "dnszones", "one", "--project", PROJECT, "-o", "json"],
        &["delete", "dnszones", "one", "--project", PROJECT, "--yes"],
        &["api-resources", "--project", PROJECT],
        &["api", "get", "/version", "--project", PROJECT],
        &["auth", "whoami", "--project", PROJECT],
        &["ctx", "list", "--refresh"],
        &["projects", "list"],
        &["auth", "update-kubeconfig", "--kubeconfig", kubeconfig, "--project", PROJECT],
    ] {
        let output = world.run(words).exits(7);
        assert_eq!(output.stdout, "", "{words:?}");
        let _ = output.says("ada@example.com@<host> does not belong to http://").says("its tokens go nowhere else");
    }
    let create = world.run_with_input(["create", "-f", "-", "--project", PROJECT], ZONE.as_bytes());
    let _ = create.exits(7);
    stranger.heard_nothing();
    assert_eq!(world.requests("api.other"), before);
    assert!(!world.scratch("kubeconfig").exists());
    let _ = world.token();
}

// API-18
#[test]
fn a_server_that_was_confirmed_at_login_is_the_sessions_own() {
    let front = Front::new();
    assert_ne!(front.world.emulator().url(), format!("http://{}", front.wire.address));
    let _ = front.get(&[]).success();
    let head = front.requests()[0].head.to_lowercase();
    assert!(front.world.secrets().iter().any(|token| head.contains(&format!("bearer {}", token.to_lowercase()))));
    // The environment of a later command does not move the session.
    let mut world = front.world;
    let stranger = Stranger::new();
    world.set("DATUM_API_HOSTNAME", format!("http://{}", stranger.authority()));
    let _ = world.run(["get", "dnszones"]).success();
    stranger.heard_nothing();
}

// API-18, API-19
#[test]
fn a_server_that_looks_like_the_sessions_own_is_another() {
    let world = World::ada();
    let own = world.emulator().url().trim_start_matches("http://").to_owned();
    let port = own.rsplit(':').next().expect("a port").to_owned();
    for (server, status) in [
        (format!("https://{own}"), 7),
        (format!("http://localhost:{port}"), 7),
        (format!("http://127.0.0.1.evil.invalid:{port}"), 2),
        (format!("https://127.0.0.1.evil.invalid:{port}"), 7),
        (format!("http://{own}@evil.invalid"), 2),
        (format!("https://{own}@evil.invalid"), 2),
        (format!("https://{own}#@evil.invalid"), 2),
        (format!("http://{own}/../evil"), 2),
        ("http://api.datum.net".to_owned(), 2),
        ("https://api.datum.net.evil.invalid".to_owned(), 7),
        ("https://api.datum.net".to_owned(), 7),
        ("ftp://127.0.0.1".to_owned(), 2),
    ] {
        point(&world, &server);
        let before = world.requests("api.other");
        let output = world.run(["get", "dnszones", "--project", PROJECT]);
        assert_eq!((output.status, output.stdout.as_str()), (status, ""), "{server}:\n{output}");
        assert_eq!(world.requests("api.other"), before, "{server}");
    }
}

// API-19
#[test]
fn no_login_takes_an_api_server_that_hides_another_or_is_in_clear() {
    let mut world = World::new();
    for host in [
        "https://api.datum.net@evil.invalid",
        "api.datum.net@evil.invalid",
        "https://api.datum.net#.evil.invalid",
        "https://api.datum.net/x",
        "api.datum.net\\.evil.invalid",
        "%61pi.datum.net",
        "http://api.datum.net",
        "http://127.0.0.1.evil.invalid",
        "http://10.0.0.1:8080",
        "http://2130706433.evil.invalid",
    ] {
        let flag = world.run(["login", "--api-hostname", host]).exits(2);
        assert!(flag.stderr.contains("--api-hostname"), "{flag}");
        let own = world.emulator().url().to_owned();
        let variable = world.set("DATUM_API_HOSTNAME", host).run(["login"]).exits(2);
        assert!(variable.stderr.contains("DATUM_API_HOSTNAME"), "{variable}");
        let file = world.credentials_file();
        let machine = world.set("DATUM_CREDENTIALS_FILE", file).run(["get", "dnszones", "--project", PROJECT]).exits(2);
        assert!(machine.stderr.contains("DATUM_API_HOSTNAME"), "{machine}");
        world.unset("DATUM_CREDENTIALS_FILE").set("DATUM_API_HOSTNAME", own);
    }
    assert!(world.emulator().journal().is_empty());
    assert!(!world.path("credentials.json").exists());
}

// API-18
#[test]
fn a_credential_that_names_another_server_than_the_config_is_refused_too() {
    let world = World::ada();
    let before = world.requests("api.other");
    world.edit_credential(ADA, |credential| credential["api_hostname"] = "api.elsewhere.invalid".into());
    let _ = world.run(["get", "dnszones", "--project", PROJECT]).exits(7);
    world.edit_credential(ADA, |credential| credential["api_hostname"] = "not a host".into());
    let _ = world.run(["get", "dnszones", "--project", PROJECT]).exits(7);
    assert_eq!(world.requests("api.other"), before);
    // The oldest entries do not say.
    world.edit_credential(ADA, |credential| credential["api_hostname"] = "".into());
    let _ = world.run(["get", "dnszones", "--project", PROJECT]).success();
}

//! `service-accounts keys list`, `create`, `revoke`: every way to a key, and what a credentials file holds.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{as_machine, content, exchange, key_ids, key_in, machines, with_account};
use crate::support::{World, keys};

const EMAIL: &str = "ci-deploy@staging-d4e5f6.iam.datum.net";

fn account(world: &World) -> serde_json::Value {
    machines(world, &["get", "ci-deploy", "-o", "json"]).success().json()
}

#[test]
fn a_key_of_the_platform_becomes_a_credentials_file_that_says_where_it_belongs() {
    let world = with_account();
    let file = world.keeper("c.json");
    let words = ["keys", "create", "--account", "ci-deploy", "-o", "json", "--expires", "2099-07-16", "--output-file"];
    let made = machines(&world, &[&words[..], &[file.to_str().unwrap()]].concat()).success();
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let client_id = account(&world)["client_id"].clone();
    let mut told = made.json();
    assert!(told["created_at"].take().is_string());
    assert_eq!(
        told,
        json!({"id": id, "account": EMAIL, "created_at": null, "expires_at": "2099-07-16T00:00:00Z",
            "client_id": client_id, "file": "<directory>/c.json"})
    );
    let mut written = content(&file);
    assert!(written["private_key"].take().as_str().is_some_and(|pem| pem.contains("PRIVATE KEY")));
    let url = world.emulator().url();
    assert_eq!(
        written,
        json!({"type": "datum_service_account", "client_id": client_id, "private_key_id": id, "private_key": null,
            "client_email": EMAIL,
            "scope": "openid profile email offline_access urn:zitadel:iam:org:project:id:323000000000000001:aud",
            "token_uri": format!("{url}/oauth/v2/token"), "api_endpoint": url, "project_id": "staging-d4e5f6"})
    );
    let list = machines(&world, &["keys", "list", "-o", "json"]).success().json();
    assert_eq!((&list[0]["id"], &list[0]["expires_at"]), (&json!(id), &json!("2099-07-16T00:00:00Z")));
    let _ = exchange(&world, &file).success();
}

#[test]
fn a_key_made_here_signs_in_and_only_its_public_half_is_sent() {
    let world = with_account();
    let file = world.keeper("c.json");
    let words =
        ["service-accounts", "keys", "create", "--account", "ci-deploy", "--generate", "--key-size", "2048", "-vv"];
    let mut command = world.command([&words[..], &["--output-file", file.to_str().unwrap()]].concat());
    let output = command.output().expect("the binary runs");
    let pem = content(&file)["private_key"].as_str().expect("a key").to_owned();
    // Only now the key is known that must not have been shown.
    pem.lines().filter(|line| line.len() == 64).skip(8).for_each(|line| drop(world.guard(line)));
    let made = world.finish(&output, false).success();
    assert_eq!(content(&file)["private_key_id"], made.line());
    assert_eq!(content(&file)["client_id"], account(&world)["client_id"]);
    // The API accepts it: its scope is the platform's, and nothing is left of the question for that.
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer"]).success();
    let _ = as_machine(&world, &file, &["get", "dnszones", "--project", "staging-d4e5f6"]).success();
    assert_eq!(key_ids(&world), [made.line()]);
    let scoped = world.scratch("scoped.json");
    let words = ["keys", "create", "--account", "ci-deploy", "--generate", "--key-size", "2048", "--scope", "openid x"];
    let _ = machines(&world, &[&words[..], &["--output-file", scoped.to_str().unwrap()]].concat()).success();
    assert_eq!(content(&scoped)["scope"], "openid x");
}

#[test]
fn a_public_key_from_elsewhere_is_registered_and_no_file_is_written() {
    use rsa::pkcs1::EncodeRsaPublicKey as _;
    use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
    let world = with_account();
    let key = keys::rsa(3072);
    let public = world.scratch("public.pem");
    for pem in [
        key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap(),
        key.to_public_key().to_pkcs1_pem(LineEnding::CRLF).unwrap(),
    ] {
        std::fs::write(&public, pem).unwrap();
        let words = ["keys", "create", "--account", "ci-deploy", "--public-key", public.to_str().unwrap()];
        let made = machines(&world, &[&words[..], &["-o", "json"]].concat()).success().json();
        assert_eq!((&made["file"], &made["client_id"]), (&json!(null), &account(&world)["client_id"]));
        // What its owner assembles signs in.
        let file = world.scratch("assembled.json");
        let assembled = json!({"type": "datum_service_account", "client_id": made["client_id"],
            "private_key_id": made["id"], "private_key": keys::pkcs8(key), "scope": "openid"});
        std::fs::write(&file, assembled.to_string()).unwrap();
        let _ = exchange(&world, &file).success();
    }
}

#[test]
fn a_pipe_takes_the_credentials_and_nothing_else() {
    let world = with_account();
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file", "-"];
    let child = world.command(words).stdout(Stdio::piped()).spawn().expect("the binary runs");
    let output = child.wait_with_output().expect("an output");
    assert!(output.status.success());
    let file = world.keeper("piped.json");
    std::fs::write(&file, &output.stdout).unwrap();
    let _ = exchange(&world, &file).success();
    let quiet = std::process::Output { stdout: Vec::new(), ..output };
    let told = world.finish(&quiet, false);
    assert!(told.stderr.contains("Made key") && !told.stderr.contains("DATUM_CREDENTIALS_FILE"), "{told}");
}

#[test]
fn a_key_is_revoked_once_agreed_and_only_that_of_the_account_named() {
    let world = with_account();
    let (kept, gone) = (key_in(&world, "kept.json"), key_in(&world, "gone.json"));
    let id = content(&gone)["private_key_id"].as_str().unwrap().to_owned();
    let token = as_machine(&world, &gone, &["auth", "get-token"]).success().line();
    let _ = machines(&world, &["keys", "revoke", &id]).exits(2).says("--yes");
    let _ = machines(&world, &["create", "other"]).success();
    let _ = machines(&world, &["keys", "revoke", &id, "--account", "other", "--yes"])
        .exits(2)
        .says("belongs to ci-deploy@");
    assert_eq!(key_ids(&world).len(), 2);
    let _ = machines(&world, &["keys", "revoke", &id, "--yes"]).success().says("live on to their expiry");
    let _ = machines(&world, &["keys", "revoke", &id, "--yes"]).exits(1).says("there is no key");
    let _ = exchange(&world, &gone).exits(4).says("disabled or revoked");
    let _ = exchange(&world, &kept).success();
    // The token that was obtained before lives on.
    assert_eq!(as_machine(&world, &gone, &["auth", "get-token"]).success().line(), token);
}

#[test]
fn the_private_key_is_in_the_file_asked_for_and_nowhere_else() {
    let world = with_account();
    let file = world.keeper("c.json");
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "-vvv", "--output-file"];
    let mut words: Vec<&str> = words.to_vec();
    words.push(file.to_str().unwrap());
    // While the server takes its time, others look at the process.
    world.emulator().add_fault("api.other:commit-then-delay=1s,after=2,times=1".parse().unwrap());
    let child = world.spawn(&words);
    std::thread::sleep(std::time::Duration::from_millis(700));
    let seen = |what: &str| std::fs::read(format!("/proc/{}/{what}", child.id())).unwrap_or_default();
    let seen: Vec<String> =
        ["cmdline", "environ"].iter().map(|what| String::from_utf8_lossy(&seen(what)).into_owned()).collect();
    let ps = Command::new("ps").args(["axeww"]).output();
    let _ = world.finish(&child.wait_with_output().unwrap(), false).success();
    let lines: Vec<String> = content(&file)["private_key"].as_str().unwrap().lines().map(str::to_owned).collect();
    let secret = |text: &str| lines.iter().any(|line| line.len() == 64 && text.contains(line.as_str()));
    assert!(secret(&std::fs::read_to_string(&file).unwrap()));
    assert!(!seen.iter().any(|text| secret(text)));
    assert!(!ps.is_ok_and(|ps| secret(&String::from_utf8_lossy(&ps.stdout))));
    for (path, bytes) in world.everything() {
        assert!(path == file || !secret(&String::from_utf8_lossy(&bytes)), "{}", path.display());
    }
    assert_eq!(super::litter(&file), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_machine_that_makes_a_key_hands_its_own_scope_on() {
    let world = with_account();
    for role in ["identity-service-account-keys-admin", "iam-service-accounts-viewer"] {
        let _ = machines(&world, &["grant", "ci-deploy", "--role", role]).success();
    }
    let path = key_in(&world, "c.json");
    let mut narrowed = content(&path);
    narrowed["scope"] = narrowed["scope"].as_str().expect("a scope").replace(" email", "").into();
    std::fs::write(&path, narrowed.to_string()).expect("written");
    let made = world.keeper("made.json");
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--project", super::PROJECT];
    let more = ["--generate", "--key-size", "2048", "--output-file", made.to_str().expect("UTF-8")];
    let guard = || {
        let pem = content(&made)["private_key"].as_str().expect("a key").to_owned();
        pem.lines().filter(|line| line.len() == 64).skip(8).for_each(|line| drop(world.guard(line)));
        std::fs::remove_file(&made).expect("removed");
    };
    let _ = as_machine(&world, &path, &[&words[..], &more].concat()).success();
    assert_eq!(content(&made)["scope"], narrowed["scope"]);
    guard();
    // The same for one that is signed in.
    let _ = world.run(["login", "--no-context", "--credentials", path.to_str().expect("UTF-8")]).success();
    let _ = world.run([&words[..], &more].concat()).success();
    assert_eq!(content(&made)["scope"], narrowed["scope"]);
    guard();
}

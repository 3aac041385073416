//! Somebody else's reading of the RFCs: a provider certified by the OpenID Foundation, from npm.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Output, World, part};

const ADA: &str = "ada@example.com";

/// A world whose identity provider and API are the certified provider's.
struct Provider {
    world: World,
    url: String,
    server: Child,
}

impl Provider {
    fn new() -> Self {
        let world = World::new();
        let file = world.scratch("provider-credentials.json");
        Self::beside(world, |server| server.arg("--credentials-file").arg(file))
    }

    /// A provider for `world`, started with more options.
    fn beside(mut world: World, options: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new("node");
        command.arg(part("DATUMCTL_TEST_OIDC_PROVIDER")).arg("--stop-with-stdin");
        let mut server = options(&mut command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("missing part: node");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("the provider's ready line");
        let url = ready["issuer"].as_str().expect("an issuer").to_owned();
        world.set("DATUM_AUTH_HOSTNAME", &url).set("DATUM_API_HOSTNAME", &url);
        world.set("DATUM_CLIENT_ID", ready["client_id"].as_str().expect("a client id"));
        Self { world, url, server }
    }

    /// A provider at which Ada is signed in.
    fn with_ada() -> Self {
        let provider = Self::new();
        let _ = provider.login("ada").success();
        provider
    }

    fn script(name: &str) -> String {
        part("DATUMCTL_TEST_OIDC_PROVIDER").with_file_name(name).display().to_string()
    }

    fn login(&self, person: &str) -> Output {
        let mut command = self.world.command(["login"]);
        command.env("BROWSER", format!("node '{}' --person {person}", Self::script("browser.mjs")));
        self.world.finish(&command.output().expect("the binary runs"), false)
    }

    /// Logs in without a browser; `answer` is what the person says on the other device.
    fn login_on_device(&self, answer: &[&str]) -> Output {
        let mut login = self.world.spawn(["login", "--no-browser"]);
        let mut stderr = BufReader::new(login.stderr.take().expect("a pipe"));
        let (mut said, mut verify_at, mut code) = (String::new(), None, None);
        while verify_at.is_none() || code.is_none() {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).expect("text") > 0, "no address and no code:\n{said}");
            let value = |label| line.split_once(label).map(|(_, value)| value.trim().to_owned());
            verify_at = verify_at.or_else(|| value("Verify at:"));
            code = code.or_else(|| value("User code:"));
            said.push_str(&line);
        }
        let approval = Command::new("node")
            .arg(Self::script("device-approve.mjs"))
            .args(answer)
            .arg(verify_at.expect("an address").split('?').next().expect("an address"))
            .arg(code.expect("a code"))
            .status();
        assert!(approval.expect("node runs").success());
        std::io::Read::read_to_string(&mut stderr, &mut said).expect("text");
        let mut output = login.wait_with_output().expect("an output");
        output.stderr = said.into_bytes();
        self.world.finish(&output, false)
    }

    /// What the provider saw.
    fn log(&self) -> Value {
        let output = Command::new("curl").args(["-sS", &format!("{}/_log", self.url)]).output().expect("curl runs");
        serde_json::from_slice(&output.stdout).expect("the provider's log")
    }

    /// Grants and refusals of one type.
    fn grants(&self, kind: &str) -> (u64, u64) {
        let log = self.log();
        let count = |what| log["grants"][kind][what].as_u64().unwrap_or_default();
        (count("granted"), count("refused"))
    }

    fn store(&self) -> String {
        std::fs::read_to_string(self.world.path("credentials.json")).expect("a file store")
    }

    fn put_store(&self, text: &str) {
        std::fs::write(self.world.path("credentials.json"), text).expect("a file store");
    }

    /// The stored token has expired long ago.
    fn expire(&self) {
        let mut store: Value = serde_json::from_str(&self.store()).expect("JSON");
        let key = store["datumctl-auth"]["active_user"].as_str().expect("a key").to_owned();
        let entry = &mut store["datumctl-auth"][key];
        let mut credential: Value = serde_json::from_str(entry.as_str().expect("text")).expect("JSON");
        credential["token"]["expiry"] = "2026-01-01T00:00:00Z".into();
        *entry = credential.to_string().into();
        self.put_store(&store.to_string());
    }

    fn requests(&self, path: &str) -> usize {
        let log = self.log();
        let requests = log["requests"].as_array().expect("requests").clone();
        requests.iter().filter(|request| request["path"] == path && request["status"] == 200).count()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

#[test]
fn a_browser_login_gives_a_session_that_the_provider_accepts() {
    let provider = Provider::new();
    let output = provider.login("ada").success();
    assert!(output.stderr.contains("Ada Lovelace") || output.stderr.contains(ADA), "{output}");
    let status = provider.world.run(["auth", "status", "-o", "json"]).success().json();
    assert_eq!((&status["email"], &status["context"]), (&ADA.into(), &"provider-org/provider-project".into()));
    let organizations = provider.world.run(["organizations", "list", "-o", "json"]).success();
    assert!(organizations.stdout.contains("provider-org"), "{organizations}");
    let projects = provider.world.run(["projects", "list", "-o", "name"]).success();
    assert!(projects.stdout.contains("provider-project"), "{projects}");
    assert_eq!(provider.grants("authorization_code"), (1, 0));
    assert_eq!(provider.grants("refresh_token"), (0, 0));
}

#[test]
fn two_people_live_side_by_side() {
    let provider = Provider::with_ada();
    let ada = provider.world.token();
    let _ = provider.login("grace").success();
    assert_ne!(provider.world.token(), ada);
    let _ = provider.world.run(["auth", "switch", ADA]).success();
    assert_eq!(provider.world.token(), ada);
}

#[test]
fn whoever_refuses_in_the_browser_is_not_logged_in() {
    let provider = Provider::new();
    let _ = provider.login("deny").exits(4).says("refused");
    assert!(!provider.world.path("credentials.json").exists());
    assert_eq!(provider.grants("authorization_code"), (0, 0));
}

#[test]
fn a_device_login_waits_for_the_answer_and_signs_in() {
    let provider = Provider::new();
    let _ = provider.login_on_device(&["--person", "grace"]).success();
    let status = provider.world.run(["auth", "status", "-o", "json"]).success().json();
    assert_eq!(status["email"], "grace@example.com");
    assert_eq!(provider.grants("urn:ietf:params:oauth:grant-type:device_code").0, 1);
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    assert_eq!(provider.grants("refresh_token"), (1, 0));
}

#[test]
fn a_device_login_that_is_refused_ends_with_a_no() {
    let provider = Provider::new();
    let _ = provider.login_on_device(&["--deny"]).exits(4).says("refused");
    assert!(!provider.world.path("credentials.json").exists());
}

#[test]
fn twenty_processes_at_one_expiry_make_one_refresh_and_reuse_nothing() {
    let provider = Provider::with_ada();
    let before = provider.world.token();
    provider.expire();
    let storm: Vec<_> = (0..20).map(|_| provider.world.spawn(["auth", "get-token"])).collect();
    let tokens: std::collections::BTreeSet<_> = storm
        .into_iter()
        .map(|child| provider.world.finish(&child.wait_with_output().expect("an output"), true).success().line())
        .collect();
    assert!(tokens.len() == 1 && !tokens.contains(&before), "{} different tokens", tokens.len());
    assert_eq!(provider.grants("refresh_token"), (1, 0));
    assert_eq!(provider.log()["refresh_token_reuse"], 0);
}

#[test]
fn a_rotated_token_is_spent_once_in_every_refresh() {
    let provider = Provider::with_ada();
    for _ in 0..3 {
        let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    }
    let log = provider.log();
    assert_eq!(provider.grants("refresh_token"), (3, 0));
    assert_eq!((&log["refresh_token_reuse"], &log["families_revoked"]), (&0.into(), &0.into()));
}

#[test]
fn a_family_that_was_revoked_for_reuse_ends_in_a_new_login() {
    let provider = Provider::with_ada();
    let spent = provider.store();
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    let current = provider.store();
    // A backup comes back: its token is spent, and the provider ends the family.
    provider.put_store(&spent);
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).exits(4);
    assert_eq!(provider.log()["refresh_token_reuse"], 1);
    provider.put_store(&current);
    let output = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).exits(4);
    assert!(output.stderr.contains("session has ended") && output.stderr.contains("datumctl login"), "{output}");
    assert_eq!(output.stdout, "");
    let _ = provider.login("ada").success();
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
}

#[test]
fn a_logout_revokes_the_refresh_token_at_the_provider() {
    let provider = Provider::with_ada();
    let kept = provider.store();
    let _ = provider.world.run(["logout"]).success();
    assert_eq!(provider.requests("/oauth/v2/revoke"), 1);
    let _ = provider.login("grace").success();
    let with_grace: Value = serde_json::from_str(&provider.store()).expect("JSON");
    let stolen: Value = serde_json::from_str(&kept).expect("JSON");
    let mut forged = with_grace.clone();
    let grace = with_grace["datumctl-auth"]["active_user"].as_str().expect("a key");
    let ada = stolen["datumctl-auth"]["active_user"].as_str().expect("a key");
    forged["datumctl-auth"][grace] = stolen["datumctl-auth"][ada].clone();
    provider.put_store(&forged.to_string());
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).exits(4);
}

#[test]
fn a_service_account_logs_in_with_its_credentials_file() {
    let provider = Provider::new();
    let file = provider.world.scratch("provider-credentials.json");
    let login = ["login", "--credentials", file.to_str().expect("text"), "--no-context"];
    let _ = provider.world.run(login).success();
    let token = provider.world.token();
    assert_eq!(provider.world.token(), token);
    assert_eq!(provider.grants("urn:ietf:params:oauth:grant-type:jwt-bearer"), (1, 0));
    let newer = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_ne!(newer, token);
    assert_eq!(provider.grants("urn:ietf:params:oauth:grant-type:jwt-bearer"), (2, 0));
}

#[test]
fn a_credentials_file_in_the_environment_is_enough() {
    let mut provider = Provider::new();
    let file = provider.world.scratch("provider-credentials.json");
    provider.world.set("DATUM_CREDENTIALS_FILE", file);
    let tokens: Vec<_> = (0..10).map(|_| provider.world.spawn(["auth", "get-token"])).collect();
    let tokens: std::collections::BTreeSet<_> = tokens
        .into_iter()
        .map(|child| provider.world.finish(&child.wait_with_output().expect("an output"), true).success().line())
        .collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(provider.grants("urn:ietf:params:oauth:grant-type:jwt-bearer"), (1, 0));
    let status = provider.world.run(["auth", "status", "-o", "json"]).success().json();
    assert_eq!(status["email"], "ci@provider.iam.example.com");
}

/// What `keys create` wrote signs in at the provider, which knows its public half.
fn assert_signs_in_elsewhere(more: &[&str]) {
    use rsa::pkcs1::DecodeRsaPrivateKey as _;
    use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
    let world = crate::machines::with_account();
    let file = world.keeper("created.json");
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file"];
    let words = [&words[..], &[file.to_str().expect("text")], more].concat();
    let output = world.command(words).output().expect("the binary runs");
    let mut written = crate::machines::content(&file);
    let pem = written["private_key"].as_str().expect("a key").to_owned();
    pem.lines().filter(|line| line.len() == 64).skip(8).for_each(|line| drop(world.guard(line)));
    let _ = world.finish(&output, false).success();
    let key = rsa::RsaPrivateKey::from_pkcs1_pem(&pem).expect("PKCS#1");
    let public = world.scratch("public.pem");
    std::fs::write(&public, key.to_public_key().to_public_key_pem(LineEnding::LF).expect("PEM")).expect("a file");
    // What names the emulator as its environment goes; the credentials stay as they were written.
    for field in ["token_uri", "api_endpoint", "project_id"] {
        assert!(written.as_object_mut().expect("an object").remove(field).is_some(), "{field}");
    }
    std::fs::write(&file, written.to_string()).expect("a file");
    let id = |field: &str| written[field].as_str().expect("an id").to_owned();
    let provider = Provider::beside(world, |server| {
        server.env("MACHINE_CLIENT_ID", id("client_id")).env("MACHINE_KEY_ID", id("private_key_id"));
        server.arg("--machine-public-key").arg(public)
    });
    let _ = crate::machines::exchange(&provider.world, &file).success();
    assert_eq!(provider.grants("urn:ietf:params:oauth:grant-type:jwt-bearer"), (1, 0));
}

#[test]
fn credentials_whose_key_the_platform_made_sign_in_here_too() {
    assert_signs_in_elsewhere(&[]);
}

#[test]
fn credentials_whose_key_was_made_here_sign_in_here_too() {
    assert_signs_in_elsewhere(&["--generate"]);
}

#[test]
fn a_key_that_the_provider_does_not_know_is_told_as_such() {
    let (ours, other) = (Provider::new(), Provider::new());
    let file = other.world.scratch("provider-credentials.json");
    let output = ours.world.run(["login", "--credentials", file.to_str().expect("text"), "--no-context"]).exits(4);
    assert!(output.stderr.contains("key"), "{output}");
    assert!(!ours.world.path("credentials.json").exists());
}

#[test]
fn a_provider_that_stopped_is_unreachable_and_the_session_is_kept() {
    let mut provider = Provider::with_ada();
    drop(provider.server.stdin.take());
    let _ = provider.server.wait();
    let before = provider.store();
    let started = Instant::now();
    // The token is still good: it is answered, with a word about the refresh that failed.
    let _ = provider.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(provider.store(), before);
}

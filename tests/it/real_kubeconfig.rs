//! Real kubectls, of every version here, on the files that `auth update-kubeconfig` writes.

use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use crate::kubeconfig::foreign::{WILD, foreign};
use crate::kubeconfig::{ADA, GRACE, default_file, entry, names, read, update};
use crate::real_kubectl::kubectls;
use crate::support::{DATUMCTL, Output, TlsFront, World, overwrite, part};

fn run(world: &World, kubectl: &Path, words: &[&str]) -> Output {
    let output = world.program(kubectl.to_str().unwrap(), words).output().expect("kubectl runs");
    world.finish(&output, false)
}

/// What kubectl sees in a file.
fn view(world: &World, kubectl: &Path, file: &Path) -> Value {
    run(world, kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", file.to_str().unwrap()])
        .success()
        .json()
}

#[test]
fn every_kubectl_sees_our_entries_and_all_others_as_before() {
    // KCF-02, KCF-14
    let mut world = World::ada();
    world.set("DATUMCTL_HOME", world.home().join(".datumctl"));
    let file = world.scratch("config");
    let json = serde_json::to_string_pretty(&crate::kubeconfig::parse(WILD)).unwrap();
    for text in [WILD.to_owned(), WILD.replace('\n', "\r\n"), json, String::new()] {
        for kubectl in kubectls() {
            std::fs::write(&file, &text).unwrap();
            let before = view(&world, &kubectl, &file);
            for project in ["yes", "null", "0o7", "1-000", "on"] {
                let _ = update(&world, &["--project", project, "--no-use", "--kubeconfig", file.to_str().unwrap()]);
            }
            let after = view(&world, &kubectl, &file);
            let sorted = |config: &Value| {
                let mut config = foreign(config);
                for list in ["clusters", "contexts", "users"] {
                    let items = config[list].as_array_mut().expect("a list");
                    items.sort_by_key(|item| item["name"].to_string());
                }
                config
            };
            let (mut before, mut after_others) = (sorted(&before), sorted(&after));
            // An empty file has neither until something is written.
            for config in [&mut before, &mut after_others] {
                config.as_object_mut().unwrap().retain(|key, _| !["kind", "apiVersion"].contains(&key.as_str()));
            }
            assert_eq!(after_others, before, "{}", kubectl.display());
            let context = entry(&after, "contexts", "datum-project-yes");
            let exec = entry(&after, "users", context["user"].as_str().unwrap())["exec"].clone();
            assert_eq!((exec["command"].as_str(), exec["args"][1].as_str()), (Some(DATUMCTL), Some("get-token")));
            assert_eq!(names(&after, "contexts").iter().filter(|name| name.starts_with("datum-")).count(), 5);
        }
    }
}

#[test]
fn kubectl_and_datumctl_write_one_file_at_the_same_time() {
    // KCF-12
    let world = World::ada();
    let kubectl = part("DATUMCTL_TEST_KUBECTL");
    std::fs::create_dir(default_file(&world).parent().unwrap()).unwrap();
    std::thread::scope(|scope| {
        let (world, kubectl) = (&world, &kubectl);
        // kubectl does not wait for the lock that others hold: it fails, and is run again.
        let theirs = scope.spawn(move || {
            for number in 0..20 {
                let name = format!("theirs-{number}");
                let words = ["config", "set-context", &name, "--cluster=x", "--user=y"];
                let mut attempts = 0..500;
                let stored = attempts.find(|_| {
                    let output = run(world, kubectl, &words);
                    assert!(output.status == 0 || output.stderr.contains("config.lock"), "{output}");
                    output.status == 0
                });
                assert!(stored.is_some(), "kubectl never had its turn");
            }
        });
        let ours: Vec<_> = (0..2)
            .map(|half| {
                scope.spawn(move || {
                    for number in 0..10 {
                        let project = format!("p-{half}-{number}");
                        let _ = update(world, &["--project", &project, "--no-use"]).success();
                        let _ = read(&default_file(world));
                    }
                })
            })
            .collect();
        theirs.join().unwrap();
        ours.into_iter().for_each(|run| run.join().unwrap());
    });
    // kubectl writes back what it read before it took the lock; what that dropped comes back with the next update.
    for project in (0..2).flat_map(|half| (0..10).map(move |number| format!("p-{half}-{number}"))) {
        let _ = update(&world, &["--project", &project, "--no-use"]).success();
    }
    let there = names(&view(&world, &kubectl, &default_file(&world)), "contexts");
    for number in 0..20 {
        assert!(there.contains(&format!("theirs-{number}")), "datumctl lost what kubectl wrote: {there:?}");
    }
    assert_eq!(there.len(), 40, "{there:?}");
    assert!(!default_file(&world).with_file_name("config.lock").exists());
}

#[test]
fn each_context_acts_as_its_own_account_with_nothing_but_the_file() {
    // KCF-05, KCF-13, KCF-18
    let mut world = World::new();
    let tls = TlsFront::start(world.emulator().url());
    let authority = world.scratch("authority.pem");
    let pem = base64::engine::general_purpose::STANDARD.decode(&tls.authority).expect("base64");
    std::fs::write(&authority, pem).unwrap();
    world.set("SSL_CERT_FILE", &authority).set("DATUM_API_HOSTNAME", &tls.url);
    world.set("DATUMCTL_HOME", world.scratch("another home"));
    for email in [ADA, GRACE] {
        let _ = world.login(email).success();
    }
    // The session trusts its own authority, and the kubeconfig says so.
    let config = world.scratch("another home").join("config");
    let settings = std::fs::read_to_string(&config).unwrap();
    let trust = format!("    certificate-authority-data: {}\n    server:", tls.authority);
    overwrite(&config, settings.replace("    server:", &trust).as_bytes());
    let host = tls.url.trim_start_matches("https://").to_owned();
    for email in [ADA, GRACE] {
        let name = format!("{email}@{host}");
        let _ = update(&world, &["--organization", "acme", "--session", &name]).success();
    }
    // From here on kubectl has its file and a shell that knows nothing.
    for name in
        ["SSL_CERT_FILE", "DATUM_API_HOSTNAME", "DATUM_AUTH_HOSTNAME", "DATUMCTL_HOME", "DATUMCTL_CREDENTIAL_STORE"]
    {
        world.unset(name);
    }
    let contexts =
        [(ADA, "datum-organization-acme".to_owned()), (GRACE, format!("datum-organization-acme@{GRACE}@{host}"))];
    // kubectl 1.27 asks an API that servers no longer have.
    for kubectl in kubectls().iter().filter(|kubectl| !kubectl.ends_with("kubectl.1.27")) {
        for (email, context) in &contexts {
            let words = ["auth", "whoami", "-o", "json", "--context", context];
            let whoami = run(&world, kubectl, &words).success().json();
            assert_eq!(whoami["status"]["userInfo"]["username"], *email, "{}", kubectl.display());
        }
    }
}

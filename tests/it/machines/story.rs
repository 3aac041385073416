//! The whole life of a machine identity, in one go.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::{PROJECT, at_work, content, exchange, key_ids, machines};
use crate::support::World;

const WORKERS: usize = 20;

/// Workers that call the API without a pause, half of them with the credentials file, half with a stored session.
fn worker(world: &World, number: usize, file: &str) -> Command {
    let mut command = world.command(["get", "dnszones", "--project", PROJECT, "-o", "name"]);
    match number % 2 {
        0 => command.env("DATUM_CREDENTIALS_FILE", file).env("DATUMCTL_HOME", world.scratch(&format!("home-{number}"))),
        _ => command.env("DATUMCTL_HOME", world.scratch("second-home")),
    };
    command
}

#[test]
fn a_service_account_lives_from_creation_to_deletion() {
    // Tokens are so short-lived that every call asks for a new one.
    let world = at_work(World::with_ttl(Duration::from_secs(30)));
    let made = machines(&world, &["create", "ci-deploy", "--display-name", "Deploys", "--use-case", "cicd"]).success();
    assert!(made.stdout.contains("ci-deploy@staging-d4e5f6.iam.datum.net"), "{made}");

    let file = world.keeper("datum-credentials.json");
    let path = file.to_str().expect("UTF-8");
    let key = ["keys", "create", "--account", "ci-deploy", "--output-file", path, "--expires", "90d"];
    let first = machines(&world, &key).success().line();
    assert_eq!(content(&file)["private_key_id"], first.as_str());

    // Signed in at a second home, which knows nothing of Ada.
    let second = |words: &[&str]| {
        let mut command = world.command(words);
        command.env("DATUMCTL_HOME", world.scratch("second-home"));
        world.finish(&command.output().expect("the binary runs"), words.contains(&"get-token"))
    };
    let _ = second(&["login", "--credentials", path, "--no-context"]).success();
    let zones = ["get", "dnszones", "--project", PROJECT];
    let _ = second(&zones).exits(1).says("cannot use this control plane");
    let _ = machines(&world, &["grant", "ci-deploy", "--role", "viewer"]).success();
    let _ = second(&zones).success();
    let _ = second(&["create", "-f", "-"]).exits(2);
    let no = second(&["auth", "can-i", "delete", "dnszones", "--project", PROJECT]).exits(1);
    assert!(no.stdout.starts_with("no"), "{no}");

    let calls = rotate_under_load(&world, path);
    let second_key = content(&file)["private_key_id"].as_str().expect("an id").to_owned();
    assert_ne!(second_key, first);
    println!("{calls} calls of {WORKERS} workers during the rotation, none failed");

    // The old key is gone, the new one works, and a third one can be taken away by hand.
    assert_eq!(key_ids(&world), [second_key.as_str()]);
    let other = super::key_in(&world, "other.json");
    let other_id = content(&other)["private_key_id"].as_str().expect("an id").to_owned();
    let _ = machines(&world, &["keys", "revoke", &other_id, "--account", "ci-deploy", "--yes"]).success();
    let _ = exchange(&world, &other).exits(4).says("disabled or revoked");
    let _ = exchange(&world, &file).success();

    let _ = machines(&world, &["disable", "ci-deploy"]).success();
    let _ = exchange(&world, &file).exits(4).says("disabled or revoked");
    let _ = machines(&world, &["enable", "ci-deploy"]).success();
    let _ = exchange(&world, &file).success();
    let _ = machines(&world, &["delete", "ci-deploy", "--yes"]).success();
    let _ = exchange(&world, &file).exits(4).says("disabled or revoked");
    let _ = machines(&world, &["get", "ci-deploy"]).exits(1);
}

/// Rotates while the workers keep calling; answers how many calls there were.
fn rotate_under_load(world: &World, path: &str) -> usize {
    let (over, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..WORKERS {
            let (over, calls) = (&over, &calls);
            scope.spawn(move || {
                // At least one call each begins before the rotation and one after it.
                loop {
                    let is_last = over.load(Ordering::Relaxed);
                    let output = worker(world, number, path).output().expect("the binary runs");
                    let _ = world.finish(&output, false).success();
                    calls.fetch_add(1, Ordering::Relaxed);
                    if is_last {
                        break;
                    }
                }
            });
        }
        while calls.load(Ordering::Relaxed) < WORKERS {
            std::thread::sleep(Duration::from_millis(5));
        }
        // The second home's sessions need the old key until they have been told of the new one.
        let rotated = world.run([
            "service-accounts",
            "keys",
            "rotate",
            "--account",
            "ci-deploy",
            "--output-file",
            path,
            "--keep-old",
            "2s",
        ]);
        let mut login = world.command(["login", "--credentials", path, "--no-context"]);
        login.env("DATUMCTL_HOME", world.scratch("second-home"));
        let login = world.finish(&login.output().expect("the binary runs"), false);
        std::thread::sleep(Duration::from_secs(3));
        let finish = ["keys", "rotate", "--account", "ci-deploy", "--output-file", path, "--finish"];
        let finished = machines(world, &finish);
        let before = calls.load(Ordering::Relaxed);
        while calls.load(Ordering::Relaxed) < before + 2 * WORKERS {
            std::thread::sleep(Duration::from_millis(5));
        }
        over.store(true, Ordering::Relaxed);
        let _ = (rotated.success(), login.success(), finished.success().says("Revoked key"));
    });
    calls.load(Ordering::Relaxed)
}

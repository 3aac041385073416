//! Bad input: one clear line, before anything is made.

use rsa::pkcs8::{EncodePublicKey as _, LineEnding};

use super::{key_ids, machines, with_account};
use crate::support::{World, keys};

/// How many requests changed something at the API.
fn changes(world: &World) -> usize {
    let journal = world.emulator().journal();
    journal.iter().filter(|entry| entry.route.starts_with("api.") && entry.method != "GET").count()
}

#[test]
fn a_public_key_that_cannot_be_used_is_named_before_anything_is_made() {
    const EC: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWh9fLUYybSGqYSSZtG4SuqsEd/ss\nu8cDSXGYSYxf8db5TECEAXxxD9h4R6u8EAmWwT6LEXiRS3ZMVEyakfLVuA==\n-----END PUBLIC KEY-----\n";
    let world = with_account();
    let before = changes(&world);
    let short = keys::rsa(1024).to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let private = keys::pkcs8(keys::rsa(2048));
    private.lines().filter(|line| line.len() == 64).for_each(|line| drop(world.guard(line)));
    let path = world.scratch("key.pem");
    for (text, problem) in [
        (short.as_str(), "too short (1024 bits, at least 2048 are needed)"),
        (EC, "this is an EC key; an RSA key is needed"),
        (&private, "this is a private key; the public key is needed"),
        (&keys::pkcs1(keys::rsa(2048)), "this is a private key; the public key is needed"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "this is a certificate"),
        ("ssh-rsa AAAAB3NzaC1yc2E ci@example", "has no line -----BEGIN"),
        ("", "is empty"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "has no -----END line"),
    ] {
        std::fs::write(&path, text).unwrap();
        let words = ["keys", "create", "--account", "ci-deploy", "--public-key", path.to_str().unwrap()];
        let output = machines(&world, &words).exits(2).says(problem);
        assert_eq!(output.stderr.lines().count(), 1, "{output}");
    }
    let _ = machines(&world, &["keys", "create", "--account", "ci-deploy", "--public-key", "/no/such"]).exits(6);
    let _ = machines(&world, &["keys", "create", "--account", "ci-deploy", "--public-key", "/dev/zero"]).exits(6);
    assert_eq!((changes(&world), key_ids(&world).len()), (before, 0));
}

#[test]
fn wrong_words_are_refused_before_anything_is_made() {
    let world = with_account();
    let before = changes(&world);
    let file = world.keeper("c.json");
    let file = file.to_str().unwrap();
    let create = |more: &[&str]| machines(&world, &[&["keys", "create", "--account", "ci-deploy"], more].concat());
    let _ = create(&[]).exits(2).says("--output-file");
    for past in ["2020-01-01", "2020-01-01T00:00:00Z", "0d"] {
        let _ = create(&["--output-file", file, "--expires", past]).exits(2).says("in the future");
    }
    for wrong in ["soon", "-1d", "90", "1e9d"] {
        let _ = create(&["--output-file", file, &format!("--expires={wrong}")]).exits(2);
    }
    let _ = create(&["--output-file", file, "--generate", "--key-size", "1024"]).exits(2);
    let _ = create(&["--output-file", file, "--public-key", file]).exits(2).says("cannot be used with");
    let _ = create(&["--output-file", file, "--scope", "x"]).exits(2).says("--generate");
    let _ = create(&["--output-file", file, "--generate", "--scope", ""]).exits(2);
    let pipe = ["keys", "rotate", "--account", "ci-deploy", "--output-file", "-"];
    let _ = machines(&world, &pipe).exits(2).says("a rotation renews a file");
    let finish = ["keys", "rotate", "--account", "ci-deploy", "--output-file", file, "--finish"];
    for more in [["--scope", "x"], ["--key-size", "2048"], ["--keep-old", "1h"], ["--expires", "1h"]] {
        let _ = machines(&world, &[&finish[..], &more].concat()).exits(2).says("cannot be used with");
    }
    let unknown = ["keys", "create", "--account", "ci-deplyo", "--output-file", file];
    let _ = machines(&world, &unknown).exits(1).says("did you mean ci-deploy?");
    let _ = machines(&world, &["keys", "list", "--account", "nobody"]).exits(1).says("there is no service account");
    assert_eq!((changes(&world), key_ids(&world).len()), (before, 0));
    assert!(!std::path::Path::new(file).exists());
}

#[test]
fn a_file_that_is_not_this_accounts_is_not_renewed() {
    let world = with_account();
    let seeded = world.credentials_file();
    std::fs::set_permissions(&seeded, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let broken = world.scratch("broken.json");
    std::fs::write(&broken, "{\"type\": \"datum_service_account\"}").unwrap();
    std::fs::set_permissions(&broken, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let before = changes(&world);
    let rotate = |path: &std::path::Path| {
        machines(&world, &["keys", "rotate", "--account", "ci-deploy", "--output-file", path.to_str().unwrap()])
    };
    let _ = rotate(&seeded).exits(2).says("holds the credentials of ci@production-a1b2c3.iam.datum.net");
    let _ = rotate(&broken).exits(2).says("private_key is missing");
    assert_eq!(changes(&world), before);
}

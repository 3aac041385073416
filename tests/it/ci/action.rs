//! The actions `credentials` and `credentials/cleanup` of `.github/actions`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::place::{Place, below, mode};
use super::runner::Runner;

const WRITE: &str = ".github/actions/credentials";
const CLEANUP: &str = ".github/actions/credentials/cleanup";

/// The text in base64, in lines of 76 letters as the program `base64` writes it.
fn in_lines(text: &str) -> String {
    let whole = STANDARD.encode(text);
    whole.as_bytes().chunks(76).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect()
}

#[test]
fn the_file_is_private_and_byte_for_byte_what_the_secret_holds() {
    let place = Place::new();
    let json = place.credentials();
    // A secret is often stored without the last line's end.
    let bare = json.trim_end().to_owned();
    for (input, expected) in
        [(json.clone(), &json), (bare.clone(), &bare), (STANDARD.encode(&json), &json), (in_lines(&json), &json)]
    {
        let mut runner = Runner::new(&place);
        let outputs = runner.action(WRITE, &[("credentials", &input)]);
        let log = runner.finish().success();
        assert_eq!(log.stdout, "", "nothing is printed but masks");
        let file = Path::new(&outputs["credentials-file"]);
        assert_eq!(std::fs::read(file).unwrap(), expected.as_bytes());
        assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert!(file.starts_with(&runner.temporary));
        assert_eq!(runner.environment["DATUM_CREDENTIALS_FILE"], outputs["credentials-file"]);
        assert!(!runner.environment.contains_key("DATUM_PROJECT"));
        let _ = runner.action(CLEANUP, &[]);
        assert_eq!(below(&runner.temporary), <[&str; 0]>::default());
    }
}

#[test]
fn the_other_inputs_reach_later_steps_as_variables() {
    let place = Place::new();
    let mut runner = Runner::new(&place);
    let json = place.credentials();
    let scope = [("project", "web-x1"), ("organization", "acme"), ("auth-hostname", "auth.a.example")];
    let inputs = [&[("credentials", json.as_str()), ("api-hostname", "api.b.example")][..], &scope].concat();
    let _ = runner.action(WRITE, &inputs);
    let _ = runner.finish().success();
    for (name, value) in [
        ("DATUM_PROJECT", "web-x1"),
        ("DATUM_ORGANIZATION", "acme"),
        ("DATUM_AUTH_HOSTNAME", "auth.a.example"),
        ("DATUM_API_HOSTNAME", "api.b.example"),
    ] {
        assert_eq!(runner.environment[name], value);
    }
}

#[test]
fn a_step_that_prints_the_key_prints_masks() {
    let place = Place::new();
    let mut runner = Runner::new(&place);
    let _ = runner.action(WRITE, &[("credentials", &place.credentials())]);
    let key: serde_json::Value = serde_json::from_str(&place.credentials()).unwrap();
    let key = key["private_key"].as_str().unwrap().to_owned();
    let whole = key.lines().filter(|line| line.len() >= 16 && !line.starts_with('-')).count();
    assert_eq!(runner.masks.len(), whole, "each whole line of the key has its mask");
    let careless = serde_json::json!([
        {"run": "cat \"$DATUM_CREDENTIALS_FILE\""},
        {"run": "sed 's/\\\\n/\\n/g' \"$DATUM_CREDENTIALS_FILE\""},
    ]);
    runner.job(&careless, &[]);
    assert!(runner.log.contains("***") && runner.log.contains("BEGIN"));
    for line in key.lines().filter(|line| line.len() >= 16 && !line.starts_with('-')) {
        assert!(!runner.log.contains(line));
    }
}

#[test]
fn an_input_that_is_no_credentials_file_leaves_nothing_and_is_not_shown() {
    let place = Place::new();
    let json = place.credentials();
    let half = &json[..json.len() / 2];
    let canary = place.world.guard("CNRY-7f3a9c1e5b2d4068");
    for input in [
        String::new(),
        " \n".to_owned(),
        canary.clone(),
        format!("[\"{canary}\"]"),
        format!("{{\"private\": \"{canary}\"}}"),
        half.to_owned(),
        STANDARD.encode(half),
        STANDARD.encode(&canary),
        STANDARD.encode(&json)[1..].to_owned(),
        json.replace('{', "["),
    ] {
        let mut runner = Runner::new(&place);
        let _ = runner.action(WRITE, &[("credentials", &input), ("project", "web-x1")]);
        let log = runner.finish().exits(1);
        let error = log.stdout.strip_prefix("::error title=Datum Cloud credentials::the input credentials is ");
        assert!(error.is_some() && log.stdout.lines().count() == 1, "{log}");
        assert_eq!(below(&runner.temporary), <[&str; 0]>::default(), "{log}");
        assert!(runner.environment.is_empty() && runner.masks.is_empty());
    }
}

#[test]
fn where_jq_is_it_decides_what_a_json_object_is() {
    let place = Place::new();
    for (answer, failed) in [(0, false), (1, true)] {
        place.program("jq", &format!("cat >/dev/null; exit {answer}"));
        let mut runner = Runner::new(&place);
        let _ = runner.action(WRITE, &[("credentials", &place.credentials())]);
        assert_eq!(runner.failed, failed, "{}", runner.log);
        let _ = runner.action(CLEANUP, &[]);
        assert_eq!(below(&runner.temporary), <[&str; 0]>::default());
    }
}

#[test]
fn an_input_cannot_smuggle_a_variable_in() {
    let place = Place::new();
    let mut runner = Runner::new(&place);
    let smuggled = [("credentials", &*place.credentials()), ("project", "web-x1\nLD_PRELOAD=/tmp/evil.so")];
    let _ = runner.action(WRITE, &smuggled);
    let log = runner.finish().exits(1);
    assert!(log.stdout.contains("::the input project has more than one line"), "{log}");
    assert!(runner.environment.is_empty() && below(&runner.temporary).is_empty());
}

#[test]
fn cleanup_takes_every_account_and_nothing_else_and_is_fine_with_nothing() {
    let place = Place::new();
    let mut runner = Runner::new(&place);
    let _ = runner.action(CLEANUP, &[]);
    for _ in 0..2 {
        let _ = runner.action(WRITE, &[("credentials", &place.credentials())]);
    }
    std::fs::write(runner.temporary.join("of-another-step"), "").unwrap();
    assert!(below(&runner.temporary).len() > 4);
    let _ = runner.action(CLEANUP, &[]);
    let _ = runner.finish().success();
    assert_eq!(below(&runner.temporary), ["of-another-step"]);
}

//! `docs/ci/github.yml`: the job runs step by step, with the actions of this repository.

use serde_json::{Value, json};

use super::place::{ACCOUNT, Place, below, yaml};
use super::runner::Runner;

const PATH: &str = "docs/ci/github.yml";

/// The steps of the example's one job.
fn steps() -> Value {
    yaml(PATH)["jobs"]["apply"]["steps"].clone()
}

/// A place in which `cargo install` succeeds: `datumctl` is there.
fn place() -> Place {
    let place = Place::new();
    place.program("cargo", "test \"$1\" = install");
    place
}

#[test]
fn the_job_acts_as_the_service_account_and_leaves_nothing() {
    let place = place();
    let mut runner = Runner::new(&place);
    runner.job(&steps(), &[("DATUM_CREDENTIALS", &place.credentials())]);
    let log = runner.finish().success().stdout;
    assert!(log.contains(&format!("User:         {ACCOUNT}")), "{log}");
    assert!(log.contains("dnszone.dns.networking.miloapis.com/example-com serverside-applied"), "{log}");
    assert!(log.contains("example-com   example.com"), "{log}");
    assert_eq!(below(&runner.temporary), <[&str; 0]>::default());
    assert!(place.world.files().is_empty(), "tokens are kept beside the key only");
    assert_eq!(place.exchanges(), 1, "the steps share one token");
}

#[test]
fn a_step_that_fails_in_the_middle_leaves_nothing_either() {
    let place = place();
    let mut steps = steps();
    let all = steps.as_array_mut().unwrap();
    let whoami = all.iter().position(|step| step["run"] == "datumctl whoami").unwrap();
    all.insert(whoami + 1, json!({"run": "datumctl get dnszones; datumctl get nothing-of-the-kind"}));
    let mut runner = Runner::new(&place);
    runner.job(&steps, &[("DATUM_CREDENTIALS", &place.credentials())]);
    let log = runner.finish().exits(1).stdout;
    assert!(log.contains(ACCOUNT) && !log.contains("applied"), "{log}");
    assert_eq!(below(&runner.temporary), <[&str; 0]>::default());
}

#[test]
fn without_the_secret_the_job_ends_at_the_credentials() {
    let place = place();
    let mut runner = Runner::new(&place);
    runner.job(&steps(), &[]);
    let log = runner.finish().exits(1).stdout;
    assert!(log.contains("::error") && log.contains("is the secret set") && log.lines().count() == 1, "{log}");
}

#[test]
fn the_workflow_asks_for_little_and_for_a_limited_time() {
    let workflow = yaml(PATH);
    assert_eq!(workflow["permissions"], json!({"contents": "read"}));
    let jobs = workflow["jobs"].as_object().unwrap();
    assert!(jobs.values().all(|job| job["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 30)));
    let steps = steps();
    let last = steps.as_array().unwrap().last().unwrap();
    assert!(last["uses"].as_str().unwrap().contains("/cleanup@") && last["if"] == "always()");
}

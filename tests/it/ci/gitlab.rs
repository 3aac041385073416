//! `docs/ci/gitlab-ci.yml`: the job's scripts run with sh, as the runner joins them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::place::{ACCOUNT, Place, below, mode, yaml};
use crate::support::Output;

/// A GitLab job in a place, with its variables.
struct Job {
    place: Place,
    environment: BTreeMap<String, OsString>,
}

impl Job {
    fn new(credentials: fn(&Place) -> String) -> Self {
        let place = Place::new();
        let temporary = place.folder("tmp");
        std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o1777)).unwrap();
        let mut environment = BTreeMap::from([("CI_JOB_ID".to_owned(), OsString::from("4711"))]);
        // A variable of the type File is the path of a file, readable by everybody in the job's container.
        let file = place.world.keeper("workspace.tmp");
        std::fs::write(&file, credentials(&place)).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
        environment.insert("DATUM_CREDENTIALS_FILE".to_owned(), file.into());
        for (name, value) in job()["variables"].as_object().unwrap() {
            let value = value.as_str().unwrap().replace("$CI_JOB_ID", "4711");
            let value = value.replace("/tmp/", &format!("{}/", temporary.display()));
            environment.insert(name.clone(), value.into());
        }
        Self { place, environment }
    }

    /// Runs the lines of these parts as one script.
    fn run(&self, parts: &[&str]) -> Output {
        self.run_with(&job(), parts)
    }

    fn run_with(&self, job: &Value, parts: &[&str]) -> Output {
        let lines = parts.iter().flat_map(|part| job[*part].as_array().unwrap()).map(|line| line.as_str().unwrap());
        let script = lines.collect::<Vec<_>>().join("\n");
        let command = self.place.world.program("sh", ["-ec", &script]);
        self.place.run(command, &self.place.workspace(), &self.environment)
    }
}

fn job() -> Value {
    yaml("docs/ci/gitlab-ci.yml")["zones"].clone()
}

#[test]
fn the_job_acts_as_the_service_account_and_leaves_nothing() {
    let job = Job::new(Place::credentials);
    let output = job.run(&["before_script", "script"]).success();
    assert!(output.stdout.contains(ACCOUNT) && output.stdout.contains("example-com serverside-applied"), "{output}");
    let temporary = job.place.folder("tmp");
    assert_eq!(mode(&temporary.join("datumctl-4711")), 0o700);
    assert_eq!((job.place.exchanges(), job.place.world.files().len()), (1, 0), "the commands share one token");
    let _ = job.run(&["after_script"]).success();
    assert_eq!(below(&temporary), <[&str; 0]>::default());
}

#[test]
fn a_branch_that_may_not_read_the_variable_is_told_so() {
    let mut job = Job::new(Place::credentials);
    job.environment.remove("DATUM_CREDENTIALS_FILE");
    let output = job.run(&["before_script", "script"]);
    assert_ne!(output.status, 0);
    assert!(output.stderr.contains("is not set; may this branch read it"), "{output}");
    let _ = job.run(&["after_script"]).success();
}

#[test]
fn an_empty_file_stops_the_job_before_anything_is_done() {
    let job = Job::new(|_| String::new());
    let _ = job.run(&["before_script", "script"]).exits(1);
    assert!(job.place.world.emulator().journal().is_empty());
}

#[test]
fn what_a_job_writes_is_its_own() {
    let job = Job::new(Place::credentials);
    let mut lines = self::job();
    lines["script"] = json!(["datumctl get dnszones -o name >zones.txt"]);
    let _ = job.run_with(&lines, &["before_script", "script"]).success();
    assert_eq!(mode(&job.place.workspace().join("zones.txt")), 0o600);
}

//! A runner of GitHub Actions, as much of one as the examples need: contexts, environment files, masks, composite actions.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use serde_json::Value;

use super::place::{Place, yaml};
use crate::support::Output;

/// Values of `${{ CONTEXT.NAME }}`.
type Contexts = BTreeMap<String, String>;

/// One job's runner.
pub struct Runner<'a> {
    place: &'a Place,
    pub temporary: PathBuf,
    /// What `GITHUB_ENV` has gathered.
    pub environment: BTreeMap<String, String>,
    /// What later lines of the log do not show.
    pub masks: Vec<String>,
    /// What a person sees of all steps, and whether the job has failed.
    pub log: String,
    pub failed: bool,
}

impl<'a> Runner<'a> {
    pub fn new(place: &'a Place) -> Self {
        let temporary = place.folder("runner-temp");
        let nothing = BTreeMap::new();
        Self { place, temporary, environment: nothing, masks: Vec::new(), log: String::new(), failed: false }
    }

    /// Runs the steps of a job; those behind a failed one only if they always run.
    pub fn job(&mut self, steps: &Value, secrets: &[(&str, &str)]) {
        let contexts = secrets.iter().map(|(name, value)| (format!("secrets.{name}"), (*value).to_owned())).collect();
        for step in steps.as_array().expect("steps") {
            let condition = step.get("if").and_then(Value::as_str).unwrap_or("success()");
            assert!(["success()", "always()"].contains(&condition), "{condition}");
            if self.failed && condition == "success()" {
                continue;
            }
            match step.get("uses").and_then(Value::as_str) {
                Some(action) => self.uses(action, step, &contexts),
                None => drop(self.script(step, &contexts)),
            }
        }
    }

    fn uses(&mut self, action: &str, step: &Value, contexts: &Contexts) {
        let (name, _) = action.split_once('@').expect("a version");
        // The workspace is there already.
        let Some(own) = name.strip_prefix("datum-cloud/datumctl/") else { return assert_eq!(name, "actions/checkout") };
        let inputs: Vec<(String, String)> = step["with"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), resolve(value.as_str().expect("text"), contexts)))
            .collect();
        let inputs: Vec<_> = inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let _ = self.action(own, &inputs);
    }

    /// Runs a composite action of this repository and answers its outputs.
    pub fn action(&mut self, path: &str, inputs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let action = yaml(&format!("{path}/action.yml"));
        assert_eq!(action["runs"]["using"], "composite");
        let mut contexts = Contexts::new();
        for (name, input) in action["inputs"].as_object().into_iter().flatten() {
            let given = inputs.iter().find(|(given, _)| given == name).map(|(_, value)| (*value).to_owned());
            assert!(given.is_some() || input["required"] != true, "{path} needs {name}");
            let value = given.unwrap_or_else(|| input["default"].as_str().unwrap_or_default().to_owned());
            contexts.insert(format!("inputs.{name}"), value);
        }
        for (name, _) in inputs {
            assert!(contexts.contains_key(&format!("inputs.{name}")), "{path} has no input {name}");
        }
        for step in action["runs"]["steps"].as_array().expect("steps") {
            assert_eq!(step["shell"], "bash", "a step of a composite action names its shell");
            let outputs = self.script(step, &contexts);
            let id = step["id"].as_str().unwrap_or_default();
            contexts.extend(outputs.into_iter().map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value)));
            if self.failed {
                return BTreeMap::new();
            }
        }
        let outputs = action["outputs"].as_object().into_iter().flatten();
        outputs.map(|(name, one)| (name.clone(), resolve(one["value"].as_str().expect("text"), &contexts))).collect()
    }

    /// Runs one `run:` and answers its outputs.
    fn script(&mut self, step: &Value, contexts: &Contexts) -> BTreeMap<String, String> {
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "an expression in a script is code of whoever chose its value:\n{script}");
        let temporary = self.temporary.clone();
        let file = |name: &str| temporary.with_file_name(format!("runner-{name}"));
        std::fs::write(file("script"), script).expect("a script");
        for name in ["environment", "output"] {
            std::fs::write(file(name), "").expect("a file");
        }
        let words: &[&str] = match step["shell"].as_str() {
            Some("bash") => &["--noprofile", "--norc", "-eo", "pipefail"],
            _ => &["-e"],
        };
        let mut command = self.place.world.program("bash", words);
        command.arg(file("script")).current_dir(self.place.workspace()).envs(&self.environment);
        command.env("GITHUB_ENV", file("environment")).env("GITHUB_OUTPUT", file("output"));
        command.env("RUNNER_TEMP", &self.temporary);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, resolve(value.as_str().expect("text"), contexts));
        }
        let output = command.output().expect("bash");
        self.show(&output);
        self.failed |= !output.status.success();
        self.environment.extend(pairs(&std::fs::read_to_string(file("environment")).expect("a file")));
        pairs(&std::fs::read_to_string(file("output")).expect("a file")).collect()
    }

    /// Puts what a step printed into the log, as a runner does: commands are taken out, masks are put over.
    fn show(&mut self, output: &std::process::Output) {
        let printed = [&output.stdout[..], &output.stderr[..]].concat();
        for line in String::from_utf8(printed).expect("text").lines() {
            match line.strip_prefix("::add-mask::") {
                Some(mask) => self.masks.push(mask.to_owned()),
                None => {
                    let hidden = |line: String, mask: &String| line.replace(mask.as_str(), "***");
                    self.log.push_str(&self.masks.iter().fold(line.to_owned(), hidden));
                    self.log.push('\n');
                }
            }
        }
    }

    /// The log, searched for secrets.
    pub fn finish(&self) -> Output {
        let status = std::process::ExitStatus::from_raw(i32::from(self.failed) << 8);
        let (stdout, stderr) = (self.log.clone().into_bytes(), Vec::new());
        self.place.world.finish(&std::process::Output { status, stdout, stderr }, false)
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().map(|line| line.split_once('=').expect("NAME=VALUE")).map(|(name, value)| (name.into(), value.into()))
}

/// The text with its one expression, if it is one, replaced.
#[track_caller]
fn resolve(text: &str, contexts: &Contexts) -> String {
    let Some(expression) = text.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
        assert!(!text.contains("${{"), "{text}");
        return text.to_owned();
    };
    // A secret that is not set is empty, as is an output of a step that did not come to it.
    contexts.get(expression).cloned().unwrap_or_else(|| {
        assert!(expression.starts_with("secrets.") || expression.starts_with("steps."), "{expression}");
        String::new()
    })
}

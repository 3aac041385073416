//! The two sides: kubectl over TLS with a bearer token, datumctl with its session.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use datumctl::emulator::Options;
use serde_json::{Value, json};

use super::outcome::Outcome;
use super::row::Row;
use crate::support::{World, part};

const ADA: &str = "ada@example.com";

/// Who works where.
pub struct Side {
    pub project: String,
}

/// One emulator with a project for each.
pub struct Sides {
    world: World,
    tls: Child,
    kubectl: Side,
    datumctl: Side,
}

impl Sides {
    pub fn new() -> Self {
        let mut world = World::with(Options::default());
        let mut tls = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parts/kubectl/tls.mjs"))
            .arg(world.emulator().url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("missing part: node");
        let mut line = String::new();
        BufReader::new(tls.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("the ready line; is openssl there?");
        let _ = world.login(ADA).success();
        let token = world.run(["auth", "get-token"]).success().stdout;
        let side = |project: &str| Side { project: project.to_owned() };
        let (kubectl, datumctl) = (side("production-a1b2c3"), side("staging-d4e5f6"));
        let plane = format!("/apis/resourcemanager.miloapis.com/v1alpha1/projects/{}/control-plane", kubectl.project);
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "pair",
            "clusters": [{"name": "pair", "cluster": {
                "server": format!("{}{plane}", ready["url"].as_str().expect("text")),
                "certificate-authority-data": ready["certificate_authority"]}}],
            "contexts": [{"name": "pair", "context": {"cluster": "pair", "user": "ada"}}],
            "users": [{"name": "ada", "user": {"token": token.trim()}}],
        });
        let path = world.scratch("kubeconfig");
        std::fs::write(&path, config.to_string()).expect("a kubeconfig");
        world.set("KUBECONFIG", path).set("DATUM_PROJECT", &datumctl.project);
        Self { world, tls, kubectl, datumctl }
    }

    /// Runs kubectl with the row's words.
    pub fn kubectl(&self, row: &Row) -> Outcome {
        let program = part("DATUMCTL_TEST_KUBECTL");
        self.run(program.to_str().expect("text"), &row.kubectl, &self.kubectl)
    }

    /// Runs datumctl with the row's words.
    pub fn datumctl(&self, row: &Row) -> Outcome {
        self.run(crate::support::DATUMCTL, &row.datumctl, &self.datumctl)
    }

    fn run(&self, program: &str, words: &[String], side: &Side) -> Outcome {
        let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/real_kubectl_pairs/manifests");
        let mut command = self.world.program(program, words);
        // Relative names of manifests mean the same to both.
        let output = command.current_dir(manifests).output().expect("the program runs");
        Outcome::of(&output, side)
    }
}

impl Drop for Sides {
    fn drop(&mut self) {
        drop(self.tls.stdin.take());
        let _ = self.tls.wait();
    }
}

//! The two sides: kubectl over TLS with a bearer token, datumctl with its session.

use std::path::Path;

use datumctl::emulator::Options;
use serde_json::json;

use super::outcome::Outcome;
use super::row::Row;
use crate::support::{TlsFront, World, part};

const ADA: &str = "ada@example.com";

/// Who works where.
pub struct Side {
    pub project: String,
}

/// One emulator with a project for each.
pub struct Sides {
    world: World,
    _tls: TlsFront,
    kubectl: Side,
    datumctl: Side,
}

impl Sides {
    pub fn new() -> Self {
        let mut world = World::with(Options::default());
        let tls = TlsFront::start(world.emulator().url());
        let _ = world.login(ADA).success();
        let token = world.run(["auth", "get-token"]).success().stdout;
        let side = |project: &str| Side { project: project.to_owned() };
        let (kubectl, datumctl) = (side("production-a1b2c3"), side("staging-d4e5f6"));
        let plane = format!("/apis/resourcemanager.miloapis.com/v1alpha1/projects/{}/control-plane", kubectl.project);
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "pair",
            "clusters": [{"name": "pair", "cluster": {
                "server": format!("{}{plane}", tls.url),
                "certificate-authority-data": tls.authority}}],
            "contexts": [{"name": "pair", "context": {"cluster": "pair", "user": "ada"}}],
            "users": [{"name": "ada", "user": {"token": token.trim()}}],
        });
        let path = world.keeper("kubeconfig");
        std::fs::write(&path, config.to_string()).expect("a kubeconfig");
        world.set("KUBECONFIG", path).set("DATUM_PROJECT", &datumctl.project);
        Self { world, _tls: tls, kubectl, datumctl }
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

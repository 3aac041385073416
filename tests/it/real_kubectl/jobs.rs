//! The Kubernetes way of `docs/ci.md`: its Secret and its CronJob, made and read back by kubectl.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Cluster, PRODUCTION, kubectls};
use crate::support::document::{repository, text_of};

/// What stands behind `datumctl ... |` where a key goes into kubectl: makes the Secret, and replaces it.
fn secret_commands() -> Vec<String> {
    let text = text_of("docs/ci.md");
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = blocks.filter_map(|block| block.split_once(" |\n")).map(|(_, behind)| behind.to_owned());
    commands.filter(|command| command.contains("kubectl")).collect()
}

#[test]
fn the_secret_and_the_job_of_the_document_are_made_and_read_back() {
    let manifest = repository("docs/ci/kubernetes.yaml").display().to_string();
    let strict = ["apply", "--server-side", "--validate=strict", "-f"];
    for kubectl in kubectls() {
        let cluster = Cluster::new();
        let kubeconfig = cluster.kubeconfig_of(PRODUCTION, "client.authentication.k8s.io/v1", "Never");
        let run = |words: &[&str]| cluster.run(&kubectl, &kubeconfig, words);

        let commands = secret_commands();
        assert_eq!(commands.len(), 2);
        let credentials = cluster.world.emulator().credentials_json();
        for (command, expected) in commands.iter().zip(["{}", &credentials]) {
            let script = format!("kubectl() {{ '{}' \"$@\"; }}\n{command}", kubectl.display());
            let shell = cluster.command(Path::new("sh"), &kubeconfig, &["-ec", &script]).stdin(Stdio::piped()).spawn();
            let mut child = shell.expect("a shell");
            child.stdin.take().expect("a pipe").write_all(expected.as_bytes()).expect("kubectl reads");
            let _ = cluster.world.finish(&child.wait_with_output().expect("an output"), false).success();
            let get = ["get", "secret", "datum-credentials", "-o", "jsonpath={.data.credentials\\.json}"];
            let output = cluster.command(&kubectl, &kubeconfig, &get).output().expect("kubectl runs");
            let data = cluster.world.finish(&output, true).success().stdout;
            assert_eq!(STANDARD.decode(data).expect("base64"), expected.as_bytes());
        }

        let wrong = cluster.world.scratch("wrong.yaml");
        std::fs::write(&wrong, text_of("docs/ci/kubernetes.yaml").replace("defaultMode", "defaultMod"))
            .expect("a file");
        let refused = run(&[&strict[..], &[&wrong.display().to_string()]].concat()).exits(1);
        assert!(refused.stderr.contains("defaultMod"), "{refused}");
        let applied = run(&[&strict[..], &[&manifest]].concat()).success();
        assert_eq!(
            (applied.stdout.as_str(), applied.stderr.as_str()),
            ("cronjob.batch/zones serverside-applied\n", "")
        );

        let read = run(&["get", "cronjob", "zones", "-o", "json"]).success().json();
        let get = ["get", "cronjob", "zones", "--project", "production-a1b2c3", "-o", "json"];
        assert_eq!(read["spec"], cluster.world.run(get).success().json()["spec"]);
        let volume = &read["spec"]["jobTemplate"]["spec"]["template"]["spec"]["volumes"][0];
        assert_eq!(
            (&volume["secret"]["secretName"], &volume["secret"]["defaultMode"]),
            (&"datum-credentials".into(), &288.into())
        );
        // An octal number is a number to kubectl: the same one.
        let octal = text_of("docs/ci/kubernetes.yaml").replace("defaultMode: 288", "defaultMode: 0440");
        std::fs::write(&wrong, octal).expect("a file");
        let again = run(&[&strict[..], &[&wrong.display().to_string(), "-o", "json"]].concat()).success().json();
        assert_eq!(again["spec"], read["spec"]);
        let explained = run(&["explain", "cronjob.spec.schedule"]).success();
        assert!(explained.stdout.contains("as cron has it"), "{explained}");
    }
}

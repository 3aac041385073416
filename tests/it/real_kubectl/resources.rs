//! What kubectl does with objects: the emulator is a server like any other to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use datumctl::emulator::JournalEntry;

use super::{Cluster, kubectls};
use crate::support::Output;

const ZONE: &str = "\
apiVersion: dns.networking.miloapis.com/v1alpha1
kind: DNSZone
metadata: {name: example, labels: {tier: web}}
spec: {domainName: example.com, dnsZoneClassName: external}
";

const PROJECT: &str = "\
apiVersion: resourcemanager.miloapis.com/v1alpha1
kind: Project
metadata: {generateName: project-}
spec: {ownerRef: {kind: Organization, name: acme}}
";

/// One kubectl in one control plane.
struct Kubectl<'a> {
    cluster: &'a Cluster,
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl<'a> Kubectl<'a> {
    fn new(cluster: &'a Cluster, program: &Path, plane: &str) -> Self {
        let plane = format!("/apis/resourcemanager.miloapis.com/v1alpha1/{plane}/control-plane");
        let kubeconfig = cluster.kubeconfig_of(&plane, "client.authentication.k8s.io/v1", "Never");
        Self { cluster, program: program.to_owned(), kubeconfig }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.cluster.run(&self.program, &self.kubeconfig, arguments)
    }

    /// Its output where it has to succeed.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        self.run(arguments).success().stdout
    }

    /// With a manifest as its input.
    #[track_caller]
    fn reads(&self, arguments: &[&str], manifest: &str) -> Output {
        let mut command = self.cluster.command(&self.program, &self.kubeconfig, arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("kubectl runs");
        child.stdin.take().expect("a pipe").write_all(manifest.as_bytes()).expect("kubectl reads");
        self.cluster.world.finish(&child.wait_with_output().expect("an output"), false)
    }
}

#[test]
fn every_kubectl_here_manages_objects_of_a_project() {
    let cluster = Cluster::new();
    for program in kubectls() {
        let kubectl = Kubectl::new(&cluster, &program, "projects/production-a1b2c3");
        assert!(kubectl.says(&["api-resources"]).contains("dnszones"));
        assert_eq!(kubectl.says(&["auth", "can-i", "delete", "dnszones"]), "yes\n");
        assert!(kubectl.says(&["auth", "can-i", "--list"]).contains("dnszones.dns.networking.miloapis.com"));
        let created = kubectl.reads(&["create", "-f", "-"], ZONE).success().stdout;
        assert_eq!(created, "dnszone.dns.networking.miloapis.com/example created\n");
        let again = kubectl.reads(&["create", "-f", "-"], ZONE).exits(1);
        assert!(again.stderr.contains("(AlreadyExists)"), "{again}");
        let strict = kubectl.reads(&["create", "-f", "-"], &ZONE.replace("domainName", "nonsense")).exits(1);
        assert!(strict.stderr.contains("unknown field \"spec.nonsense\""), "{strict}");
        kubectl.says(&["wait", "--for=condition=Programmed", "dnszone/example", "--timeout=30s"]);
        let table = kubectl.says(&["get", "dz", "-o", "wide", "-l", "tier in (web)"]);
        let columns: Vec<_> = table.lines().next().unwrap_or_default().split_whitespace().collect();
        assert_eq!(columns, ["NAME", "DOMAIN", "NAME", "CLASS", "ACCEPTED", "PROGRAMMED", "AGE"]);
        assert!(kubectl.says(&["describe", "dnszone", "example"]).contains("Domain Name:          example.com"));
        let merge = ["patch", "dz", "example", "--type=merge", "-p", r#"{"spec":{"dnsZoneClassName":"other"}}"#];
        assert!(kubectl.says(&merge).ends_with("patched\n"));
        assert_eq!(kubectl.says(&["get", "dz", "example", "-o", "jsonpath={.metadata.generation}"]), "2");
        assert!(kubectl.says(&["delete", "dz", "example"]).contains("deleted"));
        let gone = kubectl.run(&["get", "dz", "example"]).exits(1);
        let message = "Error from server (NotFound): dnszones.dns.networking.miloapis.com \"example\" not found";
        assert!(gone.stderr.contains(message), "{gone}");
    }
}

#[test]
fn a_project_is_waited_for_and_deleted() {
    let cluster = Cluster::new();
    for program in kubectls() {
        let kubectl = Kubectl::new(&cluster, &program, "organizations/acme");
        let created = kubectl.reads(&["create", "-o", "name", "-f", "-"], PROJECT).success().stdout;
        let name = created.trim();
        kubectl.says(&["wait", "--for=condition=Ready", name, "--timeout=30s"]);
        assert!(kubectl.says(&["delete", name]).contains("deleted"));
        assert!(kubectl.run(&["get", name]).exits(1).stderr.contains("(NotFound)"));
    }
}

#[test]
fn kubectl_edits_in_an_editor() {
    let cluster = Cluster::new();
    let kubectl = Kubectl::new(&cluster, &super::kubectl(), "projects/production-a1b2c3");
    let _ = kubectl.reads(&["create", "-f", "-"], ZONE).success();
    let mut command = cluster.command(&kubectl.program, &kubectl.kubeconfig, &["edit", "dz", "example"]);
    command.env("KUBE_EDITOR", "sed -i s/tier:\\ web/tier:\\ edited/");
    let output = command.output().expect("kubectl runs");
    let _ = cluster.world.finish(&output, false).success();
    assert_eq!(kubectl.says(&["get", "dz", "example", "-o", "jsonpath={.metadata.labels.tier}"]), "edited");
}

#[test]
fn kubectl_watches_as_it_happens() {
    let cluster = Cluster::new();
    for (number, program) in kubectls().into_iter().enumerate() {
        let kubectl = Kubectl::new(&cluster, &program, "projects/production-a1b2c3");
        let arguments = ["get", "configmaps", "--watch-only", "--output-watch-events", "-o", "name"];
        let mut watch = cluster.command(&program, &kubectl.kubeconfig, &arguments).spawn().expect("kubectl runs");
        let begun = |entry: &&JournalEntry| entry.path.contains("configmaps") && entry.path.contains("watch=*");
        let watching = |entries: &[JournalEntry]| entries.iter().filter(begun).count() > number;
        assert!(cluster.world.emulator().wait_for(Duration::from_secs(30), watching));
        let name = format!("seen-by-{}", std::process::id());
        kubectl.says(&["create", "configmap", &name, "--from-literal=a=b"]);
        let mut lines = BufReader::new(watch.stdout.take().expect("a pipe")).lines();
        let mut next = || lines.next().expect("a line").expect("text");
        let first = next();
        assert!(first.contains(&name), "{first}");
        kubectl.says(&["delete", "configmap", &name]);
        assert!(next().contains(&name));
        watch.kill().expect("it runs");
        watch.wait().expect("its end");
    }
}

//! A real kubectl that takes its token from the exec credential, over TLS in front of the emulator.

mod jobs;
mod resources;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use datumctl::emulator::Options;
use serde_json::{Value, json};

use crate::support::{DATUMCTL, Output, TlsFront, World, part};

const ADA: &str = "ada@example.com";

/// A world with Ada signed in, and a kubeconfig that leads to her control plane.
struct Cluster {
    world: World,
    tls: TlsFront,
}

impl Cluster {
    fn new() -> Self {
        let world = World::with(Options::default());
        let tls = TlsFront::start(world.emulator().url());
        let _ = world.login(ADA).success();
        Self { world, tls }
    }

    fn session(&self) -> String {
        format!("{ADA}@{}", self.world.emulator().url().trim_start_matches("http://"))
    }

    /// Writes a kubeconfig (JSON is YAML) whose user is our exec credential.
    fn kubeconfig(&self, api_version: &str, interactive_mode: &str) -> PathBuf {
        let plane = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations/acme/control-plane";
        self.kubeconfig_of(plane, api_version, interactive_mode)
    }

    /// The same for any control plane.
    fn kubeconfig_of(&self, plane: &str, api_version: &str, interactive_mode: &str) -> PathBuf {
        // One for each control plane: two may be in use at once.
        let name = plane.rsplit('/').nth(1).unwrap_or_default();
        let path = self.world.scratch(&format!("kubeconfig-{name}"));
        let exec = json!({
            "apiVersion": api_version,
            "command": DATUMCTL,
            "args": ["auth", "get-token", "--output=client.authentication.k8s.io/v1", format!("--session={}", self.session())],
            "interactiveMode": interactive_mode,
        });
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "acme",
            "clusters": [{"name": "acme", "cluster": {
                "server": format!("{}{plane}", self.tls.url), "certificate-authority-data": self.tls.authority}}],
            "contexts": [{"name": "acme", "context": {"cluster": "acme", "user": "ada"}}],
            "users": [{"name": "ada", "user": {"exec": exec}}],
        });
        std::fs::write(&path, config.to_string()).expect("a kubeconfig");
        path
    }

    fn command(&self, kubectl: &Path, kubeconfig: &Path, arguments: &[&str]) -> Command {
        let mut command = self.world.command::<&str>([]);
        let environment: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        command = Command::new(kubectl);
        command.env_clear().envs(environment.into_iter().filter_map(|(name, value)| Some((name, value?))));
        command.env("KUBECONFIG", kubeconfig).env("BROWSER", self.tell_tale()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, kubectl: &Path, kubeconfig: &Path, arguments: &[&str]) -> Output {
        let output = self.command(kubectl, kubeconfig, arguments).output().expect("kubectl runs");
        self.world.finish(&output, false)
    }

    /// A browser that leaves a trace when it is opened.
    fn tell_tale(&self) -> String {
        format!("touch '{}'", self.world.scratch("browser-was-opened").display())
    }

    #[track_caller]
    fn assert_no_browser(&self) {
        assert!(!self.world.scratch("browser-was-opened").exists(), "a browser was opened");
    }

    /// The stored token has expired and the server has ended the session.
    fn end_session(&self) {
        self.world.emulator().revoke_sessions(ADA).expect("Ada");
        let path = self.world.path("credentials.json");
        let mut store: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file store")).expect("JSON");
        for (_, entry) in store["datumctl-auth"].as_object_mut().expect("entries") {
            let Ok(mut credential) = serde_json::from_str::<Value>(entry.as_str().expect("text")) else { continue };
            if credential["token"].is_object() {
                credential["token"]["expiry"] = "2026-01-01T00:00:00Z".into();
                *entry = credential.to_string().into();
            }
        }
        std::fs::write(&path, store.to_string()).expect("a file store");
    }
}

/// The kubectl named in the environment.
fn kubectl() -> PathBuf {
    part("DATUMCTL_TEST_KUBECTL")
}

/// It, and the other versions that lie beside it.
pub fn kubectls() -> Vec<PathBuf> {
    let kubectl = kubectl();
    let real = std::fs::canonicalize(&kubectl).expect("kubectl");
    let beside =
        std::fs::read_dir(real.parent().expect("a folder")).expect("a folder").flatten().map(|entry| entry.path());
    let is_version = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("kubectl.1."))
    };
    let mut all: Vec<_> = beside.filter(is_version).collect();
    all.sort();
    all.push(kubectl);
    all
}

#[test]
fn every_kubectl_here_acts_as_the_person_who_signed_in() {
    // RFR-38
    let cluster = Cluster::new();
    for mode in ["IfAvailable", "Never"] {
        let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1", mode);
        for kubectl in kubectls() {
            let raw = "/apis/resourcemanager.miloapis.com/v1alpha1/organizations/acme/control-plane/version";
            let version = cluster.run(&kubectl, &kubeconfig, &["get", "--raw", raw]).success();
            assert!(version.stdout.contains("gitVersion"), "{}: {version}", kubectl.display());
            let projects = cluster.run(&kubectl, &kubeconfig, &["get", "projects", "-o", "name"]).success();
            assert!(
                projects.stdout.contains("project.resourcemanager.miloapis.com/"),
                "{}: {projects}",
                kubectl.display()
            );
        }
    }
    let whoami = ["auth", "whoami", "-o", "json"];
    let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1", "Never");
    let whoami = cluster.run(&kubectl(), &kubeconfig, &whoami).success().json();
    assert_eq!(whoami["status"]["userInfo"]["username"], ADA);
    cluster.assert_no_browser();
}

#[test]
fn a_token_about_to_expire_is_refreshed_once_for_many() {
    let cluster = Cluster::new();
    let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1", "IfAvailable");
    cluster.world.emulator().expire_access_tokens();
    let path = cluster.world.path("credentials.json");
    let text = std::fs::read_to_string(&path).expect("a file store");
    let year = text.find("\\\"expiry\\\":\\\"").expect("an expiry") + "\\\"expiry\\\":\\\"".len();
    std::fs::write(&path, format!("{}2025{}", &text[..year], &text[year + 4..])).expect("a file store");
    let running: Vec<_> = (0..10)
        .map(|_| cluster.command(&kubectl(), &kubeconfig, &["get", "projects"]).spawn().expect("kubectl runs"))
        .collect();
    for child in running {
        let _ = cluster.world.finish(&child.wait_with_output().expect("an output"), false).success();
    }
    assert_eq!(cluster.world.refreshes(), (1, 0));
}

/// kubectl tries its plugin twice; each time the plugin says one error and one hint.
#[track_caller]
fn assert_one_hint_a_run(output: &Output, error: &str, hint: &str) {
    let ours: Vec<_> =
        output.stderr.lines().filter(|line| line.starts_with("error: ") || line.starts_with("hint: ")).collect();
    assert!(!ours.is_empty() && ours.len() % 2 == 0 && ours.len() <= 4, "{output}");
    for pair in ours.chunks(2) {
        assert!(pair[0].contains(error) && pair[1].contains(hint), "{output}");
    }
}

#[test]
fn ten_kubectls_whose_session_has_ended_say_so_and_open_no_browser() {
    // CBK-30
    let cluster = Cluster::new();
    let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1", "IfAvailable");
    cluster.end_session();
    let started = Instant::now();
    let running: Vec<_> = (0..10)
        .map(|_| cluster.command(&kubectl(), &kubeconfig, &["get", "--raw", "/version"]).spawn().expect("kubectl runs"))
        .collect();
    for child in running {
        let output = cluster.world.finish(&child.wait_with_output().expect("an output"), false).exits(1);
        assert_one_hint_a_run(&output, "the session has ended", "datumctl login");
        assert!(output.stderr.contains("exit code 4"), "{output}");
    }
    // All of it together: a login that waited for somebody would take minutes.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    cluster.assert_no_browser();
}

#[test]
fn a_kubeconfig_that_asks_for_the_version_before_is_answered_in_it() {
    // RFR-38
    let cluster = Cluster::new();
    let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1beta1", "Never");
    for kubectl in kubectls() {
        let projects = cluster.run(&kubectl, &kubeconfig, &["get", "projects", "-o", "name"]).success();
        assert!(projects.stdout.contains("project.resourcemanager.miloapis.com/"), "{}: {projects}", kubectl.display());
    }
}

#[test]
fn nobody_signed_in_is_told_to_kubectl_in_one_line() {
    let cluster = Cluster::new();
    let kubeconfig = cluster.kubeconfig("client.authentication.k8s.io/v1", "IfAvailable");
    let _ = cluster.world.run(["logout"]).success();
    let output = cluster.run(&kubectl(), &kubeconfig, &["get", "--raw", "/version"]).exits(1);
    assert!(output.stderr.contains("datumctl login"), "{output}");
    cluster.assert_no_browser();
}

/// The control plane of a project.
const PRODUCTION: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/projects/production-a1b2c3/control-plane";

fn record_set(ttl: &str) -> String {
    json!({
        "apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSRecordSet", "metadata": {"name": "www"},
        "spec": {"dnsZoneRef": {"name": "example"}, "recordType": "A",
                 "records": [{"name": "www", ttl: 60, "a": {"content": "192.0.2.1"}}]},
    })
    .to_string()
}

#[test]
fn every_kubectl_here_applies_patches_and_explains_what_the_emulator_has() {
    for kubectl in kubectls() {
        let cluster = Cluster::new();
        let kubeconfig = cluster.kubeconfig_of(PRODUCTION, "client.authentication.k8s.io/v1", "Never");
        let file = |name: &str, text: String| {
            let path = cluster.world.scratch(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let run = |arguments: &[&str]| cluster.run(&kubectl, &kubeconfig, arguments);
        let (good, other) = (file("good", record_set("ttl")), file("other", record_set("ttl").replace(":60", ":90")));
        let applied = run(&["apply", "--server-side", "-f", &good]).success();
        assert!(applied.stdout.contains("serverside-applied"), "{applied}");
        let apply_as_bob = ["apply", "--server-side", "--field-manager=bob", "-f", &other];
        let conflict = run(&apply_as_bob).exits(1);
        let path = r#"conflict with "kubectl": .spec.records[name="www"].ttl"#;
        assert!(conflict.stderr.contains(path), "{conflict}");
        let _ = run(&[&apply_as_bob[..], &["--force-conflicts"]].concat()).success();
        let _ = run(&["diff", "-f", &other]).success();
        assert!(run(&["diff", "-f", &good]).exits(1).stdout.contains("+    ttl: 60"));

        let strict = run(&["create", "-f", &file("bad", record_set("tll"))]).exits(1);
        let unknown = r#"strict decoding error: unknown field "spec.records[0].tll""#;
        assert!(strict.stderr.contains(unknown), "{strict}");
        let patch = |kind: &str, patch: &str| run(&["patch", "dnsrecordset", "www", "--type", kind, "-p", patch]);
        let _ = patch("json", r#"[{"op":"replace","path":"/spec/records/0/ttl","value":7}]"#).success();
        let immutable = patch("merge", r#"{"spec":{"recordType":"AAAA"}}"#).exits(1);
        assert!(immutable.stderr.contains("recordType is immutable"), "{immutable}");
        assert!(patch("strategic", "{}").exits(1).stderr.contains("is not supported by"));
        let _ = run(&["create", "configmap", "settings", "--from-literal=a=1"]).success();
        let _ = run(&["patch", "configmap", "settings", "-p", r#"{"data":{"a":null,"b":"2"}}"#]).success();
        let data = run(&["get", "configmap", "settings", "-o", "jsonpath={.data}"]).success();
        assert_eq!(data.stdout, r#"{"b":"2"}"#);

        let explained = run(&["explain", "dnsrecordsets.spec.records"]).success();
        assert!(explained.stdout.contains("Seconds that an answer may be kept."), "{explained}");
        let fields = run(&["explain", "dnsrecordsets", "--recursive"]).success();
        assert!(fields.stdout.contains("content\t<string> -required-"), "{fields}");
        let old = run(&["explain", "dnszones", "--output=plaintext-openapiv2"]).success();
        assert!(old.stdout.contains("A zone answers questions"), "{old}");
    }
}

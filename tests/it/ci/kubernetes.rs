//! `docs/ci/kubernetes.yaml`: applied to the emulator, read back, and run as the kubelet would.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::place::{ACCOUNT, Place, below, mode, yaml};
use crate::support::Output;
use crate::support::document::repository;

const PATH: &str = "docs/ci/kubernetes.yaml";

/// A node and the control plane that tells it what to run: Ada has applied the manifest and the Secret.
struct Node {
    place: Place,
    /// The pod's template, as it was read back.
    pod: Value,
    root: PathBuf,
}

impl Node {
    fn new() -> Self {
        let place = Place::new();
        let _ = place.world.login("ada@example.com").success();
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "datum-credentials"},
                            "stringData": {"credentials.json": place.credentials()}});
        let apply = ["apply", "--project", "web-x1", "-f", "-"];
        let _ = place.world.run_with_input(apply, secret.to_string().as_bytes()).success();
        let manifest = repository(PATH);
        let apply = ["apply", "--project", "web-x1", "-f", manifest.to_str().unwrap()];
        let applied = place.world.run(apply).success();
        assert_eq!(
            (applied.stdout.as_str(), applied.stderr.as_str()),
            ("cronjob.batch/zones serverside-applied\n", "")
        );
        let job = place.world.run(["get", "cronjob", "zones", "--project", "web-x1", "-o", "json"]).success().json();
        let pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"].clone();
        let root = place.folder("node");
        for path in [root.as_path(), root.parent().unwrap()] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o711)).unwrap();
        }
        let node = Self { place, pod, root };
        node.mount();
        node
    }

    /// Where the path of a container is on the node.
    fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    /// Makes the volumes and gives them to the pod's group, as far as the tester may.
    fn mount(&self) {
        let volumes = self.pod["volumes"].as_array().expect("volumes");
        for mount in self.pod["containers"][0]["volumeMounts"].as_array().expect("mounts") {
            let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).expect("a volume of that name");
            let path = self.path(mount["mountPath"].as_str().unwrap());
            std::fs::create_dir_all(&path).unwrap();
            let name = volume["secret"]["secretName"].as_str().expect("the example mounts Secrets only");
            assert_eq!(mount["readOnly"], true);
            self.project(name, &volume["secret"], &path);
        }
        // Every container has this, also below a root that is read only.
        let shared_memory = self.path("/dev/shm");
        std::fs::create_dir_all(&shared_memory).unwrap();
        std::fs::set_permissions(&shared_memory, std::fs::Permissions::from_mode(0o1777)).unwrap();
    }

    /// Writes the data of a Secret, behind the links that let a kubelet change all of it at once.
    fn project(&self, name: &str, volume: &Value, path: &Path) {
        let data = self.data(name);
        let version = path.join("..version");
        std::fs::create_dir(&version).unwrap();
        for (name, value) in data.as_object().expect("data") {
            let file = version.join(name);
            std::fs::write(&file, STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
            std::os::unix::fs::symlink(format!("..data/{name}"), path.join(name)).unwrap();
            self.give(&file, volume["defaultMode"].as_u64().unwrap() as u32);
        }
        std::os::unix::fs::symlink("..version", path.join("..data")).unwrap();
        self.give(&version, 0o2755);
        self.give(path, 0o2755);
    }

    fn data(&self, name: &str) -> Value {
        let get = ["get", "secret", name, "--project", "web-x1", "-o", "json"];
        let output = self.place.world.command(get).output().unwrap();
        self.place.world.finish(&output, true).success().json()["data"].clone()
    }

    /// Sets the mode; the group, and that it is inherited, can be given by root only.
    fn give(&self, path: &Path, mode: u32) {
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            let group = self.pod["securityContext"]["fsGroup"].as_u64().expect("a group");
            std::os::unix::fs::chown(path, Some(0), Some(group as u32)).unwrap();
        }
        let mode = if is_root { mode } else { mode & 0o777 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs the container: its environment, its words, and its user where the tester is root.
    fn run(&self) -> Output {
        let container = &self.pod["containers"][0];
        let mut environment: BTreeMap<String, OsString> = BTreeMap::from([("HOME".into(), "/nowhere".into())]);
        for variable in container["env"].as_array().expect("variables") {
            let value = variable["value"].as_str().unwrap();
            let value = if value.starts_with('/') { self.path(value).into_os_string() } else { value.into() };
            environment.insert(variable["name"].as_str().unwrap().to_owned(), value);
        }
        let words = ["command", "args"].into_iter().flat_map(|part| container[part].as_array().unwrap());
        let words: Vec<String> = words.map(|word| word.as_str().unwrap().to_owned()).collect();
        self.place.run(self.command(&words), Path::new("/"), &environment)
    }

    fn command(&self, words: &[String]) -> Command {
        if !rustix::process::geteuid().is_root() {
            return self.place.world.program(&words[0], &words[1..]);
        }
        let number = |name: &str| self.pod["securityContext"][name].as_u64().expect("a number");
        let rights = [
            format!("--reuid={}", number("runAsUser")),
            format!("--regid={}", number("runAsGroup")),
            format!("--groups={}", number("fsGroup")),
            "--no-new-privs".to_owned(),
            "--bounding-set=-all".to_owned(),
            "--inh-caps=-all".to_owned(),
            "--".to_owned(),
        ];
        self.place.world.program("setpriv", rights.iter().chain(words))
    }
}

#[test]
fn the_container_acts_as_the_service_account_by_the_secret_that_was_applied() {
    let node = Node::new();
    let output = node.run().success();
    assert!(output.stdout.contains(&format!("User:         {ACCOUNT}")), "{output}");
    assert!(!output.stderr.contains("warning"), "{output}");
    let key = node.path("/run/secrets/datum/credentials.json");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), node.place.credentials());
    assert_eq!(mode(&key), 0o440);
    let _ = node.run().success();
    assert_eq!(node.place.exchanges(), 1, "the commands share one token: {:?}", below(&node.path("/dev/shm")));
}

#[test]
fn what_was_applied_is_what_the_file_says_with_what_the_server_fills_in() {
    let node = Node::new();
    let file = yaml(PATH)["spec"]["jobTemplate"]["spec"]["template"]["spec"].clone();
    assert_contains(&node.pod, &file, "spec");
    assert_eq!(node.pod["dnsPolicy"], "ClusterFirst");
    let get = |format: &str| node.place.world.run(["get", "cj", "--project", "web-x1", "-o", format]).success().stdout;
    assert!(get("wide").contains("zones   17 * * * *"), "{}", get("wide"));
    let manifest = repository(PATH);
    let apply = ["apply", "--project", "web-x1", "-o", "json", "-f", manifest.to_str().unwrap()];
    let again = node.place.world.run(apply).success().json();
    assert_eq!(again["spec"]["jobTemplate"]["spec"]["template"]["spec"], node.pod, "applied again it stays as it is");
}

/// Whether all of `part` is in `whole`.
#[track_caller]
fn assert_contains(whole: &Value, part: &Value, path: &str) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            assert_contains(&whole[name], value, &format!("{path}.{name}"));
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, value)| {
            assert_contains(&whole[place], value, &format!("{path}[{place}]"));
        }),
        other => assert_eq!(whole, other, "{path}"),
    }
}

#[test]
fn the_pod_has_no_more_rights_than_it_needs() {
    let node = Node::new();
    let (pod, container) = (&node.pod["securityContext"], &node.pod["containers"][0]["securityContext"]);
    assert_eq!((&pod["runAsNonRoot"], &container["readOnlyRootFilesystem"]), (&json!(true), &json!(true)));
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(node.pod["automountServiceAccountToken"], false);
    assert_ne!(pod["runAsUser"], 0);
    assert_eq!(pod["fsGroup"], pod["runAsGroup"]);
    let mode = node.pod["volumes"][0]["secret"]["defaultMode"].as_u64().unwrap();
    assert_eq!(mode & 0o007, 0, "{mode:o}");
}

#[test]
fn a_mistake_in_such_a_manifest_is_found_before_it_runs() {
    let node = Node::new();
    let text = std::fs::read_to_string(repository(PATH)).unwrap();
    for (right, wrong, said) in [
        ("readOnlyRootFilesystem", "readOnlyRootFileSystem", "unknown field"),
        ("restartPolicy: Never", "restartPolicy: Always", "restartPolicy: Unsupported value: \"Always\""),
        ("\"17 * * * *\"", "hourly", "spec.schedule"),
        ("defaultMode: 288", "defaultMode: 0440", "defaultMode"),
        ("concurrencyPolicy: Forbid", "concurrencyPolicy: Forbidden", "spec.concurrencyPolicy"),
    ] {
        assert!(text.contains(right));
        let create = ["create", "--project", "web-x1", "--dry-run=server", "-f", "-"];
        let manifest = text.replace(right, wrong).replace("name: zones\nspec", "name: other\nspec");
        let refused = node.place.world.run_with_input(create, manifest.as_bytes());
        assert!(refused.status != 0 && refused.stderr.contains(said), "{refused}");
    }
}

#[test]
fn a_home_in_a_volume_that_anybody_may_write_works_and_keeps_no_token() {
    let mut node = Node::new();
    let container = &mut node.pod["containers"][0];
    let variables = container["env"].as_array_mut().unwrap();
    variables.iter_mut().find(|one| one["name"] == "DATUMCTL_HOME").unwrap()["value"] = "/run/datumctl/home".into();
    let path = node.path("/run/datumctl");
    std::fs::create_dir_all(&path).unwrap();
    node.give(&path, 0o2777);
    for _ in 0..2 {
        let _ = node.run().success();
    }
    assert_eq!(node.place.exchanges(), 2);
}

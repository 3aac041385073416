//! `docs/ci/Dockerfile` and `docs/ci/docker.sh`, without Docker: what they ask it for, and the commands that it would run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::place::{Place, below, mode};
use crate::support::document::{repository, text_of};

/// Where both examples put the key.
const TARGET: &str = "/run/secrets/datum.json";

/// The instructions of the Dockerfile, each as its name and the rest of its lines.
fn instructions() -> Vec<(String, String)> {
    let text = text_of("docs/ci/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

/// A place, the key in a file of its own, and an environment that names it.
fn place() -> (Place, PathBuf, BTreeMap<String, OsString>) {
    let place = Place::new();
    let key = place.folder("keys").join("credentials.json");
    std::fs::write(&key, place.credentials()).unwrap();
    let environment = [("DATUM_CREDENTIALS_FILE", key.clone().into()), ("DATUM_PROJECT", OsString::from("web-x1"))];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    (place, key, environment)
}

#[test]
fn the_key_comes_into_no_layer() {
    for (name, rest) in instructions() {
        match name.as_str() {
            "COPY" | "ADD" => assert!(rest.starts_with("--from="), "nothing of the context is copied: {rest}"),
            "ARG" | "ENV" => assert!(["DATUM_PROJECT"].contains(&rest.as_str()), "{name} stays in the image: {rest}"),
            "RUN" if rest.contains("datumctl get") => {
                let secret = format!("--mount=type=secret,id=datum,target={TARGET},required=true");
                assert!(rest.contains(&secret), "{rest}");
                assert!(rest.contains("--mount=type=tmpfs,target=/run/datumctl "), "{rest}");
            }
            _ => assert!(!rest.contains("CREDENTIALS"), "{name} {rest}"),
        }
    }
    let users: Vec<_> = instructions().into_iter().filter(|(name, _)| name == "USER").map(|(_, user)| user).collect();
    assert_eq!(users.last().map(String::as_str), Some("65532:65532"), "the image does not run as root");
}

#[test]
fn the_build_acts_as_the_service_account_and_leaves_what_it_asked_for() {
    let (place, key, mut environment) = place();
    environment.remove("DATUM_CREDENTIALS_FILE");
    let (layer, memory) = (place.folder("srv"), place.folder("memory"));
    let (_, rest) = instructions().into_iter().rfind(|(name, _)| name == "RUN").unwrap();
    let command: Vec<&str> = rest.split_whitespace().skip_while(|word| word.starts_with("--mount=")).collect();
    let command = command.join(" ").replace(TARGET, &key.display().to_string());
    let command = command.replace("/run/datumctl", &memory.display().to_string());
    let _ = place.run(place.world.program("sh", ["-c", &command]), &layer, &environment).success();
    assert_eq!(below(&layer), ["zones.json"]);
    let zones = place.run(place.world.program("cat", ["zones.json"]), &layer, &environment).success().json();
    assert_eq!(zones["kind"], "List");
    assert!(!below(&memory).is_empty() && place.world.files().is_empty(), "tokens are in memory only");
}

/// What `docker.sh` asks Docker for: the words of each call.
fn calls(place: &Place, environment: &BTreeMap<String, OsString>) -> Vec<Vec<String>> {
    let journal = place.world.scratch("docker-calls");
    place.program("docker", &format!("{{ printf '%s\\n' \"$@\"; echo; }} >>'{}'", journal.display()));
    let script = repository("docs/ci/docker.sh");
    let _ = place.run(place.world.program("sh", [script]), &place.workspace(), environment).success();
    let text = std::fs::read_to_string(journal).unwrap();
    assert!(!text.contains("PRIVATE") && !text.contains("private_key"), "{text}");
    text.split_terminator("\n\n").map(|call| call.lines().map(str::to_owned).collect()).collect()
}

/// The values of an option, in their order.
fn values<'a>(call: &'a [String], option: &str) -> Vec<&'a str> {
    call.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1].as_str()).collect()
}

#[test]
fn the_script_gives_builds_a_secret_and_runs_a_mount() {
    let (place, key, environment) = place();
    let calls = calls(&place, &environment);
    let names: Vec<_> = calls.iter().map(|call| call[0].as_str()).collect();
    assert_eq!(names, ["build", "build", "run"]);
    assert_eq!(values(&calls[0], "--secret"), <[&str; 0]>::default());
    assert_eq!(values(&calls[1], "--secret"), [format!("id=datum,src={}", key.display())]);
    assert_eq!(values(&calls[1], "--build-arg"), ["DATUM_PROJECT"], "by its name alone: the value is in no list");
    let targets = instructions()
        .into_iter()
        .filter(|(name, _)| name == "FROM")
        .filter_map(|(_, rest)| rest.split_once(" AS ").map(|(_, stage)| stage.to_owned()));
    let targets: Vec<_> = targets.collect();
    for call in &calls[..2] {
        let target = values(call, "--target")[0];
        assert!(targets.iter().any(|stage| stage == target), "the Dockerfile has no stage {target}");
    }
    let mount = format!("type=bind,source={},target={TARGET},readonly", key.display());
    assert_eq!(values(&calls[2], "--mount"), [mount]);
}

#[test]
fn the_container_acts_as_the_service_account() {
    let (place, key, environment) = place();
    let calls = calls(&place, &environment);
    let run = calls.last().unwrap();
    let image = run.iter().position(|word| word.contains("/datumctl:")).unwrap();
    assert_eq!(values(run, "--tmpfs"), ["/tmp"]);
    let temporary = place.folder("tmp");
    std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o1777)).unwrap();
    let mut inside = BTreeMap::new();
    for variable in values(run, "--env") {
        let (name, value) = match variable.split_once('=') {
            Some((name, value)) => (name, OsString::from(value.replace("/tmp/", &format!("{}/", temporary.display())))),
            None => (variable, environment[variable].clone()),
        };
        inside.insert(name.to_owned(), if value == TARGET { key.clone().into() } else { value });
    }
    for _ in 0..2 {
        let command = place.world.program(&run[image + 1], &run[image + 2..]);
        let _ = place.run(command, &place.workspace(), &inside).success();
    }
    assert_eq!((place.exchanges(), place.world.files().len()), (1, 0), "the token is kept in memory");
    assert_eq!(mode(&temporary.join("datumctl")), 0o700);
}

#[test]
fn the_script_stops_where_a_variable_is_missing() {
    let (place, _, mut environment) = place();
    place.program("docker", "echo called");
    environment.remove("DATUM_CREDENTIALS_FILE");
    let script = repository("docs/ci/docker.sh");
    let output = place.run(place.world.program("sh", [script]), &place.workspace(), &environment);
    assert!(output.status != 0 && output.stdout.is_empty(), "{output}");
}

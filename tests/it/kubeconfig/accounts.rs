//! Whose entries they are: accounts, servers, the current context.

use serde_json::{Value, json};

use super::{ADA, GRACE, PLANES, default_file, entry, names, read, session, update};
use crate::support::{DATUMCTL, World, overwrite};

#[test]
fn kubectl_gets_a_cluster_a_user_and_a_context() {
    let world = World::ada();
    let done = update(&world, &["--project", "web-1", "-o", "json"]).success().json();
    let (name, user) = ("datum-project-web-1", format!("datum-{}", session(&world, ADA)));
    assert_eq!(done["status"], "updated");
    assert_eq!((&done["cluster"], &done["context"]), (&json!(name), &json!(name)));
    let config = read(&default_file(&world));
    let server = format!("{}{PLANES}/projects/web-1/control-plane", world.emulator().url());
    assert_eq!(entry(&config, "clusters", name), json!({ "server": server }));
    assert_eq!(entry(&config, "contexts", name), json!({ "cluster": name, "user": user }));
    let exec = entry(&config, "users", &user)["exec"].clone();
    assert_eq!(
        exec,
        json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "args": ["auth", "get-token", "--output=client.authentication.k8s.io/v1",
                format!("--session={}", session(&world, ADA))],
            "command": DATUMCTL,
            "env": [{"name": "DATUMCTL_CREDENTIAL_STORE", "value": "file"}],
            "installHint": exec["installHint"],
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": false,
        })
    );
    let _ = update(&world, &["--organization", "acme"]).success();
    let config = read(&default_file(&world));
    let server = format!("{}{PLANES}/organizations/acme/control-plane", world.emulator().url());
    assert_eq!(entry(&config, "clusters", "datum-organization-acme")["server"], server);
    assert_eq!(names(&config, "users"), [user]);
}

#[test]
fn two_accounts_have_a_user_each_and_never_each_others_context() {
    // KCF-05
    let world = World::two_people();
    let (ada, grace) = (session(&world, ADA), session(&world, GRACE));
    let _ = update(&world, &["--project", "web-1", "--session", &ada]).success();
    let _ = update(&world, &["--project", "web-1"]).success();
    let _ = update(&world, &["--organization", "acme"]).success();
    let config = read(&default_file(&world));
    let user_of = |context: &str| entry(&config, "contexts", context)["user"].clone();
    assert_eq!(user_of("datum-project-web-1"), format!("datum-{ada}"));
    assert_eq!(user_of(&format!("datum-project-web-1@{grace}")), format!("datum-{grace}"));
    assert_eq!(user_of("datum-organization-acme"), format!("datum-{grace}"));
    assert_eq!(names(&config, "clusters"), ["datum-project-web-1", "datum-organization-acme"]);
    // The command in each entry answers the token of its own account, whoever is active.
    for (name, email) in [(&ada, ADA), (&grace, GRACE)] {
        let exec = entry(&config, "users", &format!("datum-{name}"))["exec"].clone();
        let words: Vec<&str> = exec["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let answer = world.run(&words).success().json();
        assert_eq!(answer["status"]["token"], world.credential(email)["token"]["access_token"]);
    }
    let before = std::fs::read(default_file(&world)).unwrap();
    let _ = update(&world, &["--project", "web-1", "--session", &ada, "--no-use"]).success();
    let _ = update(&world, &["--project", "web-1", "--no-use"]).success();
    assert_eq!(std::fs::read(default_file(&world)).unwrap(), before);
}

#[test]
fn the_shared_user_of_the_original_loses_the_context() {
    let world = World::ada();
    let file = world.scratch("config");
    let server = format!("{}{PLANES}/projects/web-1/control-plane", world.emulator().url());
    let text = format!(
        "clusters:\n- cluster:\n    server: {server}\n  name: datum-project-web-1\ncontexts:\n- context:\n    cluster: \
         datum-project-web-1\n    namespace: mine # keep\n    user: datum-user\n  name: datum-project-web-1\nusers:\n- \
         name: datum-user\n  user: {{exec: {{command: /x/datumctl, args: [auth, get-token]}}}}\n"
    );
    std::fs::write(&file, text).unwrap();
    let _ = update(&world, &["--project", "web-1", "--kubeconfig", file.to_str().unwrap()]).success();
    let context = entry(&read(&file), "contexts", "datum-project-web-1");
    let user = format!("datum-{}", session(&world, ADA));
    assert_eq!(context, json!({"cluster": "datum-project-web-1", "namespace": "mine", "user": user}));
    assert!(std::fs::read_to_string(&file).unwrap().contains("namespace: mine # keep"));
}

#[test]
fn the_current_context_changes_unless_told_not_to_and_the_old_name_is_told() {
    // KCF-15
    let world = World::ada();
    let file = world.scratch("config");
    std::fs::write(&file, "current-context: work # mine\ncontexts: []\n").unwrap();
    let path = file.to_str().unwrap();
    let _ = update(&world, &["--project", "web-1", "--no-use", "--kubeconfig", path])
        .success()
        .says("kubectl --context datum-project-web-1");
    assert!(std::fs::read_to_string(&file).unwrap().contains("current-context: work # mine\n"));
    let _ = update(&world, &["--project", "web-1", "--kubeconfig", path])
        .success()
        .says("before it was work")
        .says("kubectl config use-context work");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("current-context: datum-project-web-1 # mine\n"), "{text}");
    let again = update(&world, &["--project", "web-1", "--kubeconfig", path, "-o", "json"]).success().json();
    assert_eq!(again["status"], "unchanged");
    assert_eq!(again["previous_context"], "datum-project-web-1");
}

#[test]
fn certificate_settings_of_the_session_are_copied_and_checks_never_switched_off() {
    // KCF-18
    let world = World::ada();
    let cluster = || entry(&read(&default_file(&world)), "clusters", "datum-project-web-1");
    let settings = std::fs::read_to_string(world.path("config")).unwrap();
    let with = |lines: &str| {
        overwrite(&world.path("config"), settings.replace("    server:", &format!("{lines}    server:")).as_bytes());
        update(&world, &["--project", "web-1"]).success()
    };
    let _ = with("");
    assert_eq!(cluster().as_object().unwrap().len(), 1);
    let _ = with("    certificate-authority-data: QUJD\n    tls-server-name: api.inside\n");
    assert_eq!(cluster()["certificate-authority-data"], "QUJD");
    assert_eq!(cluster()["tls-server-name"], "api.inside");
    let output = with("    certificate-authority-data: QUJD\n    insecure-skip-tls-verify: true\n");
    assert!(!output.stderr.contains("does not check") && cluster()["insecure-skip-tls-verify"].is_null(), "{output}");
    std::fs::remove_file(default_file(&world)).unwrap();
    let _ = with("    insecure-skip-tls-verify: true\n").says("does not check the certificate");
    assert_eq!(cluster()["insecure-skip-tls-verify"], Value::Bool(true));
}

#[test]
fn a_hostname_picks_the_account_that_belongs_there_and_no_other() {
    let world = World::two_people();
    // Both belong there, and one of them is active.
    let here = ["--project", "web-1", "--hostname", world.emulator().url(), "-o", "json"];
    let account = update(&world, &here).success().json()["account"].clone();
    assert!(account.as_str().is_some_and(|name| name.starts_with(GRACE)), "{account}");
    std::fs::remove_file(default_file(&world)).unwrap();
    let other = world.path("config");
    let settings = std::fs::read_to_string(&other).unwrap();
    // Ada's session belongs to another API server now.
    let (ada, grace) = settings.split_once(&format!("  name: {}\n", session(&world, ADA))).expect("Ada comes first");
    let moved = ada.replace(&format!("server: {}", world.emulator().url()), "server: https://api.other.test");
    overwrite(&other, format!("{moved}  name: {}\n{grace}", session(&world, ADA)).as_bytes());
    let _ = update(&world, &["--project", "web-1"]).success();
    // A config that says so alone does not move her token.
    let _ = update(&world, &["--project", "web-1", "--hostname", "api.other.test"]).exits(7);
    world.edit_credential(ADA, |credential| credential["api_hostname"] = "api.other.test".into());
    let _ = update(&world, &["--project", "web-1", "--hostname", "api.other.test"]).success();
    let config = read(&default_file(&world));
    let server = format!("https://api.other.test{PLANES}/projects/web-1/control-plane");
    assert_eq!(entry(&config, "clusters", "datum-project-web-1@api.other.test")["server"], server);
    let context = entry(&config, "contexts", &format!("datum-project-web-1@{}", session(&world, ADA)));
    assert_eq!(context["user"], format!("datum-{}", session(&world, ADA)));
    let grace = session(&world, GRACE);
    let foreign = ["--project", "web-1", "--session", &grace, "--hostname", "api.other.test"];
    let _ = update(&world, &foreign).exits(7).says("does not belong to api.other.test");
    let _ = update(&world, &["--project", "web-1", "--hostname", "api.third.test"]).exits(4).says("datumctl login");
    let _ = update(&world, &["--project", "web-1", "--hostname", "http://api.other.test"]).exits(2);
}

#[cfg(unix)]
#[test]
fn a_credentials_file_takes_the_place_of_a_session() {
    let mut world = World::new();
    let file = world.credentials_file();
    world.set("DATUM_CREDENTIALS_FILE", file.file_name().unwrap());
    let _ = update(&world, &["--project", "web-1"]).success();
    let config = read(&default_file(&world));
    let exec = entry(&config, "users", &names(&config, "users")[0])["exec"].clone();
    assert_eq!(exec["args"], json!(["auth", "get-token", "--output=client.authentication.k8s.io/v1"]));
    let value = |name: &str| {
        let all = exec["env"].as_array().unwrap().clone();
        all.into_iter().find(|item| item["name"] == name).map(|item| item["value"].clone())
    };
    assert_eq!(value("DATUM_CREDENTIALS_FILE"), Some(json!(file)));
    assert_eq!(value("DATUM_API_HOSTNAME"), Some(json!(world.emulator().url())));
    world.set("DATUM_CREDENTIALS_FILE", "/dev/stdin");
    let input = std::fs::read(&file).unwrap();
    let output = world.run_with_input(["auth", "update-kubeconfig", "--project", "web-1"], &input).exits(2);
    assert!(output.stderr.contains("kubectl could read again"), "{output}");
}

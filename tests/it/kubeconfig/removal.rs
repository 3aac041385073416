//! Taking our entries out again.

use super::{ADA, GRACE, default_file, names, read, session, update};
use crate::support::World;

const FOREIGN: &str = "# mine\ncontexts:\n- name: work\n  context: {cluster: eu, user: bob}\n# about bob\nusers:\n- name: bob\n  user:\n    \
     exec: {command: datumctl, args: [auth, get-token]}\n- name: datum-key\n  user: {token: x}\nclusters:\n- name: eu\n  cluster: {server: 'https://eu'}\n";

#[test]
fn a_removal_leaves_the_file_as_it_was_before_the_update() {
    // KCF-17
    let world = World::ada();
    let file = default_file(&world);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, FOREIGN).unwrap();
    let _ = update(&world, &["--project", "web-1", "--no-use"]).success();
    let _ = update(&world, &["--organization", "acme", "--no-use"]).success();
    let done = update(&world, &["--remove", "--project", "web-1", "-o", "json"]).success().json();
    assert_eq!(done["contexts"], serde_json::json!(["datum-project-web-1"]));
    assert_eq!(done["users"], serde_json::json!([]), "the organization still needs it");
    let _ = update(&world, &["--remove", "--organization", "acme"]).success();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), FOREIGN);
    let _ = update(&world, &["--remove", "--all"]).success().says("nothing to remove");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), FOREIGN);
}

#[test]
fn a_session_that_was_logged_out_is_said_to_be_gone_and_can_be_removed() {
    // KCF-17
    let world = World::two_people();
    let (ada, grace) = (session(&world, ADA), session(&world, GRACE));
    let _ = update(&world, &["--project", "web-1", "--session", &ada]).success();
    let _ = update(&world, &["--project", "web-1", "--session", &grace]).success();
    let _ = world.run(["logout", "--session", &ada]).success();
    let name = format!("--session={ada}");
    let words = ["auth", "get-token", "--output=client.authentication.k8s.io/v1", &name];
    let output = world.run(words).exits(4).says("datumctl login");
    assert_eq!(output.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{output}");
    let _ = update(&world, &["--remove", "--session", &ada]).success();
    let config = read(&default_file(&world));
    assert_eq!(names(&config, "users"), [format!("datum-{grace}")]);
    assert_eq!(names(&config, "contexts"), [format!("datum-project-web-1@{grace}")]);
    assert_eq!(names(&config, "clusters"), ["datum-project-web-1"], "the other context needs it");
    assert_eq!(config["current-context"], format!("datum-project-web-1@{grace}"));
    let _ =
        update(&world, &["--remove", "--all"]).success().says("no current context now; it was datum-project-web-1@");
    let config = read(&default_file(&world));
    assert_eq!(config["current-context"], "");
    assert!(["users", "contexts", "clusters"].iter().all(|list| names(&config, list).is_empty()));
}

#[test]
fn a_project_whose_name_begins_like_another_is_another() {
    let world = World::ada();
    for project in ["web", "web-1", "web.x"] {
        let _ = update(&world, &["--project", project]).success();
    }
    let _ = update(&world, &["--remove", "--project", "web"]).success();
    assert_eq!(names(&read(&default_file(&world)), "contexts"), ["datum-project-web-1", "datum-project-web.x"]);
}

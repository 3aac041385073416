//! `api get|post|put|patch|delete`.

use crate::support::World;

const PROJECTS: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/projects";

#[test]
fn a_path_is_read_below_the_control_plane_of_the_scope() {
    let world = World::ada();
    let list = world.run(["api", "get", PROJECTS, "--organization", "acme"]).success().json();
    assert_eq!(list["kind"], "ProjectList");
    let page = world.run(["api", "get", &format!("{PROJECTS}?limit=1"), "--organization", "acme"]).success().json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    let whole = format!("/apis/resourcemanager.miloapis.com/v1alpha1/organizations/acme/control-plane{PROJECTS}");
    let list = world.run(["--platform-wide", "api", "get", &whole]).success().json();
    assert_eq!(list["kind"], "ProjectList");
}

#[test]
fn a_path_that_leads_elsewhere_sends_nothing() {
    let world = World::ada();
    let before = world.emulator().journal().len();
    for path in ["https://example.com/x", "//example.com/x", "/../x", "/a/%2e%2e/%2E./x", "example.com:1/x", "/a\\b"] {
        let _ = world.run(["api", "get", path, "--organization", "acme"]).exits(7).says("leads out of");
    }
    for header in ["Authorization: Bearer x", "Host: x", "Cookie: x", "Impersonate-User: x"] {
        let _ = world.run(["api", "get", PROJECTS, "-H", header]).exits(2).says("not yours to set");
    }
    assert_eq!(world.emulator().journal().len(), before);
}

#[test]
fn the_answer_of_a_refusal_stays_on_stdout() {
    let world = World::ada();
    let refused = world.run(["api", "get", &format!("{PROJECTS}/none-such"), "--organization", "acme"]).exits(1);
    assert_eq!(refused.json()["reason"], "NotFound");
    let _ = refused.says("none-such");
}

#[test]
fn a_document_is_sent_as_it_is() {
    let world = World::ada();
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let question = br#"{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}"#;
    let answer = world.run_with_input(["api", "post", path, "-f", "-"], question).success().json();
    assert_eq!(answer["status"]["userInfo"]["username"], "ada@example.com");
    let file = world.scratch("question.json");
    std::fs::write(&file, question).expect("a file");
    let words = ["api", "post", path, "--input", &file.display().to_string(), "-H", "X-Note: 1", "--accept", "*/*"];
    let _ = world.run(words).success();
    let _ = world.run(["api", "post", path]).exits(2).says("--input");
    let _ = world.run(["api", "post", path, "-f", "/none/such"]).exits(2);
}

#[test]
fn a_deletion_is_asked_about_first() {
    let world = World::ada();
    let path = format!("{PROJECTS}/staging-d4e5f6");
    let deletions = || world.emulator().journal().iter().filter(|entry| entry.method == "DELETE").count();
    let _ = world.run(["api", "delete", &path, "--organization", "acme"]).exits(2).says("--yes");
    assert_eq!(deletions(), 0);
    let _ = world.run(["api", "delete", &path, "--organization", "acme", "--yes"]);
    assert_eq!(deletions(), 1);
}

//! Which context a login makes current, and what it says when it cannot know.
#![cfg(unix)]

use datumctl::emulator::Options;
use serde_json::json;

use crate::support::terminal::Terminal;
use crate::support::{Output, World};

const ADA: &str = "ada@example.com";

/// A world in which Ada owns these organizations, each with its projects.
fn owner_of(organizations: &[(&str, &[&str])]) -> World {
    let named = |name: &&str| json!({"name": name, "display_name": name});
    let organization = |(name, projects): &(&str, &[&str])| {
        let projects: Vec<_> = projects.iter().map(named).collect();
        json!({"name": name, "display_name": name, "onboarding": "Ready", "projects": projects})
    };
    let membership = |(name, _): &(&str, &[&str])| json!({"organization": name, "member": ADA, "roles": ["owner"]});
    let ada = json!({"id": "331234567890123401", "email": ADA, "given_name": "Ada", "family_name": "Lovelace"});
    let seed = json!({
        "people": [ada],
        "organizations": organizations.iter().map(organization).collect::<Vec<_>>(),
        "memberships": organizations.iter().map(membership).collect::<Vec<_>>(),
    });
    World::with(Options { seed: serde_json::from_value(seed).unwrap(), ..Options::default() })
}

/// A login at a terminal at which nobody presses a key.
fn login_at_terminal(world: &World) -> Output {
    Terminal::start(world, &world.login_command(ADA, &["login"])).finish()
}

#[test]
fn the_only_project_is_current_and_nobody_is_asked() {
    let world = owner_of(&[("acme", &["web"]), ("empty", &[])]);
    let _ = world.login(ADA).success().says("  2 organizations, 1 project\n").says("Context set to acme/web\n");
    assert_eq!(world.run(["whoami", "-o", "json"]).success().json()["context"], "acme/web");
    let world = owner_of(&[("acme", &["web"])]);
    let _ = login_at_terminal(&world).success().says("Context set to acme/web");
}

#[test]
fn the_only_organization_is_current_while_it_has_no_project() {
    let world = owner_of(&[("acme", &[])]);
    let _ = world.login(ADA).success().says("  1 organization, 0 projects\n").says("Context set to acme\n");
    let _ = login_at_terminal(&world).success().says("Context set to acme");
}

#[test]
fn several_projects_are_a_choice_that_only_a_person_makes() {
    let world = owner_of(&[("acme", &["mail", "web"])]);
    let told = world.login(ADA).success().says("datumctl ctx use ORG[/PROJECT]");
    assert!(!told.stderr.contains("Context set"), "{told}");
    let terminal = Terminal::start(&world, &world.login_command(ADA, &["login"]));
    terminal.running.says("acme/mail");
    terminal.press("\u{1b}[B\r");
    let _ = terminal.finish().success().says("Context set to acme/mail");
    // The next login finds it where it was left, without a question.
    let _ = login_at_terminal(&world).success().says("Context set to acme/mail");
    let _ = world.login(ADA).success().says("Context set to acme/mail");
}

#[test]
fn a_machine_is_never_asked() {
    let world = World::new();
    let file = world.credentials_file();
    let command = world.command(["login", "--credentials", file.to_str().unwrap()]);
    let told = Terminal::start(&world, &command).finish().success();
    assert!(told.stderr.contains("2 projects") && !told.stderr.contains("Context set"), "{told}");
}

#[test]
fn a_login_stands_although_nothing_could_be_looked_up() {
    let world = World::new();
    world.fault("api:status=403");
    let told = world.login(ADA).success().says("Signed in as ").says("answered with status 403");
    let _ =
        told.says("you are signed in, but your organizations could not be looked up").says("datumctl ctx --refresh");
    assert!(world.run(["auth", "list"]).success().stdout.contains(ADA));
}

#[test]
fn an_organization_whose_projects_are_unknown_is_named() {
    let world = owner_of(&[("acme", &["web"]), ("other", &["mail"])]);
    world.fault("api.projects:status=403,times=1");
    let told = world.login(ADA).success().says("  2 organizations, 1 project\n").says("Context set to ");
    assert_eq!(told.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{told}");
}

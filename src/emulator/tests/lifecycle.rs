//! Starting and stopping.

use std::net::TcpStream;
use std::path::Path;

use super::client::get;
use super::start;
use crate::emulator::{Emulator, Options, ROUTES, Seed, StartError};

#[test]
fn dropping_it_frees_the_port() {
    let emulator = start();
    let address = emulator.url().trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(emulator);
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let emulator = start();
    let port = emulator.url().rsplit(':').next().unwrap().parse().unwrap();
    let refused = Emulator::start(Options { port, ..Options::default() }).unwrap_err();
    assert!(matches!(refused, StartError::Listen { port: named, .. } if named == port));
}

#[tokio::test]
async fn it_starts_and_stops_inside_an_event_loop() {
    let emulator = start();
    emulator.shutdown().await;
}

#[test]
fn the_ready_line_says_where_and_who() {
    let emulator = start();
    let line = emulator.ready_line(Path::new("/tmp/credentials.json"));
    assert_eq!(line["url"], emulator.url());
    assert_eq!(line["accounts"][1]["email"], "grace@example.com");
    assert_eq!(line["credentials_file"], "/tmp/credentials.json");
    assert!(get(&emulator, "/").body.contains(emulator.client_id()));
}

#[test]
fn the_child_environment_leads_here_and_nowhere_else() {
    let emulator = start();
    let environment = emulator.child_environment(Path::new("home"), Path::new("key.json"), "datumctl emulator sign-in");
    let value = |name: &str| environment.set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    assert_eq!(value("DATUM_AUTH_HOSTNAME"), Some(emulator.url().into()));
    assert_eq!(value("DATUMCTL_CREDENTIAL_STORE"), Some("file".into()));
    assert!(environment.remove.contains(&"DATUM_SESSION"));
}

/// Text between two marks of the manual.
fn manual(from: &str, to: &str) -> &'static str {
    let (_, rest) = include_str!("../../../docs/emulator.md").split_once(from).unwrap();
    rest.split(to).next().unwrap()
}

#[test]
fn the_seed_in_the_manual_is_one() {
    let seed = Seed::from_json(manual("```json\n", "```")).unwrap();
    assert_eq!(seed.organizations[0].projects[0].name, "web");
}

#[test]
fn the_manual_lists_every_route_that_a_fault_can_strike() {
    let listed: Vec<_> = manual("Routes: ", "\n`token`").split('`').skip(1).step_by(2).collect();
    let silent = ["home", "style", "control"];
    assert_eq!(listed, ROUTES.iter().copied().filter(|name| !silent.contains(name)).collect::<Vec<_>>());
}

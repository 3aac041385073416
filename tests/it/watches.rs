//! `get --watch` through everything that ends a watch: dropped connections, forgotten places, expired tokens.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::World;

const PROJECT: &str = "production-a1b2c3";
/// Longer than any machine needs; a watch that stands still fails here.
const PATIENCE: Duration = Duration::from_secs(60);

fn zone(name: &str) -> Value {
    json!({"apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone",
           "metadata": {"name": name, "namespace": "default"},
           "spec": {"domainName": format!("{name}.example"), "dnsZoneClassName": "x"}})
}

/// A running watch and the lines it prints.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut child = world.spawn([&["get", "dnszones", "--project", PROJECT, "--watch"], arguments].concat());
        let (sender, lines) = mpsc::channel();
        let stdout = child.stdout.take().expect("a pipe");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the watch goes on")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watch_misses_no_event_whatever_ends_it() {
    const COUNT: usize = 120;
    let world = World::ada();
    let emulator = world.emulator();
    emulator.put_object(PROJECT, zone("first")).expect("stored");
    let watching = Watching::start(&world, &["-o", "name", "--output-watch-events"]);
    assert!(watching.line().starts_with("ADDED "), "what there was");
    let mut expected = BTreeMap::new();
    for number in 0..COUNT {
        let name = format!("zone-{number:03}");
        match number % 12 {
            2 | 8 => emulator.drop_watches(),
            5 => {
                // The watch comes back to a place that is forgotten.
                emulator.drop_watches();
                emulator.put_object(PROJECT, zone(&format!("{name}-unseen"))).expect("stored");
                expected.insert(format!("ADDED {name}-unseen"), 1);
                emulator.compact_history();
            }
            10 => {
                emulator.expire_access_tokens();
                emulator.drop_watches();
            }
            _ => {}
        }
        emulator.put_object(PROJECT, zone(&name)).expect("stored");
        expected.insert(format!("ADDED {name}"), 1);
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    while seen.values().sum::<usize>() < expected.len() {
        let line = watching.line();
        let (event, name) = (line.split_whitespace().next(), line.rsplit('/').next());
        let (event, name) = (event.expect("an event"), name.expect("a name"));
        *seen.entry(format!("{event} {name}")).or_default() += 1;
    }
    assert_eq!(seen, expected);
    // What went while nobody looked is told too.
    emulator.drop_watches();
    emulator.delete_object(PROJECT, &zone("first")).expect("deleted");
    emulator.compact_history();
    assert_eq!(watching.line().split_whitespace().next(), Some("DELETED"));
    assert!(world.refreshes().0 >= 1, "the token expired under the watch");
}

#[test]
fn a_watched_table_goes_on_in_its_columns() {
    let world = World::ada();
    let emulator = world.emulator();
    emulator.put_object(PROJECT, zone("a")).expect("stored");
    let watching = Watching::start(&world, &["--output-watch-events"]);
    assert!(watching.line().starts_with("EVENT      NAME   DOMAIN NAME   "));
    assert!(watching.line().starts_with("ADDED      a      a.example     "));
    emulator.drop_watches();
    emulator.put_object(PROJECT, zone("b")).expect("stored");
    assert!(watching.line().starts_with("ADDED      b      b.example     "));
    emulator.delete_object(PROJECT, &zone("b")).expect("deleted");
    assert!(watching.line().starts_with("DELETED    b      b.example     "));
}

#[test]
fn a_watch_that_may_not_go_on_says_so() {
    let world = World::ada();
    let watching = Watching::start(&world, &["-o", "name"]);
    world.emulator().put_object(PROJECT, zone("a")).expect("stored");
    let _ = watching.line();
    world.emulator().revoke_sessions("ada@example.com").expect("Ada");
    world.emulator().expire_access_tokens();
    world.emulator().drop_watches();
    let mut watching = watching;
    let status = watching.child.wait().expect("an end");
    assert_eq!(status.code(), Some(4));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_watch_without_a_word() {
    let world = World::ada();
    world.emulator().put_object(PROJECT, zone("a")).expect("stored");
    let mut watching = Watching::start(&world, &["-o", "name"]);
    let _ = watching.line();
    let pid = rustix::process::Pid::from_child(&watching.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a process");
    assert_eq!(watching.child.wait().expect("an end").code(), Some(130));
    let mut said = String::new();
    watching.child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!(said, "");
}

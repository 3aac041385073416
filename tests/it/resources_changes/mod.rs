//! Objects that are there already: patched, labelled, annotated, edited, waited for.

mod edit;
mod edit_refusals;
mod marks;
mod patch;
mod wait;

use datumctl::emulator::JournalEntry;
use serde_json::{Value, json};

use crate::support::World;

const PROJECT: &str = "production-a1b2c3";

/// `dnszone.dns.networking.miloapis.com/NAME`.
fn reference(name: &str) -> String {
    format!("dnszone.dns.networking.miloapis.com/{name}")
}

/// A DNS zone with one label.
fn zone(name: &str) -> Value {
    json!({
        "apiVersion": "dns.networking.miloapis.com/v1alpha1",
        "kind": "DNSZone",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "shop"}},
        "spec": {"domainName": format!("{name}.example"), "dnsZoneClassName": "datum"},
    })
}

/// A world in which Ada works in a project that has these zones.
fn project(zones: &[&str]) -> World {
    let mut world = World::ada();
    world.set("DATUM_PROJECT", PROJECT);
    for name in zones {
        put(&world, zone(name));
    }
    world
}

fn put(world: &World, object: Value) {
    world.emulator().put_object(PROJECT, object).expect("an object of a known type");
}

/// The zone as the server has it.
#[track_caller]
fn now(world: &World, name: &str) -> Value {
    // A rehearsal of nothing reads the object and sends nothing.
    world.run(["patch", "dnszone", name, "-p", "{}", "--dry-run=client", "-o", "json"]).success().json()
}

/// The requests that change zones.
fn writes(world: &World) -> Vec<JournalEntry> {
    let is_write = |entry: &JournalEntry| entry.method != "GET" && entry.path.contains("/dnszones");
    world.emulator().journal().into_iter().filter(is_write).collect()
}

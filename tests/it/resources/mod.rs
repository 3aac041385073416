//! Objects of a project: manifests that create, apply and delete them.

mod apply;
mod create;
#[cfg(unix)]
mod delete;
#[cfg(unix)]
mod diff;
mod manifests;

use std::ffi::OsStr;

use datumctl::emulator::JournalEntry;

use crate::support::{Output, World};

const PROJECT: &str = "production-a1b2c3";

/// A world in which Ada works in a project.
fn project() -> World {
    let mut world = World::ada();
    world.set("DATUM_PROJECT", PROJECT);
    world
}

/// A DNS zone as a manifest.
fn zone(name: &str) -> String {
    format!(
        "apiVersion: dns.networking.miloapis.com/v1alpha1\nkind: DNSZone\nmetadata:\n  name: {name}\n  labels: {{app: shop}}\n\
         spec:\n  domainName: {name}.example\n  dnsZoneClassName: datum\n"
    )
}

/// Several DNS zones as one manifest.
fn zones(names: &[&str]) -> String {
    names.iter().map(|name| zone(name)).collect::<Vec<_>>().join("---\n")
}

/// `dnszone.dns.networking.miloapis.com/NAME`.
fn reference(name: &str) -> String {
    format!("dnszone.dns.networking.miloapis.com/{name}")
}

/// Runs the binary with `manifest` on standard input.
fn pipe<S: AsRef<OsStr>>(world: &World, arguments: impl IntoIterator<Item = S>, manifest: &str) -> Output {
    world.run_with_input(arguments, manifest.as_bytes())
}

/// The requests that wrote zones, or tried to.
fn writes(world: &World) -> Vec<JournalEntry> {
    let is_write = |entry: &JournalEntry| entry.method != "GET" && entry.path.contains("/dnszones");
    world.emulator().journal().into_iter().filter(is_write).collect()
}

/// The names of the zones that are there.
#[track_caller]
fn names(world: &World) -> Vec<String> {
    let all = world.run(["delete", "dnszones", "--all", "--dry-run=client", "-o", "name"]).success();
    all.stdout.lines().filter_map(|line| line.split('/').next_back()).map(str::to_owned).collect()
}

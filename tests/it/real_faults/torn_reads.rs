//! Readers beside a writer that replaces the store all the time: a million reads, each of them whole.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use super::stage::{ADA, GRACE};
use super::{Stage, figure};

const READS: usize = 1_000_000;

#[test]
fn of_a_million_reads_beside_a_writer_none_is_torn() {
    // STO-33
    let stage = Stage::new();
    let path = stage.world.path("credentials.json");
    let (reads, torn, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let mut written = 0;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while reads.fetch_add(1, Ordering::Relaxed) < READS {
                    let store: Option<Value> =
                        std::fs::read(&path).ok().and_then(|content| serde_json::from_slice(&content).ok());
                    let is_whole = store.is_some_and(|store| store["datumctl-auth"]["known_users"].is_string());
                    torn.fetch_add(usize::from(!is_whole), Ordering::Relaxed);
                }
                stop.store(true, Ordering::Relaxed);
            });
        }
        for email in [ADA, GRACE].into_iter().cycle() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let _ = stage.world.run(["auth", "switch", email]).success();
            written += 1;
        }
    });
    let torn = torn.into_inner();
    figure(&format!("{READS} reads beside {written} replacements of the store: {torn} torn"));
    assert!(torn == 0 && written > 50, "{torn} torn, {written} written");
}

//! Faults wherever one can strike: death and failing calls at each system call, full disks, power cuts, storms.
//!
//! After each of them the same things must hold, and `Stage` looks at them. Each test prints its figures, which
//! `tests/run` shows and `docs/reliability.md` collects.

mod errors;
mod full_disk;
mod kills;
mod kills_of_refresh;
mod power;
pub mod stage;
mod stops;
pub mod storms;
mod torn_reads;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use stage::{GRACE, Stage};

/// Prints a line that `tests/run` shows.
#[allow(clippy::print_stdout, reason = "figures are what these tests are for")]
fn figure(text: &str) {
    println!("figure: {text}");
}

/// How many threads share the faults of one command: the system calls are the machine's work, not the test's.
const THREADS: usize = 3;

/// Strikes at each occurrence of each of `calls`, until it no longer happens, on several stages at once; answers how
/// often it did and the stages.
fn everywhere<T: Send>(
    calls: &BTreeMap<String, usize>,
    make: impl Fn() -> T + Sync,
    strike: impl Fn(&mut T, &str, usize) -> bool + Sync,
) -> (usize, Vec<T>) {
    // The most frequent calls first, so that no thread is left alone with them.
    let mut queue: Vec<(usize, &str)> = calls.iter().map(|(name, count)| (*count, name.as_str())).collect();
    queue.sort_unstable();
    let queue = Mutex::new(queue);
    let work = || {
        let (mut stage, mut struck) = (make(), 0);
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((count, call)) = next else { return (struck, stage) };
            // Runs differ a little; far beyond that, the calls are those of a child before it becomes another program.
            let numbers = 1..=count + count / 8 + 1;
            struck += numbers.take_while(|number| strike(&mut stage, call, *number)).count();
        }
    };
    let done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no failure")).collect()
    });
    (done.iter().map(|(struck, _)| struck).sum(), done.into_iter().map(|(_, stage)| stage).collect())
}

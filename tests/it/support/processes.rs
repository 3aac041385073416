//! What other users of this machine see of the processes that a test starts: arguments, environment, memory.
//!
//! One thread looks at `/proc` every few milliseconds and keeps what it sees of this program's descendants, by the
//! directory of the world that they live in. A process that a [`World`](super::World) starts is also looked at when
//! it has just begun, so that the shortest one is seen.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// What the processes of one world showed.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Arguments and environments, each pair once.
    pub texts: HashSet<(String, String)>,
    /// The most memory that one of them had, in KiB.
    pub peak: u64,
}

static SIGHTS: LazyLock<Mutex<HashMap<PathBuf, Sight>>> = LazyLock::new(Mutex::default);

const PAUSE: Duration = Duration::from_millis(5);

/// Begins to keep what the processes of the world in `directory` show.
pub fn watch(directory: &Path) {
    static WATCHER: Once = Once::new();
    sights().insert(directory.to_owned(), Sight::default());
    if cfg!(target_os = "linux") {
        WATCHER.call_once(|| drop(std::thread::spawn(look_for_ever)));
    }
}

/// What was seen so far in the world in `directory`.
pub fn seen(directory: &Path) -> Sight {
    sights().get(directory).cloned().unwrap_or_default()
}

/// Ends the watch.
pub fn forget(directory: &Path) -> Sight {
    sights().remove(directory).unwrap_or_default()
}

/// Looks at one process now.
pub fn look_at(process: u32) {
    if cfg!(target_os = "linux") {
        keep(process);
    }
}

fn sights() -> MutexGuard<'static, HashMap<PathBuf, Sight>> {
    SIGHTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look_for_ever() {
    let own = std::process::id();
    // Whether a process descends from this one: asked once, as long as it lives.
    let mut known: HashMap<u32, bool> = HashMap::new();
    loop {
        let started = Instant::now();
        let living: HashSet<u32> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        known.retain(|process, _| living.contains(process));
        // A child has a higher number than its parent, unless the numbers have begun anew.
        let mut new: Vec<u32> = living.into_iter().filter(|process| !known.contains_key(process)).collect();
        new.sort_unstable();
        for process in new {
            let is_ours = parent(process).is_some_and(|parent| parent == own || known.get(&parent) == Some(&true));
            known.insert(process, is_ours);
        }
        known.iter().filter(|(_, is_ours)| **is_ours).for_each(|(process, _)| keep(*process));
        // A quarter of one processor at most, however many there are to look at.
        std::thread::sleep(PAUSE.max(started.elapsed() * 3));
    }
}

fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn keep(process: u32) {
    let read = |file: &str| std::fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    let [arguments, environment, status] =
        ["cmdline", "environ", "status"].map(|file| String::from_utf8_lossy(&read(file)).into_owned());
    let text = (arguments, environment);
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    for (directory, sight) in sights().iter_mut() {
        let directory = directory.to_string_lossy();
        if text.0.contains(&*directory) || text.1.contains(&*directory) {
            sight.peak = sight.peak.max(peak.unwrap_or(0));
            if !sight.texts.contains(&text) {
                sight.texts.insert(text.clone());
            }
        }
    }
}

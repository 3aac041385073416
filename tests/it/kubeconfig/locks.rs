//! kubectl's lock file, and many writers at once.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{default_file, names, read, update};
use crate::support::World;

#[test]
fn a_lock_that_goes_away_is_waited_for() {
    // KCF-11
    let world = World::ada();
    let file = default_file(&world);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let lock = file.with_file_name("config.lock");
    std::fs::write(&lock, "").unwrap();
    let mut run = world.spawn(["auth", "update-kubeconfig", "--project", "web-1"]);
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(300) {
        assert!(run.try_wait().unwrap().is_none(), "it did not wait");
        assert!(!file.exists(), "it wrote in spite of the lock");
        std::thread::yield_now();
    }
    std::fs::remove_file(&lock).unwrap();
    let _ = world.finish(&run.wait_with_output().unwrap(), false).success();
    assert!(file.exists() && !lock.exists());
}

#[test]
fn a_lock_that_stays_is_named_with_its_age_and_never_taken_away() {
    // KCF-11
    let world = World::ada();
    let file = default_file(&world);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "kind: Config\n").unwrap();
    let lock = file.with_file_name("config.lock");
    let stale = std::fs::File::create(&lock).unwrap();
    stale.set_modified(std::time::SystemTime::now() - Duration::from_secs(3 * 86_400)).unwrap();
    let output = update(&world, &["--project", "web-1"]).exits(6).says("has been in the way for 3 days");
    assert!(output.stderr.contains(".kube/config.lock") && output.stderr.contains("hint: "), "{output}");
    assert!(lock.exists());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kind: Config\n");
    // Nothing to write needs no lock.
    let _ = update(&world, &["--remove", "--all"]).success().says("nothing to remove");
}

#[test]
fn twenty_updates_at_once_all_arrive() {
    // KCF-12
    let world = World::ada();
    let runs: Vec<_> = (0..20)
        .map(|number| {
            let project = format!("p-{number}");
            let mut command = world.command(["auth", "update-kubeconfig", "--project", &project]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for run in runs {
        let _ = world.finish(&run.wait_with_output().unwrap(), false).success();
    }
    let config = read(&default_file(&world));
    for list in ["clusters", "contexts"] {
        let mut there = names(&config, list);
        there.sort();
        let mut expected: Vec<_> = (0..20).map(|number| format!("datum-project-p-{number}")).collect();
        expected.sort();
        assert_eq!(there, expected);
    }
    assert_eq!(names(&config, "users").len(), 1);
    assert!(!default_file(&world).with_file_name("config.lock").exists());
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_neither_a_lock_nor_half_a_file() {
    use rustix::process::{Pid, Signal, kill_process};
    let world = World::ada();
    let file = default_file(&world);
    for number in 0..12 {
        let project = format!("p-{number}");
        let mut run = world.spawn(["auth", "update-kubeconfig", "--project", &project]);
        // Wherever it is by then: before the lock, under it, or behind it.
        for _ in 0..number * 400 {
            std::thread::yield_now();
        }
        if run.try_wait().unwrap().is_none() {
            let _ = kill_process(Pid::from_child(&run), Signal::INT);
        }
        run.wait().unwrap();
        assert!(!file.with_file_name("config.lock").exists(), "a lock was left behind");
        if file.exists() {
            assert_eq!(read(&file)["kind"], "Config");
        }
    }
    let _ = update(&world, &["--project", "last"]).success();
    assert!(names(&read(&file), "contexts").contains(&"datum-project-last".to_owned()));
}

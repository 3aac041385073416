//! The lock between threads that open it separately, which is what flock sees of processes too.

use std::time::{Duration, Instant};

use super::{Error, Lock};

const PATIENT: Duration = Duration::from_secs(30);

#[test]
fn two_hundred_waiters_are_served_one_at_a_time_and_none_starves() {
    // RFR-08
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("locks/busy.lock");
    let counter = home.path().join("counter");
    std::fs::write(&counter, "0").unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| {
                let _lock = Lock::take(&path, PATIENT).unwrap();
                let count: u32 = std::fs::read_to_string(&counter).unwrap().parse().unwrap();
                std::fs::write(&counter, (count + 1).to_string()).unwrap();
            });
        }
    });
    assert_eq!(std::fs::read_to_string(&counter).unwrap(), "200");
    assert!(started.elapsed() < PATIENT);
}

#[test]
fn a_waiter_gives_up_and_names_the_holder() {
    // RFR-12
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("held.lock");
    let _held = Lock::take(&path, PATIENT).unwrap();
    match Lock::take(&path, Duration::from_millis(20)) {
        Err(Error::Busy { holder, .. }) => assert_eq!(holder, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dropped_lock_is_free_at_once() {
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("free.lock");
    drop(Lock::take(&path, PATIENT).unwrap());
    Lock::take(&path, Duration::ZERO).unwrap();
}

#[cfg(unix)]
#[test]
fn a_lock_is_freed_when_its_holder_is_killed() {
    // RFR-13: the child holds it through its standard input.
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("killed.lock");
    let lock = Lock::take(&path, PATIENT).unwrap();
    let mut child =
        std::process::Command::new("sleep").arg("60").stdin(lock.try_clone_to_child().unwrap()).spawn().unwrap();
    drop(lock);
    assert!(matches!(Lock::take(&path, Duration::ZERO), Err(Error::Busy { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    Lock::take(&path, Duration::ZERO).unwrap();
}

#[cfg(unix)]
#[test]
fn a_waiter_on_a_deleted_lock_file_does_not_become_a_second_holder() {
    // RFR-14
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("deleted.lock");
    let first = Lock::take(&path, PATIENT).unwrap();
    assert!(first.is_intact());
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| Lock::take(&path, PATIENT));
        std::fs::remove_file(&path).unwrap();
        assert!(!first.is_intact());
        let second = Lock::take(&path, PATIENT);
        drop(first);
        drop(second);
        let third = waiter.join().unwrap().unwrap();
        assert!(third.is_intact());
        assert!(matches!(Lock::take(&path, Duration::ZERO), Err(Error::Busy { .. })));
    });
}

#[cfg(unix)]
#[test]
fn the_lock_file_and_its_directory_are_private() {
    // STO-01
    use std::os::unix::fs::PermissionsExt as _;
    let home = crate::sys::files::temporary_home();
    let path = home.path().join("locks/private.lock");
    let _lock = Lock::take(&path, PATIENT).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_lock_file_is_not_followed() {
    // STO-05
    let home = crate::sys::files::temporary_home();
    let (path, target) = (home.path().join("link.lock"), home.path().join("target"));
    std::fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(matches!(Lock::take(&path, Duration::ZERO), Err(Error::File(_))));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
}

//! Files in real directories, with everything that may lie in their place.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    Error, Notice, Reservation, create_private_directory, leftovers, move_aside, read, read_noting, remove,
    temporary_home, write,
};

const LIMIT: u64 = 1 << 20;

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_written_file_is_private_and_leaves_nothing_beside_it() {
    // STO-01
    let home = temporary_home();
    let directory = home.path().join("a/b");
    assert_eq!(create_private_directory(&directory).unwrap(), []);
    let path = directory.join("file");
    write(&path, b"content").unwrap();
    assert_eq!(read(&path, LIMIT).unwrap().unwrap(), b"content");
    assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
    assert_eq!(names(&directory), ["file"]);
}

#[test]
fn a_reservation_is_private_from_its_first_byte_and_has_an_unpredictable_name() {
    // STO-01, STO-06
    let home = temporary_home();
    let path = home.path().join("file");
    let (_one, _two) = (Reservation::make(&path, 100).unwrap(), Reservation::make(&path, 100).unwrap());
    let temporary = names(home.path());
    assert_eq!(temporary.len(), 2);
    assert_ne!(temporary[0], temporary[1]);
    assert!(temporary.iter().all(|name| mode(&home.path().join(name)) == 0o600));
}

#[test]
fn a_dropped_reservation_changes_nothing() {
    let home = temporary_home();
    let path = home.path().join("file");
    write(&path, b"old").unwrap();
    drop(Reservation::make(&path, 1 << 16).unwrap());
    assert_eq!(read(&path, LIMIT).unwrap().unwrap(), b"old");
    assert_eq!(names(home.path()), ["file"]);
}

#[test]
fn a_content_larger_or_smaller_than_the_room_is_written_whole() {
    let home = temporary_home();
    let path = home.path().join("file");
    for size in [0, 10, 1000] {
        Reservation::make(&path, 100).unwrap().commit(&vec![b'x'; size]).unwrap();
        assert_eq!(read(&path, LIMIT).unwrap().unwrap().len(), size);
    }
}

#[test]
fn loose_permissions_are_reported_by_a_read_and_repaired_by_a_write() {
    // STO-02
    let home = temporary_home();
    let directory = home.path().join("loose");
    std::fs::create_dir(&directory).unwrap();
    let path = directory.join("file");
    std::fs::write(&path, "old").unwrap();
    set_mode(&path, 0o644);
    set_mode(&directory, 0o755);
    let canonical = directory.canonicalize().unwrap();
    let expected = [Notice::Loose { path: canonical, mode: 0o755 }, Notice::Loose { path: path.clone(), mode: 0o644 }];
    assert_eq!(read_noting(&path, LIMIT).unwrap().unwrap().notices, expected);
    assert_eq!(
        create_private_directory(&directory).unwrap(),
        [Notice::Tightened { path: directory.clone(), mode: 0o755 }]
    );
    write(&path, b"new").unwrap();
    assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
    assert_eq!(read_noting(&path, LIMIT).unwrap().unwrap().notices, []);
}

#[test]
fn a_file_in_a_directory_that_anybody_can_write_is_refused() {
    // STO-03
    let home = temporary_home();
    let shared = home.path().join("shared");
    let directory = shared.join("private");
    create_private_directory(&directory).unwrap();
    let path = directory.join("file");
    write(&path, b"x").unwrap();
    set_mode(&shared, 0o777);
    assert!(matches!(read(&path, LIMIT), Err(Error::Untrusted { .. })));
    assert!(matches!(write(&path, b"y"), Err(Error::Untrusted { .. })));
    set_mode(&shared, 0o1777);
    assert_eq!(read(&path, LIMIT).unwrap().unwrap(), b"x");
}

#[test]
fn links_to_nothing_to_devices_to_directories_and_in_circles_are_refused() {
    // STO-05
    let home = temporary_home();
    std::fs::create_dir(home.path().join("directory")).unwrap();
    for target in ["/dev/null", "missing", "directory", "link"] {
        let path = home.path().join("link");
        symlink(target, &path).unwrap();
        assert!(matches!(read(&path, LIMIT), Err(Error::Untrusted { .. })), "{target}");
        assert!(matches!(write(&path, b"x"), Err(Error::Untrusted { .. })), "{target}");
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(names(home.path()), ["directory"]);
}

#[test]
fn a_link_to_a_file_of_ours_stays_a_link_and_its_target_is_replaced() {
    // STO-05
    let home = temporary_home();
    let elsewhere = home.path().join("elsewhere");
    create_private_directory(&elsewhere).unwrap();
    let (path, target) = (home.path().join("link"), elsewhere.join("target"));
    std::fs::write(&target, "old").unwrap();
    symlink(&target, &path).unwrap();
    write(&path, b"new").unwrap();
    assert_eq!(read(&path, LIMIT).unwrap().unwrap(), b"new");
    assert!(path.is_symlink());
    assert_eq!((mode(&target), names(&elsewhere)), (0o600, vec!["target".to_owned()]));
}

#[test]
fn what_is_not_a_regular_file_is_refused_without_waiting_for_it() {
    // STO-08
    let home = temporary_home();
    let path = |name: &str| home.path().join(name);
    std::fs::create_dir(path("directory")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    for name in ["directory", "fifo", "socket"] {
        assert!(matches!(read(&path(name), LIMIT), Err(Error::NotAFile { .. })), "{name}");
        assert!(matches!(write(&path(name), b"x"), Err(Error::NotAFile { .. })), "{name}");
    }
    assert!(matches!(read(Path::new("/dev/null"), LIMIT), Err(Error::NotAFile { .. })));
}

#[test]
fn a_file_over_the_limit_is_refused_and_a_missing_one_is_none() {
    let home = temporary_home();
    let path = home.path().join("file");
    assert!(read(&path, 3).unwrap().is_none());
    write(&path, b"1234").unwrap();
    assert!(matches!(read(&path, 3), Err(Error::TooLarge { limit: 3, .. })));
    assert_eq!(read(&path, 4).unwrap().unwrap(), b"1234");
}

#[test]
fn leftovers_of_dead_writers_are_cleared_and_the_room_of_a_living_one_is_not() {
    // STO-39
    let home = temporary_home();
    let path = home.path().join("file");
    for number in 0..1000 {
        std::fs::write(home.path().join(format!(".datumctl-file-4194304-{number:012}.tmp")), "half").unwrap();
    }
    for stranger in [".datumctl-other-4194304-aaaaaaaaaaaa.tmp", ".datumctl-file-x-aaaaaaaaaaaa.tmp", "file.tmp"] {
        std::fs::write(home.path().join(stranger), "not ours").unwrap();
    }
    let living = Reservation::make(&path, 10).unwrap();
    write(&path, b"first").unwrap();
    assert_eq!(names(home.path()).len(), 5);
    living.commit(b"second").unwrap();
    assert_eq!(read(&path, LIMIT).unwrap().unwrap(), b"second");
    assert_eq!(names(home.path()).len(), 4);
}

#[test]
fn a_leftover_can_be_read_before_it_is_removed() {
    let home = temporary_home();
    let path = home.path().join("file");
    std::fs::write(home.path().join(".datumctl-file-4194304-aaaaaaaaaaaa.tmp"), "{}   ").unwrap();
    let mut found = leftovers(&path);
    let leftover = found.pop().unwrap();
    assert_eq!(leftover.content(LIMIT).unwrap(), b"{}   ");
    leftover.remove().unwrap();
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_reader_sees_the_old_content_or_the_new_and_never_a_part() {
    // STO-33
    let home = temporary_home();
    let path = home.path().join("file");
    let content = |letter: u8| vec![letter; 20_000];
    write(&path, &content(b'a')).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let seen = read(&path, LIMIT).unwrap().unwrap();
                    assert!(seen == content(b'a') || seen == content(b'b'));
                }
            });
        }
        for round in 0..100 {
            write(&path, &content(if round % 2 == 0 { b'b' } else { b'a' })).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn removing_is_quiet_about_a_file_that_is_not_there() {
    let home = temporary_home();
    let path = home.path().join("file");
    write(&path, b"x").unwrap();
    remove(&path).unwrap();
    remove(&path).unwrap();
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_file_that_is_moved_aside_becomes_private() {
    // STO-02, STO-09
    let home = temporary_home();
    let (path, aside) = (home.path().join("file"), home.path().join("file.bad"));
    std::fs::write(&path, "x").unwrap();
    set_mode(&path, 0o644);
    move_aside(&path, &aside).unwrap();
    assert_eq!((mode(&aside), names(home.path())), (0o600, vec!["file.bad".to_owned()]));
}

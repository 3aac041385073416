//! Whose files they are: permissions, owners, links and things that are no files.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::World;

const ADA: &str = "ada@example.com";

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Everything under `path`, directories too.
fn all_below(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![path.to_owned()];
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| found.extend(all_below(&entry.unwrap().path())));
    }
    found
}

#[test]
fn a_login_leaves_private_files_whatever_the_umask() {
    // STO-01; real_strace looks at the modes while the files are made.
    for umask in ["000", "022", "077"] {
        let world = World::new();
        let login = world.login_command(ADA, &["login"]);
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
            .arg(login.get_program())
            .args(login.get_args());
        shell.env_clear().envs(login.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let _ = world.finish(&shell.stdin(std::process::Stdio::null()).output().unwrap(), false).success();
        for path in all_below(&world.path("")) {
            assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "umask {umask}: {}", path.display());
        }
    }
}

#[test]
fn loose_permissions_are_told_when_reading_and_mended_when_writing() {
    // STO-02
    let world = World::two_people();
    let (store, home) = (world.path("credentials.json"), world.path(""));
    set_mode(&store, 0o644);
    set_mode(&home, 0o755);
    insta::assert_snapshot!(world.run(["auth", "status"]).success().stderr, @"
    warning: <home>/.datumctl is open to others (mode 755); it should be yours alone
    warning: <home>/.datumctl/credentials.json is open to others (mode 644); it should be yours alone
    ");
    assert_eq!((mode(&store), mode(&home)), (0o644, 0o755), "reading changes nothing");
    world.expire("grace@example.com");
    insta::assert_snapshot!(world.run(["auth", "get-token"]).success().stderr, @"
    warning: <home>/.datumctl/credentials.json was open to others (mode 644) and is yours alone now
    warning: <home>/.datumctl was open to others (mode 755) and is yours alone now
    ");
    assert_eq!((mode(&store), mode(&home)), (0o600, 0o700));
    assert_eq!(world.run(["auth", "status"]).success().stderr, "");
}

#[test]
fn a_home_in_which_anybody_can_replace_files_is_refused() {
    // STO-03
    let world = World::ada();
    set_mode(&world.home(), 0o777);
    for command in [["auth", "get-token"], ["auth", "list"]] {
        let output = world.run(command).exits(7);
        assert!(output.stderr.contains("anybody can replace files"), "{output}");
    }
    set_mode(&world.home(), 0o1777);
    let _ = world.token();
}

#[test]
fn files_and_homes_of_somebody_else_are_refused() {
    // STO-03, STO-05: only root can give files away; for others the unit test of sys::files::trust stands.
    if !is_root() {
        return;
    }
    let world = World::ada();
    let give_away = |path: &Path| std::os::unix::fs::lchown(path, Some(4242), None).unwrap();
    let take_back = |path: &Path| std::os::unix::fs::lchown(path, Some(0), None).unwrap();
    for name in ["credentials.json", "config", ""] {
        give_away(&world.path(name));
        let _ = world.run(["auth", "get-token"]).exits(7).says("belongs to somebody else");
        take_back(&world.path(name));
    }
    let foreign = world.keeper("foreign.json");
    fs::rename(world.path("credentials.json"), &foreign).unwrap();
    give_away(&foreign);
    symlink(&foreign, world.path("credentials.json")).unwrap();
    let before = fs::read(&foreign).unwrap();
    for arguments in [["auth", "get-token"], ["auth", "logout"]] {
        let _ = world.run(arguments).exits(7).says("a link to somebody else's file");
    }
    let _ = world.finish(&world.login_command(ADA, &["login"]).output().unwrap(), false).exits(7);
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

#[test]
fn a_link_that_leads_to_no_file_of_ours_is_refused_and_its_target_untouched() {
    // STO-05
    let world = World::ada();
    let store = world.path("credentials.json");
    let nowhere = world.scratch("nowhere");
    for target in [Path::new("/dev/null"), &nowhere, &store] {
        fs::remove_file(&store).unwrap();
        symlink(target, &store).unwrap();
        let asked = world.emulator().journal().len();
        let _ = world.run(["auth", "get-token"]).exits(7);
        let _ = world.finish(&world.login_command(ADA, &["login"]).output().unwrap(), false).exits(7);
        assert_eq!(world.emulator().journal().len(), asked, "refused before anybody is asked");
        assert!(!nowhere.exists() && store.is_symlink());
    }
    assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
}

#[test]
fn a_link_to_a_file_of_ours_is_followed_and_kept() {
    // STO-05: people keep their dotfiles elsewhere.
    let world = World::ada();
    let (store, elsewhere) = (world.path("credentials.json"), world.home().join("dotfiles.json"));
    fs::rename(&store, &elsewhere).unwrap();
    symlink(&elsewhere, &store).unwrap();
    world.expire(ADA);
    let token = world.token();
    assert!(store.is_symlink());
    assert_eq!(world.credential(ADA)["token"]["access_token"], token);
    fs::rename(&elsewhere, &store).unwrap();
}

#[test]
fn things_that_look_like_our_temporary_files_are_left_alone() {
    // STO-06: the real names are random; whatever lies there already is not opened, followed or removed.
    let world = World::ada();
    let target = world.scratch("target");
    fs::write(&target, "untouched").unwrap();
    let names = ["config", "credentials.json"].map(|name| format!(".datumctl-{name}-1-attacker"));
    for name in names {
        symlink(&target, world.path(&format!("{name}.tmp"))).unwrap();
        fs::create_dir(world.path(&format!("{name}.dir.tmp"))).unwrap();
        let fifo = world.path(&format!("{name}.fifo.tmp"));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    }
    world.expire(ADA);
    let _ = world.token();
    let _ = world.run(["ctx", "use", "acme"]).success();
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    world.assert_refreshed(1);
}

#[test]
fn a_hard_link_keeps_the_old_content() {
    // STO-07
    let world = World::ada();
    let (store, link) = (world.path("credentials.json"), world.home().join("link"));
    let expired = {
        world.expire(ADA);
        fs::read(&store).unwrap()
    };
    fs::hard_link(&store, &link).unwrap();
    let _ = world.token();
    assert_eq!(fs::read(&link).unwrap(), expired);
    assert_ne!(store.metadata().unwrap().ino(), link.metadata().unwrap().ino());
    fs::remove_file(link).unwrap();
}

#[test]
fn what_is_no_file_is_refused_without_waiting_for_it() {
    // STO-08
    for name in ["credentials.json", "config"] {
        let world = World::ada();
        let path = world.path(name);
        let mut socket = None;
        for kind in ["directory", "fifo", "socket"] {
            let _ = fs::remove_file(&path);
            match kind {
                "directory" => fs::create_dir(&path).unwrap(),
                "fifo" => {
                    fs::remove_dir(&path).unwrap();
                    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
                }
                _ => socket = Some(std::os::unix::net::UnixListener::bind(&path).unwrap()),
            }
            let started = Instant::now();
            for command in [["auth", "get-token"], ["auth", "list"]] {
                let output = world.run(command);
                assert!(output.status == 6 || command[1] == "list" && name == "credentials.json", "{kind}: {output}");
            }
            let _ = world.finish(&world.login_command(ADA, &["login"]).output().unwrap(), false).exits(6);
            assert!(started.elapsed() < Duration::from_secs(10), "{kind} in place of {name}");
        }
        drop(socket);
    }
}

#[test]
fn root_is_told_before_it_writes_into_the_home_of_somebody_else() {
    // STO-23: only root can be root; the notice is all there is to see.
    if !is_root() {
        return;
    }
    let mut world = World::ada();
    all_below(&world.home()).iter().for_each(|path| std::os::unix::fs::lchown(path, Some(4242), None).unwrap());
    world.set("SUDO_UID", "4242");
    insta::assert_snapshot!(world.run(["ctx", "use", "acme"]).success().stderr, @"
    ✓ Context set to acme
    warning: running as root in <home>/.datumctl, which belongs to somebody else: they may not be able to read what is written
    ");
}

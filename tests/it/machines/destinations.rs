//! Where credentials may be written, and that no key is left behind where they could not be.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{content, exchange, key_ids, litter, machines, with_account};
use crate::support::{Output, World};

fn create(world: &World, path: &Path, more: &[&str]) -> Output {
    let words = ["keys", "create", "--account", "ci-deploy", "--output-file", path.to_str().expect("UTF-8")];
    machines(world, &[&words[..], more].concat())
}

/// Two lines at most, and the server was not asked for a key.
#[track_caller]
fn refused(world: &World, path: &Path, more: &[&str], status: i32, text: &str) {
    let output = create(world, path, more).exits(status).says(text);
    let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert!(errors == 1 && output.stdout.is_empty(), "{output}");
    assert_eq!(key_ids(world), Vec::<String>::new(), "{}", path.display());
    assert_eq!(litter(path), Vec::<PathBuf>::new());
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").mode() & 0o777
}

#[test]
fn the_file_is_private_whatever_the_umask_says() {
    let world = with_account();
    for (umask, name) in [("000", "open.json"), ("777", "closed.json")] {
        let path = world.keeper(name);
        let script = format!("umask {umask}; exec \"$@\"");
        let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file"];
        let mut shell = world.program("sh", ["-c", &script, "sh", crate::support::DATUMCTL]);
        shell.args(words).arg(&path);
        let _ = world.finish(&shell.output().expect("sh"), false).success();
        assert_eq!(mode(&path), 0o600);
    }
}

#[test]
fn what_is_there_stays_unless_force_is_used() {
    let world = with_account();
    let path = world.keeper("c.json");
    for present in ["", "precious"] {
        std::fs::write(&path, present).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        refused(&world, &path, &[], 2, "exists already");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), present);
    }
    let made = create(&world, &path, &["--force"]).success();
    assert_eq!((mode(&path), content(&path)["private_key_id"].as_str()), (0o600, Some(made.line().as_str())));
}

#[test]
fn links_pipes_devices_and_directories_are_no_files() {
    let world = with_account();
    let behind = world.scratch("behind.json");
    std::fs::write(&behind, "precious").unwrap();
    for (name, target) in [("to-a-file", behind.as_path()), ("to-nothing", Path::new("nothing"))] {
        symlink(target, world.scratch(name)).unwrap();
        refused(&world, &world.scratch(name), &[], 7, "is a link");
        refused(&world, &world.scratch(name), &["--force"], 7, "is a link");
    }
    std::fs::create_dir(world.scratch("directory")).unwrap();
    let fifo = world.scratch("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    for path in [world.scratch("directory"), fifo, PathBuf::from("/dev/null"), PathBuf::from("/dev/full")] {
        refused(&world, &path, &["--force"], 6, "is not a regular file");
    }
    for name in ["new/", "new/."] {
        refused(&world, &world.scratch("").join(name), &[], 6, "is not a regular file");
    }
    assert_eq!(std::fs::read_to_string(behind).unwrap(), "precious");
    refused(&world, &world.scratch("no/such/directory/c.json"), &[], 6, "No such file or directory");
}

#[test]
fn a_directory_in_which_anybody_can_replace_files_is_refused() {
    let world = with_account();
    let directory = world.scratch("everybodys");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    refused(&world, &directory.join("c.json"), &[], 7, "anybody can replace files");
}

#[test]
fn only_a_pipe_takes_what_goes_to_standard_output() {
    let world = with_account();
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file", "-"];
    for stdout in ["/dev/null", "/dev/full", "regular"] {
        let path = if stdout == "regular" { world.scratch("regular") } else { PathBuf::from(stdout) };
        let sink = std::fs::File::options().write(true).create(true).truncate(false).open(&path).unwrap();
        let child = world.command(words).stdout(Stdio::from(sink)).spawn().expect("the binary runs");
        let _ = world.finish(&child.wait_with_output().unwrap(), false).exits(2).says("into a pipe");
    }
    assert_eq!(std::fs::read(world.scratch("regular")).unwrap(), b"");
    assert_eq!(key_ids(&world), Vec::<String>::new());
}

#[test]
fn a_terminal_never_shows_a_key() {
    let world = with_account();
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file", "-"];
    let (shown, status) = on_a_terminal(&world.command(words));
    assert!(shown.contains("into a pipe") && !shown.contains("PRIVATE KEY"), "{shown}");
    assert_eq!(status, Some(2));
    assert_eq!(key_ids(&world), Vec::<String>::new());
}

#[test]
fn a_key_whose_reader_goes_away_is_revoked_again() {
    let world = with_account();
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file", "-"];
    let mut child = world.spawn(words);
    drop(child.stdout.take());
    let output = world.finish(&child.wait_with_output().unwrap(), false).exits(1);
    let _ = output.says("nobody reads the pipe").says("the new key was revoked again; nothing has changed");
    assert_eq!(key_ids(&world), Vec::<String>::new());
}

#[test]
fn a_file_that_appears_while_the_key_is_made_stays_and_the_key_is_revoked_again() {
    let world = with_account();
    let path = world.keeper("c.json");
    world.emulator().add_fault("api.other:commit-then-delay=1s,after=2,times=1".parse().unwrap());
    let words = ["service-accounts", "keys", "create", "--account", "ci-deploy", "--output-file"];
    let child = world.spawn([&words[..], &[path.to_str().unwrap()]].concat());
    std::thread::sleep(std::time::Duration::from_millis(600));
    std::fs::write(&path, "somebody's").unwrap();
    let output = world.finish(&child.wait_with_output().unwrap(), false).exits(2);
    let _ = output.says("exists already").says("the new key was revoked again");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's");
    assert_eq!((key_ids(&world), litter(&path)), (Vec::new(), Vec::new()));
}

#[test]
fn a_credentials_file_open_to_everybody_is_not_renewed() {
    let world = with_account();
    let path = super::key_in(&world, "c.json");
    let before = std::fs::read(&path).unwrap();
    let rotate = ["keys", "rotate", "--account", "ci-deploy", "--output-file", path.to_str().unwrap()];
    for open in [0o644, 0o606, 0o601] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
        let _ = machines(&world, &rotate).exits(7).says("open to everybody").says("chmod o-rwx");
    }
    assert_eq!((std::fs::read(&path).unwrap(), key_ids(&world).len()), (before, 1));
    // Who else may read it is the owner's choice, and stays it.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let _ = machines(&world, &rotate).success();
    assert_eq!(mode(&path), 0o640);
    let _ = exchange(&world, &path).success();
    std::fs::remove_file(&path).unwrap();
    let _ = machines(&world, &rotate).exits(2).says("there is no file");
}

/// Runs `command` with a terminal on standard output; answers what is shown there and its exit status.
fn on_a_terminal(command: &std::process::Command) -> (String, Option<i32>) {
    let (mut screen, pts) = pty_process::blocking::open().expect("a terminal");
    let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let program = pty_process::blocking::Command::new(command.get_program());
    let mut child = program.args(command.get_args()).env_clear().envs(set).spawn(pts).expect("the binary runs");
    let mut shown = Vec::new();
    // A terminal whose last process has gone reads as an error.
    let _ = std::io::Read::read_to_end(&mut screen, &mut shown);
    (String::from_utf8_lossy(&shown).into_owned(), child.wait().expect("an end").code())
}

#[test]
fn no_other_command_shows_a_new_key_on_a_terminal_or_loses_it() {
    let world = with_account();
    let manifest = world.scratch("key.json");
    let object = serde_json::json!({"apiVersion": "identity.miloapis.com/v1alpha1", "kind": "ServiceAccountKey",
        "metadata": {"name": "x"}, "spec": {"serviceAccountUserName": "ci-deploy@staging-d4e5f6.iam.datum.net"}});
    std::fs::write(&manifest, object.to_string()).unwrap();
    let create = ["create", "-f", manifest.to_str().unwrap()];
    let _ = world.run(create).exits(2).says("datumctl service-accounts keys create");
    let (shown, status) = on_a_terminal(&world.command([&create[..], &["-o", "yaml"]].concat()));
    assert!(status == Some(2) && !shown.contains("PRIVATE"), "{shown}");
    assert_eq!(key_ids(&world), Vec::<String>::new());
    // Who asks for the object, into a file or a pipe, gets it.
    let output = world.command([&create[..], &["-o", "json"]].concat()).output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("PRIVATE KEY"));
    let post = ["api", "post", "/apis/identity.miloapis.com/v1alpha1/serviceaccountkeys", "--input"];
    let (shown, status) = on_a_terminal(&world.command([&post[..], &[manifest.to_str().unwrap()]].concat()));
    assert!(status == Some(0) && shown.contains("(not shown on a terminal)"), "{shown}");
    assert!(!shown.contains("PRIVATE"), "{shown}");
    assert_eq!(key_ids(&world).len(), 2);
}

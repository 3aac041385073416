//! A disk that is really full: a small tmpfs with every amount of room, from none to enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::{self, ADA, session};
use super::{GRACE, Stage, figure};
use crate::machines;
use crate::support::{Output, World};

/// What is left on the disk.
#[derive(Clone, Copy, Debug)]
enum Room {
    /// This many pages of 4 KiB, and as many files as anybody likes.
    Pages(usize),
    /// This many files, and as much room as anybody likes.
    Files(usize),
}

/// `$0` is the directory, `$1` where its copies go, `$2` and `$3` what is left, then the command. What the command left
/// in the directory is copied out: the disk is gone with its namespace.
const SCRIPT: &str = r#"
set -e
directory=$0 copies=$1 pages=$2 files=$3
shift 3
rm -rf "$copies" && cp -a "$directory" "$copies"
mount -t tmpfs -o size=1m,nr_inodes=100,mode=0700 tmpfs "$directory"
cp -a "$copies/." "$directory/"
if [ "$pages" != all ]; then
    head -c 2000000 /dev/zero >"$directory/ballast" 2>/dev/null || true
    size=$(stat -c %s "$directory/ballast")
    truncate -s $((size - pages * 4096)) "$directory/ballast"
fi
if [ "$files" != all ]; then
    touch $(seq -f "$directory/ballast-%03g" 100) 2>/dev/null || true
    for ballast in $(ls "$directory" | grep ballast- | head -n "$files"); do rm "$directory/$ballast"; done
fi
status=0
"$@" || status=$?
rm -rf "$copies" "$directory"/ballast*
cp -a "$directory" "$copies"
exit $status
"#;

/// Runs `command` while `directory` is a small disk with this much room.
fn on_small_disk(world: &World, directory: &Path, room: Room, command: &Command) -> Output {
    let copies = world.scratch("copies");
    let (pages, files) = match room {
        Room::Pages(pages) => (pages.to_string(), "all".to_owned()),
        Room::Files(files) => ("all".to_owned(), files.to_string()),
    };
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT]);
    unshare.arg(directory).arg(&copies).args([&pages, &files]);
    unshare.arg(command.get_program()).args(command.get_args()).env_clear();
    unshare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let prints = command.get_args().any(|argument| argument == "get-token");
    let output = world.finish(&unshare.stdin(std::process::Stdio::null()).output().expect("unshare runs"), prints);
    assert!(copies.exists(), "no namespace to be had: {output}");
    std::fs::remove_dir_all(directory).expect("the old state");
    std::fs::rename(copies, directory).expect("the new state");
    output
}

/// From no room at all to more than anything here needs.
fn rooms() -> impl Iterator<Item = Room> {
    (0..24).map(Room::Pages).chain((0..5).map(Room::Files))
}

/// One error of one line about the room that is missing.
#[track_caller]
fn assert_full(output: &Output, place: &str) {
    let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert!(
        output.status == 6 && errors == 1 && output.stderr.contains("No space left on device"),
        "{place}: {output}"
    );
}

/// Runs the command in every room; answers how often it was refused and how often it went through.
fn in_every_room(command: impl Fn(&World) -> Command, check: impl Fn(&Stage, &str, &Output)) -> (usize, usize) {
    let stage = Stage::new();
    stage.save();
    let (mut refused, mut done) = (0, 0);
    for room in rooms() {
        stage.restore();
        let place = format!("{room:?}");
        let output = on_small_disk(&stage.world, &stage.world.path(""), room, &command(&stage.world));
        stage.assert_whole(&place);
        if output.status == 0 {
            done += 1;
        } else {
            refused += 1;
            assert_full(&output, &place);
        }
        check(&stage, &place, &output);
        let next = stage.world.run(["auth", "switch", ADA]);
        stage.assert_mended(&place, &next);
    }
    assert!(refused > 1 && done > 2, "{refused} refused, {done} done");
    (refused, done)
}

#[test]
fn a_refresh_on_a_full_disk_spends_nothing() {
    // STO-25, RFR-35
    let mut stage = Stage::new();
    let (mut refused, mut done) = (0, 0);
    for room in rooms() {
        stage.world.expire(GRACE);
        let place = format!("{room:?}");
        let before = stage.world.refreshes().0;
        let command = stage.world.command(["auth", "get-token"]);
        let output = on_small_disk(&stage.world, &stage.world.path(""), room, &command);
        stage.assert_whole(&place);
        let spent = stage.world.refreshes().0 - before;
        if output.status == 0 {
            done += 1;
        } else {
            refused += 1;
            assert_full(&output, &place);
        }
        assert_eq!(spent, usize::from(output.status == 0), "{place}: {output}");
        let next = stage.token(&place, false);
        stage.assert_mended(&place, &next);
        assert_eq!(stage.world.refreshes(), (before + 1, 0), "{place}: what was bought was not kept");
    }
    figure(&format!(
        "refresh on a full disk: {refused} refused before anything was sent, {done} done, {} lost",
        stage.lost
    ));
    assert!(refused > 2 && done > 2 && stage.lost == 0);
}

#[test]
fn a_login_on_a_full_disk_opens_no_browser_or_is_kept() {
    // STO-25
    let login = |world: &World| world.login_command(GRACE, &["login"]);
    let (refused, done) = in_every_room(login, |stage, place, output| {
        let token = stage::get_token(&stage.world, GRACE, false);
        assert_eq!(token.status, 0, "{place}: {token}");
        assert!(output.status == 0 || !output.stderr.contains("/authorize"), "{place}: {output}");
    });
    figure(&format!("login on a full disk: {refused} refused before a browser was opened, {done} done"));
}

#[test]
fn a_switch_on_a_full_disk_is_refused_or_done() {
    // STO-25
    let switch = |world: &World| world.command(["auth", "switch", ADA]);
    let (refused, done) = in_every_room(switch, |stage, place, _| {
        assert_eq!(stage::get_token(&stage.world, GRACE, false).status, 0, "{place}");
    });
    figure(&format!("auth switch on a full disk: {refused} refused, {done} done, old or new each time"));
}

#[test]
fn a_logout_on_a_full_disk_is_refused_or_done() {
    // STO-25
    let logout = |world: &World| world.command(["logout", GRACE]);
    let (refused, done) = in_every_room(logout, |stage, place, output| {
        let is_in = stage::entry(&stage.world, GRACE).is_some();
        assert!(output.status != 0 || !is_in, "{place}: {output}");
        if stage.world.run(["auth", "list"]).success().stdout.contains(&session(&stage.world, GRACE)) {
            let _ = stage.world.run(["logout", GRACE]).success();
        }
    });
    figure(&format!("logout on a full disk: {refused} refused, {done} done, in or out each time"));
}

#[test]
fn a_key_that_fits_on_no_disk_is_not_left_at_the_server() {
    // STO-25
    let world = machines::with_account();
    let directory = world.keeper("small");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let file = directory.join("c.json");
    let path = file.to_str().expect("UTF-8");
    let (mut refused, mut done) = (0, 0);
    for (words, room) in ["create", "rotate"].into_iter().flat_map(|words| rooms().map(move |room| (words, room))) {
        let place = format!("{words} {room:?}");
        let before = machines::key_ids(&world);
        if words == "create" {
            let _ = std::fs::remove_file(&file);
        }
        let command =
            world.command(["service-accounts", "keys", words, "--account", "ci-deploy", "--output-file", path]);
        let output = on_small_disk(&world, &directory, room, &command);
        let after = machines::key_ids(&world);
        if output.status == 0 {
            done += 1;
            assert_eq!(after.len(), before.len() + usize::from(words == "create"), "{place}");
        } else {
            refused += 1;
            assert_full(&output, &place);
            assert_eq!(after, before, "{place}: a key was left behind or lost");
        }
        if file.exists() {
            assert_eq!(machines::exchange(&world, &file).status, 0, "{place}");
        } else {
            assert!(words == "create" && output.status != 0, "{place}");
        }
        assert_eq!(machines::litter(&file), Vec::<PathBuf>::new(), "{place}");
    }
    figure(&format!("keys create and rotate on a full disk: {refused} refused with no key left, {done} done"));
    assert!(refused > 4 && done > 4);
}

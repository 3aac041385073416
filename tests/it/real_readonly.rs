//! A home on a file system that is mounted read-only, in a mount namespace of its own.

use std::process::Command;

use crate::support::{Output, World};

const ADA: &str = "ada@example.com";

/// Runs `command` where the whole home cannot be written.
fn read_only(world: &World, command: &Command) -> Output {
    let script =
        "mount --bind \"$HOME\" \"$HOME\" && mount -o remount,bind,ro \"$HOME\" || exit 99; exec \"$0\" \"$@\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
    unshare.arg(command.get_program()).args(command.get_args()).env_clear();
    unshare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = unshare.stdin(std::process::Stdio::null()).output().expect("unshare runs");
    let prints = command.get_args().any(|argument| argument == "get-token");
    let output = world.finish(&output, prints);
    assert_ne!(output.status, 99, "no namespace to be had: {output}");
    output
}

#[test]
fn a_valid_token_is_printed_from_a_read_only_home() {
    // STO-24
    let world = World::ada();
    let token = world.token();
    let output = read_only(&world, &world.command(["auth", "get-token"])).success();
    assert_eq!((output.line(), output.stderr.as_str()), (token.clone(), ""));
    // The same on the way that would like to leave an index for the next time.
    std::fs::remove_file(world.path("active.json")).unwrap();
    assert_eq!(read_only(&world, &world.command(["auth", "get-token"])).success().line(), token);
}

#[test]
fn an_expired_token_is_not_spent_where_its_successor_cannot_be_stored() {
    // STO-24, RFR-35
    let world = World::ada();
    world.expire(ADA);
    let asked = world.emulator().journal().len();
    let _ = read_only(&world, &world.command(["auth", "get-token"])).exits(6).says("Read-only file system");
    assert_eq!(world.emulator().journal().len(), asked, "the server was asked");
    let _ = world.token();
    world.assert_refreshed(1);
}

#[test]
fn a_login_that_could_not_be_stored_opens_no_browser() {
    // STO-24
    for world in [World::new(), World::ada()] {
        let asked = world.emulator().journal().len();
        let output = read_only(&world, &world.login_command(ADA, &["login"])).exits(6);
        assert!(!output.stderr.contains("/authorize"), "{output}");
        assert_eq!(world.emulator().journal().len(), asked, "the server was asked");
    }
}

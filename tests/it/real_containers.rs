//! Places with little in them: no /proc, a read-only root, process number 1.

use std::time::Duration;

use crate::support::{DATUMCTL, Output, World};

/// The binary in namespaces of its own. A machine that gives none fails the test: nothing was shown.
fn inside(world: &World, flags: &[&str], prelude: &str, words: &[&str]) -> Output {
    let possible = world.program("unshare", flags.iter().copied().chain(["true"])).output();
    let possible = possible.is_ok_and(|output| output.status.success());
    assert!(possible, "missing part: unshare {} is not to be had here", flags.join(" "));
    let script = format!("{prelude} exec \"$@\"");
    let arguments = flags.iter().copied().chain(["sh", "-c", &script, "sh", DATUMCTL]).chain(words.iter().copied());
    let output = world.program("unshare", arguments).output().expect("unshare");
    world.finish(&output, words.contains(&"get-token"))
}

/// Signs a service account in, then a token is fetched anew and the account leaves.
fn works(flags: &[&str], prelude: &str) {
    let world = World::with_ttl(Duration::ZERO);
    let file = world.credentials_file();
    let login = ["login", "--credentials", file.to_str().expect("UTF-8"), "--no-context"];
    let _ = inside(&world, flags, prelude, &login).success();
    let _ = inside(&world, flags, prelude, &["auth", "get-token"]).success().line();
    let _ = world.login("ada@example.com").success();
    let _ = inside(&world, flags, prelude, &["auth", "get-token"]).success().line();
    let _ = inside(&world, flags, prelude, &["logout", "--all"]).success();
}

// SIG-13
#[test]
fn it_works_without_proc() {
    works(&["-r", "-m"], "mount -t tmpfs none /proc &&");
}

// SIG-13
#[test]
fn it_works_as_process_one() {
    works(&["-r", "-p", "-f", "--mount-proc"], "");
}

// SIG-13
#[test]
fn it_works_below_a_root_that_is_read_only() {
    works(&["-r", "-m"], "mount --rbind \"$HOME\" \"$HOME\" && mount -o remount,bind,ro / &&");
}

//! Systems that give less than was asked for: half of a read or a write, few descriptors, little memory, small files,
//! calls that are forbidden.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::real_faults::stage::{self, ADA, GRACE, session};
use crate::support::{Output, World};

/// Builds the library that halves reads and writes.
fn short_io(world: &World) -> PathBuf {
    let library = world.scratch("short_io.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/short-io/short_io.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status();
    assert!(built.expect("the C compiler that also links this program").success());
    library
}

/// Signs two people in, and does once whatever changes a file; answers the tokens.
fn everything_that_writes(world: &World) -> HashSet<String> {
    let _ = world.login(ADA).success();
    let _ = world.login(GRACE).success();
    let mut tokens: HashSet<String> = (0..3).map(|_| stage::get_token(world, GRACE, true).success().line()).collect();
    for words in [
        &["ctx", "use", "acme"][..],
        &["auth", "update-kubeconfig", "--project", "web-1"],
        &["api-resources"],
        &["auth", "switch", ADA],
        &["organizations", "list"],
        &["auth", "doctor"],
    ] {
        let _ = world.run(words).success();
    }
    tokens.insert(world.token());
    let _ = world.run(["logout", GRACE]).success();
    tokens
}

#[test]
fn half_of_each_read_and_write_is_enough() {
    // STO-27
    let mut world = World::new();
    let (library, log) = (short_io(&world), world.scratch("shortened"));
    world.set("LD_PRELOAD", &library).set("SHORT_IO_LOG", &log);
    assert_eq!(everything_that_writes(&world).len(), 4);
    stage::assert_files_whole(&world, "after short writes");
    assert!(stage::litter(&world).is_empty());
    let shortened = std::fs::metadata(&log).expect("something was shortened").len();
    assert!(shortened > 100, "only {shortened} writes were shortened");
    world.unset("LD_PRELOAD");
    assert_eq!(stage::get_token(&world, ADA, true).status, 0);
}

/// Runs a command under `ulimit` or strace, as a shell would.
fn under(world: &World, prefix: &str, words: &[&str]) -> Output {
    let command = world.command(words);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{prefix} \"$0\" \"$@\"")]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.stdin(std::process::Stdio::null()).output().expect("sh runs");
    world.finish(&output, words.contains(&"get-token"))
}

#[test]
fn tight_limits_are_errors_and_cost_no_session() {
    // STO-41: descriptors, memory (KiB), the size of files (512 bytes each), processes.
    let world = World::two_people();
    let session = session(&world, GRACE);
    let refresh = ["auth", "get-token", "--min-ttl", "13h", "--session", &session];
    let mut refused = 0;
    for limit in ["-n 6", "-n 8", "-n 10", "-n 12", "-n 16", "-v 204800", "-f 0", "-f 1", "-f 2", "-f 4"] {
        for words in [
            &refresh[..],
            &["auth", "list"],
            &["organizations", "list"],
            &["auth", "switch", ADA],
            &["auth", "switch", GRACE],
        ] {
            let output = under(&world, &format!("ulimit {limit}; exec"), words);
            let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
            assert!(output.status < 128 && output.status != 70, "{limit} {words:?}: {output}");
            assert_eq!(errors, usize::from(output.status != 0), "{limit} {words:?}: {output}");
            assert_ne!(output.status, 4, "{limit} {words:?}: nobody was logged out\n{output}");
            refused += usize::from(output.status != 0 || output.stderr.contains("warning: the token could not"));
        }
        stage::assert_files_whole(&world, limit);
        for email in [ADA, GRACE] {
            assert_eq!(stage::get_token(&world, email, false).status, 0, "{limit}: {email}");
        }
    }
    assert!(refused > 10, "only {refused} commands met a limit");
    let _ = stage::get_token(&world, GRACE, true).success();
    assert_eq!(world.refreshes().1, 0);
}

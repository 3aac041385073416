//! What system calls say: nothing is done that needs not be, and what must be durable is so in the right order.

use std::path::Path;
use std::process::Command;

use crate::support::{DATUMCTL, World};

const ADA: &str = "ada@example.com";

/// Runs `command` under strace and answers its standard output and its system calls, each with its process id.
fn traced(world: &World, command: &Command, umask: &str) -> (String, Vec<String>) {
    let log = world.keeper("strace.log");
    let mut strace = Command::new("strace");
    // -y names the files behind the descriptors.
    strace.args(["-f", "-y", "-qq", "-s", "200", "-o"]).arg(&log);
    strace.args(["sh", "-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
    strace.arg(command.get_program()).args(command.get_args()).env_clear();
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = strace.stdin(std::process::Stdio::null()).output().expect("strace runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let calls = std::fs::read_to_string(&log).expect("a log").lines().map(str::to_owned).collect();
    (String::from_utf8(output.stdout).expect("text"), calls)
}

/// The calls after the shell has become the program.
fn own(calls: Vec<String>) -> Vec<String> {
    let started = calls.iter().position(|call| call.contains("execve(") && call.contains(DATUMCTL)).expect("an execve");
    calls.into_iter().skip(started + 1).collect()
}

fn is_call(line: &str, names: &[&str]) -> bool {
    let call = line.trim_start_matches(|character: char| character.is_ascii_digit() || character == ' ');
    names.iter().any(|name| call.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
}

#[test]
fn a_valid_token_costs_no_socket_no_lock_no_write_and_no_thread() {
    // RFR-01: also right after the login, and in every format.
    let world = World::ada();
    for format in ["token", "json", "client.authentication.k8s.io/v1"] {
        let (stdout, calls) = traced(&world, &world.command(["auth", "get-token", "--output", format]), "022");
        assert!(stdout.contains(world.credential(ADA)["token"]["access_token"].as_str().unwrap()));
        let calls = own(calls);
        let network = ["socket", "connect", "sendto", "sendmsg", "bind"];
        let locks = ["flock", "lockf"];
        let changes = [
            "rename",
            "renameat",
            "renameat2",
            "unlink",
            "unlinkat",
            "mkdir",
            "mkdirat",
            "fsync",
            "fdatasync",
            "ftruncate",
            "chmod",
            "fchmod",
            "fchmodat",
            "link",
            "linkat",
            "symlink",
            "pwrite64",
            "writev",
            "utimensat",
        ];
        let threads =
            ["clone", "clone3", "fork", "vfork", "epoll_create", "epoll_create1", "eventfd2", "io_uring_setup"];
        let names = [&network[..], &locks, &changes, &threads].concat();
        let unwanted: Vec<_> = calls.iter().filter(|call| is_call(call, &names)).collect();
        assert!(unwanted.is_empty(), "{format}: {unwanted:#?}");
        let opened_for_writing = |call: &&String| {
            is_call(call, &["open", "openat", "creat"])
                && ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag))
        };
        assert_eq!(calls.iter().find(opened_for_writing), None, "{format}");
        assert_eq!(calls.iter().find(|call| is_call(call, &["fcntl"]) && call.contains("LK")), None, "{format}");
        let writes: Vec<_> = calls.iter().filter(|call| is_call(call, &["write"])).collect();
        assert_eq!(writes.len(), 1, "{format}: {writes:#?}");
    }
}

#[test]
fn a_new_token_is_durable_before_anybody_hears_of_it() {
    // RFR-02, STO-31, and RFR-35: room is made before the refresh token is sent.
    let world = World::ada();
    world.expire(ADA);
    let (_, calls) = traced(&world, &world.command(["auth", "get-token"]), "022");
    let home = world.path("");
    let home = home.to_str().unwrap().trim_end_matches('/');
    let at = |from: usize, what: &str, found: &dyn Fn(&str) -> bool| {
        let position = calls[from..].iter().position(|call| found(call));
        from + position.unwrap_or_else(|| panic!("no {what} after call {from}:\n{}", calls.join("\n")))
    };
    let is_temporary = |call: &str| call.contains(&format!("{home}/.datumctl-credentials.json-"));
    let is_socket = |call: &str| call.contains("<TCP:[") || call.contains("<socket:[");
    let reserved = at(0, "reservation", &|call| is_call(call, &["fsync"]) && is_temporary(call));
    let sent =
        at(reserved, "request", &|call| is_call(call, &["sendto", "write", "writev", "sendmsg"]) && is_socket(call));
    let earlier =
        calls[..reserved].iter().find(|call| is_call(call, &["connect", "sendto"]) && call.contains("AF_INET"));
    assert_eq!(earlier, None, "the server was asked before there was room");
    let written = at(sent, "write", &|call| is_call(call, &["write"]) && is_temporary(call));
    let synced = at(written, "fsync", &|call| is_call(call, &["fsync"]) && is_temporary(call));
    let renamed = at(synced, "rename", &|call| call.contains("rename") && call.contains("/credentials.json\""));
    let durable =
        at(renamed, "fsync of the directory", &|call| is_call(call, &["fsync"]) && call.contains(&format!("<{home}>")));
    let answered = at(0, "answer", &|call| is_call(call, &["write"]) && call.contains("write(1<"));
    assert!(durable < answered, "answered at {answered}, durable at {durable}");
}

#[test]
fn whatever_the_umask_files_are_born_private() {
    // STO-01
    for umask in ["000", "022", "077"] {
        let world = World::new();
        let (_, calls) = traced(&world, &world.login_command(ADA, &["login"]), umask);
        let home = world.home();
        let ours = |call: &&String| call.contains(home.to_str().unwrap());
        let mut files = 0;
        for call in calls.iter().filter(ours).filter(|call| call.contains("O_CREAT")) {
            assert!(call.contains(", 0600)") && call.contains("O_CREAT"), "umask {umask}: {call}");
            assert!(call.contains("O_NOFOLLOW") || call.contains("O_EXCL"), "umask {umask}: {call}");
            files += 1;
        }
        let made: Vec<_> = calls.iter().filter(ours).filter(|call| is_call(call, &["mkdir", "mkdirat"])).collect();
        assert!(files > 3 && made.len() > 1, "umask {umask}");
        made.iter().for_each(|call| assert!(call.contains(", 0700)"), "umask {umask}: {call}"));
        assert_private(&home.join(".datumctl"));
    }
}

fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = path.symlink_metadata().unwrap();
    let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(metadata.permissions().mode() & 0o7777, expected, "{}", path.display());
    if metadata.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| assert_private(&entry.unwrap().path()));
    }
}

#[test]
fn a_file_is_made_in_the_directory_where_it_will_lie() {
    // STO-37: a rename across file systems is no rename.
    let world = World::two_people();
    let directory = |text: &str| Path::new(text).parent().map(Path::to_owned);
    let mut renames = 0;
    for words in [
        &["auth", "get-token", "--min-ttl", "13h"][..],
        &["ctx", "use", "acme"],
        &["auth", "update-kubeconfig", "--project", "web-1"],
        &["auth", "switch", ADA],
        &["logout", ADA],
    ] {
        let (_, calls) = traced(&world, &world.command(words), "022");
        for call in calls.iter().filter(|call| is_call(call, &["rename", "renameat", "renameat2", "link", "linkat"])) {
            let paths: Vec<&str> = call.split('"').skip(1).step_by(2).collect();
            assert_eq!(directory(paths[0]), directory(paths[1]), "{call}");
            renames += 1;
        }
    }
    assert!(renames >= 6, "only {renames}");
}

#[test]
fn a_call_that_the_system_forbids_is_done_without_or_told() {
    // SIG-15: what a sandbox may forbid, and locks that a file system does not have.
    let world = World::ada();
    for call in ["setsid", "prctl", "memfd_create", "flock", "fsync", "fchmod", "sigaltstack", "getrandom"] {
        for error in ["EPERM", "ENOSYS"] {
            let (trace, inject) = (format!("trace={call}"), format!("inject={call}:error={error}"));
            let refresh = world.command(["auth", "get-token", "--min-ttl", "13h"]);
            let mut strace =
                crate::support::strace::strace(&refresh, &["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
            let output = world.finish(&strace.output().expect("strace runs"), true).success();
            let is_told = output.stderr.contains("warning: the token could not be refreshed");
            assert_eq!(is_told, ["flock", "fsync"].contains(&call), "{call} {error}: {output}");
        }
    }
    assert_eq!(world.refreshes(), (12, 0));
}

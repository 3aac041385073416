//! A command under strace: which system calls it makes, and what becomes of it when one of them kills it or fails.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::World;

/// `command` under strace with these options, its children included.
pub fn strace(command: &Command, options: &[&str]) -> Command {
    let mut strace = Command::new("strace");
    strace.arg("-f").args(options);
    strace.arg(command.get_program()).args(command.get_args()).env_clear();
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    if let Some(directory) = command.get_current_dir() {
        strace.current_dir(directory);
    }
    strace
}

/// Runs `command` and kills it on entry to its `number`th `call`; whether it got that far.
pub fn killed_at(command: &Command, call: &str, number: usize) -> bool {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=SIGKILL:when={number}"));
    let mut strace = strace(command, &["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
    let output = strace.output().expect("strace runs");
    let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
    assert!(killed || output.status.success(), "{call} {number}: {}", String::from_utf8_lossy(&output.stderr));
    killed
}

/// The names of the system calls that `command` makes.
pub fn calls_of(world: &World, command: &Command) -> Vec<String> {
    let (counts, _) = Tracer::new(world, Follow::Everything).counts(command);
    counts.into_keys().collect()
}

/// Which processes a fault can hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// The command itself. What it starts goes on untouched.
    Itself,
    /// Whatever the command starts, too: each process counts its own calls.
    Everything,
}

/// Runs commands with one fault each.
pub struct Tracer {
    log: PathBuf,
    follow: Follow,
}

/// A command that ran with a fault.
pub struct Struck {
    pub output: Output,
    /// Whether the call came that far.
    pub happened: bool,
    /// The call that was made to fail, with the file behind its descriptor.
    pub call: Option<String>,
}

impl Tracer {
    pub fn new(world: &World, follow: Follow) -> Self {
        Self { log: world.scratch("strace.log"), follow }
    }

    fn command(&self, command: &Command, options: &[&str]) -> Command {
        let follow: &[&str] = match self.follow {
            Follow::Itself => &["-b", "execve"],
            Follow::Everything => &[],
        };
        let log = ["-o", self.log.to_str().expect("UTF-8")];
        let mut strace = strace(command, &[follow, &log, options].concat());
        strace.stdout(Stdio::piped()).stderr(Stdio::piped());
        strace
    }

    /// The calls of an undisturbed run with how often each is made, and its log. Of what another program's process does
    /// before it becomes that program, nothing is counted.
    pub fn counts(&self, command: &Command) -> (BTreeMap<String, usize>, String) {
        self.counts_with(command, Stdio::null())
    }

    pub fn counts_with(&self, command: &Command, input: Stdio) -> (BTreeMap<String, usize>, String) {
        let output = self.command(command, &["-qq"]).stdin(input).output().expect("strace runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let log = std::fs::read_to_string(&self.log).expect("a log");
        let process = |line: &str| line.split(' ').next().map(str::to_owned);
        let children: Vec<_> = match self.follow {
            Follow::Itself => {
                log.lines().skip(1).filter(|line| line.contains(" execve(")).filter_map(process).collect()
            }
            Follow::Everything => Vec::new(),
        };
        let counted = log.lines().filter(|line| process(line).is_none_or(|id| !children.contains(&id)));
        let mut counts = BTreeMap::new();
        for name in counted.filter_map(call_name) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
        (counts, log)
    }

    /// Runs `command` with `injection` (`signal=SIGKILL`, `error=EIO`) at the `number`th `call` of a process.
    pub fn strike(&self, command: &Command, call: &str, injection: &str, number: usize) -> Struck {
        self.strike_with(command, Stdio::null(), call, injection, number)
    }

    pub fn strike_with(&self, command: &Command, input: Stdio, call: &str, injection: &str, number: usize) -> Struck {
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{injection}:when={number}"));
        let mut strace = self.command(command, &["-q", "-y", "-e", &trace, "-e", &inject]);
        let output = strace.stdin(input).output().expect("strace runs");
        let log = std::fs::read_to_string(&self.log).expect("a log");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("strace:"), "{call} {number}: {stderr}");
        let failed = log.lines().find(|line| line.ends_with("(INJECTED)")).map(str::to_owned);
        Struck { output, happened: failed.is_some() || log.contains("+++ killed by SIGKILL +++"), call: failed }
    }

    /// Runs `command` until its `number`th `call`, after which it stands still; `None` when it ends before.
    pub fn stop(&self, command: &Command, call: &str, number: usize) -> Option<Stopped> {
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=SIGSTOP:when={number}"));
        // What an earlier run wrote is about another process.
        let _ = std::fs::remove_file(&self.log);
        let mut strace = self.command(command, &["-q", "-e", &trace, "-e", &inject]).spawn().expect("strace runs");
        let deadline = Instant::now() + Duration::from_secs(30);
        while strace.try_wait().expect("its state").is_none() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(line) = log.lines().find(|line| line.ends_with("--- stopped by SIGSTOP ---")) {
                let pid = line.split(' ').next().and_then(|pid| Pid::from_raw(pid.parse().ok()?));
                return Some(Stopped { strace, pid: pid.expect("a process") });
            }
            assert!(Instant::now() < deadline, "{call} {number}: it neither stopped nor ended");
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }
}

/// A command that stands still in the middle of its work.
pub struct Stopped {
    strace: Child,
    pub pid: Pid,
}

impl Stopped {
    /// Lets it go on to its end.
    pub fn go_on(self) -> Output {
        kill_process(self.pid, Signal::CONT).expect("a stopped process");
        self.strace.wait_with_output().expect("strace ends")
    }
}

/// The call that a line of a log begins; `None` for ends of calls, signals, and what starts and ends every program.
fn call_name(line: &str) -> Option<&str> {
    let call = line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
    let (name, _) = call.split_once('(')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (is_name && !["execve", "exit", "exit_group"].contains(&name)).then_some(name)
}

//! The shell asks what fits: words on the command line, behind `--`, and the shell's name in a variable.

use std::ffi::OsString;
use std::sync::Arc;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::Shells;

use super::{known, served};
use crate::sys::env;
use crate::ui;

/// Commands whose words name objects: the path to each, and the argument.
const OF_OBJECTS: [(&[&str], &str); 8] = [
    (&["annotate"], "words"),
    (&["delete"], "words"),
    (&["describe"], "words"),
    (&["edit"], "words"),
    (&["get"], "words"),
    (&["label"], "words"),
    (&["patch"], "words"),
    (&["auth", "can-i"], "what"),
];

/// Commands of which an argument names a service account, below `service-accounts`.
const OF_SERVICE_ACCOUNTS: [(&[&str], &str); 11] = [
    (&["get"], "name"),
    (&["enable"], "name"),
    (&["disable"], "name"),
    (&["delete"], "name"),
    (&["grant"], "name"),
    (&["revoke-role"], "name"),
    (&["roles"], "name"),
    (&["keys", "list"], "account"),
    (&["keys", "create"], "account"),
    (&["keys", "revoke"], "account"),
    (&["keys", "rotate"], "account"),
];

/// Answers the shell if it is one that asks; says nothing about what goes wrong.
pub(crate) fn answer(arguments: &[OsString], command: impl FnOnce() -> Command) -> bool {
    let Some(shell) = env::var(env::DATUMCTL_COMPLETE) else { return false };
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(&shell) else { return false };
    let Some(start) = arguments.iter().position(|word| word == "--") else { return false };
    let words = arguments[start + 1..].to_vec();
    let typed: Arc<[String]> = words.iter().filter_map(|word| word.to_str().map(str::to_owned)).collect();
    let mut command = of_flags(command());
    for (path, argument) in OF_OBJECTS {
        let typed = Arc::clone(&typed);
        command = at(command, path, &|leaf| with(leaf, argument, &typed, served::candidates));
    }
    for (path, argument) in OF_SERVICE_ACCOUNTS {
        let (path, typed) = ([&["service-accounts"], path].concat(), Arc::clone(&typed));
        command = at(command, &path, &|leaf| with(leaf, argument, &typed, served::service_accounts));
    }
    command = at(command, &["ctx", "use"], &|leaf| with(leaf, "context", &typed, known::contexts));
    command = at(command, &["projects", "delete"], &|leaf| with(leaf, "name", &typed, known::projects));
    let mut answer = Vec::new();
    if shell.write_complete(&mut command, words, None, &mut answer).is_ok() {
        let _ = ui::write_out(&String::from_utf8_lossy(&answer));
    }
    true
}

/// What is known wherever a flag asks for it.
fn of_flags(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| command.mut_subcommand(name, of_flags));
    command.mut_args(|argument| match argument.get_long() {
        Some("session") => offering(argument, || safe(known::sessions(&[]))),
        Some("organization") => offering(argument, || safe(known::organizations(&[]))),
        Some("project") => offering(argument, || safe(known::projects(&[]))),
        _ => argument,
    })
}

/// Changes the command at `path`; one that this program does not have stays away.
fn at(command: Command, path: &[&str], change: &dyn Fn(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [first, rest @ ..] if command.find_subcommand(first).is_some() => {
            command.mut_subcommand(first, |inner| at(inner, rest, change))
        }
        _ => command,
    }
}

fn with(command: Command, argument: &str, typed: &Arc<[String]>, find: fn(&[String]) -> Vec<String>) -> Command {
    let typed = Arc::clone(typed);
    let has_it = command.get_arguments().any(|one| one.get_id() == argument);
    match has_it {
        true => command.mut_arg(argument, |one| offering(one, move || safe(find(&typed)))),
        false => command,
    }
}

fn offering(argument: Arg, find: impl Fn() -> Vec<CompletionCandidate> + Send + Sync + 'static) -> Arg {
    argument.add(ArgValueCandidates::new(find))
}

/// Names that mean nothing to any shell; others are typed by hand.
fn safe(names: Vec<String>) -> Vec<CompletionCandidate> {
    let is_safe = |name: &String| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./@:+".contains(letter))
            && !name.starts_with('-')
    };
    names.into_iter().filter(is_safe).map(CompletionCandidate::new).collect()
}

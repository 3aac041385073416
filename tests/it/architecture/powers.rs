//! What only one place may do: print, ask the machine, connect, hand out a secret.

use super::source::{Source, sources};

/// Fails when product code outside of `places` says one of `phrases`, and when no place says any of them: a rule
/// that nothing can break any more is no rule.
fn only(places: &[&str], phrases: &[&[&str]]) {
    let is_place = |source: &Source| places.iter().any(|place| source.path.starts_with(place));
    let mut wrong = Vec::new();
    for phrase in phrases {
        for source in sources().iter().filter(|source| !is_place(source)) {
            let lines = source.lines_with(phrase);
            wrong.extend(lines.iter().map(|line| format!("{}:{line}: {}", source.path, phrase.concat())));
        }
    }
    assert!(wrong.is_empty(), "only {places:?} may say this:\n{}", wrong.join("\n"));
    for place in places {
        let inside = |source: &&Source| source.path.starts_with(place);
        let mut uses =
            sources().iter().filter(inside).flat_map(|source| phrases.iter().map(|phrase| source.lines_with(phrase)));
        assert!(uses.any(|lines| !lines.is_empty()), "{place} no longer needs to be allowed {phrases:?}");
    }
}

#[test]
fn only_the_ui_prints() {
    only(
        &["src/ui/", "src/sys/process.rs"],
        &[
            &["stdout", "(", ")", ".", "lock"],
            &["stderr", "(", ")", ".", "lock"],
            &["print", "!"],
            &["println", "!"],
            &["eprint", "!"],
            &["eprintln", "!"],
            &["tokio", "::", "io", "::", "stdout"],
            &["tokio", "::", "io", "::", "stderr"],
        ],
    );
    only(&["src/ui/", "src/sys/process.rs"], &[&["io", "::", "stdout"], &["io", "::", "stderr"]]);
}

/// Fails when product code outside of `place` names a forbidden path below `root`, and when `place` names none.
fn only_names(place: &str, root: &str, forbidden: impl Fn(&[&str]) -> bool) {
    let named = |source: &Source| -> Vec<String> {
        let paths = source.paths_from(root).into_iter();
        let paths = paths.filter(|(_, path)| forbidden(&path.iter().map(String::as_str).collect::<Vec<_>>()));
        paths.map(|(line, path)| format!("{}:{line}: {root}::{}", source.path, path.join("::"))).collect()
    };
    let (inside, outside): (Vec<&Source>, Vec<&Source>) =
        sources().iter().partition(|source| source.path.starts_with(place));
    let wrong: Vec<String> = outside.into_iter().flat_map(named).collect();
    assert!(wrong.is_empty(), "only {place} may say this:\n{}", wrong.join("\n"));
    assert!(inside.into_iter().any(|source| !named(source).is_empty()), "nothing in {place} needs this any more");
}

#[test]
fn only_sys_reads_the_environment() {
    only_names("src/sys/", "std", |path| path[0] == "env" && path.get(1) != Some(&"consts"));
}

#[test]
fn every_variable_is_declared_in_one_file() {
    only(
        &["src/sys/env.rs"],
        &[
            &["env", "::", "var", "(", "\"\""],
            &["env", "::", "var_os", "(", "\"\""],
            &["std", "::", "env", "::", "var_os"],
        ],
    );
}

#[test]
fn only_sys_reads_the_wall_clock() {
    only(&["src/sys/"], &[&["Timestamp", "::", "now"], &["Zoned", "::", "now"], &["SystemTime"]]);
}

#[test]
fn only_sys_touches_files() {
    only_names("src/sys/", "std", |path| path[0] == "fs");
    only(
        &["src/sys/"],
        &[&["tokio", "::", "fs"], &["File", "::", "open"], &["File", "::", "options"], &["OpenOptions"]],
    );
}

#[test]
fn only_sys_starts_processes() {
    let is_power = |path: &[&str]| path[0] == "process" && path.get(1).is_none_or(|name| *name != "ExitCode");
    only_names("src/sys/", "std", is_power);
    only(&["src/sys/"], &[&["tokio", "::", "process", "::"]]);
}

#[test]
fn only_http_builds_a_client() {
    only(&["src/http/client.rs"], &[&["reqwest", "::", "Client", "::"], &["reqwest", "::", "ClientBuilder"]]);
}

#[test]
fn only_the_emulator_and_the_callback_listen() {
    only(&["src/emulator/", "src/oauth/callback/"], &[&["TcpListener"]]);
}

#[test]
fn only_sys_and_the_ui_read_what_is_typed() {
    only(&["src/sys/", "src/ui/"], &[&["stdin", "(", ")"]]);
}

/// Every file that may take a secret out of its `Secret`, and where the secret goes.
const EXPOSED: [(&str, &str); 27] = [
    ("src/auth/login.rs", "from the terminal into the reader of redirect addresses"),
    ("src/auth/refresh.rs", "to the command that asked, over a pipe"),
    ("src/auth/token.rs", "into a SHA-256"),
    ("src/cmd/auth/get_token.rs", "to standard output, as asked"),
    ("src/emulator/running.rs", "to the tests that look for leaks"),
    ("src/emulator/state.rs", "into the emulator's answers"),
    ("src/http/client.rs", "into the Authorization header"),
    ("src/machine/document.rs", "into a credentials file"),
    ("src/oauth/authorize.rs", "into the address of the login page, and its comparison"),
    ("src/oauth/callback/response.rs", "into the comparison with what came back"),
    ("src/oauth/device.rs", "to the token endpoint"),
    ("src/oauth/id_token.rs", "into the signature check"),
    ("src/oauth/id_token/claims.rs", "into the comparison with a hash"),
    ("src/oauth/pkce.rs", "into the challenge"),
    ("src/oauth/private_key.rs", "into the key that signs"),
    ("src/oauth/token.rs", "to the token and revocation endpoints"),
    ("src/session/credential.rs", "into the stored form"),
    ("src/session/file.rs", "into credentials.json"),
    ("src/session/key_file.rs", "into the key file"),
    ("src/session/keyring/encoding.rs", "into the keyring's encoding"),
    ("src/session/keyring/native.rs", "into the keyring"),
    ("src/session/keyring/secret_service.rs", "into the keyring"),
    ("src/session/keyring/split.rs", "into the pieces of a large entry"),
    ("src/session/sessions/", "into a room of the right size and the comparison of two copies"),
    ("src/session/wire.rs", "into the stored form"),
    ("src/session/wire/document.rs", "into the stored form"),
    ("src/session/wire/peek.rs", "out of the stored form, into the reader of JSON"),
];

#[test]
fn secrets_are_handed_out_in_named_places_only() {
    let places = EXPOSED.map(|(path, _)| path);
    only(&places, &[&[".", "expose", "("]]);
}

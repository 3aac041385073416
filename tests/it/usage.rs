//! Wrong command lines: exit code 2, one clear line, the same as an object; and the words that always work.

use serde_json::Value;

use crate::support::World;

/// Command lines that nothing but a change of the line can help, with what the message must name.
const WRONG: [(&[&str], &str); 39] = [
    (&["no-such-command"], "no-such-command"),
    (&["--no-such-flag"], "--no-such-flag"),
    (&["auth", "no-such-command"], "no-such-command"),
    (&["auth", "get-token", "extra"], "extra"),
    (&["auth", "get-token", "-o", "xml"], "xml"),
    (&["auth", "get-token", "--min-ttl", "soon"], "duration"),
    (&["auth", "get-token", "--min-ttl", "-1s"], "-1"),
    (&["auth", "get-token", "--session"], "--session"),
    (&["auth", "get-token", "--session", "nobody@nowhere"], "--session"),
    (&["auth", "list", "-o", "table"], "table"),
    (&["auth", "status", "--output"], "--output"),
    (&["auth", "org"], "--list"),
    (&["auth", "org", "--list", "--use", "acme"], "--use"),
    (&["auth", "org", "--use", "nowhere"], "nowhere"),
    (&["auth", "switch", "nobody@example.com"], "nobody@example.com"),
    (&["auth", "switch", "a@b.c", "d@e.f"], "d@e.f"),
    (&["login", "--hostname", "http://auth.example.com"], "http://"),
    (&["login", "--hostname", "auth.example.com/path"], "path"),
    (&["login", "--hostname", "me@auth.example.com"], "user name"),
    (&["login", "--hostname", ""], "HOST"),
    (&["login", "--api-hostname", "ftp://api.example.com"], "--api-hostname"),
    (&["login", "--port", "70000"], "70000"),
    (&["login", "--timeout", "1d"], "duration"),
    (&["login", "--no-browser", "--credentials", "x"], "cannot be used with"),
    (&["login", "--context", "acme", "--no-context"], "cannot be used with"),
    (&["login", "--credentials", "/no/such/file"], "/no/such/file"),
    (&["login", "--credentials"], "--credentials"),
    (&["logout", "a@b.c", "--all"], "cannot be used with"),
    (&["logout", "nobody@example.com"], "nobody@example.com"),
    (&["logout", "--session", "nobody"], "nobody"),
    (&["whoami", "-o", "yaml"], "yaml"),
    (&["ctx", "use", "nowhere/at-all"], "nowhere"),
    (&["ctx", "use"], "terminal"),
    (&["organizations", "list", "-o", "csv"], "csv"),
    (&["projects", "list", "--organization"], "--organization"),
    (&["completion", "tcsh"], "tcsh"),
    (&["version", "now"], "now"),
    (&["emulator", "start", "--fault", "nonsense"], "ROUTE:PART"),
    (&["emulator", "start", "--seed", "/no/such/file"], "/no/such/file"),
];

#[test]
fn a_wrong_command_line_is_named_in_one_line_and_exits_2() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    let asked = world.emulator().journal().len();
    for (words, named) in WRONG {
        let refused = world.run(words).exits(2);
        assert_eq!(refused.stdout, "", "{words:?}");
        let errors = refused.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        let others = refused.stderr.lines().filter(|line| !line.starts_with("error: ") && !line.starts_with("hint: "));
        assert_eq!((errors, others.count()), (1, 0), "{words:?}: {refused}");
        assert!(refused.stderr.contains(named), "{words:?} does not name {named}: {refused}");
        assert!(refused.stderr.lines().all(|line| line.len() < 500), "{refused}");
    }
    let journal = world.emulator().journal();
    let outside: Vec<_> = journal[asked..].iter().filter(|entry| !entry.route.starts_with("api.")).collect();
    assert_eq!(outside.len(), 0, "a wrong line signs nobody in: {outside:?}");
}

#[test]
fn the_same_errors_come_as_one_object() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    for (words, _) in WRONG {
        for format in ["json", "yaml"] {
            // In front, so that a command line cut short in the end still says it.
            let refused = world.run([&["--error-format", format], words].concat()).exits(2);
            let object: Value =
                match format {
                    "json" => serde_json::from_str(&refused.stderr)
                        .unwrap_or_else(|error| panic!("{words:?} {error}: {refused}")),
                    _ => yaml_serde::from_str(&refused.stderr)
                        .unwrap_or_else(|error| panic!("{words:?} {error}: {refused}")),
                };
            let error = object["error"].as_object().expect("error");
            assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "message", "causes", "hints", "retryable"]);
            assert!(
                error["code"].as_str().is_some_and(|code| !code.is_empty() && code == code.to_uppercase()),
                "{refused}"
            );
            assert!(error["message"].as_str().is_some_and(|message| !message.contains('\n')), "{refused}");
            assert!(error["hints"].is_array() && error["causes"].is_array());
            assert_eq!(error["retryable"], false, "{words:?}");
        }
    }
}

#[test]
fn a_wrong_word_reads_like_this() {
    let world = World::new();
    insta::assert_snapshot!(world.run(["logn"]).exits(2), @"
    ------- stderr -------
    error: unrecognized subcommand 'logn'
    hint: some similar subcommands exist: 'logout', 'login'
    hint: usage: datumctl [OPTIONS] [COMMAND]
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["auth", "get-token", "--min-ttl", "soon"]).exits(2), @"
    ------- stderr -------
    error: invalid value 'soon' for '--min-ttl <DURATION>': expected a duration such as 30s, 5m or 2h
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["auth", "org"]).exits(2), @"
    ------- stderr -------
    error: the following required arguments were not provided: <--list|--use <SLUG>>
    hint: usage: datumctl auth org <--list|--use <SLUG>>
    [exit status: 2]
    ");
    insta::assert_snapshot!(world.run(["login", "--hostname", "http://auth.example.com"]).exits(2), @r#"
    ------- stderr -------
    error: --hostname "http://auth.example.com": http:// is for this machine only (127.0.0.1, [::1], localhost); use https://
    [exit status: 2]
    "#);
    insta::assert_snapshot!(world.run(["--error-format", "json", "whoami", "--nope"]).exits(2), @r#"
    ------- stderr -------
    {"error":{"code":"USAGE","message":"unexpected argument '--nope' found","causes":[],"hints":["usage: datumctl whoami [OPTIONS]"],"retryable":false}}
    [exit status: 2]
    "#);
    insta::assert_snapshot!(world.run(["whoami", "--error-format", "yaml"]).exits(4), @"
    ------- stderr -------
    error:
      code: NOT_LOGGED_IN
      message: not logged in
      causes: []
      hints:
      - datumctl login
      - in scripts and CI, set DATUM_CREDENTIALS_FILE to a credentials file
      retryable: false
    [exit status: 4]
    ");
}

#[test]
fn a_wrong_environment_is_named_by_its_variable() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    for (variable, value) in [
        ("DATUM_SESSION", "nobody"),
        ("DATUM_CREDENTIALS_FILE", "/no/such/file"),
        ("DATUMCTL_CREDENTIAL_STORE", "cloud"),
        ("KUBERNETES_EXEC_INFO", "{"),
    ] {
        let words = ["auth", "get-token", "-o", "client.authentication.k8s.io/v1"];
        let output = world.command(words).env(variable, value).output().expect("it runs");
        let refused = world.finish(&output, true).exits(2);
        assert!(refused.stderr.contains(variable) || refused.stderr.contains("/no/such/file"), "{refused}");
    }
}

// OUT-15, SIG-01
#[test]
fn completion_scripts_are_made_for_every_shell() {
    let world = World::new();
    for (shell, sign) in [
        ("bash", "complete -o nospace -o bashdefault -F _clap_complete_datumctl"),
        ("zsh", "#compdef datumctl"),
        ("fish", "--command datumctl"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "set edit:completion:arg-completer[datumctl]"),
    ] {
        let script = world.run(["completion", shell]).success();
        assert!(script.stdout.contains(sign), "{shell}: {script}");
        assert_eq!(script.stderr, "");
    }
    let bash = world.run(["completion", "bash"]).success().stdout;
    let script = world.scratch("completion.bash");
    std::fs::write(&script, bash).expect("a script");
    let check = world.program("bash", ["-c", ". ./completion.bash && complete -p datumctl"]).output().expect("bash");
    assert!(check.status.success() && check.stderr.is_empty(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn help_and_version_are_answers() {
    let world = World::new();
    for words in [
        &["--help"][..],
        &["-h"],
        &["auth", "--help"],
        &["auth", "get-token", "--help"],
        &["login", "--help"],
        &["ctx", "use", "-h"],
        &["emulator", "start", "--help"],
        &["--version"],
        &["version"],
    ] {
        let answer = world.run(words).success();
        assert!(!answer.stdout.is_empty() && answer.stderr.is_empty(), "{words:?}");
        assert!(!answer.stdout.contains("__refresh"));
    }
    assert_eq!(world.run(["version", "-o", "json"]).success().json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(world.emulator().journal().len(), 0);
    assert!(!world.path("").exists(), "asking for help leaves nothing");
}

//! Logging out: at the server, here, and of nobody else.

use std::time::{Duration, Instant};

use datumctl::emulator::{Options, Person, Seed};
use serde_json::Value;

use crate::support::World;

/// The refresh token of this account, as it is stored.
fn refresh_token(world: &World, email: &str) -> String {
    let stored: Value = serde_json::from_slice(&std::fs::read(world.path("credentials.json")).unwrap()).unwrap();
    let entries = stored["datumctl-auth"].as_object().unwrap();
    let (_, entry) = entries.iter().find(|(key, _)| key.starts_with(&format!("{email}@"))).expect("an entry");
    let entry: Value = serde_json::from_str(entry.as_str().unwrap()).unwrap();
    entry["token"]["refresh_token"].as_str().unwrap().to_owned()
}

/// Whether the server still takes this refresh token.
fn is_alive(world: &World, refresh_token: &str) -> bool {
    world.emulator().clear_faults();
    let form =
        format!("grant_type=refresh_token&client_id={}&refresh_token={refresh_token}", world.emulator().client_id());
    let curl = std::process::Command::new("curl")
        .args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-"])
        .arg(format!("{}/oauth/v2/token", world.emulator().url()))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .and_then(|mut curl| {
            use std::io::Write as _;
            curl.stdin.take().unwrap().write_all(form.as_bytes())?;
            curl.wait_with_output()
        });
    match String::from_utf8(curl.expect("curl").stdout).unwrap().as_str() {
        "200" => true,
        "400" => false,
        other => panic!("the token endpoint answered {other}"),
    }
}

// LGO-01
#[test]
fn the_server_forgets_the_session_before_we_do() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    let _ = world.run(["ctx", "list", "--refresh"]).success();
    let token = refresh_token(&world, "ada@example.com");
    insta::assert_snapshot!(world.run(["logout"]).success(), @"
    ------- stderr -------
    ✓ Logged out ada@example.com; its tokens are revoked
    ");
    assert!(!is_alive(&world, &token));
    let left: String = world.files().iter().map(|(_, content)| String::from_utf8_lossy(content).into_owned()).collect();
    for trace in ["ada@", "Lovelace", "acme", "Acme", "production"] {
        assert!(!left.contains(trace), "{trace} is left: {left}");
    }
    insta::assert_snapshot!(world.run(["auth", "status"]).exits(4), @"
    status: no_credential
    [exit status: 4]
    ");
    insta::assert_snapshot!(world.run(["auth", "get-token"]).exits(4), @"
    ------- stderr -------
    error: not logged in
    hint: datumctl login
    hint: in scripts and CI, set DATUM_CREDENTIALS_FILE to a credentials file
    [exit status: 4]
    ");
    insta::assert_snapshot!(world.run(["logout"]).success(), @"status: no_credential");
    insta::assert_snapshot!(world.run(["logout", "-o", "json"]).success(), @r#"
    {
      "status": "no_credential",
      "sessions": []
    }
    "#);
}

// LGO-02
#[test]
fn whatever_the_server_says_nothing_is_left_here_and_what_it_said_is_told() {
    for (fault, said) in [
        ("revoke:status=200", "its tokens are revoked"),
        ("revoke:error=unsupported_token_type", "unsupported_token_type"),
        ("revoke:status=404", "404"),
        ("revoke:status=503,retry-after=3600", "503"),
        ("revoke:reset", "tokens live on until they expire"),
        ("revoke:garbage", "web page"),
        ("revoke:status=302", "tokens live on until they expire"),
        ("discovery:status=500", "tokens live on until they expire"),
    ] {
        let world = World::new();
        let _ = world.login("ada@example.com").success();
        world.emulator().add_fault(fault.parse().unwrap());
        let begun = Instant::now();
        let done = world.run(["logout"]).success().says(said);
        assert!(begun.elapsed() < Duration::from_secs(5), "{fault}: {done}");
        assert_eq!(done.stdout, "");
        let _ = world.run(["auth", "status"]).exits(4);
        assert_eq!(world.run(["auth", "list", "-o", "json"]).json(), serde_json::json!([]));
    }
}

// LGO-02
#[test]
fn a_server_that_never_answers_is_waited_for_five_seconds() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    world.emulator().add_fault("revoke:hang".parse().unwrap());
    let begun = Instant::now();
    insta::assert_snapshot!(world.run(["logout", "-o", "json"]).success(), @r#"
    {
      "status": "logged_out",
      "sessions": [
        {
          "session": "ada@example.com@<host>",
          "email": "ada@example.com",
          "revoked": false,
          "reason": "<host> did not answer within 5 s"
        }
      ]
    }
    ------- stderr -------
    ✓ Logged out ada@example.com here
    warning: the server could not be told, so its tokens live on until they expire: <host> did not answer within 5 s
    "#);
    assert!(begun.elapsed() < Duration::from_secs(9));
    let _ = world.run(["auth", "status"]).exits(4);
}

// LGO-03
#[test]
fn a_token_that_is_dead_already_is_no_trouble() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    world.emulator().revoke_sessions("ada@example.com").unwrap();
    let _ = world.run(["logout"]).success().says("its tokens are revoked");
}

// LGO-05
#[test]
fn logging_out_of_one_leaves_the_other_as_it_was() {
    let world = World::two_people();
    let (ada, grace) = (refresh_token(&world, "ada@example.com"), refresh_token(&world, "grace@example.com"));
    let token = world.token();
    insta::assert_snapshot!(world.run(["logout", "ada@example.com"]).success(), @"
    ------- stderr -------
    ✓ Logged out ada@example.com; its tokens are revoked
    ");
    assert_eq!((world.token(), refresh_token(&world, "grace@example.com")), (token, grace.clone()));
    assert!(!is_alive(&world, &ada));
    assert!(is_alive(&world, &grace));
}

// LGO-05
#[test]
fn logging_out_of_the_active_one_makes_the_only_other_one_active() {
    let world = World::two_people();
    insta::assert_snapshot!(world.run(["logout"]).success(), @"
    ------- stderr -------
    ✓ Logged out grace@example.com; its tokens are revoked
    The active account is now ada@example.com.
    ");
    assert_eq!(world.run(["whoami", "-o", "json"]).json()["email"], "ada@example.com");
    insta::assert_snapshot!(world.run(["logout", "nobody@example.com"]).exits(2), @r#"
    ------- stderr -------
    error: nobody is logged in as "nobody@example.com"
    hint: logged in: ada@example.com@<host>
    [exit status: 2]
    "#);
}

// LGO-05
#[test]
fn among_several_others_a_person_chooses() {
    let world = World::two_people();
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap(), "--no-context"]).success();
    insta::assert_snapshot!(world.run(["logout"]).success(), @"
    ------- stderr -------
    ✓ Logged out ci@production-a1b2c3.iam.datum.net
    No account is active now.
    hint: datumctl auth switch
    ");
    insta::assert_snapshot!(world.run(["auth", "get-token"]).exits(4), @"
    ------- stderr -------
    error: no account is active
    hint: datumctl auth switch
    [exit status: 4]
    ");
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let _ = world.token();
}

// LGO-01, LGO-05
#[test]
fn logging_out_of_all_leaves_nothing_but_what_the_person_wrote() {
    let world = World::two_people();
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap()]).success();
    let config = std::fs::read_to_string(world.path("config")).unwrap();
    std::fs::write(world.path("config"), format!("{config}\n# mine\nx-mine: {{keep: [1, me]}}\n")).unwrap();
    let tokens = [refresh_token(&world, "ada@example.com"), refresh_token(&world, "grace@example.com")];
    insta::assert_snapshot!(world.run(["logout", "--all"]).success(), @"
    ------- stderr -------
    ✓ Logged out ada@example.com; its tokens are revoked
    ✓ Logged out grace@example.com; its tokens are revoked
    ✓ Logged out ci@production-a1b2c3.iam.datum.net
    ");
    for token in tokens {
        assert!(!is_alive(&world, &token));
    }
    let config = std::fs::read_to_string(world.path("config")).unwrap();
    assert!(config.contains("# mine") && config.contains("x-mine: {keep: [1, me]}"), "{config}");
    assert!(!world.path("credentials.json").exists());
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        assert!(
            !content.contains('@') && path.extension().is_none_or(|extension| extension != "pem"),
            "{}: {content}",
            path.display()
        );
    }
    insta::assert_snapshot!(world.run(["logout", "--all"]).success(), @"
    status: no_credential
    ------- stderr -------
    Nobody was logged in.
    ");
}

/// A seed with these people and nothing else.
fn people(emails: &[&str]) -> Options {
    let person = |(number, email): (usize, &&str)| Person {
        id: format!("33{number:016}"),
        email: (*email).to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        email_verified: true,
    };
    let seed = Seed { people: emails.iter().enumerate().map(person).collect(), memberships: vec![], ..Seed::default() };
    Options { seed, ..Options::default() }
}

/// Signs somebody in whose address no command line could carry.
fn login_by_approval(world: &World, email: &str) -> crate::support::Output {
    let mut command = world.command(["login", "--no-context"]);
    let wrapper = world.scratch("browser");
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\nexec '{}' emulator sign-in --as=\"$EMAIL\" \"$1\"\n", crate::support::DATUMCTL),
    )
    .unwrap();
    command.env("BROWSER", format!("sh '{}'", wrapper.display())).env("EMAIL", email);
    world.finish(&command.output().expect("it runs"), false)
}

// LGO-09, OUT-01
#[test]
fn an_address_of_any_characters_signs_in_lists_and_signs_out() {
    let long = format!("{}@example.com", "x".repeat(300));
    let odd = [
        "a/b\\c@example.com",
        "a:b*c?d@example.com",
        "\"quo ted\"@example.com",
        "new\nline@example.com",
        "esc\u{1b}[31m\u{9b}2J@example.com",
        "-o=json@example.com",
        "--all",
        "../../etc/passwd@example.com",
        "\u{65e5}\u{672c}\u{202e}@example.com",
        "#: [] {} & | > % '@example.com",
        long.as_str(),
    ];
    let world = World::with(people(&odd));
    for email in odd {
        let _ = login_by_approval(&world, email).success();
        let shown = world.run(["whoami"]);
        assert_eq!(shown.status, 0, "{email:?}: {shown} {}", std::fs::read_to_string(world.path("config")).unwrap());
        assert!(!shown.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown}");
        assert_eq!(world.run(["whoami", "-o", "json"]).json()["email"], email);
    }
    let listed = world.run(["auth", "list", "-o", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), odd.len());
    let table = world.run(["auth", "list"]).success();
    assert_eq!(table.stdout.lines().count(), odd.len() + 1, "{table}");
    assert!(!table.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']));
    for email in odd {
        let _ = world.run(["auth", "switch", "--", email]).success();
        let _ = world.run(["auth", "get-token", "--min-ttl", "13h"]).success();
        let _ = world.run(["logout", "--", email]).success();
    }
    assert_eq!(world.run(["auth", "list", "-o", "json"]).json(), serde_json::json!([]));
}

// LGO-07
#[test]
fn addresses_that_differ_in_case_are_different_accounts() {
    let world = World::with(people(&["Ada@example.com", "ada@example.com"]));
    let _ = world.login("Ada@example.com").success();
    let first = world.token();
    let _ = world.login("ada@example.com").success();
    let second = world.token();
    assert_ne!(first, second);
    let _ = world.run(["auth", "switch", "Ada@example.com"]).success();
    assert_eq!(world.token(), first);
    let _ = world.run(["logout", "Ada@example.com"]).success();
    assert_eq!(world.token(), second);
}

// LGO-07
#[test]
fn the_same_address_at_two_servers_is_two_sessions() {
    let (world, other) = (World::new(), World::new());
    let _ = world.login("ada@example.com").success();
    let first = world.token();
    let mut login = world.login_command("ada@example.com", &["login", "--no-context"]);
    let url = other.emulator().url();
    login.env("DATUM_AUTH_HOSTNAME", url).env("DATUM_API_HOSTNAME", url);
    let _ = world.finish(&login.output().unwrap(), false).success();
    let second = world.token();
    assert_ne!(first, second);
    let name = |world: &World| format!("ada@example.com@{}", world.emulator().url().trim_start_matches("http://"));
    assert_eq!(world.run(["auth", "get-token", "--session", &name(&world)]).success().line(), first);
    assert_eq!(world.run(["auth", "get-token", "--session", &name(&other)]).success().line(), second);
    let table = world.run(["auth", "list"]).success();
    assert!(table.stdout.starts_with("USER") && table.stdout.contains("ENDPOINT"), "{table}");
    let _ = world.run(["auth", "switch", "ada@example.com"]).exits(2).says("several");

    let _ = world.run(["logout", "--session", &name(&other)]).success();
    assert_eq!(world.token(), first);
    assert!(other.emulator().journal().iter().any(|entry| entry.route == "revoke"));
    assert!(world.emulator().journal().iter().all(|entry| entry.route != "revoke"), "the other server was told");
}

// LGO-08
#[test]
fn switching_never_changes_who_a_pinned_command_acts_as() {
    let world = World::two_people();
    let name = |email: &str| format!("{email}@{}", world.emulator().url().trim_start_matches("http://"));
    let token = |email: &str| world.run(["auth", "get-token", "--session", &name(email)]).success().line();
    let (ada, grace) = (token("ada@example.com"), token("grace@example.com"));
    let ada_name = name("ada@example.com");
    let pinned: Vec<_> = (0..25).map(|_| ["auth", "get-token", "--session", &ada_name]).collect();
    std::thread::scope(|scope| {
        let switching = scope.spawn(|| {
            for email in ["ada@example.com", "grace@example.com"].iter().cycle().take(10) {
                let _ = world.run(["auth", "switch", email]).success();
            }
        });
        for words in &pinned {
            assert_eq!(world.run(words).success().line(), ada);
            let unpinned = world.token();
            assert!(unpinned == ada || unpinned == grace);
        }
        switching.join().expect("every switch succeeds");
    });
}

#[test]
fn a_login_revokes_the_token_that_it_replaces_and_no_other() {
    let world = World::new();
    let _ = world.login("ada@example.com").success();
    let replaced = world.credential("ada@example.com");
    let _ = world.login("grace@example.com").success();
    assert_eq!(world.requests("revoke"), 0);
    let _ = world.login("ada@example.com").success();
    assert_eq!(world.requests("revoke"), 1);
    // It is dead: whoever still has it gets nothing more.
    let current = world.credential("ada@example.com");
    assert_ne!(replaced["token"], current["token"]);
    world.edit_credential("ada@example.com", |credential| credential["token"] = replaced["token"].clone());
    world.expire("ada@example.com");
    let _ = world.run(["auth", "get-token"]).exits(4);
    // A token of another client is not ours to revoke.
    world.edit_credential("ada@example.com", |credential| credential["client_id"] = "323000000000000001".into());
    let _ = world.login("ada@example.com").success();
    assert_eq!(world.requests("revoke"), 1);
}

#[test]
fn a_refresh_that_is_answered_after_the_logout_brings_nothing_back_and_its_token_dies_too() {
    // Longer than a logout waits for somebody who refreshes.
    let world = World::ada();
    world.expire("ada@example.com");
    world.fault("token.refresh:commit-then-delay=6500ms,times=1");
    let late = world.spawn(["auth", "get-token"]);
    world.await_requests("token.refresh", 1);
    let _ = world.run(["logout"]).success();
    let _ = world.finish(&late.wait_with_output().unwrap(), false).exits(4);
    assert_eq!(world.requests("revoke"), 2, "the old token, and the new one");
    assert_eq!(world.run(["auth", "list", "-o", "json"]).json(), serde_json::json!([]));
    assert!(!std::fs::read_to_string(world.path("credentials.json")).unwrap_or_default().contains("ada@example.com"));
}

//! The entries themselves: the original's names, attributes and texts, in both directions.

use super::*;

#[test]
fn a_login_is_stored_where_secret_tool_and_the_original_look() {
    // KRG-12
    let desktop = Desktop::with_ada();
    let key = desktop.key();
    let credential = desktop.credential(&key);
    assert_eq!(credential["user_email"], ADA);
    assert_eq!(credential["token"]["access_token"], desktop.world.token());
    assert_eq!(desktop.lookup("active_user").unwrap(), key);
    assert_eq!(desktop.lookup("known_users").unwrap(), format!("[{key:?}]"));
    assert!(!desktop.has_file_store());
    let found = desktop.tool("secret-tool").args(["search", "service", SERVICE, "username", &key]).output().unwrap();
    // secret-tool writes the attributes to standard error.
    let found = String::from_utf8_lossy(&found.stdout).into_owned() + &String::from_utf8_lossy(&found.stderr);
    assert!(found.contains(&format!("label = Password for '{key}' on '{SERVICE}'")), "{found}");
    let mut attributes: Vec<_> = found.lines().filter(|line| line.starts_with("attribute.")).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, [format!("attribute.service = {SERVICE}"), format!("attribute.username = {key}")]);
}

#[test]
fn a_refresh_replaces_the_entry_and_leaves_one() {
    let desktop = Desktop::with_ada();
    let before = desktop.world.token();
    let after = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_ne!(before, after);
    assert_eq!(desktop.credential(&desktop.key())["token"]["access_token"], after);
    assert_eq!(desktop.items(&desktop.key()), 1);
    assert_eq!(desktop.world.refreshes(), (1, 0));
    assert_eq!(desktop.world.run(["auth", "status", "-o", "json"]).success().json()["store"], "keyring");
}

#[test]
fn entries_that_another_program_wrote_are_used_and_replaced() {
    // KRG-09
    let desktop = Desktop::with_ada();
    let (key, token) = (desktop.key(), desktop.world.token());
    let text = desktop.lookup(&key).unwrap();
    desktop.clear(&key);
    desktop.store(&key, text);
    assert_eq!(desktop.world.token(), token);
    let newer = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_ne!(newer, token);
    assert_eq!(desktop.world.token(), newer);
    assert_eq!(desktop.credential(&key)["token"]["access_token"], newer);
}

#[test]
fn the_home_of_the_original_is_used_as_it_is_and_stays_readable_to_it() {
    let mut desktop = Desktop::new();
    let example = include_str!("../../fixtures/original-home/config");
    std::fs::create_dir_all(desktop.world.path("")).unwrap();
    std::fs::write(desktop.world.path("config"), example).unwrap();
    let (key, later) = ("ada@example.com@auth.datum.net", "2099-07-17T06:24:09.123456789+02:00");
    let credential = format!(
        r#"{{"hostname":"auth.datum.net","api_hostname":"api.datum.net","client_id":"328728232771788043","endpoint_auth_url":"https://auth.datum.net/oauth/v2/authorize","endpoint_token_url":"https://auth.datum.net/oauth/v2/token","scopes":["openid","profile","email","offline_access"],"token":{{"access_token":"AT","token_type":"Bearer","refresh_token":"RT","expiry":"{later}","expires_in":43199}},"user_name":"Ada Lovelace","user_email":"ada@example.com","subject":"331234567890123456","invented_later":{{"kept":true}}}}"#
    );
    desktop.store(key, &credential);
    desktop.store("active_user", key);
    desktop.store("known_users", format!("[{key:?}]"));
    for variable in ["DATUM_AUTH_HOSTNAME", "DATUM_API_HOSTNAME", "DATUM_CLIENT_ID"] {
        desktop.world.unset(variable);
    }
    assert_eq!(desktop.world.token(), "AT");
    let status = desktop.world.run(["auth", "status", "-o", "json"]).success().json();
    assert_eq!((&status["email"], &status["store"]), (&ADA.into(), &"keyring".into()));
    assert_eq!(desktop.lookup(key).unwrap(), credential);
    assert!(!desktop.has_file_store());
    // A command that writes: everything the original needs stands as it stood.
    let _ = desktop.world.run(["ctx", "use", "acme"]).success();
    assert_eq!(desktop.lookup(key).unwrap(), credential);
    let config = std::fs::read_to_string(desktop.world.path("config")).unwrap();
    assert!(config.contains("current-context: ada@example.com@api.datum.net/acme\n"), "{config}");
}

#[test]
fn an_entry_deleted_in_the_keyring_is_told_as_gone_and_a_login_repairs_it() {
    // KRG-08
    let desktop = Desktop::with_ada();
    desktop.clear(&desktop.key());
    let output = desktop.world.run(["auth", "get-token"]).exits(4);
    assert!(output.stderr.contains(ADA) && output.stderr.contains("gone"), "{output}");
    let listed = desktop.world.run(["auth", "list", "-o", "json"]).success().json();
    assert_eq!(listed[0]["email"], ADA);
    let _ = desktop.world.login(ADA).success();
    assert_eq!(desktop.credential(&desktop.key())["token"]["access_token"], desktop.world.token());
}

#[test]
fn a_broken_entry_stops_its_own_account_only() {
    // KRG-09
    let desktop = Desktop::with_ada();
    let grace = "grace@example.com";
    let _ = desktop.world.login(grace).success();
    for broken in [&b"{\"token\":"[..], b"", b"[]", b"hunter2", b"go-keyring-base64:!", b"\xff\xfe\x00"] {
        desktop.store(&desktop.key(), broken);
        let output = desktop.world.run(["auth", "get-token", "--session", &desktop.session_of(ADA)]).exits(6);
        assert!(output.stderr.contains("damaged") && !output.stderr.contains("hunter2"), "{output}");
        let _ = desktop.world.token();
        let _ = desktop.world.run(["auth", "list"]).success();
    }
    let _ = desktop.world.login(ADA).success();
    let _ = desktop.world.token();
}

#[test]
fn encodings_of_other_systems_are_read() {
    // KRG-09
    let desktop = Desktop::with_ada();
    let (key, token) = (desktop.key(), desktop.world.token());
    let hex: String = desktop.lookup(&key).unwrap().bytes().map(|byte| format!("{byte:02x}")).collect();
    desktop.store(&key, format!("go-keyring-encoded:{hex}"));
    assert_eq!(desktop.world.token(), token);
}

#[test]
fn a_large_secret_lies_in_the_keyring_whole() {
    // KRG-06
    let long = "x".repeat(8 << 10);
    let fault = format!("token.refresh:set.access_token={long},unclaim.at_hash").parse().expect("a fault");
    let desktop = Desktop::with(Options { faults: vec![fault], ..Options::default() });
    let _ = desktop.world.login(ADA).success();
    let _ = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
    assert_eq!(desktop.credential(&desktop.key())["token"]["access_token"], long);
    assert_eq!(desktop.world.token(), long);
    assert!(!desktop.has_file_store());
}

#[test]
fn the_collection_login_counts_even_where_another_one_is_the_default() {
    let desktop = Desktop::with_ada();
    let token = desktop.world.token();
    desktop.make_other_default();
    assert_eq!(desktop.world.token(), token);
    let newer = desktop.world.run(["auth", "get-token", "--min-ttl", "24h"]).success().line();
    assert_eq!(desktop.world.token(), newer);
    assert_eq!(desktop.items(&desktop.key()), 1);
    let _ = desktop.world.run(["logout"]).success();
    assert_eq!(desktop.lookup(&desktop.key()), None);
}

#[test]
fn a_logout_removes_the_entries_from_both_stores() {
    // KRG-15
    let desktop = Desktop::with_ada();
    let key = desktop.key();
    let text = desktop.lookup(&key).unwrap();
    desktop.write_file_store(&[(&key, &text), ("active_user", &key), ("known_users", &format!("[{key:?}]"))]);
    let _ = desktop.world.run(["logout"]).success();
    for entry in [key.as_str(), "active_user", "known_users"] {
        assert_eq!(desktop.lookup(entry), None, "{entry}");
    }
    let left = std::fs::read_to_string(desktop.world.path("credentials.json")).unwrap_or_default();
    assert!(!left.contains("token"), "{left}");
    assert!(!desktop.world.path("journal").exists() || desktop.world.files().iter().all(|(_, text)| !text.is_empty()));
    let _ = desktop.world.run(["auth", "get-token"]).exits(4);
}

impl Desktop {
    /// How many items `secret-tool` finds for an entry.
    fn items(&self, entry: &str) -> usize {
        let arguments = ["search", "--all", "service", SERVICE, "username", entry];
        let found = self.tool("secret-tool").args(arguments).stderr(Stdio::piped()).output().expect("secret-tool runs");
        String::from_utf8_lossy(&found.stdout).lines().filter(|line| line.starts_with("label = ")).count()
    }

    fn session_of(&self, email: &str) -> String {
        format!("{email}@{}", self.world.emulator().url().trim_start_matches("http://"))
    }

    /// Another collection becomes the default one.
    fn make_other_default(&self) {
        let session = "/org/freedesktop/secrets/collection/session";
        self.call("SetAlias", &["string:default", &format!("objpath:{session}")]);
        let read = self
            .tool("dbus-send")
            .args(["--session", "--dest=org.freedesktop.secrets", "--print-reply=literal", "/org/freedesktop/secrets"])
            .args(["org.freedesktop.Secret.Service.ReadAlias", "string:default"])
            .output()
            .expect("dbus-send runs");
        assert!(String::from_utf8_lossy(&read.stdout).contains(session));
    }
}

//! A home that the original wrote: used as it is, and still the original's after every change.

use serde_json::{Value, json};

use crate::support::original::{self, Original};
use crate::support::{World, overwrite};

const CONFIG: &str = include_str!("../fixtures/original-home/config");
const CREDENTIALS: &str = include_str!("../fixtures/original-home/credentials.json");
const ADA: &str = "ada@example.com@auth.datum.net";
const CI: &str = "ci@web-x1.iam.datum.net@auth.staging.env.datum.net";

/// The two files as the original left them, where no real server can be reached.
fn home() -> World {
    let mut world = World::new();
    std::fs::create_dir(world.path("")).unwrap();
    for (name, content) in [("config", CONFIG), ("credentials.json", CREDENTIALS)] {
        std::fs::write(world.path(name), content).unwrap();
        set_private(&world.path(name), 0o600);
    }
    set_private(&world.path(""), 0o700);
    world.set("HTTPS_PROXY", "http://127.0.0.1:9");
    world
}

#[cfg(unix)]
fn set_private(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_private(_path: &std::path::Path, _mode: u32) {}

/// [`home`] with a field of a later version at every level.
fn home_with_unknown_fields() -> World {
    let world = home();
    let config = CONFIG
        .replace("kind: DatumctlConfig\n", "kind: DatumctlConfig\nx-top: {deep: [1, true]}\n")
        .replace("  user-name: Ada Lovelace\n", "  user-name: Ada Lovelace\n  x-session: 1\n")
        .replace(
            "    server: https://api.datum.net\n",
            "    server: https://api.datum.net\n    tls-server-name: tls\n    x-endpoint: 'yes'\n",
        )
        .replace(
            "- name: ada@example.com@api.datum.net/acme\n",
            "- name: ada@example.com@api.datum.net/acme\n  x-context: ~\n",
        )
        .replace("cache:\n", "cache:\n  x-cache: cached\n");
    overwrite(&world.path("config"), config.as_bytes());
    let mut store: Value = serde_json::from_str(CREDENTIALS).unwrap();
    store["other-service"] = json!({"entry": "kept"});
    for key in [ADA, CI] {
        let mut credential: Value = serde_json::from_str(store["datumctl-auth"][key].as_str().unwrap()).unwrap();
        credential["x_credential"] = json!({"deep": [null, 1.5]});
        credential["token"]["x_token"] = "kept".into();
        if key == CI {
            credential["service_account"]["x_account"] = true.into();
        }
        store["datumctl-auth"][key] = credential.to_string().into();
    }
    overwrite(&world.path("credentials.json"), serde_json::to_string_pretty(&store).unwrap().as_bytes());
    world
}

/// Reads the home by the original's rules and looks for what only we could have lost.
#[track_caller]
fn assert_nothing_lost(world: &World) -> Original {
    let config = std::fs::read_to_string(world.path("config")).unwrap();
    for line in [
        "x-top: {deep: [1, true]}",
        "  x-session: 1",
        "    x-endpoint: 'yes'",
        "    tls-server-name: tls",
        "  x-context: ~",
        "  x-cache: cached",
    ] {
        assert!(config.lines().any(|one| one == line), "{line:?} is gone:\n{config}");
    }
    let store: Value = serde_json::from_slice(&std::fs::read(world.path("credentials.json")).unwrap()).unwrap();
    assert_eq!(store["other-service"], json!({"entry": "kept"}));
    for key in [ADA, CI] {
        let Some(text) = store["datumctl-auth"][key].as_str() else { continue };
        let credential: Value = serde_json::from_str(text).unwrap();
        assert_eq!(credential["x_credential"], json!({"deep": [null, 1.5]}), "{key}");
        assert_eq!(credential["token"]["x_token"], "kept", "{key}");
        assert!(key == ADA || credential["service_account"]["x_account"] == true);
    }
    original::read(world)
}

#[test]
fn it_is_read_as_it_is_and_reading_changes_nothing() {
    // STO-19, STO-35
    let world = home();
    insta::assert_snapshot!(world.run(["whoami"]).success(), @"
    User:         Ada Lovelace (ada@example.com)
    Type:         user
    Organization: Acme, Inc. (acme)
    Project:      Production (production-a1b2c3)
    Context:      acme/production-a1b2c3
    Endpoint:     https://api.datum.net
    ");
    insta::assert_snapshot!(world.run(["auth", "list"]).success(), @"
    USER                      ENDPOINT                    STATUS
    ada@example.com           api.datum.net               Active
    ci@web-x1.iam.datum.net   api.staging.env.datum.net
    ");
    insta::assert_snapshot!(world.run(["ctx", "list"]).success(), @"
    DISPLAY NAME   NAME                     TYPE      CURRENT
    Acme, Inc.     acme                     org
      Production   acme/production-a1b2c3   project   *
    ------- stderr -------
    warning: ada@example.com@api.datum.net: could not connect to auth.datum.net: Connection refused (os error 111)
    ");
    insta::assert_snapshot!(world.run(["auth", "status"]).success(), @"
    email: ada@example.com
    active_org_slug: acme
    role: none
    session: ada@example.com@api.datum.net
    endpoint: https://api.datum.net
    context: acme/production-a1b2c3
    store: file
    source: active_session
    token_expires_at: 2026-07-17T04:24:09Z
    ");
    assert_eq!(std::fs::read_to_string(world.path("config")).unwrap(), CONFIG);
    assert_eq!(std::fs::read_to_string(world.path("credentials.json")).unwrap(), CREDENTIALS);
}

#[test]
fn switching_changes_the_bytes_that_the_original_would_change() {
    // STO-35
    let world = home();
    let _ = world.run(["ctx", "use", "acme"]).success();
    let expected = CONFIG
        .replace(
            "current-context: ada@example.com@api.datum.net/acme/production-a1b2c3",
            "current-context: ada@example.com@api.datum.net/acme",
        )
        .replace(
            "last-context: ada@example.com@api.datum.net/acme/production-a1b2c3",
            "last-context: ada@example.com@api.datum.net/acme",
        );
    assert_eq!(std::fs::read_to_string(world.path("config")).unwrap(), expected);
    assert_eq!(std::fs::read_to_string(world.path("credentials.json")).unwrap(), CREDENTIALS);
    let _ = world.run(["ctx", "use", "acme/production-a1b2c3"]).success();
    assert_eq!(std::fs::read_to_string(world.path("config")).unwrap(), CONFIG);
}

#[test]
fn every_change_leaves_what_it_does_not_know() {
    // STO-17, STO-35
    let world = home_with_unknown_fields();
    let _ = assert_nothing_lost(&world);
    let _ = world.run(["auth", "switch", "ci@web-x1.iam.datum.net"]).success();
    let after = assert_nothing_lost(&world);
    assert_eq!(
        (after.config.active_session.as_str(), after.active_user.as_deref()),
        ("ci@web-x1.iam.datum.net@api.staging.env.datum.net", Some(CI))
    );
    let _ = world.run(["auth", "switch", "ada@example.com"]).success();
    let _ = world.run(["ctx", "use", "acme"]).success();
    let after = assert_nothing_lost(&world);
    assert_eq!(after.config.current_context, "ada@example.com@api.datum.net/acme");
    assert!(after.config.auto_update);

    let _ = world.login("grace@example.com").success();
    let after = assert_nothing_lost(&world);
    assert_eq!((after.config.sessions.len(), after.credentials.len(), after.known_users.len()), (3, 3, 3));
    let grace = world.user_key("grace@example.com");
    assert_eq!(after.active_user.as_ref(), Some(&grace));
    let first = &after.credentials[&grace].token;
    assert!(!first.refresh_token.is_empty() && first.token_type == "Bearer" && first.expires_in > 0);
    assert!(!first.access_token.is_empty());

    world.expire("grace@example.com");
    let token = world.token();
    let after = assert_nothing_lost(&world);
    assert_eq!(after.credentials[&grace].token.access_token, token);

    let _ = world.run(["logout", "grace@example.com"]).success();
    let after = assert_nothing_lost(&world);
    assert!(!after.credentials.contains_key(&grace) && !after.known_users.contains(&grace));
    let _ = world.run(["logout", "ci@web-x1.iam.datum.net"]);
    let after = assert_nothing_lost(&world);
    assert_eq!((after.config.sessions.len(), after.known_users.as_slice()), (1, [ADA.to_owned()].as_slice()));
    assert!(after.config.contexts.iter().all(|context| context.session == "ada@example.com@api.datum.net"));
}

#[test]
fn a_refresh_of_its_session_keeps_every_field_and_their_order() {
    // STO-35: Ada's entry of the original, with an identity server that can be reached and tokens that it knows.
    let world = home();
    let token = world.credential_of_another_login("ada@example.com")["token"].clone();
    let url = world.emulator().url();
    let text = |name: &str| token[name].as_str().unwrap().to_owned();
    let local = |text: &str| text.replace("https://auth.datum.net", url).replace("auth.datum.net", url);
    overwrite(&world.path("config"), local(CONFIG).replace("auth.staging", "auth.staging").as_bytes());
    let before = local(CREDENTIALS)
        .replace(
            "\\\"AT\\\",\\\"token_type\\\":\\\"Bearer\\\",\\\"refresh_token\\\":\\\"RT\\\"",
            &format!(
                "\\\"{}\\\",\\\"token_type\\\":\\\"Bearer\\\",\\\"refresh_token\\\":\\\"{}\\\",\\\"x_token\\\":1",
                text("access_token"),
                text("refresh_token")
            ),
        )
        .replace("328728232771788043", world.emulator().client_id())
        .replace("331234567890123456", "331234567890123401");
    overwrite(&world.path("credentials.json"), before.as_bytes());
    let printed = world.token();
    let after = original::read(&world);
    let fresh = &after.credentials[&world.user_key("ada@example.com")].token;
    assert_eq!(fresh.access_token, printed);
    assert_ne!(fresh.refresh_token, text("refresh_token"));
    let written = std::fs::read_to_string(world.path("credentials.json")).unwrap();
    let back = written
        .replace(&fresh.access_token, &text("access_token"))
        .replace(&fresh.refresh_token, &text("refresh_token"))
        .replace(&fresh.expiry, "2026-07-17T06:24:09.123456789+02:00")
        .replace("\\\"expires_in\\\":43200,\\\"x_token\\\":1", "\\\"expires_in\\\":43199")
        .replace(",\\\"generation\\\":1", "");
    assert_eq!(back, before.replace(",\\\"x_token\\\":1", ""), "only the token and its generation are new");
    world.assert_refreshed(1);
}

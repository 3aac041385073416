//! Signing in as a service account: which keys work, what is sent, and to whom.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use serde_json::{Value, json};

use crate::support::recorder::{Recorder, metadata};
use crate::support::{Output, World, keys};

/// A world whose identity server keeps the assertions it is sent.
fn recorded() -> (World, Recorder) {
    let (mut world, recorder) = (World::new(), Recorder::identity_server());
    world.set("DATUM_AUTH_HOSTNAME", recorder.url()).set("DATUM_API_HOSTNAME", recorder.url());
    world.guard("CNRY-recorded");
    (world, recorder)
}

fn login(world: &World, file: &Value) -> Output {
    let path = world.scratch("credentials.json");
    std::fs::write(&path, file.to_string()).expect("a file");
    world.run(["login", "--credentials", path.to_str().expect("UTF-8"), "--no-context"])
}

/// Header and claims of an assertion, whose signature must be `key`'s.
fn opened(assertion: &str, key: &RsaPrivateKey) -> (Value, Value) {
    let parts: Vec<&str> = assertion.split('.').collect();
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let signature = Signature::try_from(decoded(parts[2]).as_slice()).expect("a signature");
    let input = format!("{}.{}", parts[0], parts[1]);
    VerifyingKey::<Sha256>::new(key.to_public_key()).verify(input.as_bytes(), &signature).expect("signed by the key");
    let json = |part| serde_json::from_slice(&decoded(part)).expect("JSON");
    (json(parts[0]), json(parts[1]))
}

// JWB-01, JWB-02
#[test]
fn rsa_keys_of_every_usual_size_and_form_sign_in() {
    let pems = [
        (2048, keys::pkcs8(keys::rsa(2048))),
        (2048, keys::pkcs1(keys::rsa(2048))),
        (3072, keys::pkcs8(keys::rsa(3072))),
        (4096, keys::pkcs1(keys::rsa(4096))),
    ];
    for (bits, pem) in pems {
        let (world, recorder) = recorded();
        world.guard(&pem);
        let _ = login(&world, &keys::credentials(&pem)).success();
        let sent = recorder.requests_for("/token")[0].form("assertion").expect("an assertion");
        world.guard(&sent);
        let _ = opened(&sent, keys::rsa(bits));
    }
}

// JWB-15
#[test]
fn the_assertion_says_who_to_whom_and_for_a_minute_at_most() {
    let (world, recorder) = recorded();
    let file = keys::credentials(&keys::pkcs8(keys::rsa(2048)));
    for _ in 0..3 {
        let _ = login(&world, &file).success();
    }
    let mut identifiers = HashSet::new();
    for request in recorder.requests_for("/token") {
        assert_eq!(request.form("grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
        assert_eq!(request.form("scope").as_deref(), Some("openid"));
        let (header, claims) = opened(&request.form("assertion").expect("an assertion"), keys::rsa(2048));
        assert_eq!(header, json!({"typ": "JWT", "alg": "RS256", "kid": "key-1"}));
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"]),
            (&json!("robot-1"), &json!("robot-1"), &json!(recorder.url()))
        );
        let life = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
        assert!((1..=60).contains(&life), "{claims}");
        assert!(identifiers.insert(claims["jti"].as_str().expect("jti").to_owned()));
    }
    assert_eq!(identifiers.len(), 3);
}

// JWB-14
#[test]
fn a_file_that_names_a_foreign_token_endpoint_is_refused_and_nothing_is_sent_anywhere() {
    let thief = Recorder::identity_server();
    let host = thief.url().trim_start_matches("http://").to_owned();
    let pem = keys::pkcs8(keys::rsa(2048));
    for token_uri in [
        format!("{}/token", thief.url()),
        format!("https://{host}/token"),
        "https://auth.datum.net.evil.example/oauth/v2/token".to_owned(),
        "http://auth.datum.net/oauth/v2/token".to_owned(),
        "ORIGIN@evil.example/token".to_owned(),
        format!("http://robot:secret@{host}/token"),
        "//evil.example/token".to_owned(),
        "file:///etc/passwd".to_owned(),
        "\u{1b}]0;gone\u{7}".to_owned(),
    ] {
        let (world, recorder) = recorded();
        let mut file = keys::credentials(&pem);
        file["token_uri"] = json!(token_uri.replace("ORIGIN", recorder.url()));
        let refused = login(&world, &file).exits(7).says("nothing was sent");
        assert!(!refused.stderr.contains('\u{1b}') && !refused.stderr.contains("secret"), "{refused}");
        assert_eq!(recorder.requests_for("/token").len(), 0, "{token_uri}");
        assert!(!world.path("credentials.json").exists());
    }
    assert_eq!(thief.requests().len(), 0);
}

// JWB-14
#[test]
fn the_endpoint_that_the_issuer_names_is_used_whatever_path_the_file_names() {
    let (world, recorder) = recorded();
    let mut file = keys::credentials(&keys::pkcs8(keys::rsa(2048)));
    file["token_uri"] = json!(format!("{}/../%2e%2e/elsewhere?x=y#z", recorder.url()));
    let _ = login(&world, &file).success();
    let paths: Vec<String> = recorder.requests().iter().map(|request| request.target().to_owned()).collect();
    assert!(paths.contains(&"/token".to_owned()) && !paths.iter().any(|path| path.contains("elsewhere")), "{paths:?}");
}

// JWB-14
#[test]
fn metadata_that_sends_the_assertion_to_plain_http_elsewhere_is_refused() {
    for endpoint in ["http://auth.example.com/token", "ftp://127.0.0.1/token", "https://robot:x@auth.example.com/token"]
    {
        let mut world = World::new();
        let recorder = Recorder::start(move |origin, _| {
            let mut metadata = metadata(origin);
            metadata["token_endpoint"] = json!(endpoint);
            (200, metadata.to_string())
        });
        world.set("DATUM_AUTH_HOSTNAME", recorder.url());
        let _ = login(&world, &keys::credentials(&keys::pkcs8(keys::rsa(2048)))).exits(7);
        assert_eq!(recorder.requests_for("/token").len(), 0);
    }
}

// JWB-18
#[test]
fn a_refresh_token_or_id_token_in_the_answer_is_not_kept() {
    let mut world = World::new();
    let recorder = Recorder::start(|origin, request| match request.target() {
        "/token" => {
            let body = json!({"access_token": "CNRY-recorded", "token_type": "Bearer", "expires_in": 3600,
                              "refresh_token": "CNRY-refresh-of-a-machine", "id_token": "e30.CNRY-id-of-a-machine.e30"});
            (200, body.to_string())
        }
        "/.well-known/openid-configuration" => (200, metadata(origin).to_string()),
        _ => (404, "{}".to_owned()),
    });
    world.set("DATUM_AUTH_HOSTNAME", recorder.url()).set("DATUM_API_HOSTNAME", recorder.url());
    let _ = login(&world, &keys::credentials(&keys::pkcs8(keys::rsa(2048)))).success();
    assert_eq!(world.token(), "CNRY-recorded");
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        assert!(!content.contains("of-a-machine"), "{}", path.display());
    }
}

// JWB-12
#[test]
fn a_revoked_key_is_named_and_nobody_is_told_to_log_in_again() {
    let world = World::new();
    let file = world.credentials_file();
    let _ = world.run(["login", "--credentials", file.to_str().unwrap(), "--no-context"]).success();
    let before = std::fs::read(world.path("credentials.json")).unwrap();
    world.emulator().revoke_service_account_key("ci@production-a1b2c3.iam.datum.net").unwrap();
    let refused = world.run(["auth", "get-token", "--min-ttl", "24h", "--error-format", "json"]);
    assert!(!refused.exits(4).stderr.contains("datumctl login"));
    let refused = world.run(["login", "--credentials", file.to_str().unwrap()]).exits(4);
    let key_id = serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap()["private_key_id"].clone();
    let text = refused.stderr.replace(key_id.as_str().unwrap(), "<key>");
    insta::assert_snapshot!(text, @"
    error: the identity server does not accept key <key> of ci@production-a1b2c3.iam.datum.net: kid is no key of this service account: revoked or never there
    hint: the key or its account was disabled or revoked (or deleted), or belongs to another environment (--hostname)
    ");
    assert_eq!(std::fs::read(world.path("credentials.json")).unwrap(), before);
}

// JWB-12
#[test]
fn invalid_client_is_about_the_key_too() {
    let world = World::new();
    let file = world.credentials_file();
    world.emulator().add_fault("token.jwt:error=invalid_client,status=401".parse().unwrap());
    let refused = world.run(["login", "--credentials", file.to_str().unwrap()]).exits(4);
    assert!(refused.stderr.contains("does not accept key") && !refused.stderr.contains("datumctl login"), "{refused}");
}

#[test]
fn a_scope_that_is_refused_is_the_credentials_files_and_no_reason_to_log_in() {
    let mut world = World::new();
    let path = world.credentials_file();
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["scope"] = "openid nonsense".into();
    std::fs::write(&path, file.to_string()).unwrap();
    world.set("DATUM_CREDENTIALS_FILE", &path);
    let refused =
        world.run(["auth", "get-token"]).exits(4).says("invalid_scope").says("the scope in its credentials file");
    assert!(!refused.stderr.contains("datumctl login"), "{refused}");
}

// JWB-13
#[test]
fn a_disabled_account_hears_the_servers_reason_made_harmless() {
    let world = World::new();
    let file = world.credentials_file();
    let file = file.to_str().unwrap();
    let _ = world.run(["login", "--credentials", file, "--no-context"]).success();
    world.emulator().disable_service_account("ci@production-a1b2c3.iam.datum.net", true).unwrap();
    let _ = world.run(["login", "--credentials", file]).exits(4).says("the service account is disabled");
    let hostile = r#"token.jwt:status=400,body={"error":"invalid_grant","error_description":"off\u001b[31m\u009b\u202e\nerror: fake"}"#;
    world.emulator().add_fault(hostile.parse().unwrap());
    let refused = world.run(["login", "--credentials", file]).exits(4).says("error: fake");
    assert!(!refused.stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{refused}");
    assert!(
        refused.stderr.lines().all(|line| line.starts_with("error: the") || line.starts_with("hint: ")),
        "{refused}"
    );
}

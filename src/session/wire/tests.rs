//! Values as the original wrote them, read and written back.

use super::{Kind, parse, write};
use crate::secret::Secret;
use crate::session::credential::Credential;

const PERSON: &str = r#"{"hostname":"auth.datum.net","api_hostname":"api.datum.net","client_id":"328728232771788043","endpoint_auth_url":"https://auth.datum.net/oauth/v2/authorize","endpoint_token_url":"https://auth.datum.net/oauth/v2/token","scopes":["openid","profile","email","offline_access"],"token":{"access_token":"AT","token_type":"Bearer","refresh_token":"RT","expiry":"2026-07-17T06:24:09.123456789+02:00","expires_in":43199},"user_name":"Ada Lovelace","user_email":"ada@example.com","subject":"331234567890123456"}"#;

const MACHINE: &str = r#"{"hostname":"auth.staging.env.datum.net","api_hostname":"api.staging.env.datum.net","client_id":"6f1f0e5e-7a5e-4a0f-9d3f-2c7b1f0e8a11","endpoint_auth_url":"","endpoint_token_url":"https://auth.staging.env.datum.net/oauth/v2/token","scopes":null,"token":{"access_token":"AT","token_type":"Bearer","expiry":"2026-07-16T20:24:09.5Z"},"user_name":"ci@web-x1.iam.datum.net","user_email":"ci@web-x1.iam.datum.net","subject":"6f1f0e5e-7a5e-4a0f-9d3f-2c7b1f0e8a11","credential_type":"service_account","service_account":{"client_email":"ci@web-x1.iam.datum.net","client_id":"6f1f0e5e-7a5e-4a0f-9d3f-2c7b1f0e8a11","private_key_id":"347890123456789012","token_uri":"https://auth.staging.env.datum.net/oauth/v2/token","scope":"openid profile email offline_access urn:zitadel:iam:org:project:id:325848900000000000:aud","private_key_path":"/home/ci/.config/datumctl/service-accounts/0ac8acba5ac82f9116bc56515ec792500177c34842298e21a6b2866ad37310cc.pem"}}"#;

fn read(text: &str) -> Credential {
    parse(&Secret::new(text.to_owned())).unwrap()
}

fn round_trip(text: &str) -> String {
    write(&read(text)).expose().clone()
}

#[test]
fn values_of_the_original_are_written_back_byte_for_byte() {
    // STO-35
    assert_eq!(round_trip(PERSON), PERSON);
    assert_eq!(round_trip(MACHINE), MACHINE);
}

#[test]
fn fields_that_we_do_not_know_survive_at_every_level() {
    let text = MACHINE
        .replace(
            r#""expiry":"2026-07-16T20:24:09.5Z"}"#,
            r#""expiry":"2026-07-16T20:24:09.5Z","id_token":{"b":[1],"a":null}}"#,
        )
        .replace("cc.pem\"}}", "cc.pem\",\"rotation\":\"weekly\"},\"theme\":\"dark\"}");
    assert_eq!(round_trip(&text), text);
}

#[test]
fn angle_brackets_and_ampersands_are_escaped_as_go_does() {
    let text = PERSON.replace("Ada Lovelace", r"\u003cAda\u003e \u0026 \u2028\u2029 é");
    assert_eq!(read(&text).user_name, "<Ada> & \u{2028}\u{2029} é");
    assert_eq!(round_trip(&text), text);
}

#[test]
fn a_generation_is_written_last_of_what_we_know_and_only_when_there_is_one() {
    let mut credential = read(PERSON);
    assert_eq!(credential.generation, 0);
    credential.generation = 7;
    let text = write(&credential);
    assert!(text.expose().ends_with(r#""subject":"331234567890123456","generation":7}"#));
    assert_eq!(parse(&text).unwrap().generation, 7);
}

#[test]
fn the_zero_time_means_never_and_is_kept() {
    let text = PERSON.replace("2026-07-17T06:24:09.123456789+02:00", "0001-01-01T00:00:00Z");
    assert_eq!(read(&text).token.expiry, None);
    assert_eq!(round_trip(&text), text);
}

#[test]
fn a_new_expiry_is_written_in_utc() {
    let mut credential = read(PERSON);
    credential.token.expiry = Some("2026-08-01T00:00:00Z".parse().unwrap());
    assert!(write(&credential).expose().contains(r#""expiry":"2026-08-01T00:00:00Z""#));
}

#[test]
fn an_unusable_lifetime_does_not_make_the_credential_unreadable() {
    // RFR-30
    for nonsense in ["null", "true", "\"3600\"", "3600.5", "1e18", "[]"] {
        let credential = read(&PERSON.replace("43199", nonsense));
        assert_eq!(credential.token.expires_in, None, "{nonsense}");
    }
}

#[test]
fn every_name_of_a_service_account_is_understood_and_the_current_one_is_written() {
    // STO-19
    for name in ["datum_service_account", "machine_account", "datum_machine_account"] {
        let text = MACHINE.replace(r#""credential_type":"service_account""#, &format!(r#""credential_type":"{name}""#));
        assert!(matches!(read(&text).kind, Kind::ServiceAccount(_)));
        assert_eq!(round_trip(&text), MACHINE);
    }
}

#[test]
fn the_account_object_of_version_0_13_is_read_and_written_under_its_current_name() {
    // STO-19
    let old = MACHINE.replace("service_account\"", "machine_account\"");
    assert_eq!(round_trip(&old), MACHINE);
}

#[test]
fn a_key_in_the_entry_is_kept_and_what_is_empty_is_none() {
    let with = |key: &str| MACHINE.replace(r#""token_uri""#, &format!(r#""private_key":"{key}","token_uri""#));
    assert_eq!(round_trip(&with("PEM")), with("PEM"));
    let empty = with("").replace(r#""scope":"openid profile"#, r#""scope":"","x":"openid profile"#);
    let Kind::ServiceAccount(machine) = read(&empty).kind else { panic!("a machine") };
    assert!(machine.private_key.is_none() && machine.scope.is_none() && machine.private_key_path.is_some());
}

#[test]
fn an_interactive_type_that_is_spelled_out_is_understood() {
    let text = PERSON.replace(r#""subject""#, r#""credential_type":"interactive","subject""#);
    assert_eq!(round_trip(&text), PERSON);
}

#[test]
fn what_is_not_a_credential_is_refused_with_position_and_kind_and_without_its_text() {
    // KRG-09, OUT-06
    let broken = [
        String::new(),
        "{}".to_owned(),
        "canary".to_owned(),
        r#"{"token":"canary"}"#.to_owned(),
        r#"{"token":{"access_token":["canary"]}}"#.to_owned(),
        r#"{"token":{"expiry":"canary"}}"#.to_owned(),
        PERSON.replace(r#"["openid","#, r#"["canary",1,"#),
        PERSON[..PERSON.len() - 1].to_owned(),
        format!("{PERSON}canary"),
        format!("\0\0\0{PERSON}"),
    ];
    for text in broken {
        let error = parse(&Secret::new(text)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

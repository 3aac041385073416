use std::collections::VecDeque;
use std::time::Duration;

use super::poll::{Pace, poll};
use super::start::read;
use super::{DeviceAuthorization, DeviceError, DeviceEvent, start, wait};
use crate::http::Client;
use crate::oauth::discovery::tests::{provider, provider_on, reply};
use crate::oauth::error::{AnswerError, Class, Error, ErrorCode, Refusal};
use crate::oauth::scripted_server::{Server, json, with_headers};
use crate::oauth::token::TokenAnswer;
use crate::secret::Secret;
use crate::sys::clock;

const TOKENS: &str = r#"{"access_token":"at","token_type":"Bearer"}"#;

/// Time that passes only when somebody waits.
#[derive(Default)]
struct VirtualTime {
    elapsed: Duration,
    pauses: Vec<u64>,
    /// How much longer than asked every pause lasts.
    overshoot: Duration,
}

impl Pace for VirtualTime {
    fn elapsed(&self) -> Duration {
        self.elapsed
    }

    async fn pause(&mut self, length: Duration) {
        self.pauses.push(length.as_secs());
        self.elapsed += length + self.overshoot;
    }
}

fn authorization(interval: u64, expires_in: u64) -> DeviceAuthorization {
    DeviceAuthorization {
        device_code: Secret::new("device".to_owned()),
        user_code: "ABCD".to_owned(),
        verification_uri: "https://id.example/device".parse().expect("a URL"),
        verification_uri_complete: None,
        expires_in: Duration::from_secs(expires_in),
        interval: Duration::from_secs(interval),
    }
}

fn refused(code: &str) -> Result<TokenAnswer, Error> {
    let refusal = Refusal {
        host: "h".to_owned(),
        status: 400,
        code: ErrorCode::parse(code),
        description: None,
        retry_after: None,
    };
    Err(refusal.into())
}

fn down(retry_after: Option<u64>) -> Result<TokenAnswer, Error> {
    let retry_after = retry_after.map(Duration::from_secs);
    Err(AnswerError::Unavailable { host: "h".to_owned(), status: 503, retry_after }.into())
}

fn tokens() -> Result<TokenAnswer, Error> {
    Ok(TokenAnswer {
        access_token: Secret::new("at".to_owned()),
        token_type: "Bearer".to_owned(),
        refresh_token: None,
        lifetime: crate::oauth::token::Lifetime::Unknown,
        id_token: None,
        scope: None,
        received_at: clock::now(),
        server_date: None,
    })
}

struct Story {
    outcome: Result<TokenAnswer, Error>,
    pauses: Vec<u64>,
    elapsed: u64,
    told: Vec<&'static str>,
}

/// Plays `answers` to the loop; when they run out, the last kind goes on for ever.
async fn played(
    authorization: &DeviceAuthorization,
    overshoot: u64,
    answers: Vec<Result<TokenAnswer, Error>>,
    then: fn() -> Result<TokenAnswer, Error>,
) -> Story {
    let mut time = VirtualTime { overshoot: Duration::from_secs(overshoot), ..VirtualTime::default() };
    let (mut answers, mut told) = (VecDeque::from(answers), Vec::new());
    let outcome = poll(authorization, &mut time, async || answers.pop_front().unwrap_or_else(then), &mut |event| {
        told.push(match event {
            DeviceEvent::Trouble(_) => "trouble",
            DeviceEvent::Recovered => "recovered",
        });
    })
    .await;
    Story { outcome, pauses: time.pauses, elapsed: time.elapsed.as_secs(), told }
}

fn pending() -> Result<TokenAnswer, Error> {
    refused("authorization_pending")
}

#[tokio::test]
async fn the_server_is_asked_at_its_own_pace_until_the_person_decides() {
    // DEV-01
    let story = played(&authorization(5, 600), 0, vec![pending(), pending(), pending()], tokens).await;
    assert_eq!(story.outcome.expect("tokens").access_token.expose(), "at");
    assert_eq!(story.pauses, [5, 5, 5, 5]);
}

#[tokio::test]
async fn slow_down_makes_every_later_pause_longer() {
    // DEV-02
    let slow = || refused("slow_down");
    let story = played(&authorization(5, 600), 0, vec![slow(), slow(), pending(), pending()], tokens).await;
    assert!(story.outcome.is_ok());
    assert_eq!(story.pauses, [5, 10, 15, 15, 15]);
}

#[tokio::test]
async fn a_server_in_trouble_by_its_own_word_is_asked_again() {
    let trouble = ["server_error", "temporarily_unavailable"].map(refused);
    let story = played(&authorization(5, 600), 0, trouble.into(), tokens).await;
    assert!(story.outcome.is_ok());
}

#[tokio::test]
async fn an_end_is_an_end() {
    // DEV-05, DEV-18
    for (code, expected) in [
        ("access_denied", "the sign-in was refused in the browser"),
        ("expired_token", "the code expired before anybody signed in"),
        ("invalid_grant", "the code is not valid any more; start again"),
        ("unauthorized_client", "h refused: unauthorized_client"),
    ] {
        let story = played(&authorization(5, 600), 0, vec![pending(), refused(code)], tokens).await;
        let error = story.outcome.expect_err(code);
        assert_eq!((error.class(), error.to_string().as_str()), (Class::Denied, expected));
        assert_eq!(story.pauses, [5, 5]);
    }
    let redirect = Err(AnswerError::Redirected { host: "h".to_owned(), status: 307 }.into());
    let story = played(&authorization(5, 600), 0, vec![redirect], tokens).await;
    assert_eq!(story.outcome.expect_err("a redirect").class(), Class::Security);
}

#[tokio::test]
async fn nobody_deciding_ends_with_the_code() {
    // DEV-06, DEV-11
    for (interval, expires_in) in [(5, 30), (7, 30), (60, 30)] {
        let story = played(&authorization(interval, expires_in), 0, Vec::new(), pending).await;
        assert!(matches!(story.outcome, Err(Error::Device(DeviceError::Expired))));
        assert_eq!(story.elapsed, expires_in, "neither earlier nor later");
    }
}

#[tokio::test]
async fn trouble_is_told_once_and_waited_out_with_growing_pauses() {
    // DEV-08
    let mut answers = vec![pending()];
    answers.extend((0..6).map(|_| down(None)));
    answers.extend([pending(), down(Some(20)), down(Some(100_000)), pending()]);
    let story = played(&authorization(5, 3600), 0, answers, tokens).await;
    assert!(story.outcome.is_ok());
    assert_eq!(story.pauses, [5, 5, 10, 20, 30, 30, 30, 30, 5, 20, 60, 5]);
    assert_eq!(story.told, ["trouble", "recovered", "trouble", "recovered"]);
}

#[tokio::test]
async fn trouble_that_outlives_the_code_ends_as_expired() {
    // DEV-09
    let story = played(&authorization(5, 120), 0, Vec::new(), || down(None)).await;
    let error = story.outcome.expect_err("expired");
    assert!(matches!(error, Error::Device(DeviceError::Expired)));
    assert_eq!((error.class(), story.elapsed, story.told), (Class::Denied, 120, vec!["trouble"]));
}

#[tokio::test]
async fn after_a_long_sleep_the_server_is_asked_once_more() {
    // DEV-12
    let story = played(&authorization(5, 300), 600, Vec::new(), tokens).await;
    assert!(story.outcome.is_ok() && story.pauses == [5]);
    let story = played(&authorization(5, 300), 600, Vec::new(), pending).await;
    assert!(matches!(story.outcome, Err(Error::Device(DeviceError::Expired))));
    assert_eq!(story.pauses, [5, 0], "one question, and no further pause");
}

fn started(members: &str) -> Result<DeviceAuthorization, Error> {
    let provider = provider(r#""device_authorization_endpoint":"https://login.example/device""#).expect("metadata");
    read(reply(&format!("{{{members}}}")), &provider)
}

fn with(member: &str) -> Result<DeviceAuthorization, Error> {
    let mut members = vec![
        r#""device_code":"d""#,
        r#""user_code":"ABCD-EFGH""#,
        r#""verification_uri":"https://id.example/device""#,
        r#""expires_in":600"#,
    ];
    let name = member.split(':').next().unwrap_or_default();
    members.retain(|existing| !existing.starts_with(&format!("{name}:")));
    if !member.is_empty() {
        members.push(member);
    }
    started(&members.join(","))
}

#[test]
fn the_pause_is_bounded_whatever_the_server_says() {
    // DEV-03
    assert_eq!(with("").expect("codes").interval.as_secs(), 5);
    for (value, expected) in [
        ("5", 5),
        ("0", 1),
        ("-3", 1),
        ("2.5", 3),
        ("1e9", 60),
        (r#""7""#, 7),
        (r#""soon""#, 5),
        ("null", 5),
        ("[]", 5),
        ("true", 5),
        (r#""NaN""#, 5),
    ] {
        let interval = with(&format!(r#""interval":{value}"#)).expect(value).interval;
        assert_eq!(interval.as_secs(), expected, "{value}");
    }
}

#[test]
fn the_life_of_a_code_is_bounded_or_refused() {
    // DEV-07
    for (value, expected) in
        [("30", 30), ("1e18", 1800), ("18446744073709551615", 1800), (r#""600""#, 600), ("null", 1800)]
    {
        let expires_in = with(&format!(r#""expires_in":{value}"#)).expect(value).expires_in;
        assert_eq!(expires_in.as_secs(), expected, "{value}");
    }
    for value in ["0", "-1", r#""soon""#, "true", "{}", r#""inf""#] {
        assert_eq!(with(&format!(r#""expires_in":{value}"#)).expect_err(value).class(), Class::Security);
    }
    let without = r#""device_code":"d","user_code":"A","verification_uri":"https://id.example/device""#;
    assert_eq!(started(without).expect("codes").expires_in.as_secs(), 1800);
}

#[test]
fn addresses_that_are_not_the_servers_are_refused() {
    // DEV-14
    for uri in [
        "http://id.example/device",
        "http://127.0.0.1/device",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://evil.example/device",
        "https://id.example.evil.example/",
        "https://id.example@evil.example/",
        "https://id.example/\\u001b[2J",
        "https://id.example/a b",
        "",
    ] {
        assert_eq!(with(&format!(r#""verification_uri":"{uri}""#)).expect_err(uri).class(), Class::Security, "{uri}");
    }
    with(r#""verification_uri":"https://login.example/device""#).expect("a host from the metadata");
    let complete = |uri: &str| with(&format!(r#""verification_uri_complete":"{uri}""#));
    assert!(complete("https://id.example/device?code=A").expect("codes").verification_uri_complete.is_some());
    assert!(complete("").expect("codes").verification_uri_complete.is_none());
    for uri in ["https://login.example/device?code=A", "https://evil.example/", "http://id.example/device"] {
        assert_eq!(complete(uri).expect_err(uri).class(), Class::Security, "{uri}");
    }
}

#[test]
fn a_code_that_nobody_can_type_is_refused() {
    // DEV-15
    let longest = "A".repeat(64);
    assert_eq!(with(&format!(r#""user_code":"{longest}""#)).expect("codes").user_code, longest);
    for code in [format!("\"{longest}A\""), format!("\"{}\"", "A".repeat(10_000)), r#""""#.to_owned(), "7".to_owned()] {
        assert_eq!(with(&format!(r#""user_code":{code}"#)).expect_err("untypable").class(), Class::Security);
    }
}

#[test]
fn a_device_code_with_control_characters_is_refused() {
    for code in [r#""a\r\nb""#, r#""""#, "7", "null"] {
        assert_eq!(with(&format!(r#""device_code":{code}"#)).expect_err(code).class(), Class::Security);
    }
}

#[tokio::test]
async fn the_flow_uses_the_endpoints_of_the_metadata() {
    // DEV-17, DEV-20
    let server = Server::start(|request, number| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
        match number {
            0 => json(200, &format!(
                r#"{{"device_code":"d&1","user_code":"A","verification_uri":"http://{host}/x","interval":1,"expires_in":60}}"#
            )),
            1 => json(400, r#"{"error":"authorization_pending"}"#),
            _ => json(200, TOKENS),
        }
    })
    .await;
    let (client, provider) = (Client::new().expect("a client"), provider_on(&server));
    let authorization = start(&client, &provider, "me", "openid email").await.expect("codes");
    let answer = wait(&client, &provider, "me", &authorization, &mut |_| {}).await.expect("tokens");
    assert_eq!(answer.access_token.expose(), "at");
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /odd/device ") && requests[0].ends_with("client_id=me&scope=openid+email"));
    assert!(requests[1].starts_with("POST /token "));
    assert!(
        requests[1].ends_with(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%261&client_id=me"
        )
    );

    let trap = Server::always(json(200, TOKENS)).await;
    let moved = Server::always(with_headers(307, &format!("Location: {}\r\n", trap.url("/token")), "")).await;
    let error = start(&client, &provider_on(&moved), "me", "openid").await.expect_err("a redirect");
    assert_eq!(error.class(), Class::Security);
    assert!(trap.requests().is_empty());
}

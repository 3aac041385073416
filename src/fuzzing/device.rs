//! A device login: the codes, and how often the server is asked for the tokens.

use std::time::Duration;

use serde_json::Value;

use super::answers::is_safe;
use super::{outcome, text};
use crate::oauth::fuzzing::{device, device_authorization, provider, token_answer};

const SLOWER: Duration = Duration::from_secs(5);
const PROVIDER: &str = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
    "authorization_endpoint":"https://login.example/authorize"}"#;

/// `data` is the answer with the codes in one line, and then an answer to a poll in each line: `STATUS BODY`, or
/// `STATUS SECONDS BODY` with a Retry-After; when they run out, the person never decides.
///
/// The person is sent to the server's own hosts; the pause before each question is at least the interval, which grows
/// with every slow_down; nothing is asked after the code has expired or after an answer that is final.
pub fn device_response(data: &[u8]) -> bool {
    let mut lines = data.split(|byte| *byte == b'\n');
    let codes = lines.next().unwrap_or_default();
    let issuer = "https://id.example".parse().expect("a host");
    let server = provider(&issuer, PROVIDER.as_bytes()).expect("metadata");
    let Ok(authorization) = device_authorization(&server, codes) else { return false };
    for url in [Some(&authorization.verification_uri), authorization.verification_uri_complete.as_ref()] {
        let Some(url) = url else { continue };
        assert!(is_safe(url.as_str(), false), "{url}");
        let host = url.as_str().trim_start_matches("https://").split(['/', ':', '?']).next();
        assert!([Some("id.example"), Some("login.example")].contains(&host), "{url}");
    }
    assert!((1..=64).contains(&authorization.user_code.chars().count()));
    assert!((Duration::from_secs(1)..=Duration::from_secs(60)).contains(&authorization.interval));
    assert!(authorization.expires_in <= Duration::from_secs(1800) && !authorization.expires_in.is_zero());

    let answers: Vec<Answer<'_>> = lines.map(Answer::read).collect();
    let endless = Answer { status: 400, retry_after: None, body: br#"{"error":"authorization_pending"}"# };
    let polling = outcome(device::play(&authorization, |number| {
        let Answer { status, retry_after, body } = answers.get(number).unwrap_or(&endless);
        token_answer(*status, *retry_after, body)
    }));
    let (mut interval, mut before) = (authorization.interval, Duration::ZERO);
    for (number, asked) in polling.asked.iter().enumerate() {
        assert!(*asked - before >= interval, "asked after {:?}, not {interval:?}", *asked - before);
        assert!(*asked < authorization.expires_in, "asked with an expired code");
        let answer = answers.get(number).unwrap_or(&endless);
        let is_last = number + 1 == polling.asked.len();
        assert!(is_last || !answer.is_final(), "asked again after a final answer");
        if answer.code().as_deref() == Some("slow_down") {
            interval += SLOWER;
        }
        before = *asked;
    }
    assert!(polling.ended <= authorization.expires_in, "waits longer than the code lives");
    let succeeded = polling.outcome.is_ok();
    let last = polling.asked.len().checked_sub(1).and_then(|number| answers.get(number));
    assert!(!succeeded || last.is_some_and(|answer| answer.status == 200 && answer.code().is_none()));
    succeeded
}

struct Answer<'a> {
    status: u16,
    retry_after: Option<u32>,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    fn read(line: &'a [u8]) -> Self {
        let number = |bytes: &'a [u8]| -> Option<(u32, &'a [u8])> {
            let end = bytes.iter().position(|byte| *byte == b' ')?;
            Some((text(&bytes[..end])?.parse().ok()?, &bytes[end + 1..]))
        };
        let (status, rest) = number(line).unwrap_or((200, line));
        let (retry_after, body) = number(rest).map_or((None, rest), |(seconds, body)| (Some(seconds), body));
        let status = u16::try_from(status).ok().filter(|status| (100..600).contains(status)).unwrap_or(200);
        Self { status, retry_after, body }
    }

    fn code(&self) -> Option<String> {
        let document: Value = serde_json::from_slice(self.body).ok()?;
        // A document with a name twice says nothing.
        token_answer(200, None, self.body).err()?.code()?;
        Some(document["error"].as_str().unwrap_or_default().to_owned())
    }

    /// RFC 8628 section 3.5: what ends the login, said by a server that is well.
    fn is_final(&self) -> bool {
        let is_well = self.status < 500 && self.status != 429;
        let ends = ["access_denied", "expired_token", "invalid_grant", "invalid_client", "invalid_request"];
        is_well && self.code().is_some_and(|code| ends.contains(&code.as_str()))
    }
}

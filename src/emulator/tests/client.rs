//! A small HTTP client over `TcpStream`, and the steps of a sign-in made with it.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;

use crate::emulator::{Emulator, keys};

pub(super) const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-123";
pub(super) const REDIRECT: &str = "http://127.0.0.1:49152/datumctl/auth/callback";

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The location's query parameter.
    pub(super) fn sent_back(&self, name: &str) -> Option<String> {
        let location = Url::parse(self.header("location")?).ok()?;
        location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// Sends `head` and `body` as they are and reads what comes until the connection ends.
pub(super) fn raw(emulator: &Emulator, head: &str, body: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(emulator.url().trim_start_matches("http://"))?;
    stream
        .write_all(format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).as_bytes())?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

pub(super) fn send(emulator: &Emulator, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
    let host = emulator.url().trim_start_matches("http://");
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}");
    headers.iter().for_each(|header| head.push_str(&format!("\r\n{header}")));
    raw(emulator, &head, body).unwrap()
}

pub(super) fn get(emulator: &Emulator, target: &str) -> Answer {
    send(emulator, "GET", target, &[], "")
}

pub(super) fn get_as(emulator: &Emulator, target: &str, token: &str) -> Answer {
    send(emulator, "GET", target, &[&format!("Authorization: Bearer {token}")], "")
}

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub(super) fn post(emulator: &Emulator, target: &str, fields: &[(&str, &str)]) -> Answer {
    send(emulator, "POST", target, &["Content-Type: application/x-www-form-urlencoded"], &form(fields))
}

pub(super) fn token(emulator: &Emulator, fields: &[(&str, &str)]) -> Answer {
    post(emulator, "/oauth/v2/token", fields)
}

/// The parameters of a good authorization request.
pub(super) fn authorization(emulator: &Emulator) -> Vec<(&'static str, String)> {
    [
        ("client_id", emulator.client_id()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid profile email offline_access"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", &URL_SAFE_NO_PAD.encode(keys::sha256(VERIFIER))),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Asks the authorization endpoint; `change` replaces, or removes where it is empty.
pub(super) fn authorize(emulator: &Emulator, change: &[(&'static str, &str)]) -> Answer {
    let mut parameters = authorization(emulator);
    for (name, value) in change {
        parameters.retain(|(key, _)| key != name);
        if !value.is_empty() {
            parameters.push((name, (*value).to_owned()));
        }
    }
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    get(emulator, &format!("/oauth/v2/authorize?{}", form(&pairs)))
}

/// A browser in the middle of a sign-in.
pub(super) struct Browser {
    pub(super) cookie: String,
    pub(super) flow: String,
    pub(super) csrf: String,
}

/// Opens the login page.
pub(super) fn open(emulator: &Emulator) -> Browser {
    let begun = authorize(emulator, &[]);
    let location = begun.header("location").unwrap().to_owned();
    let cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let page = send(emulator, "GET", &location, &[&format!("Cookie: {cookie}")], "");
    let csrf = page.body.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    Browser { cookie, flow: location.split_once("flow=").unwrap().1.to_owned(), csrf }
}

impl Browser {
    pub(super) fn post(&self, emulator: &Emulator, page: &str, answer: (&str, &str)) -> Answer {
        let headers = ["Content-Type: application/x-www-form-urlencoded", &format!("Cookie: {}", self.cookie)];
        send(emulator, "POST", page, &headers, &form(&[("flow", &self.flow), ("csrf", &self.csrf), answer]))
    }

    /// Chooses a person, then allows or denies; the answer is the redirect to the program.
    pub(super) fn finish(&self, emulator: &Emulator, email: &str, decision: &str) -> Answer {
        self.post(emulator, "/ui/login", ("person", email));
        self.post(emulator, "/ui/consent", ("decision", decision))
    }
}

/// An authorization code for ada.
pub(super) fn code(emulator: &Emulator) -> String {
    open(emulator).finish(emulator, "ada@example.com", "allow").sent_back("code").unwrap()
}

pub(super) fn redeem(emulator: &Emulator, code: &str, verifier: &str) -> Answer {
    let client_id = emulator.client_id();
    token(
        emulator,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ],
    )
}

/// A fresh token answer for ada.
pub(super) fn tokens(emulator: &Emulator) -> Value {
    let answer = redeem(emulator, &code(emulator), VERIFIER);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(super) fn refresh(emulator: &Emulator, refresh_token: &Value) -> Answer {
    token(
        emulator,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", emulator.client_id()),
            ("refresh_token", refresh_token.as_str().unwrap()),
        ],
    )
}

/// Whether userinfo accepts the access token.
pub(super) fn is_alive(emulator: &Emulator, access_token: &Value) -> bool {
    get_as(emulator, "/oidc/v1/userinfo", access_token.as_str().unwrap()).status == 200
}

/// The decoded payload of a JWT.
pub(super) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

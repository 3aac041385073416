//! The server that the browser comes back to.

use super::{outcome, text};
use crate::oauth::CallbackError;
use crate::oauth::fuzzing::callback::{ISSUER, PATH, PORT, STATE, converse, pasted};

/// `data` is all that a browser, or any page in it, sends on one connection; or, without a line end, what a person
/// pastes.
///
/// Only a GET of the path with our Host, once, and the right state, once, decides; after everything else the right
/// answer still does. What is answered holds nothing of what was asked.
pub fn callback_http(data: &[u8]) -> bool {
    let Some(text) = text(data).filter(|_| !data.contains(&b'\n')) else { return over_http(data) };
    let Some(code) = pasted(text) else { return false };
    assert!(is_code(&code));
    let is_bare = text.trim() == code;
    assert!(is_bare || values(query_of(text.trim()), "state") == [STATE], "a code of another login");
    assert!(is_bare || values(query_of(text.trim()), "code") == [code], "another code");
    true
}

fn over_http(data: &[u8]) -> bool {
    let conversation = outcome(converse(data));
    let answer = String::from_utf8_lossy(&conversation.answer).into_owned();
    check_answer(&answer);
    let Some(decided) = conversation.outcome else {
        assert!(conversation.is_open, "an answer that does not count ended the login");
        return false;
    };
    let head = Head::read(data).expect("the head of a request");
    assert_eq!(head.method, "GET");
    let hosts = [format!("127.0.0.1:{PORT}"), format!("localhost:{PORT}")];
    assert!(matches!(head.hosts.as_slice(), [host] if hosts.contains(host)), "decided for {:?}", head.hosts);
    let (path, query) = head.target.split_once('?').expect("a query");
    assert_eq!(path, PATH);
    let query = query.split('#').next().unwrap_or_default();
    assert_eq!(values(query, "state"), [STATE]);
    assert!(answer.starts_with("HTTP/1.1 303 ") || answer.starts_with("HTTP/1.0 303 ") || answer.is_empty());
    match decided {
        Ok(code) => {
            assert!(is_code(&code));
            assert_eq!(values(query, "code"), [code]);
            assert!(values(query, "error").is_empty());
            let issuers = values(query, "iss");
            assert!(issuers.is_empty() || issuers == [ISSUER]);
        }
        Err(CallbackError::Refused { .. }) => assert_eq!(values(query, "error").len(), 1),
        Err(CallbackError::OtherIssuer { .. }) => assert!(!values(query, "iss").contains(&ISSUER.to_owned())),
        Err(other) => panic!("{other:?}"),
    }
    true
}

fn check_answer(answer: &str) {
    if answer.is_empty() {
        return;
    }
    let status = answer.split(' ').nth(1).unwrap_or_default();
    assert!(["200", "303", "400", "403", "404", "405", "414", "431", "501", "505"].contains(&status), "{answer}");
    assert!(!answer.contains(STATE) && !answer.contains("the-code"), "it repeats what was asked: {answer}");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    assert!(location.is_none_or(|location| location == format!("{PATH}/done")), "{answer}");
    assert_eq!(answer.matches("HTTP/1.").count(), 1, "one request, one answer: {answer}");
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 4096 && code.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

/// The head of a request, read line by line.
struct Head {
    method: String,
    target: String,
    hosts: Vec<String>,
}

impl Head {
    fn read(data: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(data);
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r')).skip_while(|line| line.is_empty());
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let fields = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
        let hosts = fields.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        let hosts = hosts.map(|(_, value)| value.trim_matches([' ', '\t']).to_owned()).collect();
        Some(Self { method, target, hosts })
    }
}

/// Of an address what follows the first question mark; all of anything else, in which one may be part of a value.
fn query_of(pasted: &str) -> &str {
    if !pasted.starts_with("http://") && !pasted.starts_with("https://") {
        return pasted.strip_prefix('?').unwrap_or(pasted);
    }
    let query = pasted.split_once('?').map_or("", |(_, query)| query);
    query.split('#').next().unwrap_or_default()
}

/// The values of a parameter, percent-decoded byte by byte.
fn values(query: &str, name: &str) -> Vec<String> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| decoded(key) == name).map(|(_, value)| decoded(value)).collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let digits = pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (bytes[at], digits.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            (byte, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

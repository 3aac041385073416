//! Wires that lie about where an answer ends, never end it, or wrap it in nonsense.

use std::time::{Duration, Instant};

use super::{MEMBERSHIPS, changed, sweep};
use crate::login::Ambush;
use crate::support::figure::figure;
use crate::support::{Answer, Output, keys};

/// What a wire makes of the honest bytes of an answer.
type Poison = fn(Vec<u8>) -> Answer;

/// A poison, its name, and whether what it makes is still an answer.
const POISONS: [(&str, Poison, bool); 28] = [
    ("a length that is too long", |bytes| with_length(&bytes, |length| (length + 1).to_string()), false),
    ("a length that is too short", |bytes| with_length(&bytes, |length| (length - 1).to_string()), false),
    ("two lengths", |bytes| with_length(&bytes, |length| format!("{length}\r\nContent-Length: {}", length - 5)), false),
    ("a length that is no number", |bytes| with_length(&bytes, |_| "many".to_owned()), false),
    ("a length below zero", |bytes| with_length(&bytes, |_| "-1".to_owned()), false),
    ("a length beyond all numbers", |bytes| with_length(&bytes, |_| "9".repeat(40)), false),
    ("a length and chunks that are none", |bytes| with_header(&bytes, "Transfer-Encoding: chunked"), false),
    ("chunks of no size", |bytes| chunked(&bytes, |body| format!("zz\r\n{body}\r\n0\r\n\r\n")), false),
    ("a chunk larger than sent", |bytes| chunked(&bytes, |body| format!("ffff\r\n{body}\r\n0\r\n\r\n")), false),
    ("a chunk smaller than sent", |bytes| chunked(&bytes, |body| format!("3\r\n{body}\r\n0\r\n\r\n")), false),
    ("a chunk beyond all numbers", |bytes| chunked(&bytes, |body| format!("{}\r\n{body}", "f".repeat(40))), false),
    ("chunks without an end", |bytes| chunked(&bytes, |body| format!("{:x}\r\n{body}\r\n", body.len())), false),
    ("good chunks", |bytes| chunked(&bytes, |body| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())), true),
    ("no length at all", |bytes| without_length(&bytes), true),
    ("nothing", |_| Answer::Bytes(Vec::new()), false),
    ("an answer that does not begin", |_| Answer::Reset, false),
    ("another protocol", |_| Answer::Bytes(b"220 mail.example ESMTP\r\n".to_vec()), false),
    ("another version", |bytes| replaced(&bytes, "HTTP/1.1", "HTTP/3.7"), false),
    ("an old version", |bytes| replaced(&bytes, "HTTP/1.1", "HTTP/1.0"), true),
    ("a status that is none", |bytes| replaced(&bytes, " 200 ", " 2x0 "), false),
    ("a change of protocols", |bytes| replaced(&bytes, " 200 ", " 101 "), false),
    ("a header without a colon", |bytes| with_header(&bytes, "nonsense"), false),
    ("a header with a zero byte", |bytes| with_header(&bytes, "X-Zero: a\0b"), false),
    ("ten interim answers", |bytes| preceded(&bytes, &INTERIM.repeat(10)), true),
    ("interim answers and no other", |_| Answer::Bytes(INTERIM.repeat(10).into_bytes()), false),
    ("ten thousand headers", |bytes| with_header(&bytes, "X-Many: value\r\n".repeat(10_000).trim_end()), false),
    ("a header of four megabytes", |bytes| with_header(&bytes, &format!("X-Long: {}", "x".repeat(4 << 20))), false),
    ("a drip", |bytes| Answer::Trickle(bytes, Duration::from_micros(200)), true),
];

/// Answers without an end. What the API may send is so much that a test of its own holds the limit.
const ENDLESS: [(&str, Poison); 2] = [
    ("a body without an end", |_| Answer::Endless(OPEN.into(), vec![b' '; 65_536], Duration::ZERO)),
    ("chunks for ever", |_| {
        Answer::Endless(CHUNKED.into(), format!("100\r\n{:256}\r\n", "").repeat(64).into_bytes(), Duration::ZERO)
    }),
];

/// What `api get` is asked for.
const ANYTHING: &str = "/apis/resourcemanager.miloapis.com/v1alpha1/anything";

const INTERIM: &str = "HTTP/1.1 100 Continue\r\nX-More: to come\r\n\r\n";
const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("an honest answer is text")
}

fn bytes(text: String) -> Answer {
    Answer::Bytes(text.into_bytes())
}

fn replaced(honest: &[u8], from: &str, to: &str) -> Answer {
    bytes(text(honest).replacen(from, to, 1))
}

fn preceded(honest: &[u8], by: &str) -> Answer {
    bytes(format!("{by}{}", text(honest)))
}

fn with_header(honest: &[u8], header: &str) -> Answer {
    bytes(text(honest).replacen("\r\n", &format!("\r\n{header}\r\n"), 1))
}

fn with_length(honest: &[u8], lie: impl Fn(usize) -> String) -> Answer {
    let (_, body) = parts(honest);
    let right = format!("Content-Length: {}\r\n", body.len());
    bytes(text(honest).replacen(&right, &format!("Content-Length: {}\r\n", lie(body.len())), 1))
}

fn parts(honest: &[u8]) -> (String, String) {
    let text = text(honest);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let head: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with("Content-Length")).collect();
    (head.join("\r\n"), body.to_owned())
}

fn without_length(honest: &[u8]) -> Answer {
    let (head, body) = parts(honest);
    bytes(format!("{head}\r\n\r\n{body}"))
}

fn chunked(honest: &[u8], body_of: impl Fn(&str) -> String) -> Answer {
    let (head, body) = parts(honest);
    bytes(format!("{head}\r\nTransfer-Encoding: chunked\r\n\r\n{}", body_of(&body)))
}

/// A request of the program, and the command that makes it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    CodeExchange,
    Refresh,
    Assertion,
    DeviceCodes,
    Discovery,
    Keys,
    Api,
}

const PLACES: [Place; 7] = [
    Place::CodeExchange,
    Place::Refresh,
    Place::Assertion,
    Place::DeviceCodes,
    Place::Discovery,
    Place::Keys,
    Place::Api,
];

impl Place {
    fn path(self) -> &'static str {
        match self {
            Self::CodeExchange | Self::Refresh | Self::Assertion => "/token",
            Self::DeviceCodes => "/device",
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Keys => "/keys",
            Self::Api => MEMBERSHIPS,
        }
    }

    fn run(self, ambush: &Ambush) -> Output {
        let file = ambush.world.keeper("robot.json");
        match self {
            Self::CodeExchange | Self::Keys | Self::Discovery => ambush.login(),
            Self::Refresh => {
                let output = ambush.world.run(["auth", "get-token"]);
                Output { stdout: String::new(), ..output }
            }
            Self::Assertion => {
                let credentials = keys::credentials(&keys::pkcs8(keys::rsa(2048)));
                std::fs::write(&file, credentials.to_string()).expect("a writable file");
                ambush.finish(ambush.start(&["login", "--credentials", file.to_str().expect("UTF-8")]))
            }
            Self::DeviceCodes => ambush.finish(ambush.start(&["login", "--no-browser"])),
            Self::Api => ambush.finish(ambush.start(&["organizations", "list", "-o", "name"])),
        }
    }
}

fn expiring() -> Ambush {
    let ambush = Ambush::signed_in();
    ambush.behave_and_expire();
    ambush
}

impl Ambush {
    fn behave_and_expire(&self) {
        self.terse();
        self.provider.token_answer(|answer| answer["expires_in"] = 0.into());
    }
}

/// One answer that is poisoned.
struct Case {
    name: String,
    poison: Poison,
    is_answer: bool,
    place: Place,
}

fn cases() -> Vec<Case> {
    let case =
        |name: &str, poison, is_answer, place| Case { name: format!("{name} at {place:?}"), poison, is_answer, place };
    let mut cases = Vec::new();
    for place in PLACES {
        cases.extend(POISONS.iter().map(|(name, poison, is_answer)| case(name, *poison, *is_answer, place)));
        if place != Place::Api {
            cases.extend(ENDLESS.iter().map(|(name, poison)| case(name, *poison, false, place)));
        }
    }
    cases
}

impl Case {
    fn run(&self, ambush: &Ambush) {
        let Self { name, poison, is_answer, place } = self;
        ambush.behave_and_expire();
        if *place == Place::Api {
            ambush.terse();
            let _ = ambush.world.run(["auth", "get-token"]).success();
        }
        let before = ambush.world.files();
        let poison = *poison;
        ambush.provider.damage(place.path(), move |bytes, _| poison(bytes));
        let start = Instant::now();
        let output = place.run(ambush);
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
        if *is_answer {
            assert_eq!(output.status, 0, "{name}\n{output}");
        } else {
            assert!([1, 5, 7].contains(&output.status), "{name}\n{output}");
            assert_eq!(output.stdout, "", "{name}");
            let errors: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
            assert!(errors.len() == 1 && errors[0].chars().count() < 400, "{name}\n{output}");
            assert!(!errors[0].chars().any(char::is_control), "{name}\n{output}");
            assert!(changed(&before, &ambush.world.files()).is_empty(), "{name}");
        }
        self.is_survived(ambush);
    }

    /// Whatever it was, the session is there and works, and little memory was used.
    fn is_survived(&self, ambush: &Ambush) {
        ambush.behave_and_expire();
        if self.place == Place::Assertion && self.is_answer {
            let _ = ambush.world.run(["auth", "switch", "m@x.io"]).success();
        }
        let _ = ambush.world.run(["auth", "get-token", "--min-ttl", "24h"]).success();
        let peak = ambush.world.peak_memory();
        assert!(peak < 64 * 1024, "{}: {peak} KiB", self.name);
    }
}

// DSC-09, PKC-15, API-12
#[test]
fn a_poisoned_wire_is_one_line_of_error_and_changes_nothing() {
    let cases = cases();
    sweep(cases.len(), 12, expiring, |ambush, number| cases[number].run(ambush));
    figure(&format!("{} poisoned answers (30 poisons, 7 requests): 0 sessions harmed, below 64 MiB each", cases.len()));
}

// API-13
#[test]
fn a_server_that_never_comes_to_the_point_is_left_at_the_time_that_was_set() {
    let endless =
        |head: &'static [u8], rest: Vec<u8>, pause| Answer::Endless(head.to_vec(), rest, Duration::from_millis(pause));
    let ambush = Ambush::new();
    let _ = ambush.login().success();
    let anything = MEMBERSHIPS.replace("organizationmemberships", "anything");
    for (name, answer) in [
        ("silence", Answer::Silence),
        ("half a head", endless(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x".to_vec(), 50)),
        ("interim answers for ever", endless(b"", INTERIM.repeat(10).into(), 1)),
        ("interim answers now and then", endless(b"", INTERIM.into(), 50)),
        ("a body that drips", endless(OPEN.as_bytes(), b" ".to_vec(), 50)),
    ] {
        ambush.provider.behave();
        ambush.provider.always(&anything, answer);
        let start = Instant::now();
        let output = ambush.finish(ambush.start(&["--request-timeout", "1s", "api", "get", ANYTHING])).exits(5);
        assert!(start.elapsed() < Duration::from_secs(4), "{name}: {:?}", start.elapsed());
        assert_eq!(ambush.provider.count(&anything), 1, "{name}");
        assert_eq!(output.says("did not answer within 1 s").stdout, "", "{name}");
        assert!(ambush.world.peak_memory() < 64 * 1024, "{name}");
    }
}

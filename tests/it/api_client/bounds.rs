//! Answers without an end, and servers that fall silent.

use std::io::Read as _;
use std::time::Duration;

use super::Front;
use crate::support::{Answer, Output, World};

/// Runs the binary where it may have this much memory, in KiB.
pub fn within(world: &World, kibibytes: u32, words: &[&str]) -> Output {
    let limit = format!("ulimit -d {kibibytes}; exec \"$0\" \"$@\"");
    let words = [&["-c", &limit, crate::support::DATUMCTL], words].concat();
    world.finish(&world.program("sh", words).output().expect("a shell"), false)
}

/// Twice what an answer may have, and the program.
const MEMORY: u32 = 800 * 1024;

// API-12
#[test]
fn an_answer_of_two_gigabytes_is_cut_off() {
    let front = Front::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for length in ["Content-Length: 2147483648\r\n\r\n", "\r\n"] {
        let head = format!("{head}{length}{{\"rows\":[\"");
        front.always(Answer::Endless(head.into_bytes(), vec![b'x'; 4 << 20], Duration::ZERO));
        let output = front.told(within(&front.world, MEMORY, &["get", "dnszones"]));
        assert_eq!(output.stdout, "");
        let _ = output.exits(5).says("the answer of <api> is larger than 268435456 bytes");
    }
}

// API-12
#[test]
fn a_packed_answer_is_not_unpacked() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    front.always(Answer::body(
        200,
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
        b"\x1f\x8b\x08\0\0",
    ));
    let output = front.get(&[]).says("the answer of <api> is not understood");
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(front.requests().iter().all(|request| !request.head.to_lowercase().contains("accept-encoding")));
}

// API-12
#[test]
fn a_million_headers_or_one_of_a_megabyte_are_refused_in_little_memory() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    let many = "X-Header: value\r\n".repeat(1_000_000);
    let long = format!("X-Header: {}\r\n", "x".repeat(1 << 20));
    for headers in [many, long] {
        front.always(Answer::text(200, &headers, "{}"));
        let output = front.told(within(&front.world, 128 * 1024, &["get", "dnszones"]));
        assert_eq!(output.stdout, "");
        let _ = output.exits(5);
    }
}

// API-13
#[test]
fn a_server_that_falls_silent_or_drips_is_left_after_the_request_timeout() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n".to_vec();
    for (rest, pause) in [(b"x".to_vec(), Duration::from_secs(600)), (b" ".to_vec(), Duration::from_millis(50))] {
        front.always(Answer::Endless(head.clone(), rest, pause));
        let output = front.get(&["--request-timeout=1s"]).exits(5).says("error: <api> did not answer within 1 s");
        assert_eq!(output.stdout, "");
        assert_eq!(front.requests().len(), 1);
    }
    let before = front.told(front.world.run(["--request-timeout=1s", "get", "dnszones"]));
    let _ = before.exits(5).says("did not answer within 1 s");
    let _ = front.told(front.world.run(["--request-timeout=1s", "auth", "list"])).exits(2);
}

// API-13
#[test]
fn a_watch_outlives_the_request_timeout() {
    let front = Front::new();
    front.on_zones(|request| match request.query.contains("watch=") {
        false => Answer::json(200, &serde_json::json!({"kind": "DNSZoneList", "metadata": {"resourceVersion": "1"}, "items": []})),
        true => {
            std::thread::sleep(Duration::from_millis(1500));
            let event = serde_json::json!({"type": "ADDED", "object": {
                "apiVersion": "dns.networking.miloapis.com/v1alpha1", "kind": "DNSZone", "metadata": {"name": "late", "resourceVersion": "2"}}});
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
            Answer::Endless([head, format!("{event}\n").into_bytes()].concat(), b"\n".to_vec(), Duration::from_millis(50))
        }
    });
    let mut child = front.world.spawn(["get", "dnszones", "--watch", "-o", "name", "--request-timeout=1s"]);
    let mut line = [0; 16];
    child.stdout.take().expect("a pipe").read_exact(&mut line).expect("an event");
    child.kill().expect("a child");
    let _ = child.wait();
    assert!(String::from_utf8_lossy(&line).starts_with("dnszone"), "{line:?}");
}

// API-27
#[test]
fn a_server_that_answers_in_http2_is_not_understood_and_costs_nothing() {
    let front = Front::new();
    let _ = front.get(&[]).success();
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0pingpong";
    const GOAWAY: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const CONTINUATION: &[u8] = b"\0\0\x01\x09\0\0\0\0\x01\0";
    for frame in [SETTINGS, PING, GOAWAY, CONTINUATION] {
        front.always(Answer::Endless(SETTINGS.to_vec(), frame.repeat(4096), Duration::ZERO));
        let output = front.told(within(&front.world, 128 * 1024, &["get", "dnszones"]));
        assert_eq!(output.stdout, "");
        let _ = output.exits(5);
    }
}

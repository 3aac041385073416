//! The callback's HTTP server, reached by any page and any program: it stays small, quick and deaf to all but a GET.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use url::Url;

use super::Ambush;
use crate::support::hostile::Callback;
use crate::support::{Running, browser};

/// A login that waits, and where.
struct Waiting<'a> {
    ambush: &'a Ambush,
    running: Running<'a>,
    right: Callback,
    authority: String,
    target: String,
    /// Token requests of earlier logins.
    exchanged: usize,
}

impl<'a> Waiting<'a> {
    fn start(ambush: &'a Ambush) -> Self {
        let running = ambush.start(&["login"]);
        let right = ambush.provider.approve(&running.login_url().expect("a URL"));
        let url = Url::parse(&right.url()).expect("a URL");
        let target = url[url::Position::BeforePath..].to_owned();
        let exchanged = ambush.provider.count("/token");
        Self { ambush, running, right, authority: browser::authority(&url), target, exchanged }
    }

    fn send(&self, request: impl AsRef<[u8]>) -> u16 {
        browser::send(&self.authority, request).status
    }

    /// Nothing so far has decided the login; the right answer still does, and quickly.
    fn still_succeeds(self) {
        assert_eq!(self.ambush.provider.count("/token"), self.exchanged, "the code was taken");
        let start = Instant::now();
        assert_eq!(browser::open(&self.right.url()).status, 200);
        let _ = self.ambush.finish(self.running).success();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[test]
fn a_second_callback_gets_a_page_or_nothing_and_hangs_nobody() {
    // CBK-14
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let hits: Vec<_> = (0..5).map(|_| scope.spawn(|| browser::open(&login.right.url()).status)).collect();
        let statuses: Vec<_> = hits.into_iter().map(|hit| hit.join().expect("a browser")).collect();
        assert!(statuses.contains(&200), "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 303, 0].contains(status)), "{statuses:?}");
    });
    let _ = ambush.finish(login.running).success();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(ambush.provider.count("/token"), 1);
}

#[test]
fn idle_and_slow_connections_do_not_keep_the_callback_away() {
    // CBK-15, CBK-17
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let connections: Vec<_> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(&login.authority).expect("a connection");
            // Some say nothing, some a little.
            if number % 2 == 0 {
                let _ = stream.write_all(b"GET /datumctl/auth/cal");
            }
            stream
        })
        .collect();
    #[cfg(target_os = "linux")]
    {
        // Those that were pushed out are closed when the listener next takes a breath.
        let files = || std::fs::read_dir(format!("/proc/{}/fd", login.running.child.id())).expect("files").count();
        let patience = Instant::now() + Duration::from_secs(10);
        while files() > 64 + 40 && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(files() <= 64 + 40, "{} open files", files());
    }
    login.still_succeeds();
    drop(connections);
}

#[test]
fn requests_that_are_no_http_or_too_large_are_refused() {
    // CBK-18
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let (host, target) = (&login.authority, &login.target);
    let headers: String = (0..500).map(|number| format!("X-{number}: y\r\n")).collect();
    for (name, request) in [
        ("a request line of 64 kB", format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(65536))),
        (
            "a megabyte of headers",
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "a".repeat(1_000_000)),
        ),
        ("500 headers", format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n")),
        ("a header without a colon", format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nnonsense\r\n\r\n")),
        ("a NUL", format!("GET {target}\0 HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned()),
    ] {
        let status = login.send(request);
        // 0: the connection was reset before the answer could be read.
        assert!([0, 400, 414, 431].contains(&status), "{name}: {status}");
    }
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", login.running.child.id())).expect("a status");
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        assert!(resident.expect("a size") < 64 * 1024, "{status}");
    }
    login.still_succeeds();
}

#[test]
fn only_get_takes_the_code() {
    // CBK-19
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let (host, target) = (&login.authority, &login.target);
    for method in ["OPTIONS", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PATCH"] {
        let status = login.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(status, 405, "{method}");
    }
    let form = target.split_once('?').expect("a query").1;
    let post = format!(
        "POST /datumctl/auth/callback HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    assert_eq!(login.send(post), 405);
    let status = login.send(format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert!([400, 405].contains(&status), "CONNECT: {status}");
    let preflight = format!(
        "OPTIONS {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
    );
    let page = browser::send(host, preflight);
    assert!(page.status == 405 && !page.text.to_ascii_lowercase().contains("access-control-allow"), "{}", page.text);
    login.still_succeeds();
}

#[test]
fn other_paths_are_not_found() {
    // CBK-20
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let (host, query) = (&login.authority, login.target.split_once('?').expect("a query").1);
    for path in [
        "/",
        "/favicon.ico",
        "/robots.txt",
        "//evil",
        "/datumctl/auth/callback/",
        "/datumctl/auth/callback/done",
        "/datumctl/auth/../auth/callback",
        "/datumctl/auth/%63allback",
        "/DATUMCTL/auth/callback",
    ] {
        assert_eq!(login.send(format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n")), 404, "{path}");
    }
    let absolute = format!("GET http://{host}{} HTTP/1.1\r\nHost: {host}\r\n\r\n", login.target);
    assert_eq!(login.send(absolute), 400);
    login.still_succeeds();
}

#[test]
fn a_request_under_another_host_name_is_not_for_us() {
    // CBK-21
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let (target, port) = (&login.target, login.authority.rsplit_once(':').expect("a port").1);
    for hosts in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1.evil.example:{port}\r\n"),
        "Host: 127.0.0.1:1\r\n".to_owned(),
        "Host: 127.0.0.1\r\n".to_owned(),
        format!("Host: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n"),
        format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"),
        String::new(),
    ] {
        let status = login.send(format!("GET {target} HTTP/1.1\r\n{hosts}\r\n"));
        assert!([403, 400].contains(&status), "{hosts}: {status}");
    }
    login.still_succeeds();
    let login = Waiting::start(&ambush);
    let (target, port) = (&login.target, login.authority.rsplit_once(':').expect("a port").1);
    assert_eq!(login.send(format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")), 303);
    let _ = ambush.finish(login.running).success();
}

#[test]
fn the_pages_say_nothing_that_came_in_and_leave_no_code_behind() {
    // CBK-23
    let ambush = Ambush::new();
    let login = Waiting::start(&ambush);
    let first = browser::get(&login.right.url());
    assert_eq!(first.status, 303);
    let location = first.header("location").expect("a location").to_owned();
    assert_eq!(location, "/datumctl/auth/callback/done");
    let last = browser::get(&format!("http://{}{location}", login.authority));
    assert_eq!(last.status, 200);
    let code = &login.right.parameters[0].1;
    for page in [&first, &last] {
        assert!(!page.text.contains(code.as_str()), "{}", page.text);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").expect("a policy").starts_with("default-src 'none'; "));
    }
    let _ = ambush.finish(login.running).success();
    let login = Waiting::start(&ambush);
    let odd = login.right.clone().with("state", Some("<script>alert(1)</script>"));
    assert!(!browser::get(&odd.url()).text.contains("alert"));
    login.still_succeeds();
}

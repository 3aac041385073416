use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{AuthorizationResponse, CallbackError, CallbackServer, Expected, parse_pasted};
use crate::oauth::error::{Class, Error};
use crate::secret::Secret;

const PATH: &str = "/auth/callback";
const RIGHT: &str = "state=right-state&code=the-code";

fn expected(iss_is_required: bool) -> Expected {
    let issuer = "https://id.example".to_owned();
    Expected { state: Secret::new("right-state".to_owned()), issuer, iss_is_required }
}

/// A login that waits for its callback, with a browser that does what a test says.
struct Login {
    address: SocketAddr,
    waiting: JoinHandle<Result<AuthorizationResponse, Error>>,
}

impl Login {
    async fn start() -> Self {
        Self::with(expected(false), Duration::from_secs(60)).await
    }

    async fn with(expected: Expected, limit: Duration) -> Self {
        Self::on(CallbackServer::bind(PATH, None).await.expect("a port"), expected, limit)
    }

    fn on(server: CallbackServer, expected: Expected, limit: Duration) -> Self {
        let uri = url::Url::parse(&server.redirect_uri()).expect("a URL");
        let address = uri.socket_addrs(|| None).expect("an address")[0];
        let waiting = tokio::spawn(async move { server.wait(&expected, limit).await });
        Self { address, waiting }
    }

    /// Sends bytes on a new connection and reads what comes until the server closes it.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        // The server may refuse before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).expect("text")
    }

    async fn request(&self, method: &str, target: &str, host: &str) -> String {
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await
    }

    async fn get(&self, target: &str) -> String {
        self.request("GET", target, &self.address.to_string()).await
    }

    async fn callback(&self, query: &str) -> String {
        self.get(&format!("{PATH}?{query}")).await
    }

    /// Nothing so far has decided the login, and the right answer still does.
    async fn still_succeeds(self) {
        assert!(!self.waiting.is_finished(), "decided too early");
        assert_eq!(status(&self.callback(RIGHT).await), 303);
        self.get("/auth/callback/done").await;
        assert_eq!(self.outcome().await.expect("a code").code.expose(), "the-code");
    }

    async fn outcome(self) -> Result<AuthorizationResponse, Error> {
        self.waiting.await.expect("no panic")
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn query(text: &str) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.append_pair(name, value);
    }
    pairs.finish()
}

async fn is_closed(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_err()
}

#[tokio::test]
async fn a_login_listens_on_this_machine_only_and_ends_with_the_code() {
    // CBK-01, CBK-25
    let login = Login::start().await;
    let address = login.address;
    assert_eq!(address.ip(), std::net::Ipv4Addr::LOCALHOST);
    assert_ne!(address.port(), 0);
    login.still_succeeds().await;
    assert!(is_closed(address).await);
}

#[tokio::test]
async fn without_ipv4_the_server_listens_on_ipv6() {
    // CBK-02: an address of another machine stands for an IPv4 that is not there.
    let missing: SocketAddr = "192.0.2.1:0".parse().expect("an address");
    let v6: SocketAddr = "[::1]:0".parse().expect("an address");
    let Ok(server) = CallbackServer::bind_first(&[missing, v6], PATH).await else {
        // This machine has no IPv6 either, so nothing can be shown on it.
        return assert!(TcpStream::connect("[::1]:1").await.is_err());
    };
    let uri = server.redirect_uri();
    assert!(uri.starts_with("http://[::1]:"), "{uri}");
    let login = Login::on(server, expected(false), Duration::from_secs(60));
    login.still_succeeds().await;
}

#[tokio::test]
async fn answers_of_other_logins_are_ignored() {
    // CBK-05, CBK-06, CBK-09
    let login = Login::start().await;
    for query in [
        "",
        "code=c",
        "state=&code=c",
        "state=wrong&code=c",
        "state=right-stat&code=c",
        "state=right-statee&code=c",
        "state=RIGHT-STATE&code=c",
        "state=right-state&state=right-state&code=c",
        "state=right-state&state=wrong&code=c",
        "state=wrong&state=right-state&code=c",
        "state=right-state&code=c&code=d",
        "state=right-state&code=c&error=x&error=y",
        "error=access_denied",
        "error=access_denied&state=wrong",
        "state=right-state",
        "state=right-state&code=",
        "state=right-state&code=a%0d%0ab",
    ] {
        assert_eq!(status(&login.callback(query).await), 400, "{query}");
    }
    login.still_succeeds().await;
}

#[tokio::test]
async fn a_refusal_ends_the_login_with_its_reason_cut() {
    // CBK-07
    let login = Login::start().await;
    let words = format!("\u{1b}[2J{}", "x".repeat(1000));
    login.callback(&query(&format!("state=right-state&error=access_denied&error_description={words}"))).await;
    let page = login.get("/auth/callback/done").await;
    assert!(page.contains("not completed") && !page.contains("xxx"), "{page}");
    let error = login.outcome().await.expect_err("refused");
    assert_eq!(error.class(), Class::Denied);
    let text = error.to_string();
    assert!(text.starts_with("you or the server refused: access_denied ("), "{text}");
    assert!(!text.contains('\u{1b}') && text.len() < 400, "{text}");
}

#[tokio::test]
async fn every_error_code_ends_the_login_in_its_class() {
    // CBK-08
    for (code, class) in [
        ("invalid_request", Class::Denied),
        ("unauthorized_client", Class::Denied),
        ("unsupported_response_type", Class::Denied),
        ("invalid_scope", Class::Denied),
        ("login_required", Class::Denied),
        ("something_new", Class::Denied),
        ("server_error", Class::Unavailable),
        ("temporarily_unavailable", Class::Unavailable),
    ] {
        let login = Login::start().await;
        login.callback(&format!("state=right-state&error={code}")).await;
        login.get("/auth/callback/done").await;
        let error = login.outcome().await.expect_err(code);
        assert_eq!(error.class(), class);
        assert!(error.to_string().contains(code));
    }
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_a_security_error() {
    // CBK-11, CBK-13, DSC-07
    for (required, issuer, passes) in [
        (false, "", true),
        (false, "&iss=https://id.example", true),
        (true, "&iss=https://id.example", true),
        (true, "", false),
        (false, "&iss=https://evil.example", false),
        (false, "&iss=https://id.example/", false),
        (false, "&iss=", false),
        (true, "&error=access_denied", false),
    ] {
        // CBK-12
        let login = Login::with(expected(required), Duration::from_secs(60)).await;
        login.callback(&query(&format!("{RIGHT}{issuer}"))).await;
        login.get("/auth/callback/done").await;
        match login.outcome().await {
            Ok(_) => assert!(passes, "{required} {issuer}"),
            Err(error) => assert_eq!((error.class(), passes), (Class::Security, false), "{required} {issuer}"),
        }
    }
}

#[tokio::test]
async fn a_second_callback_gets_a_page_or_nothing_and_hangs_nobody() {
    // CBK-14, CBK-25
    let login = Login::start().await;
    let address = login.address;
    let begun = Instant::now();
    for _ in 0..5 {
        assert_eq!(status(&login.callback(RIGHT).await), 303);
    }
    let outcome = login.outcome().await;
    assert_eq!(outcome.expect("a code").code.expose(), "the-code");
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(is_closed(address).await);
}

#[tokio::test]
async fn idle_connections_do_not_keep_the_callback_away() {
    // CBK-15
    let login = Login::start().await;
    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(TcpStream::connect(login.address).await.expect("a connection"));
    }
    let begun = Instant::now();
    login.still_succeeds().await;
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn slow_connections_are_pushed_out_and_do_not_keep_the_callback_away() {
    // CBK-17
    let login = Login::start().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(login.address).await.expect("a connection");
        let _ = stream.write_all(b"GET ").await;
        slow.push(stream);
    }
    // The first ones are cut: their reading ends.
    let mut byte = [0];
    let cut = tokio::time::timeout(Duration::from_secs(20), slow[0].read(&mut byte)).await.expect("cut");
    assert!(matches!(cut, Ok(0) | Err(_)));
    let begun = Instant::now();
    login.still_succeeds().await;
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_cut_when_its_time_is_up() {
    // CBK-17
    let mut server = CallbackServer::bind(PATH, None).await.expect("a port");
    assert_eq!(server.connection_limit, Duration::from_secs(10));
    server.connection_limit = Duration::from_millis(50);
    let login = Login::on(server, expected(false), Duration::from_secs(60));
    let mut stream = TcpStream::connect(login.address).await.expect("a connection");
    let cut = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0])).await.expect("cut");
    assert!(matches!(cut, Ok(0) | Err(_)));
    login.still_succeeds().await;
}

#[tokio::test]
async fn requests_that_are_no_http_or_too_large_are_refused() {
    // CBK-18
    let login = Login::start().await;
    let host = login.address;
    let start = format!("GET {PATH}?{RIGHT} HTTP/1.1\r\nHost: {host}\r\n");
    let many: String = (0..500).map(|number| format!("X-{number}: y\r\n")).collect();
    for bytes in [
        format!("GET {PATH}?{RIGHT}&x={} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(64 * 1024)),
        format!("{start}X: {}\r\n\r\n", "a".repeat(1024 * 1024)),
        format!("{start}{many}\r\n"),
        format!("{start}no colon\r\n\r\n"),
        format!("{start}X: a\0b\r\n\r\n"),
        format!("GET {PATH}?{RIGHT}\0 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {PATH}?state=bare-lf HTTP/1.1\nHost: {host}\n\n"),
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03".to_owned() + &"\0".repeat(500),
    ] {
        let answer = login.send(bytes.as_bytes()).await;
        // 0: the connection was reset before the answer could be read.
        assert!(matches!(status(&answer), 0 | 400 | 414 | 431), "{answer:.80}");
    }
    login.still_succeeds().await;
}

#[tokio::test]
async fn only_get_decides() {
    // CBK-19
    let login = Login::start().await;
    let host = login.address.to_string();
    for method in ["OPTIONS", "HEAD", "PUT", "TRACE", "DELETE", "PATCH"] {
        let answer = login.request(method, &format!("{PATH}?{RIGHT}"), &host).await;
        assert_eq!(status(&answer), 405, "{method}");
        assert!(!answer.to_ascii_lowercase().contains("access-control-allow"));
        assert!(answer.contains("allow: GET\r\n") && answer.ends_with("\r\n\r\n") == (method == "HEAD"), "{answer}");
    }
    let connect = login.request("CONNECT", &host, &host).await;
    assert_eq!(status(&connect), 405);
    let form = format!("POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{RIGHT}", RIGHT.len());
    assert_eq!(status(&login.send(form.as_bytes()).await), 405);
    login.still_succeeds().await;
}

#[tokio::test]
async fn other_paths_are_not_found() {
    // CBK-20
    let login = Login::start().await;
    for path in [
        "/favicon.ico",
        "/",
        "/robots.txt",
        "//evil",
        "/auth/../auth/callback",
        "/auth/callback/",
        "/auth/callback/done",
        "/AUTH/CALLBACK",
        "/auth/%63allback",
    ] {
        assert_eq!(status(&login.get(&format!("{path}?{RIGHT}")).await), 404, "{path}");
    }
    let absolute = format!("http://{}{PATH}?{RIGHT}", login.address);
    assert_eq!(status(&login.get(&absolute).await), 400);
    login.still_succeeds().await;
}

#[tokio::test]
async fn a_request_under_another_host_name_is_not_for_us() {
    // CBK-21
    let login = Login::start().await;
    let port = login.address.port();
    let target = format!("{PATH}?{RIGHT}");
    for host in [
        "evil.com".to_owned(),
        format!("evil.com:{port}"),
        format!("127.0.0.1.evil.com:{port}"),
        "127.0.0.1".to_owned(),
        "127.0.0.1:1".to_owned(),
        format!("127.0.0.2:{port}"),
        format!("localhost.:{port}"),
        String::new(),
    ] {
        assert_eq!(status(&login.request("GET", &target, &host).await), 403, "{host}");
    }
    let host = login.address;
    let two = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n");
    assert_eq!(status(&login.send(two.as_bytes()).await), 403);
    let none = format!("GET {target} HTTP/1.1\r\nX: y\r\n\r\n");
    assert!(matches!(status(&login.send(none.as_bytes()).await), 400 | 403));
    assert!(!login.waiting.is_finished());
    assert_eq!(status(&login.request("GET", &target, &format!("localhost:{port}")).await), 303);
    login.outcome().await.expect("a code");
}

#[tokio::test]
async fn the_last_page_is_static_and_locked_down() {
    // CBK-23
    let login = Login::start().await;
    let early = login.callback("state=%3Cscript%3Ereflected&code=reflected").await;
    assert!(!early.contains("reflected"), "{early}");
    let moved = login.callback(&format!("{RIGHT}&x=reflected")).await;
    assert_eq!(status(&moved), 303);
    assert!(moved.contains("location: /auth/callback/done\r\n") && !moved.contains("the-code"), "{moved}");
    assert!(moved.ends_with("\r\n\r\n") && !moved.contains("allow: "), "a redirect needs no page: {moved}");
    assert_eq!(status(&login.get("/auth/callback/other").await), 404);
    let page = login.get("/auth/callback/done").await;
    assert_eq!(status(&page), 200);
    for answer in [&early, &moved, &page] {
        for header in [
            "content-type: text/html; charset=utf-8\r\n",
            "cache-control: no-store\r\n",
            "referrer-policy: no-referrer\r\n",
            "x-content-type-options: nosniff\r\n",
            "content-security-policy: default-src 'none'; style-src 'sha256-",
        ] {
            assert!(answer.contains(header), "{header} in {answer}");
        }
    }
    assert!(page.contains("You can close this tab and return to the terminal."));
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    let hash = STANDARD.encode(Sha256::digest(style));
    assert!(page.contains(&format!("style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none';")), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
    login.outcome().await.expect("a code");
}

#[tokio::test]
async fn nobody_coming_back_says_how_many_were_ignored() {
    // CBK-24, CBK-25
    let login = Login::with(expected(false), Duration::from_secs(2)).await;
    let address = login.address;
    for _ in 0..3 {
        login.callback("state=wrong&code=c").await;
    }
    let error = login.outcome().await.expect_err("nobody came");
    assert!(matches!(error, Error::Callback(CallbackError::TimedOut { ignored: 3, .. })), "{error:?}");
    assert_eq!(error.class(), Class::Denied);
    assert_eq!(error.to_string(), "the browser did not come back within 2 s (3 requests of other logins were ignored)");
    assert!(is_closed(address).await);
}

#[tokio::test]
async fn giving_up_closes_the_port() {
    // CBK-25, CBK-31
    let login = Login::start().await;
    login.waiting.abort();
    let _ = login.waiting.await;
    assert!(is_closed(login.address).await);
}

#[tokio::test]
async fn a_flood_of_wrong_states_does_not_keep_the_callback_away() {
    // CBK-33, scaled
    let login = Login::start().await;
    for number in 0..500 {
        assert_eq!(status(&login.callback(&format!("state=guess{number}&code=c")).await), 400);
    }
    let begun = Instant::now();
    login.still_succeeds().await;
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_people_paste_is_understood() {
    let redirect = "http://127.0.0.1:4321/auth/callback";
    let outcome = |text: &str| parse_pasted(text, redirect, &expected(false));
    for text in [
        "http://127.0.0.1:4321/auth/callback?state=right-state&code=abc",
        "  http://127.0.0.1:4321/auth/callback?code=abc&state=right-state&iss=https%3A%2F%2Fid.example \n",
        "?state=right-state&code=abc",
        "code=abc&state=right-state",
        "abc",
        "abc\r\n",
    ] {
        assert_eq!(outcome(text).expect(text).code.expose(), "abc", "{text}");
    }
    for (text, class) in [
        ("", Class::Usage),
        ("two words", Class::Usage),
        ("caf\u{e9}", Class::Usage),
        ("https://id.example/authorize?state=right-state&code=abc", Class::Usage),
        ("http://127.0.0.1:9999/auth/callback?state=right-state&code=abc", Class::Usage),
        ("http://127.0.0.1:4321/other?state=right-state&code=abc", Class::Usage),
        ("http://127.0.0.1:4321/auth/callback", Class::Usage),
        ("state=wrong&code=abc", Class::Usage),
        ("code=abc", Class::Usage),
        ("state=right-state&code=abc&code=d", Class::Usage),
        ("state=right-state", Class::Usage),
        ("state=right-state&error=access_denied", Class::Denied),
        ("state=right-state&code=abc&iss=https://evil.example", Class::Security),
    ] {
        assert_eq!(outcome(text).expect_err(text).class(), class, "{text}");
    }
    assert_eq!(outcome(&"a".repeat(100_000)).expect_err("long").class(), Class::Usage);
    let largest = format!("state=right-state&code=abc&x={}", "y".repeat(16 * 1024 - 29));
    assert_eq!(outcome(&largest).expect("just short enough").code.expose(), "abc");
    for text in ["", " \n", &format!("{largest}y")] {
        assert_eq!(outcome(text).expect_err("none").to_string(), outcome("").expect_err("none").to_string());
        assert!(outcome(text).expect_err("none").to_string().contains("far too long"));
    }
    let required = parse_pasted("state=right-state&code=abc", redirect, &expected(true));
    assert_eq!(required.expect_err("no issuer").class(), Class::Security);
}

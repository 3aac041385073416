//! A browser reduced to what a login sees of it: GET, and follow one redirect. Anything else can be sent by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use url::Url;

/// One answer; a status of 0 means that the connection was closed or reset without one.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub text: String,
}

impl Page {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Opens `url` and goes where a redirect leads.
pub fn open(url: &str) -> Page {
    let page = get(url);
    match page.header("location") {
        Some(location) => get(Url::parse(url).and_then(|url| url.join(location)).expect("a URL").as_str()),
        None => page,
    }
}

/// Opens `url` and stays there.
pub fn get(url: &str) -> Page {
    let url = Url::parse(url).expect("a URL");
    let target = &url[url::Position::BeforePath..];
    send(&authority(&url), format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", authority(&url)))
}

/// `host:port`
pub fn authority(url: &Url) -> String {
    url.authority().to_owned()
}

/// Sends bytes as they are and reads until the other side closes.
pub fn send(authority: &str, request: impl AsRef<[u8]>) -> Page {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(authority) {
        stream.set_read_timeout(Some(Duration::from_secs(15))).expect("a timeout");
        // The server may refuse before it has read everything.
        let _ = stream.write_all(request.as_ref());
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..read]);
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Page { status, text }
}

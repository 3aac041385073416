//! For tests: a server on loopback that says exactly what a test wants, byte by byte.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use crate::http::Host;

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: Host,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `script` makes of it and of its number, counted from 0; an empty answer closes
    /// the connection without a word.
    pub(super) async fn start(mut script: impl FnMut(&str, usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let host = format!("http://{address}").parse().expect("a host");
        let server = Self { host, requests: Arc::default() };
        let requests = Arc::clone(&server.requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else { continue };
                let answer = {
                    let mut seen = requests.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.push(request.clone());
                    script(&request, seen.len() - 1)
                };
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        server
    }

    /// Answers everything with the same bytes.
    pub(super) async fn always(answer: Vec<u8>) -> Self {
        Self::start(move |_, _| answer.clone()).await
    }

    pub(super) fn url(&self, path: &str) -> Url {
        self.host.join(path)
    }

    /// The requests so far, head and body as text.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A JSON answer.
pub(super) fn json(status: u16, body: &str) -> Vec<u8> {
    with_headers(status, "Content-Type: application/json\r\n", body)
}

/// An answer with further header lines, each ended by CRLF.
pub(super) fn with_headers(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}").into()
}

async fn read(stream: &mut tokio::net::TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

//! HTTP/1.1 by hand, so that it can be as wrong as a test needs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    pub path: String,
    pub query: String,
    pub body: String,
    pub at: Instant,
}

impl Request {
    /// A parameter of the form in the body.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

/// What goes back.
#[derive(Clone, Debug)]
pub enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// A TCP reset.
    Reset,
    /// These bytes, then a TCP reset.
    BytesThenReset(Vec<u8>),
    /// These bytes one by one, with a pause before each.
    Trickle(Vec<u8>, Duration),
    /// Nothing, until the other side leaves.
    Silence,
    /// The first part at once, the second again and again with pauses until the other side leaves.
    Endless(Vec<u8>, Vec<u8>, Duration),
}

impl Answer {
    pub fn json(status: u16, document: &Value) -> Self {
        Self::text(status, "Content-Type: application/json\r\n", &document.to_string())
    }

    /// A complete answer with further header lines, each ended by CRLF.
    pub fn text(status: u16, headers: &str, body: &str) -> Self {
        Self::body(status, headers, body.as_bytes())
    }

    pub fn body(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }

    pub fn redirect(status: u16, location: &str) -> Self {
        Self::text(status, &format!("Location: {location}\r\n"), "")
    }

    /// Everything that would be sent, where that has an end.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) | Self::BytesThenReset(bytes) | Self::Trickle(bytes, _) => bytes,
            Self::Reset | Self::Silence | Self::Endless(..) => Vec::new(),
        }
    }

    /// An OAuth error (RFC 6749 section 5.2).
    pub fn error(code: &str) -> Self {
        Self::json(400, &serde_json::json!({ "error": code }))
    }
}

/// A listening server; it stops when dropped.
#[derive(Debug)]
pub struct Wire {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Wire {
    /// Answers every request, over TLS if configured, with what `handler` says.
    pub fn start(tls: Option<Arc<ServerConfig>>, handler: impl Fn(Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1", tls, handler)
    }

    /// The same on another address of this machine.
    pub fn start_at(
        address: &str,
        tls: Option<Arc<ServerConfig>>,
        handler: impl Fn(Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let handler = Arc::new(handler);
        Self::raw_at(address, move |stream| match &tls {
            None => converse(stream.try_clone().expect("a second handle"), &stream, &*handler),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).expect("a TLS connection");
                let socket = stream.try_clone().expect("a second handle");
                converse(StreamOwned::new(connection, socket), &stream, &*handler);
            }
        })
    }

    /// Hands every connection to `handler`, on a thread of its own.
    pub fn raw(handler: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::raw_at("127.0.0.1", handler)
    }

    fn raw_at(address: &str, handler: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, handler) = (Arc::clone(&stopped), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let handler = Arc::clone(&handler);
                std::thread::spawn(move || handler(stream));
            }
        });
        Self { address, stopped }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

fn converse(mut channel: impl Read + Write, socket: &TcpStream, handler: &dyn Fn(Request) -> Answer) {
    let Some(request) = read(&mut channel) else { return };
    match handler(request) {
        Answer::Bytes(bytes) => {
            let _ = channel.write_all(&bytes).and_then(|()| channel.flush());
        }
        Answer::Reset => return reset(socket),
        Answer::BytesThenReset(bytes) => {
            let _ = channel.write_all(&bytes).and_then(|()| channel.flush());
            // Time to read them: a reset makes the other side forget what it has not read.
            std::thread::sleep(Duration::from_millis(5));
            return reset(socket);
        }
        Answer::Trickle(bytes, pause) => {
            for byte in bytes {
                std::thread::sleep(pause);
                if channel.write_all(&[byte]).and_then(|()| channel.flush()).is_err() {
                    return;
                }
            }
        }
        Answer::Silence => while matches!(channel.read(&mut [0; 4096]), Ok(1..)) {},
        Answer::Endless(head, rest, pause) => {
            let mut sent = channel.write_all(&head);
            while sent.is_ok() {
                std::thread::sleep(pause);
                sent = channel.write_all(&rest).and_then(|()| channel.flush());
            }
        }
    }
    let _ = socket.shutdown(std::net::Shutdown::Write);
}

fn read(channel: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let lines = head.to_ascii_lowercase();
            let length = lines.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            break (head.to_owned(), length.unwrap_or(0));
        }
        more(channel, &mut bytes)?;
    };
    let start = head.len() + 4;
    while bytes.len() < start + length {
        more(channel, &mut bytes)?;
    }
    let mut words = head.split(' ');
    let target = words.nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let body = String::from_utf8_lossy(&bytes[start..]).into_owned();
    Some(Request { head, path, query, body, at: Instant::now() })
}

fn more(channel: &mut impl Read, bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    let read = channel.read(&mut buffer).ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&buffer[..read]);
    Some(())
}

/// Closing with a linger time of zero makes the kernel send RST in place of FIN.
fn reset(socket: &TcpStream) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let socket = socket.try_clone().expect("a second handle");
    socket.set_nonblocking(true).expect("a socket that does not block");
    let _ = tokio::net::TcpStream::from_std(socket).expect("a socket").set_zero_linger();
}

//! A server on loopback that answers as a test tells it and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::http::Host;

/// What one request said.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) target: String,
    pub(super) bearer: Option<String>,
    pub(super) body: String,
}

/// Status, extra header lines and body.
pub(super) type Reply = (u16, Vec<String>, String);

pub(super) struct ScriptedServer {
    pub(super) host: Host,
    journal: Arc<Mutex<Vec<Asked>>>,
}

impl ScriptedServer {
    /// Starts a server whose `script` answers each request, given how many came before it. It ends with the process.
    pub(super) fn start(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let host = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a host");
        let journal = Arc::new(Mutex::new(Vec::new()));
        let (script, kept) = (Arc::new(script), Arc::clone(&journal));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
                std::thread::spawn(move || {
                    let asked = read(&stream);
                    let earlier = {
                        let mut journal = kept.lock().expect("no panics here");
                        journal.push(asked.clone());
                        journal.len() - 1
                    };
                    write(stream, script(earlier, &asked));
                });
            }
        });
        Self { host, journal }
    }

    pub(super) fn journal(&self) -> Vec<Asked> {
        self.journal.lock().expect("no panics here").clone()
    }
}

fn read(stream: &TcpStream) -> Asked {
    let (mut asked, mut length) = (Asked::default(), 0);
    let mut reader = BufReader::new(stream);
    for index in 0.. {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim_end().is_empty() {
            break;
        }
        let line = line.trim_end();
        if index == 0 {
            asked.target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        } else if let Some(value) = line.strip_prefix("authorization: Bearer ") {
            asked.bearer = Some(value.to_owned());
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_ok() {
        asked.body = String::from_utf8_lossy(&body).into_owned();
    }
    asked
}

fn write(mut stream: TcpStream, (status, headers, body): Reply) {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    // A client that went away is not the server's problem.
    let _ = stream.write_all(text.as_bytes());
}

//! A server on this machine that keeps every request word for word; the emulator keeps no secret ones.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// One request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Request line and header lines.
    pub head: String,
    pub body: String,
}

impl Recorded {
    /// The path and query of the request line.
    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// A field of the form in the body.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
    }
}

/// A listener that answers with what a closure says and remembers everything.
pub struct Recorder {
    url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl Recorder {
    /// Starts one; `answer` gets the origin and the request and gives status and body (JSON unless it begins with `<`).
    pub fn start(answer: impl Fn(&str, &Recorded) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (origin, requests, answer) = (url.clone(), Arc::<Mutex<Vec<Recorded>>>::default(), Arc::new(answer));
        let kept = Arc::clone(&requests);
        // The thread ends with the process: a listener without a shutdown costs nothing.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (origin, kept, answer) = (origin.clone(), Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &kept, |request| answer(&origin, request)));
            }
        });
        Self { url, requests }
    }

    /// An identity server that gives a token for every assertion and knows nothing else.
    pub fn identity_server() -> Self {
        Self::start(|origin, request| match request.target() {
            "/.well-known/openid-configuration" => (200, metadata(origin).to_string()),
            "/token" => {
                (200, json!({"access_token": "CNRY-recorded", "token_type": "Bearer", "expires_in": 3600}).to_string())
            }
            _ => (404, "{}".to_owned()),
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        locked(&self.requests).clone()
    }

    /// The requests for this path, whatever their query.
    pub fn requests_for(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.target().split('?').next() == Some(path)).collect()
    }
}

/// The metadata of an identity server at `origin`.
pub fn metadata(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "jwks_uri": format!("{origin}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    })
}

fn locked(requests: &Mutex<Vec<Recorded>>) -> MutexGuard<'_, Vec<Recorded>> {
    requests.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Recorded>>, answer: impl Fn(&Recorded) -> (u16, String)) {
    let Some(request) = stream.try_clone().ok().and_then(|stream| read(BufReader::new(stream))) else { return };
    locked(kept).push(request.clone());
    let (status, body) = answer(&request);
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    // The other side is free to go away.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn read(mut stream: BufReader<TcpStream>) -> Option<Recorded> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Recorded { head, body: String::from_utf8_lossy(&body).into_owned() })
}

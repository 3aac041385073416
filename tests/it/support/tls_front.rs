//! TLS in front of an emulator, since kubectl sends no credentials over plain HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running `tests/parts/kubectl/tls.mjs`; it ends when dropped.
pub struct TlsFront {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// Its certificate authority: PEM in base64.
    pub authority: String,
}

impl TlsFront {
    /// Starts it in front of `upstream`.
    pub fn start(upstream: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parts/kubectl/tls.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(upstream)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("missing part: node");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("the ready line; is openssl there?");
        let text = |name: &str| ready[name].as_str().expect("text").to_owned();
        Self { url: text("url"), authority: text("certificate_authority"), child }
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

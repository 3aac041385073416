//! For `crate::fuzzing`: one connection to the callback server, in memory.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::sync::Notify;

use super::request::Desk;
use super::response::{AuthorizationResponse, Expected};
use super::server;
use super::{CallbackError, parse_pasted};
use crate::secret::Secret;

/// What the browser was told before it came back.
pub(crate) const PATH: &str = "/auth/callback";
pub(crate) const PORT: u16 = 40123;
pub(crate) const STATE: &str = "right-state";
pub(crate) const ISSUER: &str = "https://id.example";

/// What one connection led to.
pub(crate) struct Conversation {
    /// The bytes that were answered.
    pub(crate) answer: Vec<u8>,
    /// What decided the login, if anything did: a code, or why there is none.
    pub(crate) outcome: Option<Result<String, CallbackError>>,
    /// Whether the right answer still decides the login.
    pub(crate) is_open: bool,
}

fn expected() -> Expected {
    Expected { state: Secret::new(STATE.to_owned()), issuer: ISSUER.to_owned(), iss_is_required: false }
}

/// Sends `bytes` as a browser would, then closes.
pub(crate) async fn converse(bytes: &[u8]) -> Conversation {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let desk = Desk::new(PATH, address, expected());
    let answer = said(&desk, bytes).await;
    let outcome = desk.take_outcome().map(|outcome| outcome.map(|response| code(&response)));
    let right = format!("GET {PATH}?state={STATE}&code=c HTTP/1.1\r\nHost: {address}\r\n\r\n");
    said(&desk, right.as_bytes()).await;
    Conversation { answer, outcome, is_open: desk.take_outcome().is_some_and(|outcome| outcome.is_ok()) }
}

async fn said(desk: &Desk, bytes: &[u8]) -> Vec<u8> {
    let (mut browser, stream) = duplex(64 * 1024);
    let (news, mut answer) = (Notify::new(), Vec::new());
    let browse = async {
        // The server may close before it has read everything.
        let _ = browser.write_all(bytes).await;
        // A browser closes once it has its answer, or loses patience.
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
        let _ = browser.shutdown().await;
        let _ = browser.read_to_end(&mut answer).await;
    };
    tokio::join!(server::converse(stream, desk, &news), browse);
    answer
}

/// The code in a pasted text.
pub(crate) fn pasted(text: &str) -> Option<String> {
    let redirect_uri = format!("http://127.0.0.1:{PORT}{PATH}");
    parse_pasted(text, &redirect_uri, &expected()).ok().as_ref().map(code)
}

fn code(response: &AuthorizationResponse) -> String {
    response.code.expose().clone()
}

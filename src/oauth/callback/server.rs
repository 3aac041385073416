//! The loopback server itself: bounded in connections, bytes and time, and gone when its future is.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::error::CallbackError;
use super::request::{Desk, Outcome};
use super::response::{AuthorizationResponse, Expected};
use crate::oauth::error::Error;

/// The most connections kept; a further one pushes out the oldest.
const MAX_CONNECTIONS: usize = 64;
/// The time one connection may take.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// The time the browser has to fetch the last page after it was sent there.
const GRACE: Duration = Duration::from_millis(600);
/// The most bytes of a request's head, and the most headers.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// The pause after a failed accept (for example without free file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A server on loopback, with a random port, that waits for one browser to come back.
#[derive(Debug)]
pub(crate) struct CallbackServer {
    listener: TcpListener,
    address: SocketAddr,
    path: String,
    /// The time one connection may take.
    pub(super) connection_limit: Duration,
}

impl CallbackServer {
    /// Listens on 127.0.0.1, or on [::1] where this machine has no IPv4, for requests to `path`; on any free port
    /// unless one is asked for.
    ///
    /// # Errors
    /// [`CallbackError::Listen`], [`CallbackError::PortTaken`].
    pub(crate) async fn bind(path: &str, port: Option<u16>) -> Result<Self, Error> {
        let port = port.unwrap_or(0);
        let (v4, v6) = (SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
        let outcome = match Self::bind_first(&[v4], path).await {
            // A port that is taken must not be answered by another family's.
            Err(Error::Callback(CallbackError::Listen(error))) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                Self::bind_first(&[v6], path).await
            }
            outcome => outcome,
        };
        match outcome {
            Err(Error::Callback(CallbackError::Listen(error)))
                if port != 0 && error.kind() == io::ErrorKind::AddrInUse =>
            {
                Err(CallbackError::PortTaken { port }.into())
            }
            outcome => outcome,
        }
    }

    pub(super) async fn bind_first(addresses: &[SocketAddr], path: &str) -> Result<Self, Error> {
        let listen = |error| Error::from(CallbackError::Listen(error));
        let listener = TcpListener::bind(addresses).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self { listener, address, path: path.to_owned(), connection_limit: CONNECTION_LIMIT })
    }

    /// Where the browser is told to come back to.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Waits at most `limit` for the answer that belongs to this login. The port is closed when this returns, and when
    /// the future is dropped.
    ///
    /// After the answer it stays for at most 0.6 s, so that the browser gets its last page.
    ///
    /// # Errors
    /// [`Error::Callback`].
    pub(crate) async fn wait(self, expected: &Expected, limit: Duration) -> Result<AuthorizationResponse, Error> {
        let desk = Arc::new(Desk::new(&self.path, self.address, expected.clone()));
        let mut hall = Hall {
            listener: self.listener,
            desk,
            news: Arc::default(),
            open: JoinSet::new(),
            order: VecDeque::new(),
            connection_limit: self.connection_limit,
        };
        let outcome = match timeout(limit, hall.serve_until_decided()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CallbackError::TimedOut { waited: limit, ignored: hall.desk.ignored() }),
        };
        let _ = timeout(GRACE, hall.serve_until_done_was_shown()).await;
        hall.open.shutdown().await;
        Ok(outcome?)
    }
}

/// The listener and its open connections.
struct Hall {
    listener: TcpListener,
    desk: Arc<Desk>,
    /// Rung after every answer.
    news: Arc<Notify>,
    open: JoinSet<()>,
    /// The open connections, oldest first.
    order: VecDeque<AbortHandle>,
    connection_limit: Duration,
}

impl Hall {
    async fn serve_until_decided(&mut self) -> Outcome {
        loop {
            if let Some(outcome) = self.desk.take_outcome() {
                return outcome;
            }
            self.serve().await;
        }
    }

    /// Returns at once when nothing was decided: then no browser waits for a page.
    async fn serve_until_done_was_shown(&mut self) {
        while self.desk.is_owed_a_page() {
            self.serve().await;
        }
    }

    /// Does one thing: takes a connection, or notes that one was answered.
    async fn serve(&mut self) {
        tokio::select! {
            accepted = self.listener.accept() => match accepted {
                Ok((stream, peer)) if peer.ip().is_loopback() => self.welcome(stream),
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(kind = ?error.kind(), "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = self.news.notified() => {}
            Some(_) = self.open.join_next() => {}
        }
    }

    fn welcome(&mut self, stream: TcpStream) {
        self.order.retain(|connection| !connection.is_finished());
        if self.order.len() >= MAX_CONNECTIONS
            && let Some(oldest) = self.order.pop_front()
        {
            oldest.abort();
        }
        let (desk, news) = (Arc::clone(&self.desk), Arc::clone(&self.news));
        let limit = self.connection_limit;
        self.order.push_back(self.open.spawn(async move {
            if timeout(limit, converse(stream, &desk, &news)).await.is_err() {
                tracing::debug!("a connection took too long");
            }
        }));
    }
}

/// One request, one answer.
pub(super) async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, desk: &Desk, news: &Notify) {
    let is_last_page = AtomicBool::new(false);
    let service = service_fn(async |request| {
        let response = desk.answer(&request);
        is_last_page.store(desk.is_last_page(&request, &response), Ordering::Relaxed);
        news.notify_one();
        Ok::<_, Infallible>(response)
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    match served {
        Ok(()) if is_last_page.into_inner() => desk.note_done_was_shown(),
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "a connection broke"),
    }
}

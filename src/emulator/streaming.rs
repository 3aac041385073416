//! Bodies that are sent whole, broken off, or written for as long as there is news.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, Interval};

use super::api::Watch;
use super::shared::Shared;

/// How often a watch that wants bookmarks gets one unasked.
const BOOKMARKS: Duration = Duration::from_secs(60);

/// A body as one exchange sends it.
pub(crate) enum Answered {
    /// Sent whole.
    Whole(Option<Bytes>),
    /// Announced whole, and broken off after this part.
    Cut(Option<Bytes>, Breaking),
    /// Written while it is sent.
    Stream(Receiver<io::Result<Bytes>>),
}

/// How far a body that breaks off has got.
pub(crate) enum Breaking {
    Begun,
    /// The part is handed over; one more turn lets the connection flush it.
    Flushing,
    Broken,
}

impl Answered {
    /// The lines of a watch.
    pub(crate) fn watching(watch: Watch, shared: Arc<Shared>) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        // It ends by itself: with the watch, with the connection, or with the event loop.
        drop(tokio::spawn(write(watch, shared, sender)));
        Self::Stream(receiver)
    }
}

/// Writes a watch until it ends, times out or is cut off, or until nobody listens any more.
async fn write(mut watch: Watch, shared: Arc<Shared>, sender: Sender<io::Result<Bytes>>) {
    let mut changes = watch.changes();
    let end = watch.timeout.map(|timeout| Instant::now() + timeout);
    let mut bookmarks: Interval = tokio::time::interval_at(Instant::now() + BOOKMARKS, BOOKMARKS);
    loop {
        changes.mark_unchanged();
        let Some(lines) = due(&mut watch, &shared) else {
            // Nobody may be there to hear of it.
            let _ = sender.send(Err(io::Error::other("cut off"))).await;
            return;
        };
        if !lines.is_empty() && sender.send(Ok(lines)).await.is_err() {
            return;
        }
        if watch.has_ended() {
            return;
        }
        let timeout = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let mark = tokio::select! {
            () = sender.closed() => return,
            changed = changes.changed() => match changed {
                Ok(()) => false,
                Err(_) => return,
            },
            _ = bookmarks.tick() => true,
            () = timeout => {
                let _ = sender.send(Ok(watch.bookmark())).await;
                return;
            }
        };
        if mark && sender.send(Ok(watch.bookmark())).await.is_err() {
            return;
        }
    }
}

/// The lines that are due now; `None` when the watch is cut off.
fn due(watch: &mut Watch, shared: &Shared) -> Option<Bytes> {
    let state = shared.state();
    let store = &state.world.store;
    (store.cuts() == watch.cuts()).then(|| watch.lines(store))
}

impl Body for Answered {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(rest) => {
                Poll::Ready(rest.take().filter(|rest| !rest.is_empty()).map(|rest| Ok(Frame::data(rest))))
            }
            Self::Cut(rest, stage @ Breaking::Begun) => {
                *stage = Breaking::Flushing;
                Poll::Ready(rest.take().map(|rest| Ok(Frame::data(rest))))
            }
            Self::Cut(_, stage @ Breaking::Flushing) => {
                *stage = Breaking::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Cut(_, Breaking::Broken) => Poll::Ready(Some(Err(io::Error::other("scripted fault")))),
            Self::Stream(lines) => lines.poll_recv(context).map(|lines| lines.map(|lines| lines.map(Frame::data))),
        }
    }
}

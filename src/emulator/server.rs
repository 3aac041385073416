//! The accept loop: one HTTP/1.1 connection per task, faults included, resets done on the raw socket.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

use super::State;
use super::exchange::{Call, Note, Reply, Request};
use super::fault::{self, Answer, Ending, Fault};
use super::journal::path_without_values;
use super::routes::Route;

/// Larger request bodies are refused with 413.
const BODY_LIMIT: usize = 1 << 20;

/// What connections share.
pub(crate) struct Shared {
    /// `127.0.0.1:PORT` or `[::1]:PORT`.
    authority: String,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(authority: String, state: State) -> Self {
        Self { authority, state: Mutex::new(state) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what a web page could send here: a foreign Host (DNS rebinding), Origin or Sec-Fetch-Site.
    fn refuse_strangers(&self, request: &hyper::Request<Incoming>) -> Result<(), Reply> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
            (Some(Ok(host)), None) => host,
            _ => return Err(Reply::text(StatusCode::BAD_REQUEST, "exactly one Host header is needed\n")),
        };
        let absolute = request.uri().authority().is_none_or(|authority| self.is_ours(authority.as_str()));
        if !self.is_ours(host) || !absolute {
            return Err(Reply::text(StatusCode::MISDIRECTED_REQUEST, "this host is not served here\n"));
        }
        let origin = request.headers().get(header::ORIGIN);
        let own = |origin: &HeaderValue| {
            let origin = origin.to_str().unwrap_or_default();
            origin.strip_prefix("http://").is_some_and(|host| self.is_ours(host))
        };
        match origin.is_none_or(own) {
            true => Ok(()),
            false => Err(Reply::text(StatusCode::FORBIDDEN, "requests from other origins are refused\n")),
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let port = self.authority.rsplit(':').next().unwrap_or_default();
        host.eq_ignore_ascii_case(&self.authority)
            || host.rsplit_once(':').is_some_and(|(name, own)| own == port && name.eq_ignore_ascii_case("localhost"))
    }

    /// Acts on a request and writes the journal.
    fn handle(&self, route: Route, request: &Request, fault: Option<&Fault>) -> Reply {
        let edits = fault.map(|fault| fault.edits.clone()).unwrap_or_default();
        let mut state = self.state();
        let mut call = Call { state: &mut state, request, note: Note::default(), edits: &edits };
        let mut reply = route.serve(&mut call);
        let note = call.note;
        if !edits.answer.is_empty() {
            edit_answer(&edits, &mut reply);
        }
        journal(&mut state, route, request, Some(reply.status.as_u16()), note, fault);
        reply
    }

    /// Writes the journal for a request that was not acted on.
    fn skip(&self, route: Route, request: &Request, fault: &Fault) {
        let status = match &fault.ending {
            Ending::Answer(answer) => Some(answer.render().0),
            _ => None,
        };
        let note = Note { outcome: Some("fault".to_owned()), ..route.note(request, &self.state()) };
        journal(&mut self.state(), route, request, status, note, Some(fault));
    }
}

fn journal(state: &mut State, route: Route, request: &Request, status: Option<u16>, note: Note, fault: Option<&Fault>) {
    if route.is_silent() {
        return;
    }
    let path = state.mint.redact(path_without_values(request));
    let fault = fault.map(|fault| fault.specification().to_owned());
    state.journal.record(route.name(), (request, path), status, note, fault);
}

fn edit_answer(edits: &fault::Edits, reply: &mut Reply) {
    if let Ok(mut answer) = serde_json::from_slice(&reply.body) {
        fault::apply(&edits.answer, &mut answer);
        reply.body = answer.to_string().into();
    }
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut stop => return,
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(connection(stream, Arc::clone(&shared)));
            },
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(Notify::new());
    let trigger = Arc::clone(&reset);
    let service = service_fn(move |request| exchange(request, Arc::clone(&shared), Arc::clone(&trigger)));
    let mut connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let to_reset = tokio::select! {
        _ = &mut connection => false,
        () = reset.notified() => true,
    };
    if to_reset {
        // Closing with a linger time of zero makes the kernel send RST instead of FIN. If the option cannot be set,
        // an early FIN is the next best misbehaviour.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

async fn exchange(
    request: hyper::Request<Incoming>,
    shared: Arc<Shared>,
    reset: Arc<Notify>,
) -> Result<Response<Answered>, Infallible> {
    let request = match shared.refuse_strangers(&request) {
        Ok(()) => read(request).await,
        Err(reply) => Err(reply),
    };
    let request = match request {
        Ok(request) => request,
        Err(reply) => return Ok(respond(reply, None)),
    };
    let route = Route::of(&request);
    let fault = if route.is_silent() { None } else { shared.state().faults.strike(route.name()) };
    let Some(fault) = fault else {
        return Ok(respond(shared.handle(route, &request, None), None));
    };
    Ok(misbehave(route, &request, &fault, &shared, &reset).await)
}

async fn misbehave(
    route: Route,
    request: &Request,
    fault: &Fault,
    shared: &Shared,
    reset: &Notify,
) -> Response<Answered> {
    let mut reply = fault.acts_first.then(|| shared.handle(route, request, Some(fault)));
    if let Some(delay) = fault.delay {
        tokio::time::sleep(delay).await;
    }
    if reply.is_none() && fault.ending != Ending::Serve {
        shared.skip(route, request, fault);
    }
    match &fault.ending {
        Ending::Serve => {
            let reply = reply.take().unwrap_or_else(|| shared.handle(route, request, Some(fault)));
            respond(reply, fault.truncate)
        }
        Ending::Answer(answer) => respond(scripted(answer), fault.truncate),
        Ending::Hang => std::future::pending().await,
        Ending::Reset => {
            reset.notify_one();
            std::future::pending().await
        }
    }
}

fn scripted(answer: &Answer) -> Reply {
    let (status, content_type, body) = answer.render();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reply = Reply::text(status, body).header(header::CONTENT_TYPE, &content_type);
    match &answer.retry_after {
        Some(value) => reply.header(header::RETRY_AFTER, value),
        None => reply,
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Reply> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await;
    let body = body.map_err(|_| Reply::text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or was cut\n"))?;
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.to_bytes(),
    })
}

fn respond(reply: Reply, truncate: Option<usize>) -> Response<Answered> {
    let mut response = Response::new(Answered { rest: None, stage: Stage::Whole });
    *response.status_mut() = reply.status;
    response.headers_mut().extend(reply.headers);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
    let cut = truncate.filter(|length| *length < reply.body.len());
    let body = response.body_mut();
    body.stage = if cut.is_some() { Stage::Cut } else { Stage::Whole };
    body.rest = Some(cut.map_or(reply.body.clone(), |length| reply.body.slice(..length)));
    response
}

/// A body that is sent whole, or broken off after its first part.
struct Answered {
    rest: Option<Bytes>,
    stage: Stage,
}

enum Stage {
    Whole,
    Cut,
    /// The part is handed over; one more turn lets the connection flush it.
    Flushing,
    Broken,
}

impl Body for Answered {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let rest = self.rest.take();
        match (&self.stage, rest) {
            (Stage::Whole, rest) => Poll::Ready(rest.filter(|rest| !rest.is_empty()).map(|rest| Ok(Frame::data(rest)))),
            (Stage::Cut, rest) => {
                self.stage = Stage::Flushing;
                Poll::Ready(rest.map(|rest| Ok(Frame::data(rest))))
            }
            (Stage::Flushing, _) => {
                self.stage = Stage::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            (Stage::Broken, _) => Poll::Ready(Some(Err(io::Error::other("scripted fault")))),
        }
    }
}

//! The accept loop: one HTTP/1.1 connection per task, faults included, resets done on the raw socket.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

use super::exchange::{Reply, Request};
use super::fault::{Answer, Ending, Fault};
use super::routes::Route;
use super::shared::{self, Shared};
use super::streaming::{Answered, Breaking};

/// Larger request bodies are refused with 413.
const BODY_LIMIT: usize = 1 << 20;
/// Pause after a failed accept.
const BREATHER: Duration = Duration::from_millis(20);

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: oneshot::Receiver<()>) {
    // It ends with the event loop.
    drop(tokio::spawn(control(Arc::clone(&shared))));
    loop {
        tokio::select! {
            _ = &mut stop => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&shared)))),
                // No file descriptors left, most likely: some connection will end soon.
                Err(_) => tokio::time::sleep(BREATHER).await,
            },
        }
    }
}

/// Does what the API's controllers do, when it is due.
async fn control(shared: Arc<Shared>) {
    let mut changes = shared.state().world.store.subscribe();
    loop {
        changes.mark_unchanged();
        let next = shared.state().world.settle();
        let due = async {
            match next {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            changed = changes.changed() => if changed.is_err() { return },
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
    let request = match shared::refuse_strangers(request.headers(), request.uri(), shared.origin()) {
        Ok(()) => read(request).await,
        Err(reply) => Err(reply),
    };
    let request = match request {
        Ok(request) => request,
        Err(reply) => return Ok(respond(reply, None, &shared)),
    };
    let route = Route::of(&request);
    let fault = if route.is_silent() { None } else { shared.state().faults.strike(route.name()) };
    let Some(fault) = fault else {
        return Ok(respond(shared.handle(route, &request, None), None, &shared));
    };
    Ok(misbehave(route, &request, &fault, &shared, &reset).await)
}

async fn misbehave(
    route: Route,
    request: &Request,
    fault: &Fault,
    shared: &Arc<Shared>,
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
            respond(reply, fault.truncate, shared)
        }
        Ending::Answer(answer) => respond(scripted(answer), fault.truncate, shared),
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

fn respond(mut reply: Reply, truncate: Option<usize>, shared: &Arc<Shared>) -> Response<Answered> {
    let (status, headers) = (reply.status, std::mem::take(&mut reply.headers));
    let length = reply.watch.is_none().then_some(reply.body.len());
    let cut = truncate.filter(|cut| *cut < reply.body.len());
    let mut response = Response::new(match (reply.watch, cut) {
        (Some(watch), _) => Answered::watching(*watch, Arc::clone(shared)),
        (None, Some(cut)) => Answered::Cut(Some(reply.body.slice(..cut)), Breaking::Begun),
        (None, None) => Answered::Whole(Some(reply.body)),
    });
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

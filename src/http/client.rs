//! One request, one bounded answer.

use std::error::Error as _;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use super::host::{Host, is_loopback};
use super::tls::{Trust, reason};
use super::{CONNECT_TIMEOUT, REQUEST_TIMEOUT};
use crate::secret::Secret;

/// Why no usable answer came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The HTTP client could not be built: trust store or proxy settings are unusable.
    #[error("could not set up a secure connection")]
    Setup(#[source] anyhow::Error),
    /// The name is unknown, or nothing listens there, or the network is down.
    #[error("could not connect to {host}")]
    Connect {
        /// The server that was asked.
        host: String,
        /// The operating system's answer.
        #[source]
        source: anyhow::Error,
    },
    /// The server's certificate, or what an interceptor put in its place, is not trusted.
    #[error("{host} is not trusted: {reason}")]
    Untrusted {
        /// The server that was asked.
        host: String,
        /// The TLS library's reason.
        reason: String,
    },
    /// The time limit passed.
    #[error("{host} did not answer within {} s", limit.as_secs())]
    Timeout {
        /// The server that was asked.
        host: String,
        /// The limit that passed.
        limit: Duration,
    },
    /// The connection broke after the request was sent: the server may have acted.
    #[error("the connection to {host} broke before the answer was complete")]
    Broken {
        /// The server that was asked.
        host: String,
        /// What broke.
        #[source]
        source: anyhow::Error,
    },
    /// The answer is larger than allowed.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The server that was asked.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// What a request carries.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded`, already encoded because it holds a secret.
    Form(Secret),
    /// A document of the API.
    Document {
        /// Its media type.
        content_type: String,
        /// As sent; kept so that it can be sent again after a refused token.
        bytes: Bytes,
    },
}

/// One request.
#[derive(Debug)]
pub(crate) struct Request {
    /// The HTTP method.
    pub(crate) method: reqwest::Method,
    /// The absolute URL.
    pub(crate) url: Url,
    /// The body.
    pub(crate) body: Body,
    /// The bearer token (RFC 6750 section 2.1).
    pub(crate) bearer: Option<Secret>,
    /// The `Accept` header.
    pub(crate) accept: &'static str,
    /// More headers, in place of those above but never of the token.
    pub(crate) headers: HeaderMap,
    /// The most bytes the answer may have.
    pub(crate) limit: usize,
    /// The most time the exchange may take.
    pub(crate) timeout: Duration,
    /// The most time that may pass without a byte of the answer. `None` where an answer that is late, because this
    /// process was stopped meanwhile, must still be read.
    pub(crate) idle: Option<Duration>,
}

impl Request {
    /// A GET for JSON.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: reqwest::Method::GET,
            url,
            body: Body::Empty,
            bearer: None,
            accept: "application/json",
            headers: HeaderMap::new(),
            limit: super::IDENTITY_ANSWER_LIMIT,
            timeout: REQUEST_TIMEOUT,
            idle: None,
        }
    }

    /// A form POST (RFC 6749 appendix B) that answers JSON.
    pub(crate) fn form(url: Url, pairs: &[(&str, &str)]) -> Self {
        let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self { method: reqwest::Method::POST, body: Body::Form(Secret::new(form)), ..Self::get(url) }
    }
}

impl Request {
    /// What an error page that repeats the request would give away.
    fn secrets(&self) -> Vec<Secret> {
        let mut secrets: Vec<Secret> = self.bearer.iter().cloned().collect();
        if let Body::Form(form) = &self.body {
            let fields = url::form_urlencoded::parse(form.expose().as_bytes());
            let secret = fields.filter(|(name, value)| SECRET_FIELDS.contains(&name.as_ref()) && !value.is_empty());
            secrets.extend(secret.map(|(_, value)| Secret::new(value.into_owned())));
        }
        secrets
    }
}

/// Shorter values are no secrets of anybody, and removing them would only garble the text.
const SHORTEST_SECRET: usize = 8;

/// The body of an error without the secrets that the request carried.
fn without(secrets: &[Secret], body: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&body);
    let secrets = || secrets.iter().filter(|secret| secret.expose().len() >= SHORTEST_SECRET);
    match secrets().any(|secret| text.contains(secret.expose().as_str())) {
        true => {
            secrets().fold(text.into_owned(), |text, secret| text.replace(secret.expose(), "[redacted]")).into_bytes()
        }
        false => body,
    }
}

/// The form fields of RFC 6749, 7009, 7521, 7636 and 8628 that prove something.
const SECRET_FIELDS: [&str; 6] = ["assertion", "code", "code_verifier", "device_code", "refresh_token", "token"];

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status code.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body. It may hold tokens: never log it.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header as text, if present and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The server's clock (`Date`, RFC 9110 section 6.6.1), if readable.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        self.header("date").and_then(http_date)
    }

    /// How long the server asks us to wait (`Retry-After`, RFC 9110 section 10.2.3): seconds or a date, at most a day.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than fit are certainly more than the limit.
            text.parse().unwrap_or(u64::MAX)
        } else {
            u64::try_from(http_date(text)?.as_second() - now.as_second()).unwrap_or(0)
        };
        Some(Duration::from_secs(seconds.min(24 * 60 * 60)))
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// The one HTTP client of the process; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    inner: OnceLock<reqwest::Client>,
    /// For http on this machine: no proxy can be meant, and no certificate is needed.
    direct: reqwest::Client,
    /// A server with a trust of its own.
    trusted: Option<(Host, reqwest::Client)>,
}

impl Client {
    /// A client with ring, the system's trust store (or `SSL_CERT_FILE`, `SSL_CERT_DIR`), proxies from the environment
    /// but never for http on this machine, no redirects. Trust store and proxies are looked at by the first request
    /// that needs them, which fails with [`Error::Setup`] if they cannot be used.
    ///
    /// # Errors
    /// [`Error::Setup`] when there is no working TLS library.
    pub(crate) fn new() -> Result<Self, Error> {
        // Another part of the process may have installed the same provider already; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let direct = build(builder().no_proxy().tls_certs_only([]))?;
        Ok(Self { inner: OnceLock::new(), direct, trusted: None })
    }

    /// The same client, which lets `host` prove by `trust` who it is. Every other server is asked as before.
    ///
    /// # Errors
    /// [`Error::Setup`] when the authorities cannot be read.
    pub(crate) fn trusting(&self, host: Host, trust: &Trust) -> Result<Self, Error> {
        let builder = match trust {
            Trust::Anything => builder().tls_danger_accept_invalid_certs(true),
            Trust::Authorities(pem) => {
                let authorities = reqwest::Certificate::from_pem_bundle(pem);
                builder().tls_certs_only(authorities.map_err(|error| Error::Setup(error.into()))?)
            }
        };
        Ok(Self { trusted: Some((host, build(builder)?)), ..self.clone() })
    }

    /// The trust store takes longer to read than most requests take, so it is read when a server needs it.
    fn for_url(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        if url.scheme() == "http" && is_loopback(url) {
            return Ok(&self.direct);
        }
        if let Some((_, client)) = self.trusted.as_ref().filter(|(host, _)| host.is_origin_of(url)) {
            return Ok(client);
        }
        if let Some(client) = self.inner.get() {
            return Ok(client);
        }
        let client = build(builder())?;
        Ok(self.inner.get_or_init(|| client))
    }

    /// Sends one request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// Every [`Error`]; [`Error::is_transient`] tells which may pass by themselves.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, Error> {
        let host = request.url.authority().to_owned();
        let limit = request.timeout;
        let mut exchange = std::pin::pin!(self.exchange(request, &host));
        if let Ok(outcome) = tokio::time::timeout(limit, &mut exchange).await {
            return outcome;
        }
        // A process that was stopped finds its time over and the answer already here: a new refresh token, perhaps.
        let late = tokio::time::timeout(GRACE, exchange).await;
        late.unwrap_or_else(|_| Err(Error::Timeout { host: host.clone(), limit }))
    }

    async fn exchange(&self, request: Request, host: &str) -> Result<Answer, Error> {
        let limit = request.limit;
        let mut stream = self.open(request, host).await?;
        let mut body = Vec::new();
        while let Some(chunk) = stream.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLarge { host: host.to_owned(), limit });
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(status = stream.status, bytes = body.len(), "answer");
        Ok(stream.answer(body))
    }

    /// Sends one request and returns when the answer begins; for answers that go on, such as a watch.
    ///
    /// # Errors
    /// As [`Client::send`]; only `idle` bounds the time.
    pub(crate) async fn stream(&self, request: Request) -> Result<Stream, Error> {
        let host = request.url.authority().to_owned();
        self.open(request, &host).await
    }

    async fn open(&self, request: Request, host: &str) -> Result<Stream, Error> {
        let sent = request.secrets();
        let Request { method, url, body, bearer, accept, headers, timeout, idle, .. } = request;
        tracing::debug!(%method, url = %redacted(&url), "request");
        let mut builder = self.for_url(&url)?.request(method, url.clone());
        builder = builder.header("accept", accept).headers(headers);
        if let Some(token) = bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|error| Error::Setup(error.into()))?;
            value.set_sensitive(true);
            builder = builder.header("authorization", value);
        }
        builder = match body {
            Body::Empty => builder,
            Body::Form(form) => {
                builder.header("content-type", "application/x-www-form-urlencoded").body(form.expose().clone())
            }
            Body::Document { content_type, bytes } => builder.header("content-type", content_type).body(bytes),
        };
        let response = within(idle, host, builder.send()).await?.map_err(|error| classify(error, host, timeout))?;
        Ok(Stream { status: response.status().as_u16(), response, host: host.to_owned(), idle, sent })
    }
}

/// What `work` comes to, if it comes to something before `idle` is over.
async fn within<R>(idle: Option<Duration>, host: &str, work: impl Future<Output = R>) -> Result<R, Error> {
    match idle {
        None => Ok(work.await),
        Some(limit) => {
            let outcome = tokio::time::timeout(limit, work).await;
            outcome.map_err(|_| Error::Timeout { host: host.to_owned(), limit })
        }
    }
}

/// An answer whose body is still arriving.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The HTTP status code.
    pub(crate) status: u16,
    response: reqwest::Response,
    host: String,
    idle: Option<Duration>,
    /// What the request carried and an error page may repeat.
    sent: Vec<Secret>,
}

impl Stream {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// [`Error::Timeout`] when nothing came for as long as the request allows, [`Error::Broken`].
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = within(self.idle, &self.host, self.response.chunk()).await?;
        chunk.map_err(|error| classify(error, &self.host, self.idle.unwrap_or(REQUEST_TIMEOUT)))
    }

    /// The rest of the body, at most `limit` bytes of it: for the error of an answer that did not begin well.
    pub(crate) async fn into_answer(mut self, limit: usize) -> Result<Answer, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
            if body.len() == limit {
                break;
            }
        }
        Ok(self.answer(body))
    }

    /// The error of an answer that is longer than its reader allows.
    pub(crate) fn too_large(&self, limit: usize) -> Error {
        Error::TooLarge { host: self.host.clone(), limit }
    }

    fn answer(self, body: Vec<u8>) -> Answer {
        let body = if self.status >= 400 { without(&self.sent, body) } else { body };
        Answer { status: self.status, headers: self.response.headers().clone(), body }
    }
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Timeout { .. } | Self::Broken { .. })
    }

    /// Whether the request surely never reached the server, so that repeating it repeats nothing.
    pub(crate) fn was_not_sent(&self) -> bool {
        matches!(self, Self::Setup(_) | Self::Connect { .. } | Self::Untrusted { .. })
    }
}

/// Enough to read an answer that has arrived; nothing to a person who has waited for the whole limit.
const GRACE: Duration = Duration::from_millis(500);

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("datumctl/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| Error::Setup(error.into()))
}

/// Turns reqwest's one error into what happened. reqwest's own text names the URL, which may hold secrets.
fn classify(error: reqwest::Error, host: &str, limit: Duration) -> Error {
    let host = host.to_owned();
    let error = error.without_url();
    // Only while connecting: later the server may have acted on the request already.
    if let Some(problem) = tls_problem(&error).filter(|_| error.is_connect()) {
        return Error::Untrusted { host, reason: reason(problem) };
    }
    if error.is_timeout() {
        return Error::Timeout { host, limit: if error.is_connect() { CONNECT_TIMEOUT } else { limit } };
    }
    if error.is_connect() {
        return Error::Connect { host, source: root_cause(&error) };
    }
    Error::Broken { host, source: root_cause(&error) }
}

fn root_cause(error: &reqwest::Error) -> anyhow::Error {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    anyhow::Error::msg(text)
}

/// The TLS library's error, however deeply it is wrapped: an `io::Error`'s `source()` skips its own payload.
fn tls_problem<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(problem) = error.downcast_ref::<rustls::Error>() {
        return Some(problem);
    }
    let payload = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    payload.and_then(|payload| tls_problem(payload)).or_else(|| error.source().and_then(tls_problem))
}

/// The URL without its query: codes and tokens travel there.
fn redacted(url: &Url) -> String {
    let mut url = url.clone();
    if url.query().is_some() {
        url.set_query(Some("redacted"));
    }
    url.to_string()
}

#[cfg(test)]
mod tests;

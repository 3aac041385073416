//! One request, one bounded answer.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use super::host::is_loopback;
use super::tls::reason;
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
    /// The most bytes the answer may have.
    pub(crate) limit: usize,
    /// The most time the exchange may take.
    pub(crate) timeout: Duration,
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
            limit: super::IDENTITY_ANSWER_LIMIT,
            timeout: REQUEST_TIMEOUT,
        }
    }

    /// A form POST (RFC 6749 appendix B) that answers JSON.
    pub(crate) fn form(url: Url, pairs: &[(&str, &str)]) -> Self {
        let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self { method: reqwest::Method::POST, body: Body::Form(Secret::new(form)), ..Self::get(url) }
    }
}

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
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// The one HTTP client of the process; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    inner: reqwest::Client,
    /// For http on this machine: no proxy can be meant, and no certificate is needed.
    direct: reqwest::Client,
}

impl Client {
    /// Builds the client: ring, the system's trust store (or `SSL_CERT_FILE`, `SSL_CERT_DIR`), proxies from the
    /// environment but never for http on this machine, no redirects.
    ///
    /// # Errors
    /// [`Error::Setup`] when the trust store or a proxy setting cannot be used.
    pub(crate) fn new() -> Result<Self, Error> {
        // Another part of the process may have installed the same provider already; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("datumctl/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
        };
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(|error| Error::Setup(error.into()));
        Ok(Self { inner: build(builder())?, direct: build(builder().no_proxy().tls_certs_only([]))? })
    }

    fn for_url(&self, url: &Url) -> &reqwest::Client {
        if url.scheme() == "http" && is_loopback(url) { &self.direct } else { &self.inner }
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
        let Request { method, url, body, bearer, accept, limit, timeout } = request;
        tracing::debug!(%method, url = %redacted(&url), "request");
        let mut builder = self.for_url(&url).request(method, url.clone()).header("accept", accept);
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
        };
        let mut response = builder.send().await.map_err(|error| classify(error, host, timeout))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(error, host, timeout))? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLarge { host: host.to_owned(), limit });
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(status, bytes = body.len(), "answer");
        Ok(Answer { status, headers, body })
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

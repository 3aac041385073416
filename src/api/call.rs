//! [`Call`]: one request of the API before it knows its server and its token.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use url::Url;

use super::Error;
use crate::http::{Body, Request};
use crate::secret::Secret;

/// Objects as JSON.
pub(crate) const JSON: &str = "application/json";
/// The metadata of objects, whole objects from servers that cannot leave out the rest.
pub(crate) const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
/// Objects as the server's table (meta.k8s.io/v1 `Table`), plain objects from servers that have none.
pub(crate) const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// The largest answer that is read whole. A page of 500 objects of the largest size a server stores is larger, but
/// such pages do not exist; an answer without an end does.
const ANSWER_BYTES: usize = 256 * 1024 * 1024;
/// The time a server may say nothing.
const IDLE: Duration = Duration::from_secs(60);
/// The time a whole exchange may take, however lively it is.
const WHOLE: Duration = Duration::from_secs(600);

/// The time a watch may be silent: longer than the server lets one run.
const WATCH_SILENCE: Duration = Duration::from_secs(330);

/// One request; it can be sent several times.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) content_type: Option<String>,
    pub(super) body: Bytes,
    pub(super) accept: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) time_limit: Option<Duration>,
}

impl Call {
    /// A GET for JSON.
    pub(crate) fn get(url: Url) -> Self {
        Self::without_body(Method::GET, url)
    }

    /// A request that carries nothing.
    pub(crate) fn without_body(method: Method, url: Url) -> Self {
        let (body, headers) = (Bytes::new(), HeaderMap::new());
        Self { method, url, content_type: None, body, accept: JSON, headers, time_limit: None }
    }

    /// A request that carries a document.
    pub(crate) fn with_body(method: Method, url: Url, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { method, content_type: Some(content_type.to_owned()), body: body.into(), ..Self::get(url) }
    }

    /// What kube-core built: its path and query, on the server of `root`.
    pub(super) fn built(root: &Url, request: http::Request<Vec<u8>>) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let mut url = root.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query().filter(|query| !query.is_empty()));
        let label = parts.headers.get(CONTENT_TYPE);
        let content_type = label.and_then(|label| label.to_str().ok()).map(str::to_owned);
        Ok(Self { method: parts.method, content_type, body: body.into(), ..Self::get(url) })
    }

    /// The same request for another representation.
    pub(crate) fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// The same request with more headers; they replace ours, but for the token.
    pub(crate) fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// Whether it asks for changes as they come.
    pub(crate) fn is_watch(&self) -> bool {
        self.url.query_pairs().any(|(name, value)| name == "watch" && matches!(&*value, "1" | "true"))
    }

    /// The same request for an answer that goes on as long as the server's own limit lets it.
    pub(crate) fn unbounded(self) -> Self {
        Self { time_limit: Some(WATCH_SILENCE), ..self }
    }

    /// Whether the server only tells something, so that asking again repeats nothing.
    pub(super) fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    pub(super) fn request(&self, bearer: Option<Secret>) -> Request {
        let body = match &self.content_type {
            None => Body::Empty,
            Some(content_type) => Body::Document { content_type: content_type.clone(), bytes: self.body.clone() },
        };
        let (timeout, idle) = self.time_limit.map_or((WHOLE, IDLE), |limit| (limit, limit));
        Request {
            method: self.method.clone(),
            body,
            bearer,
            accept: self.accept,
            headers: self.headers.clone(),
            limit: ANSWER_BYTES,
            timeout,
            idle: Some(idle),
            ..Request::get(self.url.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Call;

    // API-13
    #[test]
    fn a_server_may_be_silent_for_a_minute_and_through_a_whole_watch() {
        let call = Call::get("https://api.datum.net/api".parse().expect("a URL"));
        let request = call.request(None);
        assert_eq!((request.idle, request.timeout), (Some(Duration::from_secs(60)), Duration::from_secs(600)));
        let watch = call.unbounded().request(None);
        assert_eq!(watch.idle, Some(Duration::from_secs(330)));
    }
}

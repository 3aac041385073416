//! Lists in pages: every list ends, and one that went stale underway begins again.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use url::Url;

use super::{Call, Connection, Error};
use crate::http::TokenProvider;

/// Objects a page holds, as kubectl asks for them.
const PAGE_SIZE: usize = 500;
/// More pages than any list has.
const LONGEST: usize = 100_000;
/// A server fills its pages; one that keeps sending all but empty ones sends them for ever.
const SHORT_PAGES: usize = 200;
/// A list that goes stale this often changes faster than it can be read.
const RESTARTS: u32 = 3;

/// What a reader of a list is told.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// The next page, as the server sent it.
    Page(&'a [u8]),
    /// The list begins again from its first page; what was read before does not count.
    Restart,
}

/// What a list says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListEnd {
    /// Where a watch that misses nothing begins.
    pub(crate) resource_version: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
    resource_version: Option<String>,
}

#[derive(Deserialize)]
struct PageHead {
    #[serde(default)]
    metadata: PageMetadata,
}

impl<T: TokenProvider> Connection<'_, T> {
    /// Reads the list at `call` page by page; `reader` returns how many objects a page held.
    ///
    /// # Errors
    /// Those of the requests, of `reader`, and [`Error::EndlessList`].
    pub(crate) async fn pages(
        &self,
        call: &Call,
        mut reader: impl FnMut(Part<'_>) -> Result<usize, Error>,
    ) -> Result<ListEnd, Error> {
        let mut seen = HashSet::new();
        let mut next: Option<String> = None;
        let (mut restarts, mut short) = (0, 0);
        loop {
            let page = Call { url: page_url(&call.url, next.as_deref()), ..call.clone() };
            let body = match self.send(&page).await {
                Ok(answer) => Bytes::from(answer.body),
                Err(Error::Gone { .. }) if next.is_some() && restarts < RESTARTS => {
                    restarts += 1;
                    next = None;
                    seen.clear();
                    reader(Part::Restart)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let head: PageHead = self.parse(&body)?;
            short += usize::from(reader(Part::Page(without_mark(&body)))? < PAGE_SIZE / 2);
            let Some(token) = head.metadata.next.filter(|token| !token.is_empty()) else {
                return Ok(ListEnd { resource_version: head.metadata.resource_version.unwrap_or_default() });
            };
            if !seen.insert(token.clone()) || seen.len() > LONGEST || short > SHORT_PAGES {
                return Err(Error::EndlessList { host: self.server().authority() });
            }
            next = Some(token);
        }
    }

    /// JSON of this server.
    pub(crate) fn parse<'b, R: Deserialize<'b>>(&self, body: &'b [u8]) -> Result<R, Error> {
        serde_json::from_slice(without_mark(body))
            .map_err(|source| Error::Malformed { host: self.server().authority(), source })
    }
}

fn page_url(list: &Url, next: Option<&str>) -> Url {
    let mut url = list.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &PAGE_SIZE.to_string());
        if let Some(next) = next {
            query.append_pair("continue", next);
        }
    }
    url
}

/// The body without a byte order mark, which some proxies put in front.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

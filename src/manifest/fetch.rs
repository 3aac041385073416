//! A manifest behind a URL: no credentials are sent, and redirections stay on https.

use std::time::Duration;

use url::Url;

use super::Error;
use super::source::TEXT_LIMIT;
use crate::http::{Answer, Client, Request, is_safe_endpoint};

/// Release pages redirect once or twice.
const HOPS: usize = 5;
const WHOLE: Duration = Duration::from_secs(120);

/// The text at `url`.
///
/// # Errors
/// What the server or the network refused.
pub(super) async fn text(client: &Client, url: &Url) -> Result<Vec<u8>, Error> {
    let mut at = url.clone();
    for _ in 0..=HOPS {
        let limit = usize::try_from(TEXT_LIMIT).unwrap_or(usize::MAX);
        let answer = client.send(Request { accept: "*/*", limit, timeout: WHOLE, ..Request::get(at.clone()) }).await?;
        match answer.status {
            200..=299 => return Ok(answer.body),
            301 | 302 | 303 | 307 | 308 => at = next(&at, &answer).ok_or(Error::Redirected { url: at })?,
            status => return Err(Error::Status { url: at, status }),
        }
    }
    Err(Error::Redirected { url: at })
}

/// Where a redirection leads: to https, and from this machine also to itself.
fn next(from: &Url, answer: &Answer) -> Option<Url> {
    let to = from.join(answer.header("location")?).ok()?;
    let allowed = is_safe_endpoint(&to) && (to.scheme() == "https" || from.scheme() == "http");
    allowed.then_some(to)
}

#[cfg(test)]
mod tests {
    use super::next;
    use crate::http::{Answer, HeaderMap};

    #[test]
    fn a_redirection_stays_on_https_and_carries_no_user_name() {
        let lead = |from: &str, to: &str| {
            let mut headers = HeaderMap::default();
            headers.insert("location", to.parse().unwrap());
            let answer = Answer { status: 302, headers, body: Vec::new() };
            next(&from.parse().unwrap(), &answer).map(|url| url.to_string())
        };
        let from = "https://example.com/a/b.yaml";
        assert_eq!(lead(from, "c.yaml").as_deref(), Some("https://example.com/a/c.yaml"));
        assert_eq!(lead(from, "https://files.example.net/c").as_deref(), Some("https://files.example.net/c"));
        for unsafe_place in
            ["http://example.com/c", "http://127.0.0.1/c", "file:///etc/passwd", "https://ada@example.com/"]
        {
            assert_eq!(lead(from, unsafe_place), None, "{unsafe_place}");
        }
        assert_eq!(lead("http://127.0.0.1:1/a", "/b").as_deref(), Some("http://127.0.0.1:1/b"));
        assert_eq!(lead("http://127.0.0.1:1/a", "http://10.0.0.1/b"), None);
    }
}

//! [`Host`]: a server named by a person, a flag, a variable or a stored session, parsed once.

use std::fmt;
use std::str::FromStr;

use url::{Host as UrlHost, Url};

/// Why a text does not name a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostError {
    /// Not a host, `host:port` or origin at all.
    #[error("that is no host; expected HOST, HOST:PORT or https://HOST")]
    Malformed,
    /// A user name, path, query or fragment came along.
    #[error("that is more than a host; it may have no user name, path, query or fragment")]
    MoreThanAHost,
    /// Plain http to something other than this machine.
    #[error("http:// is for this machine only (127.0.0.1, [::1], localhost); use https://")]
    PlainHttp,
}

/// One https origin (or an http one on loopback): the issuer of RFC 8414 or the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    url: Url,
}

impl Host {
    /// The origin without a trailing slash, `https://auth.datum.net`: exactly the issuer.
    pub(crate) fn origin(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    /// `host` or `host:port`.
    pub(crate) fn authority(&self) -> String {
        self.url.authority().to_owned()
    }

    /// The host without its port.
    pub(crate) fn name(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// What the original stores and reads back: the bare authority for https, the whole origin for http.
    pub(crate) fn stored(&self) -> String {
        if self.url.scheme() == "https" { self.authority() } else { self.origin() }
    }

    /// An absolute URL on this host.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }

    /// Whether `url` has the same scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }

    /// The API host that belongs to an `auth.X` host, `api.X`.
    pub(crate) fn derived_api_host(&self) -> Option<Self> {
        let rest = self.name().strip_prefix("auth.")?;
        let mut url = self.url.clone();
        url.set_host(Some(&format!("api.{rest}"))).ok()?;
        Some(Self { url })
    }

    /// Whether this is `suffix` itself or a host below it, label by label.
    pub(crate) fn is_within(&self, suffix: &str) -> bool {
        self.name().strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.stored())
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let plausible =
            text.len() <= 270 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'%');
        if !plausible {
            return Err(HostError::Malformed);
        }
        let absolute = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let mut url = Url::parse(&absolute).map_err(|_| HostError::Malformed)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() || absolute.contains('@') {
            return Err(HostError::MoreThanAHost);
        }
        if let Some(UrlHost::Domain(domain)) = url.host() {
            let domain = domain.trim_end_matches('.').to_owned();
            if domain.is_empty() || domain.split('.').any(str::is_empty) {
                return Err(HostError::Malformed);
            }
            url.set_host(Some(&domain)).map_err(|_| HostError::Malformed)?;
        }
        match url.scheme() {
            "https" => Ok(Self { url }),
            "http" if is_loopback(&url) => Ok(Self { url }),
            "http" => Err(HostError::PlainHttp),
            _ => Err(HostError::Malformed),
        }
    }
}

/// Whether `url` points at this machine by a name that cannot be redirected by DNS.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(UrlHost::Ipv4(address)) => address.is_loopback(),
        Some(UrlHost::Ipv6(address)) => address.is_loopback(),
        Some(UrlHost::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether credentials may be sent to `url` at all: https, or http on this machine; no user name, no fragment.
pub(crate) fn is_safe_endpoint(url: &Url) -> bool {
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    secure && url.host().is_some() && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::Host;

    fn stored(text: &str) -> Option<String> {
        text.parse::<Host>().ok().map(|host| host.stored())
    }

    #[test]
    fn harmless_spellings_are_normalised() {
        assert_eq!(stored("auth.datum.net").as_deref(), Some("auth.datum.net"));
        assert_eq!(stored("AUTH.Datum.net.").as_deref(), Some("auth.datum.net"));
        assert_eq!(stored("https://auth.datum.net/").as_deref(), Some("auth.datum.net"));
        assert_eq!(stored("https://auth.datum.net:443").as_deref(), Some("auth.datum.net"));
        assert_eq!(stored("auth.datum.net:8443").as_deref(), Some("auth.datum.net:8443"));
        assert_eq!(stored("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(stored("http://[::1]:8080").as_deref(), Some("http://[::1]:8080"));
    }

    #[test]
    fn hosts_that_hide_another_host_are_refused() {
        let hostile = [
            "",
            "https://",
            "auth.x.net@evil.com",
            "evil.com#.x.net",
            "evil.com/.x.net",
            "evil.com?.x.net",
            "a b",
            "a\r\nHost: b",
            "[::1",
            "http://auth.datum.net",
            "ftp://a",
            "a..b",
            "auth.datum.net\\@evil",
            "%65vil.com",
            "https://user@auth.datum.net",
            "https://@auth.datum.net",
            "auth.datum.net:99999",
        ];
        for text in hostile {
            assert_eq!(stored(text), None, "{text:?}");
        }
        assert_eq!(stored(&"a".repeat(300)), None);
    }

    #[test]
    fn suffixes_match_whole_labels() {
        let host = |text: &str| text.parse::<Host>().expect("a host");
        assert!(host("auth.datum.net").is_within("datum.net"));
        assert!(!host("auth.notdatum.net").is_within("datum.net"));
        assert!(!host("auth.datum.net.evil").is_within("datum.net"));
    }
}

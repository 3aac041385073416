//! A path that a person wrote: it stays below one control plane, on the session's own server.

use url::Url;

use super::{ControlPlane, Error};
use crate::http::Host;

impl ControlPlane {
    /// The URL of `target`, a path with an optional query, below this root on `server`.
    ///
    /// # Errors
    /// [`Error::ForeignPath`] for what would lead elsewhere: another server, a way upwards, a letter that URLs drop.
    pub(crate) fn below(&self, server: &Host, target: &str) -> Result<Url, Error> {
        let foreign = || Error::ForeignPath { path: target.to_owned() };
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = path.strip_prefix('/').unwrap_or(path);
        let names_a_server = path.starts_with('/') || path.split('/').next().is_some_and(|first| first.contains(':'));
        let is_deceptive = target.contains('\\') || target.chars().any(char::is_control);
        if names_a_server || is_deceptive || path.split('/').any(is_dots) {
            return Err(foreign());
        }
        let mut url = self.url(server, &[])?;
        let root = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{root}/{path}"));
        url.set_query(query);
        match server.is_origin_of(&url) && url.path().starts_with(&format!("{root}/")) {
            true => Ok(url),
            false => Err(foreign()),
        }
    }
}

/// `.` and `..` in every spelling that a URL knows.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::ControlPlane;
    use crate::http::Host;

    fn below(path: &str) -> Option<String> {
        let server: Host = "api.datum.net".parse().expect("a host");
        let plane = ControlPlane::Project("p".into());
        let url = plane.below(&server, path).ok()?.to_string();
        let root = "https://api.datum.net/apis/resourcemanager.miloapis.com/v1alpha1/projects/p/control-plane/";
        Some(url.strip_prefix(root).unwrap_or_else(|| panic!("{url}")).to_owned())
    }

    #[test]
    fn a_path_stays_below_its_control_plane() {
        for (path, expected) in [
            ("/version", "version"),
            ("version", "version"),
            ("/", ""),
            ("/apis/x/v1/a?limit=1&labelSelector=a%3Db", "apis/x/v1/a?limit=1&labelSelector=a%3Db"),
            ("/a/b:c/..d/d..", "a/b:c/..d/d.."),
            ("/a b#c", "a%20b%23c"),
            ("/a?x=http://elsewhere/..", "a?x=http://elsewhere/.."),
            ("user@elsewhere/x", "user@elsewhere/x"),
        ] {
            assert_eq!(below(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for path in [
            "//elsewhere/x",
            "https://elsewhere/x",
            "elsewhere:443/x",
            "/../x",
            "/a/../../x",
            "/a/%2e%2E/x",
            "/a/.%2e",
            "/./x",
            "\\\\elsewhere",
            "/a\\..\\b",
            "/a\n/b",
            "/\t/elsewhere",
            "/..?x",
        ] {
            assert_eq!(below(path), None, "{path}");
        }
    }
}

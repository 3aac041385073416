//! Where each control plane lies below a server. Under every root is a Kubernetes API (`/api`, `/apis`, `/version`).

use url::Url;

use super::error::Error;
use crate::http::Host;

/// One root of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlPlane {
    /// The root of the server itself.
    Platform,
    /// What one user sees; the id is the `sub` claim.
    User(String),
    /// One organization.
    Organization(String),
    /// One project.
    Project(String),
}

impl ControlPlane {
    /// The URL of the resource at `path` below this root on `server`. Each part is one path segment, percent-encoded,
    /// whatever it contains.
    ///
    /// # Errors
    /// [`Error::UnusableName`] for the names no URL can carry: empty, `.` and `..`.
    pub(crate) fn url(&self, server: &Host, path: &[&str]) -> Result<Url, Error> {
        let mut url = server.join("/");
        for part in self.root().iter().chain(path) {
            push(&mut url, part)?;
        }
        Ok(url)
    }

    fn root(&self) -> Vec<&str> {
        match self {
            Self::Platform => vec![],
            Self::User(id) => vec!["apis", "iam.miloapis.com", "v1alpha1", "users", id, "control-plane"],
            Self::Organization(id) => {
                vec!["apis", "resourcemanager.miloapis.com", "v1alpha1", "organizations", id, "control-plane"]
            }
            Self::Project(id) => {
                vec!["apis", "resourcemanager.miloapis.com", "v1alpha1", "projects", id, "control-plane"]
            }
        }
    }
}

/// Adds one path segment to `url`, percent-encoded.
pub(super) fn push(url: &mut Url, segment: &str) -> Result<(), Error> {
    let unusable = || Error::UnusableName { name: segment.to_owned() };
    if matches!(segment, "" | "." | "..") {
        return Err(unusable());
    }
    url.path_segments_mut().map_err(|()| unusable())?.pop_if_empty().push(segment);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ControlPlane;
    use crate::http::Host;

    fn server() -> Host {
        "api.datum.net".parse().expect("a host")
    }

    #[test]
    fn each_scope_has_its_root() {
        let path = |plane: ControlPlane| plane.url(&server(), &["version"]).expect("usable").to_string();
        let milo = "https://api.datum.net/apis/resourcemanager.miloapis.com/v1alpha1";
        assert_eq!(
            path(ControlPlane::User("1".into())),
            "https://api.datum.net/apis/iam.miloapis.com/v1alpha1/users/1/control-plane/version"
        );
        assert_eq!(
            path(ControlPlane::Organization("acme".into())),
            format!("{milo}/organizations/acme/control-plane/version")
        );
    }

    // API-20
    #[test]
    fn a_name_is_always_one_segment() {
        let plain = ControlPlane::Organization("x".into()).url(&server(), &["y"]).expect("usable");
        let depth = plain.path_segments().expect("a path").count();
        for name in ["../../secrets", "a/b", "%2e%2e", "?x", "#", "a\\b", "Zürich", "a b", "a\nb", "x;y", "//"] {
            for url in [
                ControlPlane::Organization(name.into()).url(&server(), &["y"]),
                ControlPlane::Organization("x".into()).url(&server(), &[name]),
            ] {
                let url = url.expect("usable");
                assert_eq!(url.path_segments().expect("a path").count(), depth, "{url}");
                assert_eq!((url.query(), url.fragment(), url.host_str()), (None, None, Some("api.datum.net")), "{url}");
            }
        }
        for name in ["", ".", ".."] {
            assert!(ControlPlane::Organization(name.into()).url(&server(), &[]).is_err(), "{name:?}");
        }
    }
}

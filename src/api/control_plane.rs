//! Where each control plane lies below a server. Under every root is a Kubernetes API (`/api`, `/apis`, `/version`).

use url::Url;

use super::error::Error;
use crate::http::Host;

/// One root of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlPlane<'a> {
    /// What one user sees; the id is the `sub` claim.
    User(&'a str),
    /// One organization.
    Organization(&'a str),
    /// One project.
    Project(&'a str),
}

impl ControlPlane<'_> {
    /// The URL of the resource at `path` below this root on `server`. Each part is one path segment, percent-encoded,
    /// whatever it contains.
    ///
    /// # Errors
    /// [`Error::UnusableName`] for the names no URL can carry: empty, `.` and `..`.
    pub(crate) fn url(self, server: &Host, path: &[&str]) -> Result<Url, Error> {
        let root: &[&str] = match self {
            Self::User(id) => &["apis", "iam.miloapis.com", "v1alpha1", "users", id, "control-plane"],
            Self::Organization(id) => {
                &["apis", "resourcemanager.miloapis.com", "v1alpha1", "organizations", id, "control-plane"]
            }
            Self::Project(id) => &["apis", "resourcemanager.miloapis.com", "v1alpha1", "projects", id, "control-plane"],
        };
        let mut url = server.join("/");
        {
            let mut segments =
                url.path_segments_mut().map_err(|()| Error::UnusableName { name: server.to_string() })?;
            segments.pop_if_empty();
            for part in root.iter().chain(path) {
                if matches!(*part, "" | "." | "..") {
                    return Err(Error::UnusableName { name: (*part).to_owned() });
                }
                segments.push(part);
            }
        }
        Ok(url)
    }
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
        let path = |plane: ControlPlane<'_>| plane.url(&server(), &["version"]).expect("usable").to_string();
        let milo = "https://api.datum.net/apis/resourcemanager.miloapis.com/v1alpha1";
        assert_eq!(
            path(ControlPlane::User("1")),
            "https://api.datum.net/apis/iam.miloapis.com/v1alpha1/users/1/control-plane/version"
        );
        assert_eq!(
            path(ControlPlane::Organization("acme")),
            format!("{milo}/organizations/acme/control-plane/version")
        );
        assert_eq!(path(ControlPlane::Project("web")), format!("{milo}/projects/web/control-plane/version"));
    }

    // API-20
    #[test]
    fn a_name_is_always_one_segment() {
        let plain = ControlPlane::Organization("x").url(&server(), &["y"]).expect("usable");
        let depth = plain.path_segments().expect("a path").count();
        for name in ["../../secrets", "a/b", "%2e%2e", "?x", "#", "a\\b", "Zürich", "a b", "a\nb", "x;y", "//"] {
            for url in [
                ControlPlane::Organization(name).url(&server(), &["y"]),
                ControlPlane::Organization("x").url(&server(), &[name]),
            ] {
                let url = url.expect("usable");
                assert_eq!(url.path_segments().expect("a path").count(), depth, "{url}");
                assert_eq!((url.query(), url.fragment(), url.host_str()), (None, None, Some("api.datum.net")), "{url}");
            }
        }
        for name in ["", ".", ".."] {
            assert!(ControlPlane::Organization(name).url(&server(), &[]).is_err(), "{name:?}");
        }
    }
}

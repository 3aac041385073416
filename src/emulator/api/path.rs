//! What a path below a control plane is about.

use hyper::Method;

use super::plane;
use crate::emulator::exchange::Request;
use crate::emulator::machines::Generation;

/// The objects a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Empty for the core group.
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) plural: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
}

impl Target<'_> {
    /// What a request wants of it; `None` for methods that mean nothing here.
    pub(super) fn verb(&self, request: &Request) -> Option<&'static str> {
        let watch = matches!(request.query_value("watch").as_deref(), Some("true" | "1"));
        Some(match (&request.method, self.name) {
            (&Method::GET, Some(_)) => "get",
            (&Method::GET, None) if watch => "watch",
            (&Method::GET, None) => "list",
            (&Method::POST, None) => "create",
            (&Method::PUT, Some(_)) => "update",
            (&Method::PATCH, Some(_)) => "patch",
            (&Method::DELETE, Some(_)) => "delete",
            (&Method::DELETE, None) => "deletecollection",
            _ => return None,
        })
    }
}

/// The objects that the segments of a path name; `None` when it is about no type.
pub(super) fn target<'a>(segments: &[&'a str]) -> Option<Target<'a>> {
    let (group, version, rest) = match segments {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() && rest != ["status"] => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, None, None),
        [plural, name] => (*plural, Some(*name), None),
        [plural, name, subresource] => (*plural, Some(*name), Some(*subresource)),
        _ => return None,
    };
    Some(Target { group, version, namespace, plural, name, subresource })
}

/// The route name of an API path; `None` for other paths.
pub(crate) fn route_name(path: &str) -> Option<&'static str> {
    match path {
        "/version" => return Some("api.version"),
        "/readyz" | "/livez" | "/healthz" => return Some("api.health"),
        _ => {}
    }
    let root = path.split('/').nth(1)?;
    if !matches!(root, "api" | "apis" | "openapi") {
        return None;
    }
    let (_, rest) = plane::locate(path, Generation::default());
    let rest: Vec<_> = rest.iter().map(String::as_str).collect();
    Some(match rest.as_slice() {
        ["version"] => "api.version",
        ["readyz" | "livez" | "healthz"] => "api.health",
        rest => target(rest).map_or("api.discovery", |target| area(target.plural)),
    })
}

fn area(plural: &str) -> &'static str {
    match plural {
        "users" => "api.users",
        "organizationmemberships" => "api.organizationmemberships",
        "organizations" => "api.organizations",
        "projects" => "api.projects",
        "selfsubjectreviews" | "selfsubjectaccessreviews" | "selfsubjectrulesreviews" => "api.reviews",
        _ => "api.other",
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_namespace_is_a_place_and_an_object() {
        let of = |path: &str| {
            let segments: Vec<_> = path.split('/').collect();
            let target = target(&segments)?;
            Some(format!("{:?} {} {:?} {:?}", target.namespace, target.plural, target.name, target.subresource))
        };
        assert_eq!(of("api/v1/namespaces/a").as_deref(), Some(r#"None namespaces Some("a") None"#));
        assert_eq!(of("api/v1/namespaces/a/status").as_deref(), Some(r#"None namespaces Some("a") Some("status")"#));
        assert_eq!(of("api/v1/namespaces/a/secrets").as_deref(), Some(r#"Some("a") secrets None None"#));
        assert_eq!(of("apis/g/v1/namespaces/a/things/b").as_deref(), Some(r#"Some("a") things Some("b") None"#));
        assert_eq!(of("apis/g/v1"), None);
    }
}

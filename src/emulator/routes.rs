//! Which handler serves a request, and what the route is called in faults and in the journal.

use hyper::{Method, StatusCode};

use super::exchange::{Call, Note, Reply, Request};
use super::{State, api, control, identity};

/// Every route name that faults and the journal use.
pub const ROUTES: [&str; 28] = [
    "discovery",
    "jwks",
    "authorize",
    "login",
    "consent",
    "token.code",
    "token.refresh",
    "token.device",
    "token.jwt",
    "token.other",
    "device",
    "device_page",
    "revoke",
    "userinfo",
    "end_session",
    "api.version",
    "api.health",
    "api.discovery",
    "api.users",
    "api.organizationmemberships",
    "api.organizations",
    "api.projects",
    "api.reviews",
    "api.other",
    "home",
    "style",
    "control",
    "unknown",
];

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Discovery,
    Jwks,
    Authorize,
    Login,
    Consent,
    /// The token endpoint; the name tells the grant.
    Token(&'static str),
    DeviceAuthorization,
    DevicePage,
    Revoke,
    Userinfo,
    EndSession,
    /// The API; the name tells the kind of resource.
    Api(&'static str),
    Home,
    Style,
    Control,
    Unknown,
}

impl Route {
    pub(crate) fn of(request: &Request) -> Self {
        match request.path.as_str() {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => Self::Discovery,
            "/oauth/v2/keys" => Self::Jwks,
            "/oauth/v2/authorize" => Self::Authorize,
            "/ui/login" => Self::Login,
            "/ui/consent" => Self::Consent,
            "/oauth/v2/token" => Self::Token(identity::grant_name(request)),
            "/oauth/v2/device_authorization" => Self::DeviceAuthorization,
            "/device" => Self::DevicePage,
            "/oauth/v2/revoke" => Self::Revoke,
            "/oidc/v1/userinfo" => Self::Userinfo,
            "/oidc/v1/end_session" => Self::EndSession,
            "/" => Self::Home,
            "/ui/style.css" => Self::Style,
            path if path.starts_with("/_emulator/") => Self::Control,
            path => api::route_name(path).map_or(Self::Unknown, Self::Api),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::Authorize => "authorize",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::Token(name) | Self::Api(name) => name,
            Self::DeviceAuthorization => "device",
            Self::DevicePage => "device_page",
            Self::Revoke => "revoke",
            Self::Userinfo => "userinfo",
            Self::EndSession => "end_session",
            Self::Home => "home",
            Self::Style => "style",
            Self::Control => "control",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is neither written to the journal nor struck by faults.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::Control | Self::Style | Self::Home)
    }

    pub(crate) fn serve(self, call: &mut Call<'_>) -> Reply {
        let get = call.request.method == Method::GET;
        match self {
            Self::Api(_) => api::serve(call),
            Self::Control => control::serve(call),
            Self::Login => identity::login_page(call),
            Self::Consent => identity::consent_page(call),
            Self::DevicePage => identity::device_page(call),
            Self::EndSession => identity::end_session(call),
            Self::Userinfo => identity::userinfo(call),
            Self::Token(_) => identity::token(call),
            Self::DeviceAuthorization => identity::device_authorization(call),
            Self::Revoke => identity::revoke(call),
            _ if !get => Reply::method_not_allowed("GET"),
            Self::Discovery => identity::discovery(call),
            Self::Jwks => identity::jwks(call),
            Self::Authorize => identity::authorize(call),
            Self::Home => identity::home(call),
            Self::Style => Reply::new(StatusCode::OK, "text/css; charset=utf-8", include_str!("pages/style.css")),
            Self::Unknown => Reply::text(StatusCode::NOT_FOUND, "there is nothing here\n"),
        }
    }

    /// What the journal can say about a request that a fault kept from being acted on.
    pub(crate) fn note(self, request: &Request, state: &State) -> Note {
        match self {
            Self::Token(_) | Self::DeviceAuthorization | Self::Revoke => identity::note_of_form(request, state),
            _ => Note::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, Method};

    use super::{ROUTES, Request, Route};

    #[test]
    fn every_route_has_a_listed_name() {
        for path in [
            "/.well-known/openid-configuration",
            "/oauth/v2/keys",
            "/oauth/v2/authorize",
            "/ui/login",
            "/ui/consent",
            "/oauth/v2/token",
            "/oauth/v2/device_authorization",
            "/device",
            "/oauth/v2/revoke",
            "/oidc/v1/userinfo",
            "/oidc/v1/end_session",
            "/",
            "/ui/style.css",
            "/_emulator/journal",
            "/version",
            "/readyz",
            "/apis",
            "/nope",
            "/apis/iam.miloapis.com/v1alpha1/users/1/control-plane/apis/resourcemanager.miloapis.com/v1alpha1/projects",
        ] {
            let headers = HeaderMap::new();
            let request = Request {
                method: Method::GET,
                path: path.to_owned(),
                query: String::new(),
                headers,
                body: Bytes::new(),
            };
            assert!(ROUTES.contains(&Route::of(&request).name()), "{path}");
        }
    }
}

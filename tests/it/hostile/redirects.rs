//! Redirects of every kind, at every endpoint, to every origin: none is followed, and nothing secret leaves.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::{MEMBERSHIPS, changed, sweep};
use crate::login::Ambush;
use crate::support::figure::figure;
use crate::support::hostile::certificates::Authority;
use crate::support::hostile::{Wire, keys};
use crate::support::{Answer, HostileProvider, Output, Request};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Endpoint {
    Discovery,
    CodeExchange,
    Refresh,
    Keys,
    Userinfo,
    Revocation,
    Api,
}

const ENDPOINTS: [Endpoint; 7] = [
    Endpoint::Discovery,
    Endpoint::CodeExchange,
    Endpoint::Refresh,
    Endpoint::Keys,
    Endpoint::Userinfo,
    Endpoint::Revocation,
    Endpoint::Api,
];

impl Endpoint {
    fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::CodeExchange | Self::Refresh => "/token",
            Self::Keys => "/keys",
            Self::Userinfo => "/userinfo",
            Self::Revocation => "/revoke",
            Self::Api => MEMBERSHIPS,
        }
    }

    /// Whether Mallory must be signed in before.
    fn needs_session(self) -> bool {
        matches!(self, Self::Refresh | Self::Revocation | Self::Api)
    }

    fn run(self, ambush: &Ambush) -> Output {
        match self {
            Self::Discovery => ambush.finish(ambush.start(&["login"])),
            Self::CodeExchange | Self::Keys | Self::Userinfo => ambush.login(),
            Self::Refresh => ambush.finish(ambush.start(&["auth", "get-token"])),
            Self::Revocation => ambush.finish(ambush.start(&["logout", "m@x.io"])),
            Self::Api => ambush.finish(ambush.start(&["organizations", "list"])),
        }
    }

    /// The status that a redirect, or a page that would redirect a browser, ends in.
    fn status(self, is_page: bool) -> i32 {
        match (self, is_page) {
            // Logging out ends the session here, whatever the server says.
            (Self::Revocation, _) => 0,
            // Userinfo that is none is no userinfo, and then the address is missing.
            (Self::Userinfo, true) => 7,
            (_, true) => 5,
            (_, false) => 7,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Absolute(u16),
    Relative,
    SchemeRelative,
    ToHttp,
    WithUserinfo,
    ToAnotherPort,
    InCircles,
    Page,
}

const KINDS: [Kind; 12] = [
    Kind::Absolute(301),
    Kind::Absolute(302),
    Kind::Absolute(303),
    Kind::Absolute(307),
    Kind::Absolute(308),
    Kind::Relative,
    Kind::SchemeRelative,
    Kind::ToHttp,
    Kind::WithUserinfo,
    Kind::ToAnotherPort,
    Kind::InCircles,
    Kind::Page,
];

/// An origin to redirect to.
#[derive(Clone, Debug)]
struct Origin {
    scheme: &'static str,
    host: &'static str,
    port: u16,
}

impl Origin {
    fn of(scheme: &'static str, host: &'static str, wire: &Wire) -> Self {
        Self { scheme, host, port: wire.address.port() }
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Kind {
    fn answer(self, place: &Place, to: &Origin, endpoint: Endpoint) -> Answer {
        let (own, authority, scheme) = (place.ambush.provider.authority(), to.authority(), to.scheme);
        let location = match self {
            Self::Absolute(_) | Self::Page => format!("{scheme}://{authority}/stolen"),
            Self::Relative if authority == own => "/stolen".to_owned(),
            // Every browser takes this for an authority.
            Self::Relative => format!("/\\{authority}/stolen"),
            Self::SchemeRelative => format!("//{authority}/stolen"),
            Self::ToHttp => format!("http://{authority}/stolen"),
            Self::WithUserinfo => format!("{scheme}://{own}@{authority}/stolen"),
            Self::ToAnotherPort => format!("{scheme}://{}:{}/stolen", to.host, place.thieves[0].address.port()),
            Self::InCircles => format!("{scheme}://{authority}{}", endpoint.path()),
        };
        match self {
            Self::Absolute(status) => Answer::redirect(status, &location),
            Self::Page => {
                let page = format!("<html><meta http-equiv=refresh content='0; url={location}'>");
                Answer::text(200, &format!("Content-Type: text/html\r\nRefresh: 0; url={location}\r\n"), &page)
            }
            _ => Answer::redirect(307, &location),
        }
    }
}

/// A provider behind TLS, and servers that would like to hear what it hears. All are trusted: nothing but the refusal
/// to follow keeps a secret from them.
struct Place {
    ambush: Ambush,
    thieves: Vec<Wire>,
    origins: [Origin; 5],
    heard: Arc<Mutex<Vec<Request>>>,
}

impl Place {
    fn new() -> Self {
        let authority = Authority::new();
        let server = |name: &str| authority.server(name, |_| ());
        let mut ambush = Ambush::at(HostileProvider::start_tls(server("127.0.0.1")));
        let certificate = ambush.world.scratch("authority.pem");
        authority.write(&certificate);
        ambush.world.set("SSL_CERT_FILE", certificate);
        let heard = Arc::<Mutex<Vec<Request>>>::default();
        let back = ambush.provider.url();
        let thief = |address: &str, name: Option<&str>| {
            let (ear, back) = (Arc::clone(&heard), back.clone());
            Wire::start_at(address, name.map(|name| Arc::new(server(name))), move |request| {
                let answer = Answer::redirect(307, &format!("{back}{}", request.path));
                ear.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                answer
            })
        };
        let thieves = vec![
            thief("127.0.0.1", Some("127.0.0.1")),
            thief("127.0.0.1", Some("localhost")),
            thief("127.0.0.1", None),
            thief("127.0.0.2", Some("127.0.0.2")),
        ];
        let port = ambush.provider.authority().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let origins = [
            Origin { scheme: "https", host: "127.0.0.1", port },
            Origin::of("https", "127.0.0.1", &thieves[0]),
            Origin::of("https", "localhost", &thieves[1]),
            Origin::of("http", "127.0.0.1", &thieves[2]),
            Origin::of("https", "127.0.0.2", &thieves[3]),
        ];
        Self { ambush, thieves, origins, heard }
    }

    fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs Mallory in, with a token that is good for the API or, where that is wanted, for a refresh alone.
    fn sign_in(&self, endpoint: Endpoint) {
        self.ambush.terse();
        if endpoint == Endpoint::Refresh {
            self.ambush.provider.token_answer(|answer| answer["expires_in"] = 0.into());
        }
        let _ = self.ambush.login().success();
    }

    fn redirect(&self, endpoint: Endpoint, kind: Kind, origin: &Origin) {
        let name = format!("{endpoint:?} {kind:?} {origin:?}");
        let provider = &self.ambush.provider;
        if endpoint.needs_session() {
            self.sign_in(endpoint);
        }
        let before = self.ambush.world.files();
        self.ambush.terse();
        if endpoint == Endpoint::Userinfo {
            provider.jwks(json!({ "keys": keys::all_jwks() }));
            provider.id_token(|draft| drop(draft.claims.as_object_mut().expect("claims").remove("email")));
        }
        provider.always(endpoint.path(), kind.answer(self, origin, endpoint));
        let output = endpoint.run(&self.ambush);
        assert_eq!(output.status, endpoint.status(kind == Kind::Page), "{name}\n{output}");
        assert_eq!(output.stdout, "", "{name}");
        if endpoint != Endpoint::Revocation {
            let errors = output.stderr.lines().filter(|line| line.starts_with("error: ")).count();
            assert_eq!(errors, 1, "{name}\n{output}");
            assert!(changed(&before, &self.ambush.world.files()).is_empty(), "{name}");
        }
        assert_eq!((provider.count(endpoint.path()), provider.count("/stolen")), (1, 0), "{name}");
        let heard = self.heard();
        let carried = heard.iter().filter(|request| carries_credential(request)).count();
        assert_eq!((carried, heard.len()), (0, 0), "{name}: {heard:?}");
    }
}

/// Whether a request carries what only the two sides may know.
fn carries_credential(request: &Request) -> bool {
    let head = request.head.to_ascii_lowercase();
    let fields = ["assertion", "client_assertion", "code", "code_verifier", "device_code", "refresh_token", "token"];
    head.contains("\nauthorization:")
        || head.contains("code=")
        || fields.iter().any(|field| request.form(field).is_some())
}

// PKC-05, API-05, API-06
#[test]
fn no_redirect_of_any_kind_is_followed_from_any_endpoint_to_any_origin() {
    let cases = ENDPOINTS.len() * KINDS.len() * 5;
    sweep(cases, 4, Place::new, |place, number| {
        let (endpoint, rest) = (ENDPOINTS[number % ENDPOINTS.len()], number / ENDPOINTS.len());
        let origin = place.origins[rest / KINDS.len()].clone();
        place.redirect(endpoint, KINDS[rest % KINDS.len()], &origin);
    });
    figure(&format!("{cases} redirects (7 endpoints, 12 kinds, 5 origins): 0 followed, 0 credentials elsewhere"));
}

#[test]
fn a_credential_that_came_to_a_stranger_would_be_heard() {
    let place = Place::new();
    let plain = place.thieves[2].address.to_string();
    let send = |request: &str| drop(crate::support::browser::send(&plain, request));
    send("GET /stolen HTTP/1.1\r\nAuthorization: Bearer a\r\n\r\n");
    send("POST /stolen HTTP/1.1\r\nContent-Length: 15\r\n\r\nrefresh_token=a");
    send("GET /stolen HTTP/1.1\r\nHost: a\r\n\r\n");
    let heard: Vec<bool> = place.heard().iter().map(carries_credential).collect();
    assert_eq!(heard, [true, true, false]);
}

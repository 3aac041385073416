//! What a person does in a browser, done by a program: the `BROWSER` of `emulator exec`.
//!
//! It speaks plain HTTP to loopback addresses and to nothing else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use url::{Host, Url};

/// A whole sign-in takes milliseconds; this is for a machine that swaps.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who to sign in as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// The `login_hint` of the URL, else each seeded person in turn.
    #[default]
    Next,
    /// The person with this email.
    Named(String),
    /// Nobody: deny.
    Nobody,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address is not plain HTTP on a loopback address.
    #[error("{0} is not the address of an emulator on this machine")]
    NotLoopback(String),
    /// Nobody listens there.
    #[error("could not connect to {address}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the emulator's answer was cut short")]
    Connection(#[from] hyper::Error),
    /// The emulator showed something else than the next page.
    #[error("the emulator answered {status} where a person would {step}")]
    Page {
        /// What should have been possible.
        step: &'static str,
        /// Status of the answer.
        status: u16,
    },
    /// It took longer than anything on this machine should.
    #[error("the emulator did not answer in time")]
    TimedOut,
}

/// Signs in at a login URL of an emulator and follows the way back to the program that waits for it.
///
/// `url` is what a program would open: the authorization endpoint with its parameters, or the device page with its
/// `user_code`. Needs a tokio runtime.
pub async fn sign_in(url: &str, who: &Who) -> Result<(), SignInError> {
    let work = async {
        let url = Url::parse(url).map_err(|_| SignInError::NotLoopback("the URL".to_owned()))?;
        match url.path() {
            "/device" => decide_on_device(&url, who).await,
            _ => authorize(&url, who).await,
        }
    };
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| SignInError::TimedOut)?
}

/// Allows (or denies) the device sign-in with this user code at the emulator at `emulator_url`.
pub async fn approve_device(emulator_url: &str, user_code: &str, who: &Who) -> Result<(), SignInError> {
    let mut url = Url::parse(emulator_url).map_err(|_| SignInError::NotLoopback("the URL".to_owned()))?;
    url.set_path("/device");
    url.query_pairs_mut().clear().append_pair("user_code", user_code);
    sign_in(url.as_str(), who).await
}

async fn authorize(url: &Url, who: &Who) -> Result<(), SignInError> {
    let mut browser = Browser::default();
    let mut page = browser.open(url.clone()).await?;
    if page.url.path() == "/ui/login" {
        let choice = match who {
            Who::Nobody => ("decision", "deny".to_owned()),
            _ => ("person", browser.person(url, who).await?),
        };
        page = browser.post(&page, "choose an account", &[choice]).await?;
    }
    if page.url.path() == "/ui/consent" {
        let decision = if *who == Who::Nobody { "deny" } else { "allow" };
        page = browser.post(&page, "allow or deny", &[("decision", decision.to_owned())]).await?;
    }
    match page.url.origin() == url.origin() {
        true => Err(SignInError::Page { step: "be sent back to the program", status: page.status.as_u16() }),
        false => Ok(()),
    }
}

async fn decide_on_device(url: &Url, who: &Who) -> Result<(), SignInError> {
    let mut browser = Browser::default();
    let page = browser.open(url.clone()).await?;
    let answer = match who {
        Who::Nobody => vec![("decision", "deny".to_owned())],
        _ => vec![("decision", "allow".to_owned()), ("person", browser.person(url, who).await?)],
    };
    let page = browser.post(&page, "allow or deny", &answer).await?;
    match page.status.is_success() {
        true => Ok(()),
        false => Err(SignInError::Page { step: "see that it worked", status: page.status.as_u16() }),
    }
}

/// A browser with cookies for one origin, and without anything else.
#[derive(Default)]
struct Browser {
    cookies: Vec<String>,
}

struct Page {
    url: Url,
    status: StatusCode,
    body: String,
}

impl Browser {
    /// The email of who to be.
    async fn person(&mut self, url: &Url, who: &Who) -> Result<String, SignInError> {
        if let Who::Named(email) = who {
            return Ok(email.clone());
        }
        if let Some((_, hint)) = url.query_pairs().find(|(name, _)| name == "login_hint") {
            return Ok(hint.into_owned());
        }
        let mut lever = url.clone();
        lever.set_path("/_emulator/next-person");
        lever.set_query(None);
        let (page, _) = self.exchange(Method::POST, lever, String::new()).await?;
        let answer: Value = serde_json::from_str(&page.body).unwrap_or_default();
        let step = "ask who is next";
        answer["email"].as_str().map(str::to_owned).ok_or(SignInError::Page { step, status: page.status.as_u16() })
    }

    /// Opens a page and follows redirects, on loopback only.
    async fn open(&mut self, url: Url) -> Result<Page, SignInError> {
        self.follow(Method::GET, url, String::new()).await
    }

    /// Fills in the page's form and posts it.
    async fn post(&mut self, page: &Page, step: &'static str, answers: &[(&str, String)]) -> Result<Page, SignInError> {
        let fields = hidden_fields(&page.body);
        if fields.is_empty() {
            return Err(SignInError::Page { step, status: page.status.as_u16() });
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).extend_pairs(answers.iter().map(|(name, value)| (name, value)));
        let mut target = page.url.clone();
        target.set_query(None);
        self.follow(Method::POST, target, form.finish()).await
    }

    async fn follow(&mut self, method: Method, url: Url, form: String) -> Result<Page, SignInError> {
        let start = url.origin();
        let (mut page, mut location) = self.exchange(method, url, form).await?;
        while let Some(next) = location {
            // What a program's callback page links to is not ours to visit.
            if page.url.origin() != start {
                break;
            }
            (page, location) = self.exchange(Method::GET, next, String::new()).await?;
        }
        Ok(page)
    }

    async fn exchange(&mut self, method: Method, url: Url, form: String) -> Result<(Page, Option<Url>), SignInError> {
        let address = loopback(&url)?;
        let connected = TcpStream::connect(address).await;
        let stream = connected.map_err(|source| SignInError::Connect { address, source })?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let response = sender.send_request(self.request(&method, &url, form)).await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.cookies.extend(cookie.to_str().ok().and_then(|text| text.split(';').next()).map(str::to_owned));
        }
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.and_then(|location| url.join(location).ok());
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((Page { url, status, body: String::from_utf8_lossy(&body).into_owned() }, location))
    }

    fn request(&self, method: &Method, url: &Url, form: String) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(Bytes::from(form)));
        *request.method_mut() = method.clone();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        *request.uri_mut() = target.parse().unwrap_or_default();
        let mut set = |name, value: &str| {
            if let Ok(value) = value.parse() {
                request.headers_mut().insert(name, value);
            }
        };
        set(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort]);
        if *method == Method::POST {
            set(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if !self.cookies.is_empty() {
            set(header::COOKIE, &self.cookies.join("; "));
        }
        request
    }
}

fn loopback(url: &Url) -> Result<SocketAddr, SignInError> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain("localhost")) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        _ => None,
    };
    match (address.filter(IpAddr::is_loopback), url.scheme()) {
        (Some(address), "http") => Ok(SocketAddr::new(address, url.port().unwrap_or(80))),
        _ => Err(SignInError::NotLoopback(url.origin().ascii_serialization())),
    }
}

/// The hidden inputs of the first form of one of the emulator's own pages.
fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let form = html.split_once("method=\"post\"").map_or("", |(_, rest)| rest.split("</form>").next().unwrap_or(""));
    let attribute = |input: &str, name: &str| {
        let (_, rest) = input.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let inputs = form.split("<input type=\"hidden\"").skip(1);
    inputs.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{hidden_fields, loopback};

    #[test]
    fn it_goes_to_loopback_only() {
        let allowed = |text| loopback(&Url::parse(text).unwrap()).is_ok();
        assert!(allowed("http://127.0.0.1:8080/x") && allowed("http://[::1]:1/") && allowed("http://localhost:1/"));
        assert!(!allowed("https://127.0.0.1/") && !allowed("http://192.168.0.1/") && !allowed("http://datum.net/"));
    }

    #[test]
    fn hidden_fields_come_from_the_first_posting_form() {
        let html = r#"<form method="post"><input type="hidden" name="a" value="1"><button name="b" value="2"></form>
                      <form method="post"><input type="hidden" name="c" value="3"></form>"#;
        assert_eq!(hidden_fields(html), [("a".to_owned(), "1".to_owned())]);
    }
}

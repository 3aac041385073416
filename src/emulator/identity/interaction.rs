//! What a person does in the browser: choose who to be, then allow or deny.
//!
//! A sign-in in progress belongs to the browser that began it (a cookie), and each form carries that browser's
//! anti-forgery value. There is no single sign-on: everybody chooses every time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::authorize::{Destination, agree};
use super::form::Form;
use crate::emulator::exchange::{Call, Reply};
use crate::emulator::pages;
use crate::sys::random;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What a client asked for at the authorization endpoint.
pub(crate) struct Asked {
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: String,
    pub(crate) challenge: String,
    /// `login_hint`.
    pub(crate) hint: Option<String>,
    /// Id of the person, when there is nothing left to choose.
    pub(crate) person: Option<String>,
}

/// A sign-in in progress.
pub(crate) struct Flow {
    pub(crate) destination: Destination,
    pub(crate) asked: Asked,
    browser: String,
    begun: Instant,
}

/// Sign-ins in progress, and the browsers they belong to.
#[derive(Default)]
pub(crate) struct Flows {
    flows: HashMap<String, Flow>,
    /// Cookie to anti-forgery value.
    browsers: HashMap<String, String>,
}

/// The browser a request comes from.
pub(crate) struct Browser {
    cookie: String,
    /// The value its forms must carry.
    pub(crate) csrf: String,
    is_new: bool,
}

impl Browser {
    /// The browser of this request; one that was never seen gets a cookie.
    pub(crate) fn of(call: &mut Call<'_>) -> Self {
        let browsers = &mut call.state.flows.browsers;
        let known = cookie(call.request, &cookie_name(&call.state.url)).and_then(|value| {
            let csrf = browsers.get(&value)?.clone();
            Some(Self { cookie: value, csrf, is_new: false })
        });
        known.unwrap_or_else(|| {
            let browser = Self { cookie: random::token::<32>(), csrf: random::token::<32>(), is_new: true };
            browsers.insert(browser.cookie.clone(), browser.csrf.clone());
            browser
        })
    }

    /// Sets the cookie where the browser has none yet.
    pub(crate) fn remember(&self, call: &Call<'_>, reply: Reply) -> Reply {
        if !self.is_new {
            return reply;
        }
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", cookie_name(&call.state.url), self.cookie);
        reply.header(header::SET_COOKIE, &cookie)
    }

    /// The form it posted, if the form is its own.
    pub(crate) fn posted(&self, call: &Call<'_>) -> Result<Form, Reply> {
        let forged = || pages::message(StatusCode::FORBIDDEN, "That did not work", "Please start again.");
        let form = Form::of_post(call.request).map_err(|_| forged())?;
        let csrf = form.optional("csrf").unwrap_or_default();
        match bool::from(csrf.as_bytes().ct_eq(self.csrf.as_bytes())) {
            true => Ok(form),
            false => Err(forged()),
        }
    }
}

/// Cookies are shared by all ports of a host, so each emulator has a name of its own.
fn cookie_name(url: &str) -> String {
    format!("emulator_{}", url.rsplit(':').next().unwrap_or_default())
}

fn cookie(request: &crate::emulator::exchange::Request, name: &str) -> Option<String> {
    let all = request.headers.get_all(header::COOKIE);
    let mut pairs = all.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// Starts a sign-in and sends the browser to its first page.
pub(crate) fn begin(call: &mut Call<'_>, destination: Destination, asked: Asked) -> Reply {
    let browser = Browser::of(call);
    let id = random::token::<16>();
    let page = if asked.person.is_some() { "consent" } else { "login" };
    let location = format!("/ui/{page}?flow={id}");
    let flows = &mut call.state.flows.flows;
    flows.retain(|_, flow| flow.begun.elapsed() < PATIENCE);
    flows.insert(id, Flow { destination, asked, browser: browser.cookie.clone(), begun: Instant::now() });
    browser.remember(call, Reply::see_other(&location))
}

/// The sign-in this request is about, with its id and browser; the person is told when there is none.
fn current(call: &mut Call<'_>, form: Option<&Form>, browser: &Browser) -> Result<String, Reply> {
    let id = match form {
        Some(form) => form.optional("flow").map(str::to_owned),
        None => call.request.query_value("flow"),
    };
    let flow = id.as_ref().and_then(|id| call.state.flows.flows.get(id));
    match (id.clone(), flow) {
        (Some(id), Some(flow)) if flow.browser == browser.cookie && flow.begun.elapsed() < PATIENCE => Ok(id),
        _ => Err(pages::message(
            StatusCode::BAD_REQUEST,
            "This sign-in is over",
            "It was finished, took too long, or began in another browser. Start again where you came from.",
        )),
    }
}

/// Sorts a page's requests: GET shows, POST with a genuine form acts.
fn page(
    call: &mut Call<'_>,
    show: fn(&Call<'_>, &str, &Flow, &str) -> Reply,
    act: fn(&mut Call<'_>, &str, &Form) -> Reply,
) -> Reply {
    let browser = Browser::of(call);
    if call.request.method == Method::POST {
        let form = browser.posted(call);
        let acted = form.and_then(|form| current(call, Some(&form), &browser).map(|id| act(call, &id, &form)));
        return acted.unwrap_or_else(|reply| reply);
    }
    if call.request.method != Method::GET {
        return Reply::method_not_allowed("GET, POST");
    }
    let shown = current(call, None, &browser);
    shown.map_or_else(|reply| reply, |id| show(call, &id, &call.state.flows.flows[&id], &browser.csrf))
}

/// `GET` and `POST /ui/login`: who do you want to be?
pub(crate) fn login_page(call: &mut Call<'_>) -> Reply {
    page(
        call,
        |call, id, flow, csrf| pages::login(&call.state.seed, flow, id, csrf),
        |call, id, form| {
            if form.optional("decision") == Some("deny") {
                return decide(call, id, false);
            }
            let person = form.optional("person").and_then(|email| call.state.seed.person_by_email(email));
            let person = person.map(|person| person.id.clone());
            let Some(flow) = call.state.flows.flows.get_mut(id).filter(|_| person.is_some()) else {
                return Reply::see_other(&format!("/ui/login?flow={id}"));
            };
            flow.asked.person = person;
            Reply::see_other(&format!("/ui/consent?flow={id}"))
        },
    )
}

/// `GET` and `POST /ui/consent`: allow or deny?
pub(crate) fn consent_page(call: &mut Call<'_>) -> Reply {
    page(
        call,
        |call, id, flow, csrf| match flow.asked.person.as_deref().and_then(|id| call.state.seed.person(id)) {
            Some(person) => pages::consent(&call.state.seed, flow, person, id, csrf),
            None => Reply::see_other(&format!("/ui/login?flow={id}")),
        },
        |call, id, form| decide(call, id, form.optional("decision") == Some("allow")),
    )
}

/// Ends a sign-in: the browser goes back to the client with a code or with `access_denied`.
fn decide(call: &mut Call<'_>, id: &str, allowed: bool) -> Reply {
    let Some(mut flow) = call.state.flows.flows.remove(id) else { return Reply::see_other("/") };
    match flow.asked.person.take() {
        Some(person) if allowed => agree(call, flow, person),
        _ => flow.destination.refuse(call, "access_denied", "the person said no"),
    }
}

/// `GET /`: what this is.
pub(crate) fn home(call: &mut Call<'_>) -> Reply {
    pages::home(&call.state.seed, &call.state.url)
}

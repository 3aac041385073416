//! Scripted misbehaviour: `ROUTE:PART[,PART...]`, for example `token.refresh:status=503,retry-after=2,times=2`.
//!
//! `ROUTE` is a [route name](super::ROUTES), the first part of one (`token` for every grant), or `*`.
//!
//! | part | meaning |
//! |---|---|
//! | `status=N` | answer N without acting; with `retry-after=V`, `content-type=T`, `body=TEXT` |
//! | `error=CODE` | answer `{"error":CODE}` without acting; 400 unless `status` says otherwise |
//! | `garbage` | answer 200 with an HTML page, like a captive portal |
//! | `delay=D` | wait (`250ms`, `2s`, `5m`) before going on |
//! | `hang` | never answer |
//! | `reset` | reset the TCP connection |
//! | `truncate=N` | announce the whole body, send N bytes of it, close |
//! | `set.NAME=V`, `unset.NAME` | change a member of the JSON answer; V is JSON, or text where it is not |
//! | `claim.NAME=V`, `unclaim.NAME` | change a claim of the ID token before it is signed |
//! | `jose.NAME=V`, `unjose.NAME` | change the header of the ID token before it is signed |
//! | `commit-then-...` | in front of `status`, `error`, `garbage`, `delay`, `hang`, `reset`: act first |
//! | `times=N` | only N times (default: always) |
//! | `after=N` | let N requests pass first |
//!
//! Commas inside JSON strings, arrays and objects do not separate parts; `body=` takes all that follows it.

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};

use super::routes;

/// One scripted misbehaviour; the grammar is in `docs/emulator.md`.
#[derive(Clone, Debug)]
pub struct Fault {
    specification: String,
    route: String,
    after: u64,
    times: Option<u64>,
    pub(crate) acts_first: bool,
    pub(crate) delay: Option<Duration>,
    pub(crate) ending: Ending,
    pub(crate) truncate: Option<usize>,
    pub(crate) edits: Edits,
}

/// How a faulty exchange ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Ending {
    /// With the true answer.
    #[default]
    Serve,
    /// With another answer.
    Answer(Answer),
    /// Not at all.
    Hang,
    /// With a TCP reset.
    Reset,
}

/// An answer made up by a fault.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) error: Option<String>,
}

/// Changes to what would have been answered. `None` removes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    pub(crate) answer: Vec<(String, Option<Value>)>,
    pub(crate) claims: Vec<(String, Option<Value>)>,
    pub(crate) jose: Vec<(String, Option<Value>)>,
}

/// Why a fault specification was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FaultError {
    /// There is no `ROUTE:` in front, or nothing behind it.
    #[error("a fault is ROUTE:PART[,PART...], such as token.refresh:status=503,times=2")]
    Form,
    /// No route has this name.
    #[error("no route is called {0:?}")]
    Route(String),
    /// No part has this name.
    #[error("a fault has no part {0:?}")]
    Part(String),
    /// A part's value is missing or of the wrong kind.
    #[error("{part} does not take {value:?}")]
    Value {
        /// The part's name.
        part: String,
        /// What was given.
        value: String,
    },
}

impl Fault {
    /// The text it was made from.
    pub fn specification(&self) -> &str {
        &self.specification
    }

    fn covers(&self, route: &str) -> bool {
        self.route == "*"
            || route.strip_prefix(self.route.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn part(&mut self, part: &str, answer: &mut Option<Answer>) -> Result<(), FaultError> {
        let (acts_first, part) = match part.strip_prefix("commit-then-") {
            Some(part) => (true, part),
            None => (false, part),
        };
        self.acts_first |= acts_first;
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let wrong = || FaultError::Value { part: name.to_owned(), value: value.to_owned() };
        match name {
            "times" => self.times = Some(value.parse().map_err(|_| wrong())?),
            "after" => self.after = value.parse().map_err(|_| wrong())?,
            "delay" => self.delay = Some(duration(value).ok_or_else(wrong)?),
            "truncate" => self.truncate = Some(value.parse().map_err(|_| wrong())?),
            "hang" => self.ending = Ending::Hang,
            "reset" => self.ending = Ending::Reset,
            "status" => {
                let status = value.parse().ok().filter(|status| (200..=599).contains(status));
                answer.get_or_insert_default().status = Some(status.ok_or_else(wrong)?);
            }
            "error" => answer.get_or_insert_default().error = Some(value.to_owned()),
            "retry-after" => answer.get_or_insert_default().retry_after = Some(value.to_owned()),
            "content-type" => answer.get_or_insert_default().content_type = Some(value.to_owned()),
            "body" => answer.get_or_insert_default().body = Some(value.to_owned()),
            "garbage" => *answer.get_or_insert_default() = Answer::garbage(),
            _ => self.edit(name, value)?,
        }
        Ok(())
    }

    fn edit(&mut self, name: &str, value: &str) -> Result<(), FaultError> {
        let (kind, member) = name.split_once('.').ok_or_else(|| FaultError::Part(name.to_owned()))?;
        let value = match kind.starts_with("un") {
            true => None,
            false => Some(serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))),
        };
        let edits = match kind {
            "set" | "unset" => &mut self.edits.answer,
            "claim" | "unclaim" => &mut self.edits.claims,
            "jose" | "unjose" => &mut self.edits.jose,
            _ => return Err(FaultError::Part(name.to_owned())),
        };
        edits.push((member.to_owned(), value));
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(specification: &str) -> Result<Self, FaultError> {
        let (route, parts) = specification.split_once(':').ok_or(FaultError::Form)?;
        let mut fault = Self {
            specification: specification.to_owned(),
            route: route.to_owned(),
            after: 0,
            times: None,
            acts_first: false,
            delay: None,
            ending: Ending::Serve,
            truncate: None,
            edits: Edits::default(),
        };
        if !routes::ROUTES.iter().any(|name| fault.covers(name)) {
            return Err(FaultError::Route(route.to_owned()));
        }
        let parts = split(parts);
        if parts.is_empty() {
            return Err(FaultError::Form);
        }
        let mut answer = None;
        parts.into_iter().try_for_each(|part| fault.part(part, &mut answer))?;
        if let Some(answer) = answer {
            fault.ending = Ending::Answer(answer);
        }
        Ok(fault)
    }
}

impl Answer {
    fn garbage() -> Self {
        Self {
            status: Some(200),
            content_type: Some("text/html".to_owned()),
            body: Some("<!doctype html><title>Welcome to Hotel Wi-Fi</title><p>Please accept our terms.".to_owned()),
            ..Self::default()
        }
    }

    /// Status, content type and body to send.
    pub(crate) fn render(&self) -> (u16, String, String) {
        let status = self.status.unwrap_or(if self.error.is_some() { 400 } else { 200 });
        match (&self.error, &self.body) {
            (_, Some(body)) => {
                (status, self.content_type.clone().unwrap_or_else(|| "application/json".to_owned()), body.clone())
            }
            (Some(error), None) => (status, "application/json".to_owned(), json!({"error": error}).to_string()),
            (None, None) => (
                status,
                self.content_type.clone().unwrap_or_else(|| "text/plain".to_owned()),
                "scripted fault\n".to_owned(),
            ),
        }
    }
}

/// Applies edits to the members of an object; anything else stays as it is.
pub(crate) fn apply(edits: &[(String, Option<Value>)], target: &mut Value) {
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in edits {
        match value {
            Some(value) => drop(members.insert(name.clone(), value.clone())),
            None => drop(members.shift_remove(name)),
        }
    }
}

/// `250ms`, `2s`, `5m`, `1h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

/// Splits at commas outside quotes and brackets; a part that begins `body=` runs to the end.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (at, letter) in text.char_indices() {
        if text[start..].starts_with("body=") {
            break;
        }
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The faults in force, each with how often it saw its route and how often it struck.
#[derive(Default)]
pub(crate) struct Faults(Vec<Armed>);

struct Armed {
    fault: Fault,
    seen: u64,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(Armed::from).collect())
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault.into());
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn specifications(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|armed| armed.fault.specification())
    }

    /// The first fault that strikes this request; every fault of the route counts it.
    pub(crate) fn strike(&mut self, route: &str) -> Option<Fault> {
        let mut striking = None;
        for armed in self.0.iter_mut().filter(|armed| armed.fault.covers(route)) {
            armed.seen += 1;
            let spent = armed.fault.times.is_some_and(|times| armed.struck >= times);
            if striking.is_none() && armed.seen > armed.fault.after && !spent {
                armed.struck += 1;
                striking = Some(armed.fault.clone());
            }
        }
        striking
    }
}

impl From<Fault> for Armed {
    fn from(fault: Fault) -> Self {
        Self { fault, seen: 0, struck: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Answer, Ending, Fault, FaultError, Faults, duration};

    fn fault(text: &str) -> Fault {
        text.parse().unwrap()
    }

    #[test]
    fn parts_are_read_in_any_order() {
        let read = fault("token.refresh:times=2,status=503,retry-after=2,delay=250ms");
        assert_eq!((read.times, read.delay), (Some(2), Some(Duration::from_millis(250))));
        let answer = Answer { status: Some(503), retry_after: Some("2".to_owned()), ..Answer::default() };
        assert_eq!(read.ending, Ending::Answer(answer));
    }

    #[test]
    fn a_comma_in_json_or_in_a_body_separates_nothing() {
        let read = fault(r#"token:claim.aud=["a","b,c"],set.expires_in="3600",unset.refresh_token,body=x,y=z"#);
        assert_eq!(read.edits.claims, [("aud".to_owned(), Some(json!(["a", "b,c"])))]);
        assert_eq!(read.edits.answer[1], ("refresh_token".to_owned(), None));
        assert_eq!(read.ending, Ending::Answer(Answer { body: Some("x,y=z".to_owned()), ..Answer::default() }));
    }

    #[test]
    fn mistakes_are_named() {
        let refused = |text: &str| text.parse::<Fault>().unwrap_err();
        assert_eq!(refused("token"), FaultError::Form);
        assert_eq!(refused("token:"), FaultError::Form);
        assert_eq!(refused("tokens:hang"), FaultError::Route("tokens".to_owned()));
        assert_eq!(refused("token:explode"), FaultError::Part("explode".to_owned()));
        assert_eq!(refused("*:status=9"), FaultError::Value { part: "status".to_owned(), value: "9".to_owned() });
    }

    #[test]
    fn after_and_times_bound_a_fault_and_the_next_one_takes_over() {
        let mut faults = Faults::new(vec![fault("token:hang,after=1,times=1"), fault("token.refresh:reset,times=1")]);
        let struck: Vec<_> = (0..4).map(|_| faults.strike("token.refresh").map(|fault| fault.ending)).collect();
        assert_eq!(struck, [Some(Ending::Reset), Some(Ending::Hang), None, None]);
        assert!(faults.strike("device").is_none());
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("5m"), Some(Duration::from_secs(300)));
        assert_eq!(duration("5"), None);
        assert_eq!(duration("s"), None);
        assert_eq!(duration("99999999999999999999h"), None);
    }
}

//! From an HTTP answer to a JSON object or a typed error: the same rules for every endpoint.
//!
//! The content decides, not the `Content-Type`: captive portals and proxies send anything.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::error::{AnswerError, Error, ErrorCode, Refusal};
use super::json::{JsonError, Object, WrongType};
use super::server_text::ServerText;
use crate::http::{Answer, Client, Request};
use crate::sys::clock;

/// A successful answer.
#[derive(Debug)]
pub(super) struct Reply {
    /// The server that answered, for error texts.
    pub(super) host: String,
    /// Its members.
    pub(super) object: Object,
    /// When it came, by our clock.
    pub(super) received_at: Timestamp,
    /// The server's own clock (`Date`), as a hint.
    pub(super) server_date: Option<Timestamp>,
}

impl Reply {
    /// The error for a member that is missing or unacceptable.
    pub(super) fn field(&self, field: &'static str, problem: &'static str) -> Error {
        AnswerError::Field { host: self.host.clone(), field, problem }.into()
    }

    /// The error for a member of the wrong type.
    pub(super) fn wrong_type(&self, error: WrongType) -> Error {
        AnswerError::wrong_type(&self.host, error).into()
    }
}

/// Sends `request` once and reads a JSON object from a 200.
///
/// # Errors
/// [`Error::Http`], [`Error::Answer`], [`Error::Refused`].
pub(super) async fn ask(client: &Client, request: Request) -> Result<Reply, Error> {
    let host = request.url.authority().to_owned();
    let answer = client.send(request).await?;
    read(host, answer, clock::now())
}

pub(super) fn read(host: String, answer: Answer, received_at: Timestamp) -> Result<Reply, Error> {
    let retry_after = answer.retry_after(received_at);
    let server_date = answer.date();
    let Answer { status, body, .. } = answer;
    let body = Zeroizing::new(body);
    if (300..400).contains(&status) {
        return Err(AnswerError::Redirected { host, status }.into());
    }
    let parsed = Object::parse(&body);
    if let Ok(object) = &parsed
        && let Some(refusal) = refusal(object, status)
    {
        return Err(overloaded_or(refusal, host, retry_after));
    }
    if status == 429 || status >= 500 {
        return Err(AnswerError::Unavailable { host, status, retry_after }.into());
    }
    match parsed {
        Ok(object) if status == 200 => Ok(Reply { host, object, received_at, server_date }),
        Ok(_) => Err(AnswerError::Unexpected { host, status }.into()),
        Err(problem) => Err(unreadable(host, status, &body, &problem).into()),
    }
}

/// The OAuth error in a body of any status; a 200 with `error` is an error.
fn refusal(object: &Object, status: u16) -> Option<Refusal> {
    let code = object.value("error")?;
    let code = code.as_str().map_or_else(|| ErrorCode::Other(ServerText::new("(unreadable)")), ErrorCode::parse);
    let description = object.text("error_description").ok().flatten().map(ServerText::new);
    Some(Refusal { host: String::new(), status, code, description, retry_after: None })
}

/// A failing server's word is not final: under 5xx and 429 only the poll codes of RFC 8628 count.
fn overloaded_or(refusal: Refusal, host: String, retry_after: Option<std::time::Duration>) -> Error {
    let Refusal { status, code, .. } = &refusal;
    let final_word = matches!(code, ErrorCode::AuthorizationPending | ErrorCode::SlowDown);
    if (*status == 429 || *status >= 500) && !final_word {
        return AnswerError::Unavailable { host, status: *status, retry_after }.into();
    }
    Refusal { host, retry_after, ..refusal }.into()
}

fn unreadable(host: String, status: u16, body: &[u8], problem: &JsonError) -> AnswerError {
    if is_web_page(body) {
        AnswerError::WebPage { host, status }
    } else if status >= 400 {
        AnswerError::Unexpected { host, status }
    } else if body.iter().all(u8::is_ascii_whitespace) {
        AnswerError::Empty { host, status }
    } else if *problem == JsonError::Cut {
        AnswerError::Cut { host }
    } else {
        AnswerError::Malformed { host, problem: problem.to_string() }
    }
}

fn is_web_page(body: &[u8]) -> bool {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    start.first() == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use super::{Answer, Error, ErrorCode, Timestamp, read};
    use crate::oauth::error::{AnswerError, Class};

    fn answer(status: u16, body: &str) -> Result<super::Reply, Error> {
        let answer = Answer { status, headers: reqwest::header::HeaderMap::new(), body: body.as_bytes().to_vec() };
        read("id.example".to_owned(), answer, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn how_long_to_wait_is_heard_whatever_form_the_trouble_has() {
        for (status, body) in [
            (503, ""),
            (429, "slow"),
            (400, r#"{"error":"temporarily_unavailable"}"#),
            (400, r#"{"error":"slow_down"}"#),
        ] {
            let headers =
                [("retry-after".parse().expect("a name"), "7".parse().expect("a value"))].into_iter().collect();
            let answer = Answer { status, headers, body: body.as_bytes().to_vec() };
            let error = read("id.example".to_owned(), answer, Timestamp::UNIX_EPOCH).expect_err(body);
            assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)), "{status} {body}");
        }
    }

    fn refused(status: u16, body: &str) -> Error {
        answer(status, body).expect_err(body)
    }

    #[test]
    fn the_content_of_an_answer_decides_what_went_wrong() {
        // PKC-11, DSC-08
        let page = "\u{feff} <!DOCTYPE html><html>";
        assert!(matches!(refused(200, page), Error::Answer(AnswerError::WebPage { status: 200, .. })));
        assert!(matches!(refused(400, page), Error::Answer(AnswerError::WebPage { status: 400, .. })));
        assert!(matches!(refused(204, ""), Error::Answer(AnswerError::Empty { .. })));
        assert!(matches!(refused(200, " \n"), Error::Answer(AnswerError::Empty { .. })));
        assert!(matches!(refused(200, "{\"a\":"), Error::Answer(AnswerError::Cut { .. })));
        assert!(matches!(refused(200, "{} trailing"), Error::Answer(AnswerError::Malformed { .. })));
        assert!(matches!(refused(200, "\u{feff}{}"), Error::Answer(AnswerError::Malformed { .. })));
        assert!(matches!(refused(200, "{\0\"\0"), Error::Answer(AnswerError::Malformed { .. })));
        assert!(matches!(refused(200, "[]"), Error::Answer(AnswerError::Malformed { .. })));
        assert!(matches!(refused(404, "nope"), Error::Answer(AnswerError::Unexpected { status: 404, .. })));
        assert!(matches!(refused(201, "{}"), Error::Answer(AnswerError::Unexpected { status: 201, .. })));
        assert!(matches!(refused(307, "{}"), Error::Answer(AnswerError::Redirected { status: 307, .. })));
        assert_eq!(refused(200, r#"{"error":"invalid_grant"}"#).code(), Some(&ErrorCode::InvalidGrant));
        assert_eq!(refused(400, r#"{"error":"invalid_grant"}"#).code(), Some(&ErrorCode::InvalidGrant));
        assert_eq!(refused(400, r#"{"error":7}"#).code().map(ErrorCode::to_string).as_deref(), Some("(unreadable)"));
    }

    #[test]
    fn only_trouble_that_passes_by_itself_is_transient() {
        // RFR-20, RFR-23, RFR-24, RFR-25
        for (status, body, transient, class) in [
            (500, "", true, Class::Unavailable),
            (502, "<html>", true, Class::Unavailable),
            (503, "{}", true, Class::Unavailable),
            (504, "", true, Class::Unavailable),
            (429, "slow", true, Class::Unavailable),
            (500, r#"{"error":"invalid_grant"}"#, true, Class::Unavailable),
            (400, r#"{"error":"server_error"}"#, true, Class::Unavailable),
            (400, r#"{"error":"temporarily_unavailable"}"#, true, Class::Unavailable),
            (200, "{\"access", true, Class::Unavailable),
            (200, "<html>", false, Class::Unavailable),
            (400, r#"{"error":"invalid_grant"}"#, false, Class::Denied),
            (401, r#"{"error":"invalid_client"}"#, false, Class::Denied),
            (400, r#"{"error":"invalid_request"}"#, false, Class::Denied),
            (400, r#"{"error":"unauthorized_client"}"#, false, Class::Denied),
            (400, r#"{"error":"unsupported_grant_type"}"#, false, Class::Denied),
            (400, r#"{"error":"invalid_scope"}"#, false, Class::Denied),
            (403, "", false, Class::Unavailable),
            (302, "", false, Class::Security),
            (200, "{}}", false, Class::Security),
        ] {
            let error = refused(status, body);
            assert_eq!((error.is_transient(), error.class()), (transient, class), "{status} {body}");
            assert!(!error.was_not_sent());
        }
    }

    #[test]
    fn poll_codes_count_under_any_status() {
        // DEV-02, DEV-08
        assert_eq!(refused(429, r#"{"error":"slow_down"}"#).code(), Some(&ErrorCode::SlowDown));
        assert_eq!(refused(428, r#"{"error":"authorization_pending"}"#).code(), Some(&ErrorCode::AuthorizationPending));
    }
}

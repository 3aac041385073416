//! The authorization response (RFC 6749 section 4.1.2, RFC 9207), from a query or from a person.

use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};

use super::error::CallbackError;
use crate::oauth::error::ErrorCode;
use crate::oauth::server_text::ServerText;
use crate::secret::Secret;

/// The longest code, in bytes.
const MAX_CODE: usize = 4096;
/// The longest pasted text, in bytes.
const MAX_PASTED: usize = 16 * 1024;

/// A code that belongs to this login.
#[derive(Debug)]
pub(crate) struct AuthorizationResponse {
    /// The authorization code: printable ASCII, at most 4096 bytes, good for one use.
    pub(crate) code: Secret,
}

/// What an answer must prove to belong to this login.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The state that was sent.
    pub(crate) state: Secret,
    /// The issuer that was asked.
    pub(crate) issuer: String,
    /// Whether the server announced to send `iss` always.
    pub(crate) iss_is_required: bool,
}

/// What one query says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It has the right state, so it decides the login.
    Decided(Result<AuthorizationResponse, CallbackError>),
    /// It does not belong to this login, or says nothing.
    Ignored,
}

#[derive(Default)]
struct Parameters {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
    issuer: Option<String>,
}

impl Parameters {
    /// `None` when a parameter that counts is there twice (RFC 6749 section 3.1).
    fn parse(query: &str) -> Option<Self> {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            let repeated = match &*name {
                "state" => found.state.replace(Secret::new(value)).is_some(),
                "code" => found.code.replace(Secret::new(value)).is_some(),
                "error" => found.error.replace(value).is_some(),
                "error_description" => found.description.replace(value).is_some(),
                "iss" => found.issuer.replace(value).is_some(),
                _ => false,
            };
            if repeated {
                return None;
            }
        }
        Some(found)
    }

    fn has_state(&self, expected: &Secret) -> bool {
        self.state.as_ref().is_some_and(|state| state.expose().as_bytes().ct_eq(expected.expose().as_bytes()).into())
    }

    fn check_issuer(&self, expected: &Expected) -> Result<(), CallbackError> {
        match &self.issuer {
            Some(found) if *found == expected.issuer => Ok(()),
            Some(found) => {
                Err(CallbackError::OtherIssuer { expected: expected.issuer.clone(), found: ServerText::new(found) })
            }
            None if expected.iss_is_required => Err(CallbackError::NoIssuer),
            None => Ok(()),
        }
    }

    fn answer(self) -> Option<Result<AuthorizationResponse, CallbackError>> {
        if let Some(code) = self.error {
            let description = self.description.as_deref().filter(|text| !text.is_empty()).map(ServerText::new);
            return Some(Err(CallbackError::Refused { code: ErrorCode::parse(&code), description }));
        }
        let code = self.code.filter(|code| is_code(code.expose()))?;
        Some(Ok(AuthorizationResponse { code }))
    }
}

/// Judges the query of a request to the callback path.
pub(super) fn judge(query: &str, expected: &Expected) -> Verdict {
    let Some(parameters) = Parameters::parse(query).filter(|found| found.has_state(&expected.state)) else {
        return Verdict::Ignored;
    };
    if let Err(error) = parameters.check_issuer(expected) {
        return Verdict::Decided(Err(error));
    }
    parameters.answer().map_or(Verdict::Ignored, Verdict::Decided)
}

/// Reads what a person pasted: the address the browser was sent to, its query, or the bare code.
///
/// A bare code carries no state; it is still bound to this login by PKCE and by the nonce.
///
/// # Errors
/// [`CallbackError::OtherLogin`] and [`CallbackError::NotAnAnswer`] may be answered by asking again; every other error
/// ends the login.
pub(crate) fn parse_pasted(
    text: &str,
    redirect_uri: &str,
    expected: &Expected,
) -> Result<AuthorizationResponse, CallbackError> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_PASTED {
        return Err(CallbackError::NotAnAnswer("it is empty or far too long"));
    }
    if ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
        return from_query(query_of(text, redirect_uri)?.as_str(), expected);
    }
    let query = text.strip_prefix('?').unwrap_or(text);
    let is_query = query.split('&').any(|pair| ["state=", "code=", "error="].iter().any(|name| pair.starts_with(name)));
    if is_query {
        return from_query(query, expected);
    }
    if !is_code(text) {
        return Err(CallbackError::NotAnAnswer("it holds characters that no code has"));
    }
    Ok(AuthorizationResponse { code: Secret::new(text.to_owned()) })
}

fn query_of(text: &str, redirect_uri: &str) -> Result<String, CallbackError> {
    let elsewhere = CallbackError::NotAnAnswer("it leads elsewhere");
    let (Ok(url), Ok(ours)) = (Url::parse(text), Url::parse(redirect_uri)) else {
        return Err(elsewhere);
    };
    if url.origin() != ours.origin() || url.path() != ours.path() {
        return Err(elsewhere);
    }
    url.query().map(str::to_owned).ok_or(CallbackError::NotAnAnswer("it carries no answer"))
}

fn from_query(query: &str, expected: &Expected) -> Result<AuthorizationResponse, CallbackError> {
    let parameters = Parameters::parse(query).ok_or(CallbackError::NotAnAnswer("it says something twice"))?;
    if !parameters.has_state(&expected.state) {
        return Err(CallbackError::OtherLogin);
    }
    parameters.check_issuer(expected)?;
    parameters.answer().ok_or(CallbackError::NotAnAnswer("it carries no code")).flatten()
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_CODE && text.bytes().all(|byte| byte.is_ascii_graphic())
}

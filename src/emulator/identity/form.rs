//! Reading parameters strictly (RFC 6749 section 3), and the JSON refusals of section 5.2.

use hyper::{Method, StatusCode, header};
use serde_json::json;

use crate::emulator::exchange::{Call, Reply, Request};

/// An OAuth error answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl Refusal {
    /// `error` with status 400.
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }

    /// The answer, noted in the journal.
    pub(crate) fn reply(self, call: &mut Call<'_>) -> Reply {
        call.note.outcome = Some(self.error.to_owned());
        let reply = Reply::json(self.status, &json!({"error": self.error, "error_description": self.description}));
        match self.status {
            StatusCode::UNAUTHORIZED => reply.header(header::WWW_AUTHENTICATE, "Basic realm=\"emulator\""),
            _ => reply,
        }
    }
}

/// Parameters, each at most once. An empty value counts as absent.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The body of a POST to an endpoint for public clients.
    pub(crate) fn of_post(request: &Request) -> Result<Self, Refusal> {
        if request.method != Method::POST {
            return Err(Refusal::invalid_request("only POST is accepted here"));
        }
        if request.headers.contains_key(header::AUTHORIZATION) {
            return Err(Refusal::invalid_client("this client is public: no client authentication is accepted"));
        }
        let content_type = request.header(header::CONTENT_TYPE).unwrap_or_default();
        if content_type.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
            return Err(Refusal::invalid_request("the content type must be application/x-www-form-urlencoded"));
        }
        if !request.query.is_empty() {
            return Err(Refusal::invalid_request("parameters belong in the body, not in the URL"));
        }
        let form = Self::read(&request.body)?;
        match form.optional("client_secret") {
            Some(_) => Err(Refusal::invalid_client("this client is public: it has no secret")),
            None => Ok(form),
        }
    }

    /// Any parameters, with duplicates refused.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Refusal> {
        let form = Self::read_leniently(text);
        let mut names: Vec<_> = form.0.iter().map(|(name, _)| name).collect();
        names.sort();
        match names.windows(2).any(|pair| pair[0] == pair[1]) {
            true => Err(Refusal::invalid_request("a parameter occurs twice")),
            false => Ok(form),
        }
    }

    pub(crate) fn read_leniently(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value; absent and empty are both `None`, and so is a repeated name.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| Refusal::invalid_request(format!("{name} is missing")))
    }

    /// `client_id`, which must be the public client's.
    pub(crate) fn public_client(&self, call: &mut Call<'_>) -> Result<String, Refusal> {
        let client_id = self.required("client_id")?;
        call.note.client_id = call.state.known_client(client_id);
        match client_id == call.state.seed.client.id {
            true => Ok(client_id.to_owned()),
            false => Err(Refusal::invalid_client("no such client")),
        }
    }
}

/// Splits `scope` and refuses what the provider does not know (RFC 6749 section 3.3).
pub(crate) fn scopes(text: &str) -> Result<Vec<String>, Refusal> {
    let known = |scope: &str| {
        matches!(scope, "openid" | "profile" | "email" | "offline_access") || scope.starts_with("urn:zitadel:iam:")
    };
    match text.split(' ').find(|scope| !known(scope)) {
        Some(_) => Err(Refusal::new("invalid_scope", "a scope is unknown, empty or malformed")),
        None => Ok(text.split(' ').map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, scopes};

    #[test]
    fn a_repeated_parameter_is_refused_and_an_empty_one_is_absent() {
        assert!(Form::read(b"a=1&b=2&a=1").is_err());
        let form = Form::read(b"a=&b=x+y").unwrap();
        assert_eq!((form.optional("a"), form.optional("b")), (None, Some("x y")));
        assert_eq!(form.required("a").unwrap_err().error, "invalid_request");
    }

    #[test]
    fn only_known_scopes_pass() {
        assert_eq!(scopes("openid urn:zitadel:iam:org:project:id:1:aud").unwrap().len(), 2);
        assert_eq!(scopes("openid admin").unwrap_err().error, "invalid_scope");
        assert!(scopes("openid  email").is_err());
    }
}

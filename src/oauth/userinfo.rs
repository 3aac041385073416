//! Claims about the person from the userinfo endpoint (OpenID Connect Core section 5.3).

use super::answer::ask;
use super::discovery::{Provider, need};
use super::error::{AnswerError, Error};
use crate::http::{Client, Request};
use crate::secret::Secret;

/// What the server says about the person. Untrusted text where it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserInfo {
    /// The mail address, if given.
    pub(crate) email: Option<String>,
    /// The display name, if given.
    pub(crate) name: Option<String>,
    /// The name the person signs in with, if given.
    pub(crate) preferred_username: Option<String>,
}

/// Fetches the claims about `subject`, the subject of the verified ID token.
///
/// # Errors
/// [`AnswerError::OtherSubject`] when the answer is about somebody else (section 5.3.2); [`Error::Metadata`] without
/// the endpoint; [`Error::Http`], [`Error::Answer`], [`Error::Refused`].
pub(crate) async fn fetch_userinfo(
    client: &Client,
    provider: &Provider,
    access_token: &Secret,
    subject: &str,
) -> Result<UserInfo, Error> {
    let endpoint = need(provider.userinfo_endpoint.as_ref(), "userinfo_endpoint")?.clone();
    let request = Request { bearer: Some(access_token.clone()), ..Request::get(endpoint) };
    let reply = ask(client, request).await?;
    let text = |field| reply.object.label(field).map_err(|error| reply.wrong_type(error));
    match text("sub")? {
        Some(found) if found == subject => {}
        Some(_) => return Err(AnswerError::OtherSubject { host: reply.host.clone() }.into()),
        None => return Err(reply.field("sub", "is missing")),
    }
    Ok(UserInfo { email: text("email")?, name: text("name")?, preferred_username: text("preferred_username")? })
}

#[cfg(test)]
mod tests {
    use super::{UserInfo, fetch_userinfo};
    use crate::http::Client;
    use crate::oauth::discovery::tests::provider_on;
    use crate::oauth::error::{Class, Error};
    use crate::oauth::scripted_server::{Server, json};
    use crate::secret::Secret;

    async fn fetched(answer: Vec<u8>) -> (Result<UserInfo, Error>, String) {
        let server = Server::always(answer).await;
        let (client, token) = (Client::new().expect("a client"), Secret::new("the-token".to_owned()));
        let outcome = fetch_userinfo(&client, &provider_on(&server), &token, "person-1").await;
        (outcome, server.requests().remove(0))
    }

    #[tokio::test]
    async fn claims_about_somebody_else_are_dropped() {
        // IDT-33
        let (good, request) = fetched(json(200, r#"{"sub":"person-1","email":"ada@example.com","name":null}"#)).await;
        assert_eq!(good.expect("claims").email.as_deref(), Some("ada@example.com"));
        assert!(request.starts_with("GET /userinfo ") && request.contains("authorization: Bearer the-token\r\n"));
        for body in
            [r#"{"sub":"person-2"}"#, r#"{"sub":7}"#, r#"{"sub":null}"#, "{}", r#"{"sub":"person-1","sub":"x"}"#]
        {
            assert_eq!(fetched(json(200, body)).await.0.expect_err(body).class(), Class::Security, "{body}");
        }
        assert_eq!(fetched(json(503, "")).await.0.expect_err("down").class(), Class::Unavailable);
    }
}

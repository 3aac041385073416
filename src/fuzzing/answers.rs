//! What a server says about itself, and the tokens it hands out.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::text;
use crate::http::Host;
use crate::oauth::fuzzing::{provider, token_answer};
use crate::oauth::{Lifetime, Provider};
use crate::secret::Secret;

/// A description. Accepted => it describes the issuer that was asked, and every address is https, or http on this
/// machine where the issuer is that too.
pub fn discovery(data: &[u8]) -> bool {
    let mut accepted = false;
    for asked in ["https://id.example", "http://127.0.0.1:40123"] {
        let issuer: Host = asked.parse().expect("a host");
        let Ok(found) = provider(&issuer, data) else { continue };
        assert!(!accepted, "one document describes two issuers");
        accepted = true;
        let document: Value = serde_json::from_slice(data).expect("it was read");
        assert_eq!((found.issuer.as_str(), document["issuer"].as_str()), (asked, Some(asked)));
        assert!(document["error"].is_null(), "an error is no description");
        for (field, url) in endpoints(&found) {
            let named = document[field].as_str().unwrap_or_default();
            assert_eq!(url.is_some(), !named.is_empty(), "{field}");
            let Some(url) = url else { continue };
            assert!(!named.contains(|letter: char| !letter.is_ascii_graphic()), "{field}: {named:?}");
            assert!(is_safe(url.as_str(), asked.starts_with("http:")), "{field}: {url}");
        }
        for algorithm in &found.id_token_algorithms {
            assert!(!format!("{algorithm:?}").starts_with("HS"), "a secret in place of a key");
        }
    }
    accepted
}

fn endpoints(provider: &Provider) -> [(&'static str, Option<&Url>); 6] {
    [
        ("authorization_endpoint", provider.authorization_endpoint.as_ref()),
        ("token_endpoint", Some(&provider.token_endpoint)),
        ("jwks_uri", provider.jwks_uri.as_ref()),
        ("device_authorization_endpoint", provider.device_authorization_endpoint.as_ref()),
        ("revocation_endpoint", provider.revocation_endpoint.as_ref()),
        ("userinfo_endpoint", provider.userinfo_endpoint.as_ref()),
    ]
}

/// The same without a parser of URLs: the text up to the path has nothing in it but a host and a port.
pub(super) fn is_safe(url: &str, may_be_local: bool) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let is_clean = !authority.is_empty() && !authority.contains(['@', '\\']) && !url.contains('#') && url.is_ascii();
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    is_clean && (scheme == "https" || (scheme == "http" && may_be_local && is_here))
}

/// `data` is a status in one line and a body: a token answer. Accepted => the tokens are those of the body and may
/// travel in a header (RFC 6750 section 2.1), and the lifetime is that of the body or unknown. Refused => the reason
/// quotes no token.
pub fn token_response(data: &[u8]) -> bool {
    let split = data.iter().position(|byte| *byte == b'\n').unwrap_or_default();
    let (status, body) = data.split_at(split);
    let status = text(status).and_then(|status| status.parse().ok()).filter(|status| (100..600).contains(status));
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let says = |field: &str| document[field].as_str().filter(|text| !text.is_empty());
    match token_answer(status.unwrap_or(200), None, body) {
        Ok(answer) => {
            assert!(matches!(status, None | Some(200)) && document.get("error").is_none());
            assert!(answer.token_type.eq_ignore_ascii_case("bearer"));
            let same = |secret: Option<&Secret>, field| assert_eq!(secret.map(|it| it.expose().as_str()), says(field));
            same(Some(&answer.access_token), "access_token");
            same(answer.refresh_token.as_ref(), "refresh_token");
            same(answer.id_token.as_ref(), "id_token");
            for token in [Some(&answer.access_token), answer.refresh_token.as_ref(), answer.id_token.as_ref()] {
                let visible = |token: &Secret| token.expose().bytes().all(|byte| (0x21..0x7f).contains(&byte));
                assert!(token.is_none_or(visible), "a token with an invisible character");
            }
            assert!(answer.access_token.expose().len() <= 128 * 1024);
            check_lifetime(answer.lifetime, &document["expires_in"]);
            assert_silent(&format!("{:?}", answer.access_token), &document);
            true
        }
        Err(error) => {
            if document.get("error").is_none() {
                assert_silent(&format!("{error} {error:?}"), &document);
            }
            false
        }
    }
}

fn check_lifetime(lifetime: Lifetime, said: &Value) {
    let seconds = said.as_f64().or_else(|| said.as_str()?.trim().parse().ok());
    match lifetime {
        Lifetime::Known(length) => {
            assert!((Duration::from_secs(1)..=Duration::from_secs(315_360_000)).contains(&length), "{length:?}");
            assert!((seconds.expect("a number") - length.as_secs_f64()).abs() < 1.0, "{length:?} for {said}");
        }
        Lifetime::UseOnce => assert!(seconds.is_some_and(|seconds| seconds < 1.0), "{said}"),
        Lifetime::Unknown => {
            assert!(!seconds.is_some_and(|seconds| (1.0..=315_360_000.0).contains(&seconds)), "{said}");
        }
    }
}

/// A text for people that holds none of the tokens.
fn assert_silent(text: &str, document: &Value) {
    for field in ["access_token", "refresh_token", "id_token"] {
        let token = document[field].as_str().filter(|token| token.len() >= 12);
        assert!(!token.is_some_and(|token| text.contains(token)), "{field} is shown: {text}");
    }
}

//! The authorization request that a browser carries to the server (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect).

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, RedirectUrl, Scope};
use url::Url;

use super::callback::Expected;
use super::discovery::{MetadataError, Provider};
use super::error::Error;
use super::pkce;
use crate::secret::Secret;
use crate::sys::random;

/// One authorization request and what is needed to finish it. Everything secret in it is used once.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    /// Where the browser goes. Holds state and nonce, but never the verifier.
    pub(crate) url: Url,
    /// Ties the ID token to this request.
    pub(crate) nonce: Secret,
    /// Ties the code to this process (RFC 7636).
    pub(crate) verifier: Secret,
    /// Where the browser comes back to; the token request repeats it byte for byte.
    pub(crate) redirect_uri: String,
    expected: Expected,
}

impl AuthorizationRequest {
    /// Builds a request for a code, with fresh state, nonce and verifier (256 random bits each).
    ///
    /// `extra` are further parameters, for example `prompt` or `login_hint`.
    ///
    /// # Errors
    /// [`Error::Metadata`] when the server has no authorization endpoint or `redirect_uri` is no URL.
    pub(crate) fn new(
        provider: &Provider,
        client_id: &str,
        redirect_uri: &str,
        scopes: &[&str],
        extra: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let (state, nonce) = (Secret::new(random::token::<32>()), Secret::new(random::token::<32>()));
        let verifier = pkce::new_verifier();
        let endpoint = provider.need_authorization_endpoint()?;
        let redirect = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|_| MetadataError::Endpoint { field: "redirect_uri", problem: "is not a URL" })?;
        let client = BasicClient::new(ClientId::new(client_id.to_owned()))
            .set_auth_uri(AuthUrl::from_url(endpoint.clone()))
            .set_redirect_uri(redirect);
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.expose().clone()))
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(pkce::challenge(&verifier))
            .add_extra_param("nonce", nonce.expose().clone());
        for &(name, value) in extra {
            request = request.add_extra_param(name, value);
        }
        let (url, _) = request.url();
        let expected = Expected {
            state: state.clone(),
            issuer: provider.issuer.clone(),
            iss_is_required: provider.iss_parameter_supported,
        };
        Ok(Self { url, nonce, verifier, redirect_uri: redirect_uri.to_owned(), expected })
    }

    /// What the callback must prove to belong to this request.
    pub(crate) fn expected(&self) -> &Expected {
        &self.expected
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::AuthorizationRequest;
    use crate::oauth::discovery::tests::provider;

    fn request(endpoint: &str) -> AuthorizationRequest {
        let provider = provider(&format!(r#""authorization_endpoint":"{endpoint}""#)).expect("metadata");
        let scopes = ["openid", "offline_access"];
        let extra = [("prompt", "select_account"), ("login_hint", "a b&c")];
        AuthorizationRequest::new(&provider, "client & id", "http://127.0.0.1:1/cb", &scopes, &extra)
            .expect("a request")
    }

    #[test]
    fn the_url_asks_for_a_code_with_s256_and_holds_only_the_challenge() {
        // PKC-02, PKC-03, PKC-13
        let request = request("https://id.example/authorize");
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "client & id");
        assert_eq!(query["redirect_uri"], "http://127.0.0.1:1/cb");
        assert_eq!(query["scope"], "openid offline_access");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["state"], *request.expected.state.expose());
        assert_eq!(query["nonce"], *request.nonce.expose());
        assert_eq!(query["prompt"], "select_account");
        assert_eq!(query["login_hint"], "a b&c");
        assert!(!request.url.as_str().contains(request.verifier.expose()));
        assert!(!format!("{:?}", request.verifier).contains(request.verifier.expose()));
    }

    #[test]
    fn parameters_are_appended_to_an_endpoint_that_has_some() {
        // DSC-05
        let url = request("https://id.example/authorize?x=1").url;
        assert!(url.as_str().starts_with("https://id.example/authorize?x=1&response_type=code&"), "{url}");
    }

    #[test]
    fn every_request_has_its_own_state_nonce_and_verifier() {
        // CBK-03
        let mut seen = HashSet::new();
        for _ in 0..1_000 {
            let AuthorizationRequest { expected, nonce, verifier, .. } = request("https://id.example/authorize");
            let state = expected.state;
            for secret in [state, nonce, verifier] {
                assert!(secret.expose().len() >= 43, "256 bits in base64url");
                assert!(seen.insert(secret.expose().clone()), "repeated");
            }
        }
    }
}

//! The authorization request that a browser carries to the server (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect).

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, RedirectUrl, Scope};
use url::Url;

use super::callback::Expected;
use super::discovery::{MetadataError, Provider, need};
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
        let endpoint = need(provider.authorization_endpoint.as_ref(), "authorization_endpoint")?;
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
mod tests;

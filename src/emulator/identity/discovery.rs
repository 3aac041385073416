//! The metadata document (OpenID Connect Discovery 1.0, RFC 8414) and the published keys.

use serde_json::json;

use crate::emulator::exchange::{Call, Reply};

pub(crate) fn discovery(call: &mut Call<'_>) -> Reply {
    let url = &call.state.url;
    Reply::ok(&json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/oauth/v2/authorize"),
        "token_endpoint": format!("{url}/oauth/v2/token"),
        "device_authorization_endpoint": format!("{url}/oauth/v2/device_authorization"),
        "revocation_endpoint": format!("{url}/oauth/v2/revoke"),
        "userinfo_endpoint": format!("{url}/oidc/v1/userinfo"),
        "end_session_endpoint": format!("{url}/oidc/v1/end_session"),
        "jwks_uri": format!("{url}/oauth/v2/keys"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "email", "email_verified",
            "name", "given_name", "family_name", "preferred_username",
        ],
    }))
}

pub(crate) fn jwks(call: &mut Call<'_>) -> Reply {
    Reply::ok(&json!({"keys": [call.state.keys.current().jwk()]}))
}

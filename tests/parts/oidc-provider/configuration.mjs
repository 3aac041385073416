// How oidc-provider is set up to look like the identity provider that datumctl signs in to: its paths, a public native
// client on any loopback port, S256 for everyone, refresh tokens that rotate.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { interactionPolicy } from 'oidc-provider';
import { accountOf, CLIENT_ID, DEVICE_CODE, JWT_BEARER, MACHINE_ID, SCOPES } from './accounts.mjs';

const CALLBACK = '/datumctl/auth/callback';

export const ROUTES = {
  authorization: '/oauth/v2/authorize',
  token: '/oauth/v2/token',
  device_authorization: '/oauth/v2/device_authorization',
  code_verification: '/device',
  revocation: '/oauth/v2/revoke',
  userinfo: '/oidc/v1/userinfo',
  end_session: '/oidc/v1/end_session',
  jwks: '/oauth/v2/keys',
};

export function configuration({ accessTokenTtl }) {
  return {
    clients: [nativeClient(), machineClient()],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: SCOPES,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    // Name and email belong into the ID token: the client makes no userinfo request.
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => accountOf(sub),
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}`, policy: policyWithAccountPicker() },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    routes: ROUTES,
    ttl: {
      AccessToken: accessTokenTtl,
      AuthorizationCode: 60,
      DeviceCode: 300,
      Grant: 86400,
      IdToken: 3600,
      Interaction: 300,
      RefreshToken: 86400,
      Session: 86400,
    },
  };
}

function nativeClient() {
  return {
    client_id: CLIENT_ID,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', DEVICE_CODE],
    response_types: ['code'],
    // Without a port: a native client's loopback redirect matches on any of them, its path must be equal.
    redirect_uris: ['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}${CALLBACK}`),
  };
}

function machineClient() {
  return {
    client_id: MACHINE_ID,
    token_endpoint_auth_method: 'none',
    grant_types: [JWT_BEARER],
    response_types: [],
    redirect_uris: [],
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'provider-key-1', alg: 'RS256', use: 'sig' };
}

/** `prompt=select_account` is not in the default policy and would be refused as unsupported. */
function policyWithAccountPicker() {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return policy;
}

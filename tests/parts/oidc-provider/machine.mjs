// The service account: its key, its credentials file, and the JWT-bearer grant (RFC 7523) that it signs in with.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { errors } from 'oidc-provider';
import { jwtVerify } from 'jose';
import { JWT_BEARER, MACHINE_EMAIL, MACHINE_ID, SCOPES } from './accounts.mjs';

export const KEY_ID = process.env.MACHINE_KEY_ID ?? '347890123456789012';
const LONGEST_LIFE = 3600;

/** The key that assertions are checked with: the given one, or a new one whose private half goes into `credentialsFile`. */
export function machineKey({ publicKeyFile, credentialsFile }) {
  if (publicKeyFile) return createPublicKey(readFileSync(publicKeyFile));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (credentialsFile) writeCredentials(credentialsFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return publicKey;
}

function writeCredentials(path, privateKey) {
  const credentials = {
    type: 'datum_service_account',
    client_id: MACHINE_ID,
    private_key_id: KEY_ID,
    private_key: privateKey,
    client_email: MACHINE_EMAIL,
    scope: SCOPES.join(' '),
  };
  writeFileSync(path, JSON.stringify(credentials, null, 2), { mode: 0o600 });
}

export function registerJwtBearer(provider, publicKey) {
  const seen = new Set();
  const exchange = async (ctx) => {
    const claims = await checkedClaims(ctx.oidc.params.assertion, { publicKey, issuer: provider.issuer });
    if (seen.has(claims.jti)) throw new errors.InvalidGrant('assertion already used');
    seen.add(claims.jti);
    ctx.body = await issue(provider, ctx);
  };
  provider.registerGrantType(JWT_BEARER, exchange, ['assertion', 'scope'], []);
}

async function checkedClaims(assertion, { publicKey, issuer }) {
  if (!assertion) throw new errors.InvalidRequest('missing required parameter(s) (assertion)');
  const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
    algorithms: ['RS256'],
    audience: issuer,
    issuer: MACHINE_ID,
    subject: MACHINE_ID,
    requiredClaims: ['aud', 'exp', 'iat', 'iss', 'jti', 'sub'],
  }).catch((cause) => {
    throw new errors.InvalidGrant(`assertion: ${cause.message}`);
  });
  if (protectedHeader.kid !== KEY_ID) throw new errors.InvalidGrant('assertion: unknown kid');
  if (payload.exp - payload.iat > LONGEST_LIFE) throw new errors.InvalidGrant('assertion: lives too long');
  return payload;
}

async function issue(provider, ctx) {
  const { client, params } = ctx.oidc;
  const granted = (params.scope ?? 'openid').split(' ').filter((scope) => SCOPES.includes(scope)).join(' ');
  const grant = new provider.Grant({ accountId: MACHINE_ID, clientId: client.clientId });
  grant.addOIDCScope(granted);
  const token = new provider.AccessToken({
    accountId: MACHINE_ID,
    client,
    grantId: await grant.save(),
    gty: 'jwt_bearer',
    scope: granted,
  });
  const accessToken = await token.save();
  return { access_token: accessToken, expires_in: token.expiration, token_type: 'Bearer', scope: granted };
}

// Proves the fixture itself, with a client written here: a broken fixture must not look like a broken datumctl.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createRemoteJWKSet, jwtVerify, SignJWT } from 'jose';

const run = promisify(execFile);
const here = import.meta.dirname;
const scope = 'openid profile email offline_access';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

let directory;
let ready;
let metadata;
const children = [];

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'provider-'));
  ready = await start('--credentials-file', join(directory, 'credentials.json'));
  metadata = await (await fetch(`${ready.issuer}/.well-known/openid-configuration`)).json();
});

after(() => {
  for (const child of children) child.kill();
  rmSync(directory, { recursive: true });
});

test('discovery names the paths of the real provider, S256 and RS256', () => {
  const at = (path) => `${ready.issuer}${path}`;
  assert.equal(metadata.issuer, ready.issuer);
  assert.equal(metadata.authorization_endpoint, at('/oauth/v2/authorize'));
  assert.equal(metadata.token_endpoint, at('/oauth/v2/token'));
  assert.equal(metadata.device_authorization_endpoint, at('/oauth/v2/device_authorization'));
  assert.equal(metadata.revocation_endpoint, at('/oauth/v2/revoke'));
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(metadata.id_token_signing_alg_values_supported, ['RS256']);
});

test('browser.mjs signs Ada in and the ID token carries her name, email and the nonce', async () => {
  const nonce = randomUUID();
  const { tokens, callback } = await signIn({ nonce });
  assert.equal(callback.get('iss'), ready.issuer);
  const { payload, protectedHeader } = await verified(tokens.id_token);
  assert.equal(protectedHeader.alg, 'RS256');
  const { sub, email, name } = payload;
  assert.deepEqual({ sub, email, name, nonce: payload.nonce }, { ...person('ada'), nonce });
  assert.ok(tokens.refresh_token);
});

test('--person and login_hint choose the account', async () => {
  const byOption = await signIn({ person: 'grace' });
  assert.equal((await verified(byOption.tokens.id_token)).payload.email, 'grace@example.com');
  const byHint = await signIn({ login_hint: 'grace@example.com' });
  assert.equal((await verified(byHint.tokens.id_token)).payload.email, 'grace@example.com');
});

test('a person who denies sends error=access_denied with the state to the callback', async () => {
  const { callback } = await authorize({ person: 'deny' });
  assert.equal(callback.get('error'), 'access_denied');
  assert.equal(callback.get('state'), 'the-state');
});

test('no PKCE, a wrong verifier and another redirect path are refused', async () => {
  const { callback } = await authorize({ code_challenge: '', code_challenge_method: '' });
  assert.equal(callback.get('error'), 'invalid_request');
  assert.equal((await signIn({ verifier: 'x'.repeat(43) })).tokens.error, 'invalid_grant');
  const query = authorizationQuery({ redirect_uri: 'http://127.0.0.1:9/elsewhere' });
  assert.equal((await fetch(`${metadata.authorization_endpoint}?${query}`, { redirect: 'manual' })).status, 400);
});

test('a refresh rotates, and reuse of the old token kills the family', async () => {
  const reuseBefore = (await log()).refresh_token_reuse;
  const { tokens } = await signIn();
  const second = await refresh(tokens.refresh_token);
  assert.ok(second.access_token);
  assert.notEqual(second.refresh_token, tokens.refresh_token);
  assert.equal((await refresh(tokens.refresh_token)).error, 'invalid_grant');
  assert.equal((await refresh(second.refresh_token)).error, 'invalid_grant');
  const { refresh_token_reuse: reuse, families_revoked: revoked, grants } = await log();
  assert.equal(reuse, reuseBefore + 1);
  assert.ok(revoked >= 1);
  assert.ok(grants.refresh_token.granted >= 1 && grants.refresh_token.refused >= 2);
});

test('of parallel refreshes with one token one wins and its family is dead', async () => {
  const { tokens } = await signIn();
  const answers = await Promise.all(Array.from({ length: 4 }, () => refresh(tokens.refresh_token)));
  const winners = answers.filter(({ access_token: token }) => token);
  assert.equal(winners.length, 1);
  assert.equal((await refresh(winners[0].refresh_token)).error, 'invalid_grant');
});

test('a revoked refresh token is refused', async () => {
  const { tokens } = await signIn();
  const form = { token: tokens.refresh_token, token_type_hint: 'refresh_token', client_id: ready.client_id };
  assert.equal((await post(metadata.revocation_endpoint, form)).status, 200);
  assert.equal((await refresh(tokens.refresh_token)).error, 'invalid_grant');
});

test('the device flow waits, then device-approve.mjs lets Grace in with a refresh token', async () => {
  const device = await beginDevice();
  assert.equal(device.interval, 1);
  assert.equal((await pollDevice(device)).error, 'authorization_pending');
  await run(join(here, 'device-approve.mjs'), ['--person', 'grace', device.verification_uri, device.user_code]);
  const tokens = await pollDevice(device);
  assert.ok(tokens.refresh_token);
  assert.equal((await verified(tokens.id_token)).payload.name, 'Grace Hopper');
});

test('a denied device login ends with access_denied', async () => {
  const device = await beginDevice();
  await run(join(here, 'device-approve.mjs'), ['--deny', device.verification_uri_complete]);
  assert.equal((await pollDevice(device)).error, 'access_denied');
});

test('the credentials file is private and its key buys a token, without client_id', async () => {
  assert.equal(statSync(ready.credentials_file).mode & 0o777, 0o600);
  const credentials = JSON.parse(readFileSync(ready.credentials_file));
  assert.equal(credentials.type, 'datum_service_account');
  const answer = await exchange(await assertion());
  assert.equal(answer.token_type, 'Bearer');
  assert.equal((await memberships(answer.access_token, credentials.client_id)).status, 200);
});

test('assertions that are expired, replayed, misaddressed, unsigned by the key or of another kid are refused', async () => {
  const first = await assertion();
  assert.ok((await exchange(first)).access_token);
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const now = Math.floor(Date.now() / 1000);
  const bad = [
    first,
    await assertion({ iat: now - 120, exp: now - 60 }),
    await assertion({ aud: 'https://elsewhere.example.com' }),
    await assertion({ sub: 'somebody-else' }),
    await assertion({ exp: now + 7200 }),
    await assertion({ jti: undefined }),
    await assertion({}, { key: stranger }),
    await assertion({}, { kid: 'another' }),
  ];
  for (const value of bad) assert.equal((await exchange(value)).error, 'invalid_grant');
});

test('--machine-public-key checks assertions with the given key', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const path = join(directory, 'machine.pem');
  writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }));
  const other = await start('--machine-public-key', path);
  const answer = await exchange(await assertion({ aud: other.issuer }, { key: privateKey }), other.issuer);
  assert.ok(answer.access_token);
});

test('the control planes give one organization and one project, and only to their owner', async () => {
  const { tokens } = await signIn();
  const response = await memberships(tokens.access_token, person('ada').sub);
  const { items } = await response.json();
  assert.deepEqual(items.map(({ spec }) => spec.organizationRef.name), ['provider-org']);
  const projects = await api(tokens.access_token, '/apis/resourcemanager.miloapis.com/v1alpha1/organizations/'
    + 'provider-org/control-plane/apis/resourcemanager.miloapis.com/v1alpha1/projects');
  assert.deepEqual((await projects.json()).items.map(({ metadata: { name } }) => name), ['provider-project']);
  assert.equal((await memberships(tokens.access_token, person('grace').sub)).status, 403);
  assert.equal((await memberships('no-such-token', person('ada').sub)).status, 401);
});

test('--access-token-ttl shortens the life of access tokens', async () => {
  const short = await start('--access-token-ttl', '1', '--credentials-file', join(directory, 'short.json'));
  const answer = await exchange(await assertion({ aud: short.issuer }, { file: short.credentials_file }), short.issuer);
  assert.equal(answer.expires_in, 1);
});

test('the journal holds no secret', async () => {
  const { tokens } = await signIn();
  const text = JSON.stringify(await log());
  for (const secret of [tokens.access_token, tokens.refresh_token, tokens.id_token]) assert.ok(!text.includes(secret));
});

test('--stop-with-stdin ends the server when its standard input ends', async () => {
  const child = spawn(join(here, 'server.mjs'), ['--stop-with-stdin'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await firstLine(child);
  child.stdin.end();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

async function start(...args) {
  const child = spawn(join(here, 'server.mjs'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return JSON.parse(await firstLine(child));
}

async function firstLine(child) {
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return line;
}

function person(id) {
  const { sub, email, name } = ready.accounts.find((account) => account.id === id);
  return { sub, email, name };
}

function authorizationQuery(changes) {
  const query = new URLSearchParams({
    client_id: ready.client_id,
    response_type: 'code',
    scope,
    state: 'the-state',
    nonce: 'the-nonce',
    prompt: 'select_account',
    code_challenge_method: 'S256',
  });
  for (const [name, value] of Object.entries(changes)) if (value) query.set(name, value); else query.delete(name);
  return query;
}

/** Runs browser.mjs as a client's BROWSER and returns what arrived at the callback. */
async function authorize({ person: who, ...changes } = {}) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const redirectUri = `http://127.0.0.1:${server.address().port}/datumctl/auth/callback`;
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const query = authorizationQuery({ redirect_uri: redirectUri, code_challenge: challenge, ...changes });
  const arrival = once(server, 'request');
  const browser = run(join(here, 'browser.mjs'), [
    ...(who ? ['--person', who] : []),
    `${metadata.authorization_endpoint}?${query}`,
  ]);
  const [request, response] = await arrival;
  response.end('done');
  await browser;
  server.close();
  return { callback: new URL(request.url, redirectUri).searchParams, redirectUri, verifier };
}

async function signIn({ verifier, ...choices } = {}) {
  const { callback, redirectUri, verifier: right } = await authorize(choices);
  const tokens = await token({
    grant_type: 'authorization_code',
    code: callback.get('code'),
    redirect_uri: redirectUri,
    code_verifier: verifier ?? right,
  });
  return { callback, tokens };
}

async function token(form, issuer = ready.issuer) {
  return (await post(`${issuer}/oauth/v2/token`, { client_id: ready.client_id, ...form })).json();
}

function refresh(refreshToken) {
  return token({ grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function beginDevice() {
  return (await post(metadata.device_authorization_endpoint, { client_id: ready.client_id, scope })).json();
}

function pollDevice(device) {
  return token({ grant_type: deviceCode, device_code: device.device_code });
}

async function assertion(changes = {}, { key, kid, file = ready.credentials_file } = {}) {
  const credentials = JSON.parse(readFileSync(file));
  const now = Math.floor(Date.now() / 1000);
  const { client_id: id } = credentials;
  const claims = { iss: id, sub: id, aud: ready.issuer, iat: now, exp: now + 60, jti: randomUUID(), ...changes };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: kid ?? credentials.private_key_id })
    .sign(key ?? createPrivateKey(credentials.private_key));
}

async function exchange(value, issuer = ready.issuer) {
  return (await post(`${issuer}/oauth/v2/token`, { grant_type: jwtBearer, assertion: value, scope })).json();
}

function verified(idToken) {
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  return jwtVerify(idToken, keys, { issuer: ready.issuer, audience: ready.client_id });
}

function memberships(accessToken, user) {
  return api(accessToken, `/apis/iam.miloapis.com/v1alpha1/users/${user}/control-plane/apis/`
    + 'resourcemanager.miloapis.com/v1alpha1/organizationmemberships');
}

function api(accessToken, path) {
  return fetch(`${ready.api}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
}

function post(url, form) {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form) });
}

async function log() {
  return (await fetch(ready.log)).json();
}

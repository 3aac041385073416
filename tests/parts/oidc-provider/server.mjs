#!/usr/bin/env node
// A certified OpenID provider (npm oidc-provider) on a loopback port. Prints one JSON line when it serves, then runs
// until it is stopped, or with --stop-with-stdin until its standard input ends. docs/testing.md lists the options.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

// oidc-provider writes notices with console.info; standard output carries the ready line and nothing else.
console.info = console.error;
console.log = console.error;

const { default: Provider } = await import('oidc-provider');
const { CLIENT_ID, MACHINE_EMAIL, MACHINE_ID, PEOPLE } = await import('./accounts.mjs');
const { configuration } = await import('./configuration.mjs');
const { serveControlPlanes } = await import('./control-plane.mjs');
const { speakTheDialect } = await import('./dialect.mjs');
const { answerInteractions } = await import('./interactions.mjs');
const { keepJournal } = await import('./journal.mjs');
const { KEY_ID, machineKey, registerJwtBearer } = await import('./machine.mjs');

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'access-token-ttl': { type: 'string', default: '3600' },
    'device-interval': { type: 'string', default: '1' },
    'credentials-file': { type: 'string' },
    'machine-public-key': { type: 'string' },
    'stop-with-stdin': { type: 'boolean', default: false },
  },
});

const server = createServer();
server.listen(wholeNumber('port'), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, configuration({ accessTokenTtl: wholeNumber('access-token-ttl') }));
provider.use(keepJournal(provider));
provider.use(serveControlPlanes(provider));
provider.use(speakTheDialect({ deviceInterval: wholeNumber('device-interval') }));
provider.use(answerInteractions(provider));
registerJwtBearer(provider, machineKey({
  publicKeyFile: options['machine-public-key'],
  credentialsFile: options['credentials-file'],
}));
server.on('request', provider.callback());

if (options['stop-with-stdin']) process.stdin.resume().on('end', () => process.exit());
process.stdout.write(`${JSON.stringify(readyLine())}\n`);

function readyLine() {
  return {
    issuer,
    api: issuer,
    client_id: CLIENT_ID,
    accounts: PEOPLE,
    machine_client: { client_id: MACHINE_ID, email: MACHINE_EMAIL, key_id: KEY_ID },
    credentials_file: options['credentials-file'],
    log: `${issuer}/_log`,
  };
}

function wholeNumber(name) {
  const value = Number(options[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
}

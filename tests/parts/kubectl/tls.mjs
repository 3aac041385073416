#!/usr/bin/env node
// tls.mjs UPSTREAM: TLS in front of an emulator, since kubectl sends no credentials over plain HTTP. Prints one JSON line,
// {"url", "certificate_authority"} (PEM in base64), and runs until its standard input ends.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const upstream = new URL(process.argv[2]);
const { key, cert } = certificate();
const server = createServer({ key, cert }, forward);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdin.resume().on('end', () => process.exit());
const ready = { url: `https://127.0.0.1:${server.address().port}`, certificate_authority: cert.toString('base64') };
process.stdout.write(`${JSON.stringify(ready)}\n`);

function certificate() {
  const place = mkdtempSync(join(tmpdir(), 'tls-'));
  const [keyFile, certFile] = [join(place, 'key.pem'), join(place, 'cert.pem')];
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=emulator', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile,
  ], { stdio: 'ignore' });
  const pair = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
  rmSync(place, { recursive: true });
  return pair;
}

function forward(incoming, outgoing) {
  const headers = { ...incoming.headers, host: upstream.host };
  const onward = request(new URL(incoming.url, upstream), { method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    // The head of a watch goes ahead of its first event, and each event at once.
    outgoing.flushHeaders();
    answer.on('error', () => outgoing.destroy());
    answer.pipe(outgoing);
  });
  outgoing.on('close', () => onward.destroy());
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

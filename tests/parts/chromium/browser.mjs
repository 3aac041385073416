// Debian's Chromium without a window, with a profile of its own, that reaches this machine's loopback and nothing else.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE ::1, EXCLUDE localhost',
];
const PATIENCE = 60_000;

/**
 * Calls `visit(page, shot)`; `shot(name)` saves `DIR/NN-name.png`. What fails is shot as well.
 * Ends the process with status 1 and one line when the visit fails.
 */
export async function withChromium({ screenshot: directory }, visit) {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.DATUMCTL_TEST_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
  });
  context.setDefaultTimeout(PATIENCE);
  await context.route((url) => !LOOPBACK.has(url.hostname), (route) => route.abort());
  const [page] = context.pages();
  const shot = photographer(page, directory);
  try {
    await visit(page, shot);
  } catch (error) {
    await shot('failure').catch(() => {});
    process.stderr.write(`at ${page.url().split('?')[0]}: ${error.message.split('\n')[0]}\n`);
    process.exitCode = 1;
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

function photographer(page, directory) {
  if (!directory) return async () => {};
  mkdirSync(directory, { recursive: true });
  let taken = 0;
  return async (name) => {
    taken += 1;
    await page.screenshot({ path: join(directory, `${String(taken).padStart(2, '0')}-${name}.png`) });
  };
}

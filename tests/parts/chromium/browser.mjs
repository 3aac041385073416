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
 * Ends the process with status 1 and one line when the visit fails, or a page wrote an error to the console.
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
  // A page that its own content security policy cripples, or that throws, complains in the console.
  const complaints = [];
  page.on('console', (message) => {
    const isAboutThePageItself = message.location().url === page.url() && message.text().startsWith('Failed to load');
    if (message.type() === 'error' && !isAboutThePageItself) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  try {
    await visit(page, shot);
    if (complaints.length > 0) throw new Error(`the console says: ${complaints.join('; ')}`);
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

#!/usr/bin/env node
// browser.mjs [--person ada|grace|deny] URL: signs in at the provider and lands on the client's callback. Usable as BROWSER.

import { parseArgs } from 'node:util';
import { ScreenlessBrowser } from './screenless-browser.mjs';

const { values, positionals } = parseArgs({ options: { person: { type: 'string' } }, allowPositionals: true });
const page = await new ScreenlessBrowser(values).visit(positionals.at(-1));
if (page.status >= 400) {
  process.stderr.write(`${new URL(page.url).origin} answered ${page.status}\n`);
  process.exitCode = 1;
}

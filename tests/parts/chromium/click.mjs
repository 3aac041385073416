#!/usr/bin/env node
// click.mjs [--person WHO] [--deny] [--screenshot DIR] URL: signs in at the emulator as a person with a browser does, and
// ends on the client's callback. Usable as BROWSER.

import { parseArgs } from 'node:util';
import { withChromium } from './browser.mjs';
import { consentPage, loginPage } from './pages.mjs';

const { values: options, positionals } = parseArgs({
  options: {
    person: { type: 'string', default: 'Ada Lovelace' },
    deny: { type: 'boolean', default: false },
    screenshot: { type: 'string' },
  },
  allowPositionals: true,
});
const url = new URL(positionals.at(-1));
const callback = new URL(url.searchParams.get('redirect_uri'));

await withChromium(options, async (page, shot) => {
  await page.goto(url.href);
  await shot('login');
  await loginPage.person(page, options.person).click();
  const answer = options.deny ? consentPage.deny(page) : consentPage.allow(page);
  await answer.waitFor();
  await shot('consent');
  await answer.click();
  await page.waitForURL(({ origin }) => origin === callback.origin);
  await shot('callback');
});

#!/usr/bin/env node
// device.mjs [--person WHO] [--code CODE] [--deny] [--screenshot DIR] URL: answers a device login at the emulator as a
// person with a browser does. Without a code in URL, --code is typed in.

import { parseArgs } from 'node:util';
import { withChromium } from './browser.mjs';
import { consentPage, devicePage, loginPage } from './pages.mjs';

const { values: options, positionals } = parseArgs({
  options: {
    person: { type: 'string', default: 'Ada Lovelace' },
    code: { type: 'string' },
    deny: { type: 'boolean', default: false },
    screenshot: { type: 'string' },
  },
  allowPositionals: true,
});

await withChromium(options, async (page, shot) => {
  await page.goto(positionals.at(-1));
  await shot('device');
  if (options.code) {
    await devicePage.code(page).fill(options.code);
    await devicePage.next(page).click();
  }
  await loginPage.person(page, options.person).click();
  const answer = options.deny ? consentPage.deny(page) : consentPage.allow(page);
  await answer.waitFor();
  await shot('confirm');
  await answer.click();
  await devicePage.done(page).waitFor();
  await shot('done');
});

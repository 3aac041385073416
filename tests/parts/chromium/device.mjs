#!/usr/bin/env node
// device.mjs [--person WHO] [--code CODE] [--deny] [--screenshot DIR] URL: answers a device login at the emulator as a
// person with a browser does. Without a code in URL, --code is typed in. With --unknown-code the page must say that it
// knows no such code.

import { parseArgs } from 'node:util';
import { withChromium } from './browser.mjs';
import { devicePage } from './pages.mjs';

const { values: options, positionals } = parseArgs({
  options: {
    person: { type: 'string', default: 'Ada Lovelace' },
    code: { type: 'string' },
    deny: { type: 'boolean', default: false },
    'unknown-code': { type: 'boolean', default: false },
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
  if (options['unknown-code']) {
    await devicePage.problem(page).waitFor();
    await shot('unknown');
    return;
  }
  await devicePage.person(page, options.person).check();
  await shot('confirm');
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await (options.deny ? devicePage.deny(page) : devicePage.allow(page)).click();
  const response = await answered;
  await page.waitForLoadState();
  await shot('done');
  if (!response.ok() && response.status() !== 303) throw new Error(`the device page answered ${response.status()}`);
});

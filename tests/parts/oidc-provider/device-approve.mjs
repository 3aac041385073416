#!/usr/bin/env node
// device-approve.mjs [--person ada|grace] [--deny] VERIFICATION_URL [USER_CODE]: says yes (or no) to a device login.

import { parseArgs } from 'node:util';
import { ScreenlessBrowser } from './screenless-browser.mjs';

const { values, positionals } = parseArgs({
  options: { person: { type: 'string' }, deny: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const url = new URL(positionals[0]);
if (positionals[1]) url.searchParams.set('user_code', positionals[1]);

const browser = new ScreenlessBrowser(values);
const confirmation = await browser.visit(url);
if (!confirmation.body.includes('op.deviceConfirmForm')) throw new Error(`no confirmation at ${confirmation.url}`);
const answer = values.deny ? { confirm: undefined, abort: 'yes' } : {};
const last = await browser.submit(confirmation, answer);
if (!values.deny && !last.body.includes('Sign-in Success')) throw new Error(`not confirmed: ${last.body}`);

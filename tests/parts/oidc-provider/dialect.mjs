// Where the real identity provider is more lenient than oidc-provider, requests are put into the stricter form before
// they reach it, and the device response gets the `interval` that oidc-provider leaves out.

import { text } from 'node:stream/consumers';
import { JWT_BEARER, MACHINE_ID } from './accounts.mjs';
import { ROUTES } from './configuration.mjs';

const FORM = 'application/x-www-form-urlencoded';

export function speakTheDialect({ deviceInterval }) {
  return async (ctx, next) => {
    if (ctx.path === ROUTES.authorization) ctx.query = { ...ctx.query, prompt: withConsent(ctx.query.prompt) };
    if (ctx.method === 'POST' && ctx.is(FORM) && [ROUTES.token, ROUTES.device_authorization].includes(ctx.path)) {
      await rewriteForm(ctx);
    }
    await next();
    if (ctx.path === ROUTES.device_authorization && ctx.status === 200) {
      ctx.body = { ...ctx.body, interval: deviceInterval };
    }
  };
}

/** Without a consent prompt `offline_access` is dropped silently, and with it the refresh token. */
function withConsent(prompt) {
  const prompts = new Set((prompt ?? '').split(' ').filter(Boolean));
  return [...prompts.add('consent')].join(' ');
}

async function rewriteForm(ctx) {
  const form = new URLSearchParams(await text(ctx.req));
  if (ctx.path === ROUTES.device_authorization) form.set('prompt', withConsent(form.get('prompt')));
  // An assertion says who sends it; the real provider wants no client_id beside it.
  if (form.get('grant_type') === JWT_BEARER && !form.has('client_id')) form.set('client_id', MACHINE_ID);
  ctx.state.grantType = form.get('grant_type') ?? undefined;
  ctx.req.body = form.toString();
}

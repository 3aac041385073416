// The person at the browser: every login and consent question is answered at once. Who answers is said by the request
// header `test-person`, else by `login_hint`, else it is Ada; `deny` refuses.

import { CLIENT_ID, personNamed } from './accounts.mjs';

const PATH = /^\/interaction\/[^/]+$/;

export function answerInteractions(provider) {
  return async (ctx, next) => {
    if (!PATH.test(ctx.path)) return next();
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    const who = ctx.get('test-person') || details.params.login_hint || 'ada';
    const result = await answer(provider, details, who);
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
  };
}

async function answer(provider, details, who) {
  const person = personNamed(who);
  if (!person) {
    return { error: 'access_denied', error_description: `${who === 'deny' ? 'the person' : 'nobody of that name'} agreed` };
  }
  switch (details.prompt.name) {
    case 'select_account':
      return { select_account: {}, login: { accountId: person.sub } };
    case 'login':
      return { login: { accountId: person.sub } };
    default:
      return { consent: { grantId: await grantAll(provider, details) } };
  }
}

async function grantAll(provider, { grantId, session, prompt }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: CLIENT_ID });
  const { missingOIDCScope, missingOIDCClaims } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  return grant.save();
}

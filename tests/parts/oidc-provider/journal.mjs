// What was asked and what came of it, for tests to count: GET /_log. It holds no token, no code and no query string.

const TOKEN_PATH = '/oauth/v2/token';

export function keepJournal(provider) {
  const requests = [];
  let familiesRevoked = 0;
  provider.on('grant.revoked', () => { familiesRevoked += 1; });
  provider.on('grant.error', noteReason);
  provider.on('server_error', (ctx, error) => {
    noteReason(ctx, error);
    console.error(error);
  });

  return async (ctx, next) => {
    if (ctx.path === '/_log') {
      ctx.body = summary(requests, familiesRevoked);
      return;
    }
    const entry = { at: new Date().toISOString(), method: ctx.method, path: ctx.path };
    requests.push(entry);
    await next();
    const { grantType, refusal } = ctx.state;
    Object.assign(entry, { status: ctx.status, grant_type: grantType, ...refusal });
  };
}

/** Clients are told `invalid_grant` whatever the cause; the journal knows better. */
function noteReason(ctx, error) {
  ctx.state.refusal = { error: error.error ?? 'server_error', reason: error.error_detail ?? error.message };
}

function summary(requests, familiesRevoked) {
  const grants = {};
  for (const { path, status, grant_type: type } of requests) {
    if (path !== TOKEN_PATH || !type || !status) continue;
    grants[type] ??= { granted: 0, refused: 0 };
    grants[type][status === 200 ? 'granted' : 'refused'] += 1;
  }
  return {
    grants,
    invalid_grant: requests.filter(({ error }) => error === 'invalid_grant').length,
    refresh_token_reuse: requests.filter(({ reason }) => reason === 'refresh token already used').length,
    families_revoked: familiesRevoked,
    requests,
  };
}

// The little of the Datum API that a login asks for, on the provider's own origin: the memberships of the caller, the
// projects of an organization, the organization and the user themselves. Tokens are checked against the provider.

import { PEOPLE } from './accounts.mjs';

const IAM = 'iam.miloapis.com/v1alpha1';
const RESOURCES = 'resourcemanager.miloapis.com/v1alpha1';
const ORGANIZATION = 'provider-org';
const PROJECT = 'provider-project';
const USER_PLANE = `/apis/${IAM}/users/:user/control-plane`;
const ORGANIZATION_PLANE = `/apis/${RESOURCES}/organizations/:organization/control-plane`;

const ROUTES = [
  [`${USER_PLANE}/apis/${RESOURCES}/organizationmemberships`, ({ user }) => list('OrganizationMembership', [membership(user)])],
  [`${USER_PLANE}/apis/${RESOURCES}/organizations/:name`, () => organization()],
  [`${USER_PLANE}/apis/${IAM}/users/:name`, ({ user }) => account(user)],
  [`${ORGANIZATION_PLANE}/apis/${RESOURCES}/projects`, () => list('Project', [project()])],
].map(([path, view]) => ({ pattern: patternOf(path), view }));

const ALLOWED = { user: (value, caller) => value === caller, organization: (value) => value === ORGANIZATION };

export function serveControlPlanes(provider) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/apis/')) return next();
    const caller = await callerOf(provider, ctx.get('authorization'));
    if (!caller) return refuse(ctx, 401, 'Unauthorized');
    if (ctx.method !== 'GET') return refuse(ctx, 405, 'MethodNotAllowed');
    const route = ROUTES.find(({ pattern }) => pattern.test(ctx.path));
    if (!route) return refuse(ctx, 404, 'NotFound');
    const ids = { ...ctx.path.match(route.pattern).groups };
    const allowed = Object.entries(ALLOWED).every(([key, check]) => ids[key] === undefined || check(ids[key], caller));
    if (!allowed) return refuse(ctx, 403, 'Forbidden');
    ctx.body = route.view(ids);
  };
}

function patternOf(path) {
  const escaped = path.replace(/[.]/g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return new RegExp(`^${escaped}$`);
}

async function callerOf(provider, authorization) {
  const [scheme, token] = authorization.split(' ');
  const found = /^bearer$/i.test(scheme) && token ? await provider.AccessToken.find(token) : undefined;
  return found?.isValid ? found.accountId : undefined;
}

function refuse(ctx, code, reason) {
  ctx.status = code;
  ctx.body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: reason, reason, code };
}

function list(kind, items) {
  return { apiVersion: RESOURCES, kind: `${kind}List`, metadata: { resourceVersion: '1' }, items };
}

function metadata(name, displayName) {
  const annotations = displayName && { 'kubernetes.io/display-name': displayName };
  return { name, uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z', annotations };
}

function membership(user) {
  return {
    apiVersion: RESOURCES,
    kind: 'OrganizationMembership',
    metadata: { ...metadata(`member-${user}`), namespace: `organization-${ORGANIZATION}` },
    spec: {
      organizationRef: { name: ORGANIZATION },
      userRef: { name: user },
      roles: [{ name: 'owner', namespace: 'datum-cloud' }],
    },
    status: { organization: { type: 'Standard', displayName: 'Provider Org' } },
  };
}

function organization() {
  return {
    apiVersion: RESOURCES,
    kind: 'Organization',
    metadata: metadata(ORGANIZATION, 'Provider Org'),
    spec: { type: 'Standard' },
    status: { conditions: [{ type: 'OnboardingComplete', status: 'True', reason: 'Ready' }] },
  };
}

function project() {
  return {
    apiVersion: RESOURCES,
    kind: 'Project',
    metadata: metadata(PROJECT, 'Provider Project'),
    spec: { ownerRef: { kind: 'Organization', name: ORGANIZATION } },
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }] },
  };
}

function account(user) {
  const person = PEOPLE.find(({ sub }) => sub === user);
  const [givenName, familyName] = person?.name.split(' ') ?? [];
  return { apiVersion: IAM, kind: 'User', metadata: metadata(user), spec: { email: person?.email, givenName, familyName } };
}

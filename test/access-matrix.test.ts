import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surfaceNames } from '../apps/server/src/access/caller.ts';
import { type KeyedGateway, type Route, startKeyed } from './support/keyed.ts';

/**
 * Every route of the running server against everybody who may not use it. The list is the server's own: a new route
 * is in it the moment it exists.
 */

let gateway: KeyedGateway;
const friend = 'https://chat.example.com';
beforeAll(async () => {
  gateway = await startKeyed({ env: { STREAMBED_ALLOWED_ORIGINS: friend } });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** What is open to everybody, and to programs on this machine. Whoever adds to these says so here. */
const openRoutes = [
  'DELETE /streambed/v1/session',
  'GET /*',
  'GET /healthz',
  'GET /readyz',
  'GET /streambed/v1/session',
  'HEAD /*',
  'HEAD /healthz',
  'HEAD /readyz',
  'HEAD /streambed/v1/session',
  'POST /streambed/v1/session',
];
const operatorRoutes = ['GET /metrics', 'HEAD /metrics'];

const nameOf = ({ method, url }: Route) => `${method} ${url}`;
/** An address that leads to a route; what its parameters name does not exist. */
const pathOf = ({ url }: Route) => url.replace(/:\w+/g, 'nothing').replace(/\*$/, 'nothing/converse');
const isSafe = ({ method }: Route) => ['GET', 'HEAD', 'OPTIONS'].includes(method);
/** For these methods `fetch` has no words. */
const canBeAsked = ({ method }: Route) =>
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method);

async function statusOf(route: Route, headers: Record<string, string>): Promise<string> {
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
  const response = await fetch(`${gateway.url}${pathOf(route)}`, {
    method: route.method,
    headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: '{}' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  const name = response.headers.get('x-amzn-errortype');
  await response.body?.cancel();
  // AWS has one status for both.
  if (response.status === 401 || name === 'UnrecognizedClientException') return 'not known';
  if (response.status === 403 || name === 'AccessDeniedException') return 'not allowed';
  return 'let in';
}

/** What each route says to a request with these headers, as far as it isn't `expected`. */
async function differing(
  routes: readonly Route[],
  headers: (route: Route) => Record<string, string>,
  expected: string,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const route of routes) {
    const got = await statusOf(route, headers(route));
    if (got !== expected) wrong.push(`${nameOf(route)}: ${got}`);
  }
  return wrong;
}

/** The emulator has nothing there: its own refusal looks like ours. */
const isAnswered = ({ url }: Route) => url !== '/guardrail-checks/invoke';

const routesTo = (...to: readonly Route['access']['to'][]) =>
  gateway.routes.filter((route) => to.includes(route.access.to) && canBeAsked(route));
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

test('what is open is listed as open, and nothing else is', () => {
  expect(routesTo('everybody').map(nameOf).sort()).toEqual(openRoutes);
  const operators = routesTo('operators').map(nameOf).sort();
  expect(operatorRoutes).toEqual(expect.arrayContaining(operators));
  expect(gateway.routes.length).toBeGreaterThan(50);
});

describe('routes that take a key', () => {
  test('without one nobody is known', async () => {
    expect(await differing(routesTo('callers', 'admins'), () => ({}), 'not known')).toEqual([]);
  });

  test.each([
    ['no key at all', 'wrong'],
    ['one that was never made', `sb_${'0'.repeat(12)}_${'0'.repeat(36)}`],
    ['a token that nobody signed', 'sbt_e30.AAAA'],
  ])('%s is not known', async (_name, key) => {
    expect(await differing(routesTo('callers', 'admins'), () => bearer(key), 'not known')).toEqual([]);
  });

  test('expired, revoked and replaced keys are not known', async () => {
    const expired = await gateway.makeKey({ admin: true, expires_at: 1_000 });
    const revoked = await gateway.makeKey({ admin: true });
    await gateway.ask(`/streambed/v1/keys/${revoked.id}`, { method: 'DELETE', key: gateway.admin });
    const replaced = await gateway.makeKey({ admin: true });
    await gateway.ask(`/streambed/v1/keys/${replaced.id}/rotate`, { method: 'POST', key: gateway.admin });
    for (const { key } of [expired, revoked, replaced]) {
      expect(await differing(routesTo('callers', 'admins'), () => bearer(key), 'not known')).toEqual([]);
    }
  });

  test('a key of every other surface is not allowed', async () => {
    const keys = new Map<string, string>();
    const otherKey = async ({ access }: Route): Promise<string> => {
      const surfaces = access.to === 'callers' ? (access.surfaces ?? []) : [];
      const others = surfaceNames.filter((name) => !surfaces.includes(name));
      const known = keys.get(others.join());
      if (known !== undefined) return known;
      const { key } = await gateway.makeKey({ surfaces: others });
      keys.set(others.join(), key);
      return key;
    };
    const routes = routesTo('callers').filter(
      ({ access }) => 'surfaces' in access && access.surfaces !== undefined,
    );
    const wrong: string[] = [];
    for (const route of routes) {
      const key = await otherKey(route);
      wrong.push(...(await differing([route], () => bearer(key), 'not allowed')));
    }
    expect(wrong).toEqual([]);
    // What has no surface is listed: each of these checks for itself.
    const without = routesTo('callers').filter((route) => !routes.includes(route));
    expect(without.map(nameOf)).toEqual(['POST /streambed/v1/tokens']);
  });

  test('a token that may only read changes nothing', async () => {
    const { key } = await gateway.makeKey();
    const token = await gateway.makeToken(key, { scope: { may: 'read' } });
    const routes = routesTo('callers').filter((route) => !isSafe(route));
    expect(await differing(routes, () => bearer(token), 'not allowed')).toEqual([]);
  });

  test('only an admin’s key does what is for admins: no other key, no sign-in, no token', async () => {
    const { key } = await gateway.makeKey();
    const admins = await gateway.makeKey({ admin: true });
    const token = await gateway.makeToken(admins.key);
    const cookie = await gateway.signIn(admins.key);
    const routes = routesTo('admins');
    expect(routes.length).toBeGreaterThan(4);
    for (const headers of [bearer(key), bearer(token), { cookie, origin: gateway.url }]) {
      expect(await differing(routes, () => headers, 'not allowed')).toEqual([]);
    }
  });

  test('the right key gets in everywhere, in whichever header', async () => {
    const routes = routesTo('callers', 'admins').filter(isAnswered);
    expect(await differing(routes, () => bearer(gateway.admin), 'let in')).toEqual([]);
    for (const name of ['x-api-key', 'api-key']) {
      expect(await differing(routes.slice(0, 3), () => ({ [name]: gateway.admin }), 'let in')).toEqual([]);
    }
  });

  test('a sign-in counts for our own page only', async () => {
    const { key } = await gateway.makeKey();
    const cookie = await gateway.signIn(key);
    const changing = routesTo('callers').filter(
      (route) => !isSafe(route) && route.url !== '/streambed/v1/tokens',
    );
    expect(await differing(changing, () => ({ cookie }), 'not allowed')).toEqual([]);
    expect(
      await differing(changing, () => ({ cookie, origin: 'https://evil.example' }), 'not allowed'),
    ).toEqual([]);
    const own = () => ({ cookie, origin: gateway.url });
    expect(await differing(changing.filter(isAnswered), own, 'let in')).toEqual([]);
    const reading = routesTo('callers').filter(({ method }) => method === 'GET');
    expect(await differing(reading, () => ({ cookie }), 'let in')).toEqual([]);
  });

  test('what only looks local is no operator', async () => {
    const { key } = await gateway.makeKey();
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    expect(await differing(routesTo('operators'), () => proxied, 'not known')).toEqual([]);
    expect(
      await differing(routesTo('operators'), () => ({ ...proxied, ...bearer(key) }), 'not allowed'),
    ).toEqual([]);
  });
});

test('a signature or an API key of AWS is told what to set in its place', async () => {
  const signature =
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/bedrock/aws4_request, Signature=0';
  const presigned = '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE&X-Amz-Signature=0';
  for (const route of routesTo('callers').filter(({ method }) => method !== 'HEAD')) {
    for (const [query, headers] of [
      ['', { authorization: signature }],
      [presigned, {}],
      ['', bearer('ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl')],
      ['', bearer('bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb24')],
    ] as const) {
      const response = await gateway.ask(`${pathOf(route)}${query}`, { method: route.method, headers });
      const told = (await response.text()).includes('AWS_BEARER_TOKEN_BEDROCK');
      expect([nameOf(route), query, told, [401, 403].includes(response.status)]).toEqual([
        nameOf(route),
        query,
        true,
        true,
      ]);
    }
  }
});

test('a page of an allowed origin may ask first, and read every answer, a refusal too; others get neither', async () => {
  const wrong: string[] = [];
  for (const route of gateway.routes.filter(({ method }) => method !== 'OPTIONS').filter(canBeAsked)) {
    const asking = {
      'access-control-request-method': route.method,
      'access-control-request-headers': 'authorization, x-stainless-os',
    };
    const asked = (origin: string, method: string, headers = {}) =>
      gateway.ask(pathOf(route), { method, headers: { origin, ...headers } });
    const preflight = await asked(friend, 'OPTIONS', asking);
    const methods = preflight.headers.get('access-control-allow-methods')?.split(', ') ?? [];
    const may =
      preflight.status === 204 &&
      preflight.headers.get('access-control-allow-origin') === friend &&
      (methods.includes(route.method) || route.method === 'HEAD');
    const answer = await asked(friend, route.method);
    const foreign = [
      await asked('https://evil.example', 'OPTIONS', asking),
      await asked('null', route.method),
    ];
    const readable = answer.headers.get('access-control-allow-origin') === friend;
    const closed = foreign.every(
      ({ status, headers }) => status === 403 && !headers.has('access-control-allow-origin'),
    );
    await Promise.all([answer, ...foreign].map(({ body }) => body?.cancel()));
    if (!may || !readable || !closed) wrong.push(`${nameOf(route)}: ${may}, ${readable}, ${closed}`);
  }
  expect(wrong).toEqual([]);
});

test('a page of another origin is refused everywhere, with the right key and on open routes too', async () => {
  const routes = gateway.routes.filter(canBeAsked);
  const foreign = () => ({ ...bearer(gateway.admin), origin: 'https://evil.example' });
  expect(await differing(routes, foreign, 'not allowed')).toEqual([]);
});

test('unknown addresses take a key too, but for what may be a file of the page', async () => {
  for (const path of ['/v1/nothing', '/openai/v1/nothing', '/anthropic/nothing', '/model/nothing']) {
    const { status } = await gateway.ask(path, { method: 'POST', body: '{}' });
    expect([401, 403]).toContain(status);
  }
  expect((await gateway.ask('/nothing', { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await gateway.ask('/nothing')).status).toBe(404);
});

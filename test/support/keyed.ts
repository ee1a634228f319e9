import { type RouteAccess, usualAccess } from '../../apps/server/src/access/route-access.ts';
import type { Tuning } from '../../apps/server/src/server.ts';
import { type Gateway, type GatewaySettings, startGateway } from '../../apps/server/test/gateway.ts';

type RouteOptions = Parameters<NonNullable<Tuning['onRoute']>>[0];

/** One method of one URL that the running server answers. */
export interface Route {
  readonly method: string;
  /** As it is registered, with `:name` and `*`. */
  readonly url: string;
  readonly access: RouteAccess;
}

/** A server with keys, and every route that it has. */
export interface KeyedGateway extends Gateway {
  readonly admin: string;
  readonly routes: readonly Route[];
  /** Makes a key with these terms; `id` and `key` are among what comes back. */
  makeKey(terms?: object): Promise<{ readonly id: string; readonly key: string }>;
  /** Makes a client token with a key. */
  makeToken(key: string, order?: object): Promise<string>;
  /** Signs in, and gives the cookie. */
  signIn(key: string): Promise<string>;
  /** Asks our own API; `key` may be left out. */
  ask(path: string, init?: RequestInit & { readonly key?: string }): Promise<Response>;
}

export const adminKey = 'the-administrator-of-these-tests';

/** Starts a server whose administrator's key comes from the environment. */
export async function startKeyed(settings: GatewaySettings = {}): Promise<KeyedGateway> {
  const added: RouteOptions[] = [];
  const onRoute = (route: RouteOptions) => void added.push(route);
  const gateway = await startGateway({
    ...settings,
    env: { STREAMBED_API_KEY: adminKey, ...settings.env },
    tuning: { ...settings.tuning, onRoute },
  });
  const ask: KeyedGateway['ask'] = (path, { key, ...init } = {}) =>
    fetch(`${gateway.url}${path}`, {
      ...init,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
        ...(init.headers as Record<string, string>),
      },
    });
  const post = async <T>(path: string, key: string, body: object): Promise<T> => {
    const response = await ask(path, { method: 'POST', key, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    ...gateway,
    admin: adminKey,
    // Looked at late: what surrounds a route adds to its configuration.
    routes: added.flatMap(({ method, url, config }) =>
      [method].flat().map((one) => ({ method: one, url, access: config?.access ?? usualAccess })),
    ),
    ask,
    makeKey: (terms = {}) => post('/streambed/v1/keys', adminKey, { name: 'a test', ...terms }),
    makeToken: async (key, order = {}) =>
      (await post<{ token: string }>('/streambed/v1/tokens', key, { subject: 'somebody', ...order })).token,
    async signIn(key) {
      const response = await ask('/streambed/v1/session', { method: 'POST', body: JSON.stringify({ key }) });
      if (!response.ok) throw new Error(`signing in answered ${response.status}`);
      return (response.headers.get('set-cookie') ?? '').split(';', 1)[0] as string;
    },
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeyedGateway, type Route, startKeyed } from './support/keyed.ts';

/** What a key may not ask for on a door that it may use: a model, a rate, or what is another's. */

let gateway: KeyedGateway;
beforeAll(async () => {
  gateway = await startKeyed();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

const nameOf = ({ method, url }: Route) => `${method} ${url}`;
const callersRoutes = () => gateway.routes.filter(({ access }) => access.to === 'callers');
const messages = [{ role: 'user', content: 'Hi' }];
const llama = 'us.meta.llama3-1-8b-instruct-v1:0';
const converse = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };

interface Question {
  readonly path: string;
  readonly body: object;
}

/** How each route that runs a model is asked for one that the key may not use. */
const running: Readonly<Record<string, Question>> = {
  'POST /streambed/v1/generations': {
    path: '/streambed/v1/generations',
    body: { request: { model: 'llama3', max_tokens: 10, messages } },
  },
  'POST /v1/messages': { path: '/v1/messages', body: { model: 'llama3', max_tokens: 10, messages } },
  'POST /v1/messages/count_tokens': {
    path: '/v1/messages/count_tokens',
    body: { model: 'llama3', messages },
  },
  'POST /v1/chat/completions': { path: '/v1/chat/completions', body: { model: 'llama3', messages } },
  'POST /v1/responses': { path: '/v1/responses', body: { model: 'llama3', input: 'Hi' } },
  'POST /v1/embeddings': {
    path: '/v1/embeddings',
    body: { model: 'amazon.titan-embed-text-v2:0', input: 'Hi' },
  },
  'POST /model/*': { path: `/model/${llama}/converse`, body: converse },
};
/** POST routes that run none, and the guardrails', which name none. */
const runNothing = [
  'POST /v1/*',
  'POST /anthropic/*',
  'POST /openai/*',
  'POST /async-invoke',
  'POST /async-invoke/*',
  'POST /guardrail/:id/version/:version/apply',
  'POST /guardrail-checks/invoke',
  'POST /v1/responses/:id/cancel',
  'POST /streambed/v1/conversations',
  'POST /streambed/v1/conversations/:id/restore',
  'POST /streambed/v1/generations/:name/cancel',
  'POST /streambed/v1/presets',
  'POST /streambed/v1/tokens',
];
const twin = (name: string) => name.replace(/ \/(openai|anthropic)\/v1/, ' /v1').replace(/(.)\/$/, '$1');

describe('a model that the key may not use', () => {
  test('is refused by every route that runs one', async () => {
    const { key } = await gateway.makeKey({ models: ['anthropic', 'claude-*', '*.anthropic.*'] });
    const posts = callersRoutes().filter(({ method }) => method === 'POST');
    const unheard = posts
      .map(nameOf)
      .filter((name) => !(twin(name) in running) && !runNothing.includes(twin(name)));
    expect(unheard).toEqual([]);
    for (const [name, { path, body }] of Object.entries(running)) {
      const response = await gateway.ask(path, { method: 'POST', key, body: JSON.stringify(body) });
      expect([name, response.status]).toEqual([name, 403]);
      expect(await response.text()).toMatch(/may not use this model/);
    }
    for (const operation of ['invoke', 'invoke-with-response-stream', 'converse-stream', 'count-tokens']) {
      const path = `/model/${encodeURIComponent(llama)}/${operation}`;
      expect((await gateway.ask(path, { method: 'POST', key, body: '{}' })).status).toBe(403);
    }
    expect(gateway.emulator.requests.length).toBe(0);
  });

  test('is not listed, and can’t be asked about', async () => {
    const { key } = await gateway.makeKey({ models: ['llama3', '*meta.llama3-1-8b*'] });
    const list = async (path: string) => (await gateway.ask(path, { key })).json();
    const ours = (await list('/streambed/v1/models')) as { models: readonly { name: string }[] };
    expect(ours.models.map(({ name }) => name)).toContain('llama3');
    expect(ours.models.map(({ name }) => name)).not.toContain('anthropic');
    const { catalogue } = (await list('/streambed/v1/models?include=catalogue')) as {
      catalogue: { models: readonly { provider: string }[] };
    };
    expect(new Set(catalogue.models.map(({ provider }) => provider))).toEqual(new Set(['Meta']));
    const theirs = (await list('/v1/models')) as { data: readonly { id: string }[] };
    expect(theirs.data.map(({ id }) => id)).toContain('llama3');
    expect(theirs.data.some(({ id }) => /claude|anthropic/.test(id))).toBe(false);
    expect((await gateway.ask('/v1/models/anthropic', { key })).status).toBe(403);
    expect(
      (await gateway.ask('/foundation-models/anthropic.claude-3-haiku-20240307-v1:0', { key })).status,
    ).toBe(403);
  });

  test('is one that a name leads to as well: by another name it is the same model', async () => {
    const { key } = await gateway.makeKey({ models: ['meta.llama3-1-8b-instruct-v1:0'] });
    const token = await gateway.makeToken(key, { scope: { models: ['*'] } });
    for (const credential of [key, token]) {
      const body = JSON.stringify({ model: 'anthropic', max_tokens: 10, messages });
      expect((await gateway.ask('/v1/messages', { method: 'POST', key: credential, body })).status).toBe(403);
    }
  });
});

describe('what is another’s', () => {
  /** For each route with a name in it: what the name stands for, and a body it takes. */
  const named: Readonly<
    Record<
      string,
      { readonly of: 'generation' | 'response' | 'conversation' | 'preset'; readonly body?: object }
    >
  > = {
    'DELETE /streambed/v1/generations/:name': { of: 'generation' },
    'GET /streambed/v1/generations/:name': { of: 'generation' },
    'GET /streambed/v1/generations/:name/events': { of: 'generation' },
    'POST /streambed/v1/generations/:name/cancel': { of: 'generation' },
    'DELETE /streambed/v1/conversations/:id': { of: 'conversation' },
    'GET /streambed/v1/conversations/:id': { of: 'conversation' },
    'GET /streambed/v1/conversations/:id/turns/:turn': { of: 'conversation' },
    'PATCH /streambed/v1/conversations/:id': { of: 'conversation', body: { title: 'Mine now' } },
    'POST /streambed/v1/conversations/:id/restore': { of: 'conversation' },
    'DELETE /streambed/v1/presets/:name': { of: 'preset' },
    'DELETE /v1/responses/:id': { of: 'response' },
    'GET /v1/responses/:id': { of: 'response' },
    'GET /v1/responses/:id/input_items': { of: 'response' },
    'POST /v1/responses/:id/cancel': { of: 'response' },
  };
  /** Guardrails are the account's, nobody's in particular. */
  const unowned = ['POST /guardrail/:id/version/:version/apply'];

  async function makeThings(key: string) {
    const post = async (path: string, body: object) =>
      (await gateway.ask(path, { method: 'POST', key, body: JSON.stringify(body) })).json() as Promise<{
        id: string;
        generation: string;
      }>;
    const { id: conversation } = await post('/streambed/v1/conversations', { title: 'Mine' });
    const { generation } = await post('/streambed/v1/generations', {
      request: { model: 'anthropic', max_tokens: 10, messages },
      stream: false,
      conversation,
    });
    const { id: response } = await post('/v1/responses', { model: 'anthropic', input: 'Hi', store: true });
    await post('/streambed/v1/presets', { name: 'My own words', parameters: {} });
    return { conversation, generation, response, preset: 'My%20own%20words' };
  }

  test.each([
    ['another key', {}, {}],
    [
      'another user of the same project',
      { project: 'shared', user: 'anna' },
      { project: 'shared', user: 'ben' },
    ],
    ['the same user of another project', { project: 'one', user: 'anna' }, { project: 'two', user: 'anna' }],
    ['an administrator', {}, { admin: true }],
  ])('is not there for %s', async (_name, mine, theirs) => {
    const routes = callersRoutes().filter(({ url, method }) => url.includes(':') && method !== 'HEAD');
    const unheard = routes.map(nameOf).filter((name) => !(twin(name) in named) && !unowned.includes(name));
    expect(unheard).toEqual([]);
    const owner = await gateway.makeKey(mine);
    const stranger = await gateway.makeKey(theirs);
    const things = await makeThings(owner.key);
    for (const [name, { of, body }] of Object.entries(named)) {
      const [method = '', url = ''] = name.split(' ');
      const path = (thing: string) => url.replace(/:(id|name)/, thing).replace(':turn', things.generation);
      const asked = async (thing: string, key: string) => {
        const { status } = await gateway.ask(path(thing), {
          method,
          key,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        return status;
      };
      // The same as for what never was.
      const never = `${things[of].slice(0, -4)}AAAA`;
      expect([name, await asked(things[of], stranger.key)]).toEqual([name, await asked(never, stranger.key)]);
      if (method === 'GET') expect([name, await asked(things[of], owner.key)]).toEqual([name, 200]);
    }
    for (const [path, body] of [
      ['/v1/responses', { model: 'anthropic', input: 'Say it', previous_response_id: things.response }],
      ['/streambed/v1/generations', { request: { model: 'anthropic', messages }, parent: things.generation }],
      [
        '/streambed/v1/generations',
        { request: { model: 'anthropic', messages: [] }, continues: things.generation },
      ],
    ] as const) {
      const asked = { method: 'POST', key: stranger.key, body: JSON.stringify(body) };
      const response = await gateway.ask(path, asked);
      expect([path, response.status]).toEqual([path, 404]);
      await response.body?.cancel();
    }
    const list = await (await gateway.ask('/streambed/v1/conversations', { key: stranger.key })).text();
    expect(list).not.toContain(things.conversation);
    const presets = async (key: string) => (await gateway.ask('/streambed/v1/presets', { key })).text();
    expect(await presets(owner.key)).toContain('My own words');
    expect(await presets(stranger.key)).not.toContain('My own words');
  });

  test('two keys of one user are one user; a token’s subject is another', async () => {
    const one = await gateway.makeKey({ project: 'shop', user: 'web' });
    const two = await gateway.makeKey({ project: 'shop', user: 'web' });
    const things = await makeThings(one.key);
    const path = `/streambed/v1/generations/${things.generation}`;
    expect((await gateway.ask(path, { key: two.key })).status).toBe(200);
    const token = await gateway.makeToken(one.key, { subject: 'carla' });
    const again = await gateway.makeToken(two.key, { subject: 'carla' });
    expect((await gateway.ask(path, { key: token })).status).toBe(404);
    const hers = await makeThings(token);
    expect((await gateway.ask(`/streambed/v1/generations/${hers.generation}`, { key: again })).status).toBe(
      200,
    );
    expect((await gateway.ask(`/streambed/v1/generations/${hers.generation}`, { key: one.key })).status).toBe(
      404,
    );
  });
});

describe('a rate', () => {
  const hello = JSON.stringify({ model: 'anthropic', max_tokens: 10, messages });

  test('of requests is refused above it, with the time to wait; all that the key made counts together', async () => {
    const { key } = await gateway.makeKey({ requests_per_minute: 2 });
    const token = await gateway.makeToken(key);
    expect((await gateway.ask('/v1/messages', { method: 'POST', key, body: hello })).status).toBe(200);
    expect((await gateway.ask('/v1/messages', { method: 'POST', key: token, body: hello })).status).toBe(200);
    const refused = await gateway.ask('/v1/chat/completions', { method: 'POST', key, body: hello });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    // What runs no model isn't counted.
    expect((await gateway.ask('/v1/models', { key })).status).toBe(200);
  });

  test('of tokens counts what was used', async () => {
    const { key, id } = await gateway.makeKey({ tokens_per_minute: 1 });
    expect((await gateway.ask('/v1/messages', { method: 'POST', key, body: hello })).status).toBe(200);
    const refused = await gateway.ask('/v1/messages', { method: 'POST', key, body: hello });
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
    const change = JSON.stringify({ tokens_per_minute: null });
    await gateway.ask(`/streambed/v1/keys/${id}`, { method: 'PATCH', key: gateway.admin, body: change });
    expect((await gateway.ask('/v1/messages', { method: 'POST', key, body: hello })).status).toBe(200);
  });
});

test('a project has models and an account of its own, whatever its keys say', async () => {
  await using prod = await startEmulator({ pace: 'instant' });
  const folder = mkdtempSync(join(tmpdir(), 'streambed-projects-'));
  const file = join(folder, 'streambed.yaml');
  writeFileSync(
    file,
    `accounts: { prod: { endpoint: "${prod.url}" } }\nprojects: { shop: { account: prod, models: [anthropic, "claude-*"] } }\n`,
  );
  await using open = await startKeyed({ env: { STREAMBED_CONFIG: file } });
  const shop = await open.makeKey({ project: 'shop' });
  const other = await open.makeKey({ project: 'lab' });
  const ask = async (key: string, model: string) => {
    const body = JSON.stringify({ model, max_tokens: 10, messages });
    return (await open.ask('/v1/messages', { method: 'POST', key, body })).status;
  };
  expect(await ask(shop.key, 'llama3')).toBe(403);
  expect(await ask(other.key, 'llama3')).toBe(200);
  expect([prod.requests.length, open.emulator.requests.length]).toEqual([0, 1]);
  expect(await ask(shop.key, 'anthropic')).toBe(200);
  expect([prod.requests.length, open.emulator.requests.length]).toEqual([1, 1]);
  rmSync(folder, { recursive: true });
});

import { type Emulator, failing, say } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Gateway, openFrameSocket, openModelSocket, startGateway } from '../../test/gateway.ts';
import type { UsageItem } from './usage-listing.ts';
import type { GroupedSum, UsageSum } from './usage-sums.ts';

interface Sums {
  readonly items: readonly GroupedSum[];
  readonly total: UsageSum;
  readonly next?: string;
}

async function get<T>({ url }: Gateway, query: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`${url}/streambed/v1/usage${query}`, { headers });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const records = async (gateway: Gateway, query = '') =>
  (await get<{ records: readonly UsageItem[] }>(gateway, `/records?limit=1000${query}`)).records;

function post({ url }: Gateway, path: string, body: object, headers: Record<string, string> = {}) {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const messages = [{ role: 'user', content: '/say one two three' }];

/** The first look into the ledger starts a thread. */
const patient = { timeout: 10_000 };

/** One generation by every door, streamed and whole. */
const doors: Readonly<Record<string, (gateway: Gateway) => Promise<unknown>>> = {
  'streambed /ws': async (gateway) => {
    await using socket = await openFrameSocket(gateway);
    socket.send(ask('by-socket', '/say one two three'));
    await socket.untilStop();
  },
  'streambed HTTP': async (gateway) =>
    (
      await post(gateway, '/streambed/v1/generations', {
        stream: false,
        request: { model: 'llama3', messages },
      })
    ).text(),
  'model-socket': async (gateway) => {
    await using socket = await openModelSocket(gateway, 'model=anthropic&streaming=0');
    socket.send('/say one two three');
    await socket.next();
  },
  anthropic: async (gateway) =>
    (await post(gateway, '/v1/messages', { model: 'anthropic', max_tokens: 50, messages })).text(),
  'anthropic streamed': async (gateway) =>
    (
      await post(gateway, '/v1/messages', { model: 'anthropic', max_tokens: 50, messages, stream: true })
    ).text(),
  'openai chat': async (gateway) =>
    (await post(gateway, '/v1/chat/completions', { model: 'nova-pro', messages, stream: true })).text(),
  'openai responses': async (gateway) =>
    (await post(gateway, '/v1/responses', { model: 'anthropic', input: '/say one two three' })).text(),
  'openai embeddings': async (gateway) =>
    (
      await post(gateway, '/v1/embeddings', { model: 'amazon.titan-embed-text-v2:0', input: ['one', 'two'] })
    ).text(),
  bedrock: async (gateway) =>
    (
      await post(gateway, '/model/us.amazon.nova-pro-v1:0/converse', {
        messages: [{ role: 'user', content: [{ text: '/say one two three' }] }],
      })
    ).text(),
  'bedrock streamed': async (gateway) =>
    (
      await post(gateway, '/model/us.amazon.nova-pro-v1:0/converse-stream', {
        messages: [{ role: 'user', content: [{ text: '/say one two three' }] }],
      })
    ).arrayBuffer(),
};

describe('after one request by every door', () => {
  let gateway: Gateway;
  let emulator: Emulator;
  let all: readonly UsageItem[];

  beforeAll(async () => {
    gateway = await startGateway();
    ({ emulator } = gateway);
    for (const ask of Object.values(doors)) await ask(gateway);
    await emulator.idle();
    all = await records(gateway);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test('each has one record, told by its door', () => {
    expect(all.map(({ surface, state, kind }) => `${surface} ${kind} ${state}`)).toEqual(
      Object.keys(doors).map((door) => {
        const [surface] = door.split(' ');
        return `${surface} ${door.endsWith('embeddings') ? 'embedding' : 'generation'} completed`;
      }),
    );
    for (const item of all) {
      expect(item).toMatchObject({ project: 'default', user: 'local', key: null, error_code: null });
      expect(item.target).toMatch(/\./);
      expect(item.cost_usd).toMatch(/^0\.\d{8}$/);
      expect(Date.parse(item.ended_at)).toBeGreaterThanOrEqual(Date.parse(item.started_at));
      expect(JSON.stringify(item)).not.toContain('one two');
    }
  });

  test("sums are the emulator's own count", async () => {
    const { total } = await get<Sums>(gateway, '?group=none');
    const { counted } = emulator;
    // Two texts for embeddings are two calls of this model.
    expect(total).toMatchObject({ generations: 9, embeddings: 1, attempts: 9 });
    expect(counted.total.answers).toBe(11);
    expect(total.tokens.input).toBe(counted.total.input);
    expect(total.tokens.output + total.tokens.thinking).toBe(counted.total.output);
    expect(total.tokens.cache_read).toBe(counted.total.cacheRead);
    expect(total.not_reported).toEqual({ input: 0, output: 1 });

    const byTarget = Object.groupBy(all, ({ target }) => target ?? '');
    for (const [target, own] of Object.entries(counted.models)) {
      const rows = byTarget[target] ?? [];
      expect(rows.reduce((sum, row) => sum + (row.input_tokens ?? 0), 0)).toBe(own.input);
      expect(rows.reduce((sum, row) => sum + (row.output_tokens ?? 0), 0)).toBe(own.output);
    }
  });

  test('a record joins the request that AWS logs', () => {
    const logged = emulator.requests.flatMap(({ headers, body }) => {
      const inBody = (JSON.parse(body) as { requestMetadata?: Record<string, string> }).requestMetadata;
      const inHeader = headers['x-amzn-bedrock-request-metadata'];
      const metadata = inBody ?? (inHeader === undefined ? {} : JSON.parse(inHeader));
      return metadata.streambed_generation ?? [];
    });
    const generations = all.filter(({ kind }) => kind === 'generation').map(({ generation }) => generation);
    expect(logged).toEqual(generations);
    const ids = new Set(emulator.requests.map(({ requestId }) => requestId));
    for (const { request_id, kind } of all) if (kind === 'generation') expect(ids).toContain(request_id);
  });

  test('costs are summed to the last place', async () => {
    const units = (usd: string | null) => BigInt((usd ?? '0').replace('.', ''));
    const { items, total } = await get<Sums>(gateway, '?group=model,day');
    const sum = all.reduce((so, { cost_usd }) => so + units(cost_usd), 0n);
    expect(units(total.cost.usd)).toBe(sum);
    expect(items.reduce((so, { cost }) => so + units(cost.usd), 0n)).toBe(sum);
    expect(units(total.cost.exact_usd) + units(total.cost.estimated_usd)).toBe(sum);
    expect(total.cost.unknown).toBe(0);
  });

  test('groups come in order and in pages, and the total is of all', async () => {
    const whole = await get<Sums>(gateway, '?group=surface,model');
    const names = whole.items.map(({ surface, model }) => `${surface} ${model}`);
    expect(names).toEqual([...names].sort());
    const paged: GroupedSum[] = [];
    let after = '';
    for (;;) {
      const page = await get<Sums>(gateway, `?group=surface,model&limit=2${after}`);
      expect(page.total).toEqual(whole.total);
      paged.push(...page.items);
      if (page.next === undefined) break;
      after = `&after=${page.next}`;
    }
    expect(paged).toEqual(whole.items);
  });

  test('records come in pages, and by what they have', async () => {
    const paged: UsageItem[] = [];
    let after = '';
    for (;;) {
      const page = await get<{ records: readonly UsageItem[]; next?: string }>(
        gateway,
        `/records?limit=3${after}`,
      );
      paged.push(...page.records);
      if (page.next === undefined) break;
      after = `&after=${page.next}`;
    }
    expect(paged).toEqual(all);
    expect(await records(gateway, `&generation=${all[3]?.generation}`)).toEqual([all[3]]);
    expect(await records(gateway, '&surface=bedrock')).toHaveLength(2);
    expect(await records(gateway, '&from=2020-01-01&to=2020-02-01')).toEqual([]);
  });

  test('CSV has the same rows', async () => {
    const response = await fetch(`${gateway.url}/streambed/v1/usage?group=surface`, {
      headers: { accept: 'text/csv' },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = (await response.text()).trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^surface,generations,embeddings,completed,.*,cost_usd,/);
    expect(lines.slice(1).map((line) => line.split(',', 2).join(' '))).toEqual([
      'anthropic 2',
      'bedrock 2',
      'model-socket 1',
      'openai 2',
      'streambed 2',
    ]);
  });

  test.each([
    ['?group=colour', 'group'],
    ['?from=yesterday', 'from'],
    ['?from=2026-02-01&to=2026-01-01', 'to'],
    ['?limit=0', 'limit'],
    ['?after=nonsense', 'after'],
    ['/records?after=bnVsbA', 'after'],
  ])('%s is refused, with the field at fault', async (query, field) => {
    const response = await fetch(`${gateway.url}/streambed/v1/usage${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'SB_BAD_REQUEST', field } });
  });
});

const words = Array.from({ length: 2_000 }, (_, index) => `word${index} `);

test('however a generation ends it has its record: failed, cancelled, erased while it runs', async () => {
  await using gateway = await startGateway({
    emulator: {
      pace: { firstTokenMs: 1, tokensPerSecond: 200, jitter: 0 },
      script: ({ prompt }) =>
        prompt === 'break off' ? failing(say(words), { type: 'cut', at: 'mid-frame', after: 5 }) : say(words),
    },
  });
  await using socket = await openFrameSocket(gateway);
  socket.send(ask('failed', 'break off'));
  await socket.untilStop();
  socket.send(ask('cancelled', 'go on'));
  await socket.until('event');
  socket.send({ type: 'cancel', id: 'cancelled' });
  await socket.untilStop();
  socket.send(ask('erased', 'go on', { conversation: 'c' }));
  await socket.until('event');
  await fetch(`${gateway.url}/streambed/v1/conversations/c?erase=1`, { method: 'DELETE' });
  await gateway.emulator.idle();
  await expect.poll(async () => (await records(gateway)).length, patient).toBe(3);
  const [failed, cancelled, erased] = await records(gateway);
  expect(failed).toMatchObject({ state: 'failed', error_code: expect.stringMatching(/^SB_/) });
  expect(cancelled).toMatchObject({ state: 'cancelled', cost_status: 'estimated' });
  expect(erased?.state).not.toBe('completed');
});

test('a key sees its own, and is named in its records; an admin sees everybody', async () => {
  await using gateway = await startGateway();
  const make = async (body: object, headers = {}) =>
    (await (await post(gateway, '/streambed/v1/keys', body, headers)).json()) as { key: string; id: string };
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const admin = bearer((await make({ name: 'admin', admin: true })).key);
  const own = await make({ name: 'ours', project: 'shop' }, admin);
  const other = await make({ name: 'theirs', project: 'mill' }, admin);
  const body = { model: 'anthropic', max_tokens: 50, messages };
  for (const { key } of [own, other, other])
    await (await post(gateway, '/v1/messages', body, bearer(key))).text();

  const see = async (headers: Record<string, string>, query = '') =>
    (await get<Sums>(gateway, `?group=project,key${query}`, headers)).items.map((item) => [
      item.project,
      item.key,
      item.generations,
    ]);
  expect(await see(bearer(own.key))).toEqual([['shop', own.id, 1]]);
  expect(await see(bearer(own.key), '&project=mill')).toEqual([]);
  expect(await see(admin)).toEqual([
    ['mill', other.id, 2],
    ['shop', own.id, 1],
  ]);
  expect((await fetch(`${gateway.url}/streambed/v1/usage`)).status).toBe(401);
});

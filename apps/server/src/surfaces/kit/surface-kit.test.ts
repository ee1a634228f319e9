import { failing, type Reply, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from '../../../../../packages/client/src/sse.ts';
import {
  byHeader,
  type Gateway,
  type GatewaySettings,
  readEvents,
  startGateway,
  upstreamGone,
} from '../../../test/gateway.ts';

/** The way of a compatible request, seen through Anthropic's words: what is the same for every ecosystem. */

const words = Array.from({ length: 40 }, (_, index) => `word${index} `);

/** Says so many words, and then nothing more until the client leaves. */
const neverDone: Reply = failing(say(words), { type: 'stall', after: 10 });

function answering(reply: Reply, more: GatewaySettings = {}): GatewaySettings {
  return { ...more, emulator: { script: () => reply, ...more.emulator } };
}

const body = { model: 'claude-haiku', max_tokens: 500, messages: [{ role: 'user', content: 'go' }] };

function ask({ url }: Gateway, more: object = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    ...init,
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...init.headers },
    body: JSON.stringify({ ...body, ...more }),
  });
}

function watch({ url }: Gateway, response: Response, headers: Record<string, string> = {}) {
  const generation = response.headers.get('x-streambed-generation');
  return fetch(`${url}/streambed/v1/generations/${generation}/events`, { headers });
}

const isDelta = ({ name }: ServerSentEvent) => name === 'content_block_delta';

test('a head says which generation it is, where it went and in how many attempts', async () => {
  let calls = 0;
  const throttled = failing(say('no'), { type: 'error', name: 'ThrottlingException' });
  const script = () => (++calls === 1 ? throttled : say('yes'));
  await using gateway = await startGateway({ emulator: { script } });
  for (const stream of [true, false]) {
    calls = 0;
    const response = await ask(gateway, { stream, service_tier: 'auto' });
    expect(response.status).toBe(200);
    const head = Object.fromEntries(response.headers);
    expect(head['x-streambed-generation']).toMatch(/^gen_/);
    expect(head['x-streambed-target']).toContain('claude-haiku');
    expect(head['x-streambed-attempts']).toBe('2');
    expect(head['x-streambed-dropped']).toBe('service_tier');
    expect(head['x-request-id']).toMatch(/^req_/);
    expect(head['request-id']).toBe(head['x-request-id']);
    await response.text();
  }
});

test('whoever asked leaves: the upstream request is gone within 100 ms', async () => {
  await using gateway = await startGateway(answering(neverDone));
  const leaving = new AbortController();
  const response = await ask(gateway, { stream: true }, { signal: leaving.signal });
  await readEvents(response, isDelta);
  leaving.abort();
  await upstreamGone(gateway);
  const stop = JSON.parse((await readEvents(await watch(gateway, response))).at(-1)?.data ?? '');
  expect(stop).toMatchObject({ type: 'generation_stop', state: 'cancelled' });
});

test.each([true, false])('whoever asked leaves before there is any event (stream: %s)', async (stream) => {
  const stalled = failing(say('x'), { type: 'stall', after: 'headers' });
  await using gateway = await startGateway(answering(stalled));
  const leaving = new AbortController();
  const asked = ask(gateway, { stream }, { signal: leaving.signal });
  await gateway.emulator.received(1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await upstreamGone(gateway);
});

test('a generation can be watched while it runs and after its end, by its owner alone', async () => {
  await using gateway = await startGateway({ ...answering(say(words)), tuning: byHeader });
  const response = await ask(gateway, { stream: true }, { headers: { 'x-user': 'one' } });
  const events = await readEvents(response);
  const watched = await readEvents(await watch(gateway, response, { 'x-user': 'one' }));
  const texts = (list: readonly ServerSentEvent[]) =>
    list
      .filter(isDelta)
      .map(({ data }) => JSON.parse(data).delta.text)
      .join('');
  expect(texts(events)).toBe(words.join(''));
  expect(texts(watched)).toBe(words.join(''));
  expect(JSON.parse(watched[0]?.data ?? '')).toMatchObject({ state: 'completed', store: 'none' });
  expect((await watch(gateway, response, { 'x-user': 'two' })).status).toBe(404);
});

test('a watcher that leaves ends nothing', async () => {
  let goOn = () => {};
  const until = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow = failing(say(words), { type: 'stall', after: 10, until });
  await using gateway = await startGateway(answering(slow));
  const response = await ask(gateway, { stream: true });
  await readEvents(await watch(gateway, response), isDelta);
  goOn();
  expect((await readEvents(response)).at(-1)?.name).toBe('message_stop');
});

test('the status is held for the first event, and an early failure has its own', async () => {
  const throttled = failing(say('no'), { type: 'error', name: 'AccessDeniedException' });
  await using gateway = await startGateway(answering(throttled));
  for (const stream of [true, false]) {
    const response = await ask(gateway, { stream });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-streambed-generation')).toMatch(/^gen_/);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
  }
});

test('a model that thinks long: the status goes out, and heartbeats keep the line alive', async () => {
  let goOn = () => {};
  const until = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow = failing(say('done'), { type: 'stall', after: 'headers', until });
  const env = { STREAMBED_STATUS_HOLD_MS: '20' };
  await using gateway = await startGateway({
    ...answering(slow, { env }),
    tuning: { connection: { heartbeatMs: 20 } },
  });
  const response = await ask(gateway, { stream: true });
  expect(response.status).toBe(200);
  let beats = 0;
  const events = await readEvents(response, ({ name }) => {
    if (name === 'ping' && ++beats === 3) goOn();
    return name === 'message_stop';
  });
  expect(events.slice(0, 3).map(({ name, data }) => [name, JSON.parse(data)])).toEqual(
    Array.from({ length: 3 }, () => ['ping', { type: 'ping' }]),
  );
  expect(events.at(-1)?.name).toBe('message_stop');
});

test('a failure after the status is known is never a good end', async () => {
  const cut = failing(say(words), { type: 'cut', at: 'mid-frame', after: 5 });
  await using gateway = await startGateway(answering(cut));
  const events = await readEvents(await ask(gateway, { stream: true }));
  expect(events.map(({ name }) => name)).not.toContain('message_stop');
  expect(events.at(-1)?.name).toBe('error');
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({
    type: 'error',
    error: { type: 'api_error', code: 'SB_UPSTREAM_CUT' },
    request_id: expect.stringMatching(/^req_/),
  });
  const whole = await ask(gateway);
  expect(whole.status).toBe(500);
  expect(await whole.json()).toMatchObject({ error: { code: 'SB_UPSTREAM_CUT' } });
});

test('an answer that somebody else cancels is an error to whoever asked', async () => {
  await using gateway = await startGateway(answering(neverDone));
  const response = await ask(gateway, { stream: true });
  const generation = response.headers.get('x-streambed-generation');
  const cancel = () =>
    fetch(`${gateway.url}/streambed/v1/generations/${generation}/cancel`, { method: 'POST' });
  let cancelled: Promise<Response> | undefined;
  const events = await readEvents(response, (event) => {
    if (isDelta(event)) cancelled ??= cancel();
    return false;
  });
  expect((await cancelled)?.status).toBe(200);
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ error: { code: 'SB_CANCELLED' } });
});

test('a server that stops ends what runs with an error that says so, and takes nothing new', async () => {
  await using gateway = await startGateway(answering(neverDone));
  const response = await ask(gateway, { stream: true });
  const events: ServerSentEvent[] = [];
  let stopped: Promise<void> | undefined;
  for await (const event of readServerSentEvents(response.body as ReadableStream<Uint8Array>)) {
    events.push(event);
    if (isDelta(event)) stopped ??= gateway.server.stop();
  }
  await stopped;
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ error: { code: 'SB_INTERRUPTED' } });
});

test('past the limit of generations a request is refused, with when to come back', async () => {
  const env = { STREAMBED_MAX_GENERATIONS: '1', STREAMBED_QUEUE_MS: '0' };
  await using gateway = await startGateway(answering(neverDone, { env }));
  const leaving = new AbortController();
  const first = await ask(gateway, { stream: true }, { signal: leaving.signal });
  const second = await ask(gateway);
  expect(second.status).toBe(429);
  expect(second.headers.get('x-should-retry')).toBe('true');
  expect(second.headers.get('retry-after-ms')).toMatch(/^[1-9]\d*000$/);
  expect(await second.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  leaving.abort();
  await first.text().catch(() => {});
});

test('the servers that a request came through are told upstream, and one that comes back is refused', async () => {
  await using gateway = await startGateway(answering(say('hi')));
  await (await ask(gateway, {}, { headers: { 'x-streambed-hop': 'one, two' } })).text();
  const hops = gateway.emulator.requests[0]?.headers['x-streambed-hop']?.split(', ') ?? [];
  expect(hops.slice(0, 2)).toEqual(['one', 'two']);
  expect(hops).toHaveLength(3);
  const back = await ask(gateway, {}, { headers: { 'x-streambed-hop': hops.join(',') } });
  expect(await back.json()).toMatchObject({ type: 'error', error: { code: 'SB_LOOP' } });
});

test('a slow reader holds up only itself, and gets everything', async () => {
  const long = Array.from({ length: 3000 }, (_, index) => `${index} `.padEnd(400, 'x'));
  await using gateway = await startGateway(answering(say(long)));
  const response = await ask(gateway, { stream: true, max_tokens: 60_000 });
  // Read only when all of it has been made: most of it waited in the log, not in a socket.
  await gateway.emulator.idle();
  const text = (await readEvents(response))
    .filter(isDelta)
    .map(({ data }) => JSON.parse(data).delta.text)
    .join('');
  expect(text).toBe(long.join(''));
});

test.each([
  ['a body that is no JSON', '{"model"', 400, 'SB_BAD_JSON', {}],
  ['an empty body', '', 400, 'SB_BAD_REQUEST', {}],
  [
    'a body of another type',
    'a=b',
    400,
    'SB_BAD_REQUEST',
    { 'content-type': 'application/x-www-form-urlencoded' },
  ],
  ['a page of another origin', '{}', 403, 'SB_ORIGIN_REFUSED', { origin: 'http://example.com' }],
])('%s is refused in the surface’s own words', async (_name, sent, status, code, headers) => {
  await using gateway = await startGateway();
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    body: sent,
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('request-id')).toMatch(/^req_/);
  expect(await response.json()).toMatchObject({ type: 'error', error: { code } });
});

test('a body past 25 MB is refused before it is read', async () => {
  await using gateway = await startGateway();
  const response = await ask(gateway, { system: 'x'.repeat(25 * 1024 * 1024) });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'request_too_large' } });
});

test('what is not there is not found in the words of who asks', async () => {
  await using gateway = await startGateway();
  const anthropic = { 'anthropic-version': '2023-06-01' };
  const at = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    (await fetch(`${gateway.url}${path}`, { headers, method })).json();
  const theirs = { type: 'error', error: { type: 'not_found_error' } };
  expect(await at('/v1/nothing', anthropic)).toMatchObject(theirs);
  expect(await at('/anthropic/v1/nothing')).toMatchObject(theirs);
  expect(await at('/v1/messages', anthropic, 'PUT')).toMatchObject(theirs);
  expect(await at('/v1/models/nobody', anthropic)).toMatchObject(theirs);
  expect(await at('/v1/nothing')).toMatchObject({ error: { type: 'invalid_request_error' } });
});

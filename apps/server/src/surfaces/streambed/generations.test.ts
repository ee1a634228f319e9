import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from '../../../../../packages/client/src/sse.ts';
import {
  byHeader,
  type Gateway,
  type GatewaySettings,
  openFrameSocket,
  readEvents,
  startGateway,
  textOf,
} from '../../../test/gateway.ts';

const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
const whole = words.join('');
const talking: GatewaySettings = { emulator: { script: () => say(words) } };

function body(more: object = {}, content: unknown = 'go') {
  return { request: { model: 'anthropic', messages: [{ role: 'user', content }] }, ...more };
}

/** A document of so many megabytes: as text it would be too long for any model. */
function scan(megabytes: number) {
  const data = 'A'.repeat(megabytes * 1024 * 1024);
  return [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } }];
}

function post(
  { url }: Gateway,
  order: object,
  headers: Readonly<Record<string, string>> = {},
  path = '',
): Promise<Response> {
  return fetch(`${url}/streambed/v1/generations${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(order),
  });
}

function get({ url }: Gateway, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/streambed/v1/generations/${path}`, init);
}

/** The text of events; throws unless their ids only grow from `after`. */
function said(events: readonly ServerSentEvent[], after = 0): string {
  let seq = after;
  let text = '';
  for (const { name, id, data } of events) {
    if (['accepted', 'attached', 'reset'].includes(name)) continue;
    if (Number(id) <= seq) throw new Error(`id ${id} after ${seq}`);
    seq = Number(id);
    if (name === 'content_block_delta') text += JSON.parse(data).delta.text;
  }
  return text;
}

test('a POST is answered by Server-Sent Events: the ids are seqs, the names types, the end the end', async () => {
  await using gateway = await startGateway(talking);
  const response = await post(gateway, body());
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  expect(response.headers.get('cache-control')).toContain('no-store');
  const events = await readEvents(response);
  const [opening] = events;
  expect(opening?.name).toBe('accepted');
  expect(JSON.parse(opening?.data ?? '')).toMatchObject({
    generation: response.headers.get('x-streambed-generation'),
    state: 'running',
    store: 'resume',
  });
  expect(said(events)).toBe(whole);
  expect(events[1]?.id).toBe('1');
  expect(events.at(-1)?.name).toBe('generation_stop');
  expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ state: 'completed' });
});

test('what a model cannot be told is named in a header and in the end', async () => {
  await using gateway = await startGateway(talking);
  const request = { model: 'llama3', top_k: 5, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await post(gateway, { request });
  expect(response.headers.get('x-streambed-dropped')).toBe('top_k');
  expect(response.headers.get('x-streambed-defaulted')).toMatch(/^max_tokens=\d+/);
  expect(response.headers.get('x-streambed-target')).toContain('meta.llama3');
  const stop = JSON.parse((await readEvents(response)).at(-1)?.data ?? '');
  expect(stop.bedrock).toMatchObject({
    dropped: ['top_k'],
    defaulted: [expect.stringMatching(/^max_tokens=/)],
  });
});

test('stream: false is answered by the whole message', async () => {
  await using gateway = await startGateway(talking);
  const response = await post(gateway, body({ stream: false, id: 'whole' }));
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    id: 'whole',
    state: 'completed',
    head: expect.any(Number),
    message: { role: 'assistant', content: [{ type: 'text', text: whole }], stop_reason: 'end_turn' },
    stop: { type: 'generation_stop', state: 'completed' },
  });
});

test('prefer: respond-async is answered by the id at once; the events are read later, twice the same', async () => {
  await using gateway = await startGateway(talking);
  const response = await post(gateway, body(), { prefer: 'respond-async', 'idempotency-key': 'job-1' });
  expect(response.status).toBe(202);
  const { generation, id, state } = (await response.json()) as Record<string, string>;
  expect({ id, state }).toEqual({ id: 'job-1', state: 'running' });
  expect(response.headers.get('location')).toBe(`generations/${generation}`);
  for (const name of [generation, id]) {
    const events = await readEvents(await get(gateway, `${name}/events`));
    expect(events[0]?.name).toBe('attached');
    expect(said(events)).toBe(whole);
  }
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('a reading that is broken off goes on strictly after the last id, by header or by query', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => say(words), pace: { firstTokenMs: 1, tokensPerSecond: 400, jitter: 0 } },
  });
  const first = await post(gateway, body({ id: 'mine' }));
  const before = await readEvents(first, ({ id }) => Number(id) >= 8);
  const last = before.at(-1)?.id ?? '';
  const byQuery = await readEvents(
    await get(gateway, `mine/events?after=${last}`),
    ({ id }) => Number(id) >= 20,
  );
  const at = byQuery.at(-1)?.id ?? '';
  // A browser that comes back sends the id; its URL still has the old cursor.
  const byHeader = await readEvents(
    await get(gateway, `mine/events?after=${last}`, { headers: { 'last-event-id': at } }),
  );
  expect(said(before) + said(byQuery, Number(last)) + said(byHeader, Number(at))).toBe(whole);
  // All of it has been read: a browser must not come back.
  const end = byHeader.at(-1)?.id;
  expect((await get(gateway, `mine/events?after=${end}`)).status).toBe(204);
});

test('who has more than there is starts over', async () => {
  await using gateway = await startGateway(talking);
  await (await post(gateway, body({ id: 'mine' }))).text();
  const events = await readEvents(await get(gateway, 'mine/events?after=9999'));
  expect(events.map(({ name }) => name).slice(0, 2)).toEqual(['attached', 'reset']);
  expect(said(events)).toBe(whole);
  expect((await get(gateway, 'mine/events?after=x')).status).toBe(400);
});

test('silence is filled with comments', async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = () => failing(say(words), { type: 'stall', after: 5, until: gate.promise });
  await using gateway = await startGateway({
    emulator: { script },
    tuning: { connection: { heartbeatMs: 20 } },
  });
  const response = await post(gateway, body());
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk);
    if (text.split('\n').filter((line) => line.startsWith(':')).length >= 3) gate.resolve();
  }
  expect(text).toContain('event: generation_stop');
});

test('until the first event the status says the truth; after the hold it is 200, and the end says it', async () => {
  const script: Script = ({ prompt }) =>
    failing(say(words), {
      type: 'error',
      name: prompt === 'throttle' ? 'ThrottlingException' : 'AccessDeniedException',
    });
  await using gateway = await startGateway({ emulator: { script } });
  for (const stream of [true, false]) {
    const denied = await post(gateway, body({ stream }));
    expect(denied.status).toBe(403);
    expect(await denied.json()).toMatchObject({
      error: { code: expect.stringMatching(/^SB_/), request_id: denied.headers.get('x-request-id') },
    });
    expect(denied.headers.get('x-streambed-generation')).toMatch(/^gen_/);
    expect(denied.headers.get('x-should-retry')).toBe('false');
  }

  const slow: Script = () => failing(say(words), { type: 'stall', after: 'headers', ms: 300 });
  await using late = await startGateway({
    emulator: { script: slow },
    argv: ['--status-hold-ms', '20', '--timeout-first-event-ms', '200'],
  });
  const response = await post(late, body());
  expect(response.status).toBe(200);
  const end = JSON.parse((await readEvents(response)).at(-1)?.data ?? '');
  expect(end).toMatchObject({ state: 'failed', error: { code: 'SB_TIMEOUT_FIRST_EVENT' } });
});

test('a whole answer that fails in its middle has the status of its error, and what there was', async () => {
  const script: Script = () => failing(say(words), { type: 'cut', at: 'mid-frame', after: 12 });
  await using gateway = await startGateway({ emulator: { script } });
  const response = await post(gateway, body({ stream: false }));
  expect(response.status).toBe(502);
  const answer = (await response.json()) as {
    message: { content: readonly { text: string }[] };
  };
  expect(answer).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CUT' } });
  const text = answer.message.content[0]?.text ?? '';
  expect(text.length).toBeGreaterThan(5);
  expect(whole.startsWith(text)).toBe(true);
});

test('the same key with the same request is the same generation, with another it is refused', async () => {
  await using gateway = await startGateway(talking);
  const [one, two] = await Promise.all(
    [1, 2].map(async () => {
      const response = await post(gateway, body({ stream: false }), { 'idempotency-key': 'k' });
      return (await response.json()) as object;
    }),
  );
  expect(two).toEqual(one);
  expect(gateway.emulator.requests).toHaveLength(1);
  const other = await post(gateway, body({}, 'other'), { 'idempotency-key': 'k' });
  expect(other.status).toBe(422);
  expect(await other.json()).toMatchObject({ error: { code: 'SB_ID_REUSED' } });
  for (const key of ['a b', 'x'.repeat(65)]) {
    expect((await post(gateway, body(), { 'idempotency-key': key })).status).toBe(400);
  }
  expect((await post(gateway, body({ id: 'i' }), { 'idempotency-key': 'k2' })).status).toBe(400);
});

test('it can be inspected, cancelled by either name, and erased for good', async () => {
  const script: Script = () => failing(say(words), { type: 'stall', after: 10 });
  await using gateway = await startGateway({ emulator: { script } });
  const start = await post(gateway, body({ id: 'mine' }), { prefer: 'respond-async' });
  const { generation } = (await start.json()) as { generation: string };
  // Read until it stalls, so that there is something to see.
  await readEvents(await get(gateway, 'mine/events'), ({ id }) => Number(id) >= 8);
  const running = await (await get(gateway, `${generation}?include=message`)).json();
  expect(running).toMatchObject({ generation, id: 'mine', state: 'running', model: 'anthropic' });
  const text = (running as { message: { content: readonly { text: string }[] } }).message.content[0]?.text;
  expect(whole.startsWith(text ?? '-')).toBe(true);

  for (const name of [generation, 'mine']) {
    const cancelled = await post(gateway, {}, {}, `/${name}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(await cancelled.json()).toMatchObject({ generation, state: 'cancelled' });
  }
  await gateway.emulator.idle();
  const after = (await (await get(gateway, 'mine')).json()) as object;
  expect(after).toMatchObject({ state: 'cancelled', stop: { state: 'cancelled' } });
  expect(after).not.toHaveProperty('message');

  expect((await get(gateway, 'mine', { method: 'DELETE' })).status).toBe(204);
  for (const path of ['mine', 'mine/events']) expect((await get(gateway, path)).status).toBe(410);
  expect((await get(gateway, generation)).status).toBe(404);
  expect((await post(gateway, body({ id: 'mine' }))).status).toBe(410);
});

test('what runs and is erased is cancelled first', async () => {
  const script: Script = () => failing(say(words), { type: 'stall', after: 10 });
  await using gateway = await startGateway({ emulator: { script } });
  await post(gateway, body({ id: 'mine' }), { prefer: 'respond-async' });
  await gateway.emulator.received(1);
  expect((await get(gateway, 'mine', { method: 'DELETE' })).status).toBe(204);
  await gateway.emulator.idle();
});

test('an id that is cancelled before it is seen is remembered; another name is not found', async () => {
  await using gateway = await startGateway(talking);
  expect(await (await post(gateway, {}, {}, '/ahead/cancel')).json()).toEqual({
    id: 'ahead',
    state: 'cancelled',
  });
  const answer = await post(gateway, body({ id: 'ahead', stream: false }));
  expect(await answer.json()).toMatchObject({ state: 'cancelled' });
  expect(gateway.emulator.requests).toHaveLength(0);
  for (const path of ['none', 'none/events', 'a%20b', `gen_${'x'.repeat(22)}`]) {
    expect((await get(gateway, path)).status).toBe(404);
  }
});

test('of someone else there is nothing', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  const mine = await post(gateway, body({ id: 'mine', stream: false }), { 'x-user': 'me' });
  const { generation } = (await mine.json()) as { generation: string };
  const headers = { 'x-user': 'them' };
  for (const name of [generation, 'mine']) {
    for (const init of [{ headers }, { headers, method: 'DELETE' }]) {
      expect((await get(gateway, name, init)).status).toBe(404);
    }
    expect((await get(gateway, `${name}/events`, { headers })).status).toBe(404);
  }
});

test('a reader that leaves leaves the generation running, unless it said otherwise', async () => {
  const script: Script = () => failing(say(words), { type: 'stall', after: 10 });
  await using gateway = await startGateway({ emulator: { script }, tuning: { abandonMs: 30 } });
  for (const id of ['stays', 'goes']) {
    const leave = new AbortController();
    const order = body({ id, on_disconnect: id === 'goes' ? 'cancel' : 'continue' });
    const response = await fetch(`${gateway.url}/streambed/v1/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
      signal: leave.signal,
    });
    const events = readServerSentEvents(response.body as ReadableStream<Uint8Array>);
    await events.next();
    leave.abort();
  }
  await using client = await openFrameSocket(gateway);
  client.send({ type: 'watch', topic: 'generations' });
  let states: Record<string, string> = {};
  while (states.goes !== 'cancelled') {
    const frame = await client.next();
    if (frame.type === 'changed' && frame.topic === 'generations')
      states = { ...states, ...Object.fromEntries(frame.items.map(({ id, state }) => [id, state])) };
  }
  expect(states.stays).toBe('running');
});

test('a request too large for a frame is posted, and attached on the socket', async () => {
  await using gateway = await startGateway(talking);
  const large = body({ id: 'large' }, scan(20));
  const response = await post(gateway, large, { prefer: 'respond-async' });
  expect(response.status).toBe(202);
  await using client = await openFrameSocket(gateway);
  client.send({ type: 'attach', id: 'large' });
  expect(textOf(await client.untilStop())).toBe(whole);

  const tooLarge = await post(gateway, body({}, scan(26)));
  expect(tooLarge.status).toBe(413);
  expect(await tooLarge.json()).toMatchObject({ error: { code: 'SB_TOO_LARGE' } });
}, 60_000);

test('what is wrong is refused by name, and nothing runs', async () => {
  await using gateway = await startGateway(talking);
  const wrong: readonly [object, number, object][] = [
    [{}, 400, { code: 'SB_BAD_REQUEST', field: 'request' }],
    [body({ id: 'a b' }), 400, { field: 'id' }],
    [body({ parent: 'gen_x' }), 404, { code: 'SB_NOT_FOUND', field: 'parent' }],
    [
      { request: { model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] } },
      404,
      { code: 'SB_UNKNOWN_MODEL' },
    ],
  ];
  for (const [order, status, error] of wrong) {
    const response = await post(gateway, order);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  }
  const form = await fetch(`${gateway.url}/streambed/v1/generations`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify(body()),
  });
  expect(form.status).toBe(400);
  expect(gateway.emulator.requests).toHaveLength(0);
});

test('a reader that does not read holds up nobody, and has everything in the end', async () => {
  const flood = Array.from({ length: 60_000 }, (_, index) => `${'x'.repeat(60)}${index} `);
  await using gateway = await startGateway({ emulator: { script: () => say(flood) } });
  const order = body({ id: 'flood' });
  const request = { ...order.request, max_tokens: 64_000 };
  await post(gateway, { ...order, request }, { prefer: 'respond-async' });
  const asked = http.get(`${gateway.url}/streambed/v1/generations/flood/events`);
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  response.socket.pause();
  // Nobody reads, and the model is done all the same.
  await gateway.emulator.received(1);
  await gateway.emulator.idle();
  response.socket.resume();
  const events = [];
  const stream = Readable.toWeb(response) as ReadableStream<Uint8Array>;
  for await (const event of readServerSentEvents(stream)) events.push(event);
  expect(said(events) === flood.join('')).toBe(true);
}, 60_000);

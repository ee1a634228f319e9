import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import { emptyMessage } from '@streambed/protocol';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FlakyLineOptions, flakyLine } from '../../../test/support/flaky-line.ts';
import { seededRandom } from '../../../test/support/random.ts';
import { startAsChild, startInProcess, upstreamAt } from '../../../test/support/servers.ts';
import { until } from '../../../test/support/until.ts';
import { type Client, createClient } from './client.ts';
import type { Generation } from './generation.ts';
import type { GenerationSnapshot } from './snapshot.ts';
import { answerText } from './turn-messages.ts';

/** Lost lines, over real sockets, with the real server and the emulator at a model's pace. */
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pace: { firstTokenMs: 20, tokensPerSecond: 300, jitter: 0.2 } });
});
afterAll(() => emulator?.stop());
afterEach(async () => {
  await emulator.idle();
  expect(emulator.open).toBe(0);
});

const impatient = { firstMs: 10, longestMs: 50, apartMs: 5 };

async function setUp(options: FlakyLineOptions = {}) {
  const server = await startInProcess(upstreamAt(emulator.url));
  const line = await flakyLine(server.url, options);
  const clients: Client[] = [];
  const open = (url = line.url) => {
    const client = createClient({ url, reconnect: impatient });
    clients.push(client);
    return client;
  };
  return {
    server,
    line,
    open,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await line[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

const words = (count: number) =>
  Array.from({ length: count }, (_, place) => `ripple${place} äöü 水`).join(' ');

function say(client: Client, text: string, options?: Parameters<Client['generate']>[1]) {
  return client.generate(
    { model: 'anthropic', max_tokens: 8_192, messages: [{ role: 'user', content: `/say ${text}` }] },
    options,
  );
}

/** Every piece of text that a reader of the events was given, joined. */
async function readText(generation: Generation): Promise<string> {
  let text = '';
  for await (const event of generation) {
    if (event.type === 'reset') text = '';
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
  }
  return text;
}

const written = (count: number) => (snapshot: GenerationSnapshot) => answerText(snapshot).length >= count;

test('five reconnects within one answer: nothing is lost, nothing is there twice', async () => {
  await using at = await setUp();
  const text = words(60);
  const generation = say(at.open(), text);
  const read = readText(generation);
  let heard = '';
  generation.listen({ onText: (piece) => (heard += piece) });
  for (let cut = 1; cut <= 5; cut += 1) {
    await until(generation, written(cut * 100));
    at.line.drop();
    await until(generation, ({ phase, resumed }) => phase !== 'resuming' && resumed >= cut);
  }
  const end = await generation.ended;
  expect(end.phase).toBe('completed');
  expect(end.resumed).toBeGreaterThanOrEqual(5);
  expect([answerText(end), await read, heard]).toEqual([text, text, text]);
  expect(emulator.requests.filter(({ body }) => body.includes(text.slice(0, 40)))).toHaveLength(1);
});

test.for(['websocket', 'http'] as const)(
  'cut at random points over %s, every answer is whole',
  async (by) => {
    const random = seededRandom(`cut at random points over ${by}`);
    await using at = await setUp({
      refuseUpgrades: by === 'http',
      // Small at first, so that greetings and replies are cut too; never so small that nothing gets through for ever.
      cutAfter: () => (random.next() < 0.2 ? random.integer(1, 400) : random.integer(1_000, 9_000)),
    });
    const texts = Array.from({ length: 4 }, (_, place) => `${place}: ${words(random.integer(1, 60))}`);
    const client = at.open();
    const before = emulator.requests.length;
    const generations = texts.map((text) => say(client, text));
    const read = Promise.all(generations.map(readText));
    const ends = await Promise.all(generations.map(({ ended }) => ended));
    expect(ends.map(({ phase }) => phase)).toEqual(texts.map(() => 'completed'));
    expect(ends.map(answerText)).toEqual(texts);
    expect(await read).toEqual(texts);
    // Asked over and over, run once.
    expect(emulator.requests.length - before).toBe(texts.length);
  },
);

test('a page that reloads goes on by the id it kept, from the start or from where it was', async () => {
  await using at = await setUp();
  const text = words(40);
  const before = at.open();
  const first = say(before, text, { id: 'kept-id' });
  const seen = await until(first, written(80));
  before.close();
  expect((await first.ended).phase).toBe('interrupted');
  const after = at.open();
  const whole = after.attach('kept-id');
  const onward = after.attach(seen.generation ?? '', { after: seen.seq, message: seen.message });
  expect(onward.get().phase).toBe('resuming');
  expect(answerText(await whole.ended)).toBe(text);
  expect(answerText(await onward.ended)).toBe(text);
  expect((await whole.whole()).stop_reason).toBe('end_turn');
});

test('a question that had not left its page is asked by the next one, once', async () => {
  await using at = await setUp();
  const request = { model: 'anthropic', messages: [{ role: 'user' as const, content: '/say Here.' }] };
  const [one, other] = [at.open(), at.open()].map((client) => client.attach('never-sent', { request }));
  expect(answerText(await (one as Generation).ended)).toBe('Here.');
  expect(answerText(await (other as Generation).ended)).toBe('Here.');
  expect((one as Generation).get().generation).toBe((other as Generation).get().generation);
  const unknown = await at.open().attach('never-heard-of').ended;
  expect(unknown).toMatchObject({ phase: 'failed', stop: { error: { code: 'SB_NOT_FOUND' } } });
});

test('two clients read one answer at once, and either may stop it', async () => {
  await using at = await setUp();
  const one = say(at.open(), words(400), { id: 'shared' });
  await until(one, written(200));
  const late = at.open().attach('shared');
  await until(late, written(200));
  late.cancel();
  const ends = await Promise.all([one.ended, late.ended]);
  expect(ends.map(({ phase }) => phase)).toEqual(['cancelled', 'cancelled']);
  expect(answerText(ends[0])).toBe(answerText(ends[1]));
});

test('cancelled while there is no line, it is cancelled on the server as soon as there is one', async () => {
  await using at = await setUp();
  const client = at.open();
  const generation = say(client, words(2_000), { id: 'cancel-me' });
  await until(generation, written(100));
  at.line.down = true;
  at.line.drop();
  await until(generation, ({ phase }) => phase === 'resuming');
  generation.cancel();
  expect(emulator.open).toBe(1);
  at.line.down = false;
  expect(await generation.ended).toMatchObject({ phase: 'cancelled' });
  await emulator.idle();
  const seen = await at.open(at.server.url).attach('cancel-me').ended;
  expect(seen.phase).toBe('cancelled');
});

test('where upgrades are refused it is HTTP, with the same events and the same end', async () => {
  await using at = await setUp({ refuseUpgrades: true });
  const client = at.open();
  const text = words(30);
  const generation = say(client, text);
  const read = readText(generation);
  expect(answerText(await generation.ended)).toBe(text);
  expect(await read).toBe(text);
  expect(client.connection.state.get()).toMatchObject({ state: 'connected', transport: 'http' });
  // More at once than there are streams: they take turns.
  const texts = Array.from({ length: 9 }, (_, place) => `${place} ${words(4)}`);
  const ends = await Promise.all(texts.map((one) => say(client, one).ended));
  expect(ends.map(answerText)).toEqual(texts);
  const cancelled = say(client, words(400));
  await until(cancelled, written(40));
  cancelled.cancel();
  expect(await cancelled.ended).toMatchObject({ phase: 'cancelled', stop: { state: 'cancelled' } });
  const refused = client.generate({ model: 'no-such-model', messages: [{ role: 'user', content: 'Hi' }] });
  expect(await refused.ended).toMatchObject({
    phase: 'failed',
    stop: { error: { code: 'SB_UNKNOWN_MODEL' } },
  });
});

test.for([false, true])('a cursor of another log is reset, upgrades refused: %s', async (refuseUpgrades) => {
  await using at = await setUp({ refuseUpgrades });
  const client = at.open();
  const text = words(5);
  const first = await say(client, text).ended;
  const message = { ...emptyMessage, content: [{ type: 'text' as const, text: 'of another log' }] };
  const again = client.attach(first.generation ?? '', { after: 9_999, message });
  const types: string[] = [];
  for await (const { type } of again) types.push(type);
  expect(types[0]).toBe('reset');
  expect(answerText(await again.ended)).toBe(text);
});

test('a request larger than a frame goes by POST, once, and is read on the socket', async () => {
  await using at = await setUp();
  const client = at.open();
  // As text it would be too long for any model.
  const source = { type: 'base64', media_type: 'application/pdf', data: 'A'.repeat(2_000_000) } as const;
  const generation = client.generate({
    model: 'anthropic',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'document', source },
          { type: 'text', text: '/say Read all of it.' },
        ],
      },
    ],
  });
  expect(answerText(await generation.ended)).toBe('Read all of it.');
  expect(client.connection.state.get()).toMatchObject({ transport: 'websocket' });
});

test('killed in mid-answer and started again on its data, the server says how it ended; what waited is asked', async () => {
  const data = mkdtempSync(join(tmpdir(), 'streambed-data-'));
  const env = { STREAMBED_DATA_DIR: data };
  try {
    const first = await startAsChild(upstreamAt(emulator.url, { env }));
    const { port } = new URL(first.url);
    using client = createClient({ url: first.url, reconnect: impatient });
    const text = words(2_000);
    const generation = say(client, text);
    const seen = answerText(await until(generation, written(200)));
    first.signal('SIGKILL');
    await until(generation, ({ phase }) => phase === 'resuming');
    await first.exited;
    const waiting = say(client, 'Back again.');
    await using _second = await startAsChild(upstreamAt(emulator.url, { argv: ['--port', port], env }));
    const end = await generation.ended;
    expect(end.phase).toBe('interrupted');
    expect(answerText(end).startsWith(seen)).toBe(true);
    expect(text.startsWith(answerText(end))).toBe(true);
    expect(answerText(await waiting.ended)).toBe('Back again.');
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});

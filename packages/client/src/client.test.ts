import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import { emptyMessage, fold } from '@streambed/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerSettings, startInProcess, upstreamAt } from '../../../test/support/servers.ts';
import { until } from '../../../test/support/until.ts';
import { type Client, createClient } from './client.ts';
import { createConversation } from './conversation.ts';
import type { GenerationSnapshot } from './snapshot.ts';
import { answerText } from './turn-messages.ts';

/** The client over real sockets, against the real server and the emulator. */
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pace: { firstTokenMs: 20, tokensPerSecond: 400, jitter: 0.2 } });
});
afterAll(() => emulator?.stop());

const start = (more?: ServerSettings) => startInProcess(upstreamAt(emulator.url, more));

function ask(
  client: Client,
  prompt: string,
  options?: Parameters<Client['generate']>[1],
  model = 'anthropic',
) {
  return client.generate({ model, messages: [{ role: 'user', content: prompt }] }, options);
}

const written = (count: number) => (snapshot: GenerationSnapshot) => answerText(snapshot).length >= count;

const poem = 'Clear water\nover *stone*,\n\n- and nothing\n- is lost: äöü 水 🌊';

test('an answer streams in, and its events fold to the message it shows', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const generation = ask(client, `/say ${poem}`);
  const events = await Array.fromAsync(generation);
  const end = await generation.ended;
  expect(answerText(end)).toBe(poem);
  expect(end).toMatchObject({ phase: 'completed', stop: { stop_reason: 'end_turn' } });
  expect(end.stop?.timing.first_event_ms).toBeGreaterThanOrEqual(0);
  expect(events.filter((event) => event.type !== 'reset').reduce(fold, emptyMessage)).toEqual(end.message);
});

test('the same text comes whole where it is not streamed, and from the other family', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const whole = ask(client, `/say ${poem}`, { stream: false });
  const other = ask(client, `/say ${poem}`, {}, 'llama3');
  expect(answerText(await whole.ended)).toBe(poem);
  expect(answerText(await other.ended)).toBe(poem);
});

test('many answers share one line, each whole', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const texts = Array.from({ length: 12 }, (_, place) => `${place}: ${'ripple '.repeat(place * 3)}done`);
  const ends = await Promise.all(texts.map((text) => ask(client, `/say ${text}`).ended));
  expect(ends.map(answerText)).toEqual(texts);
});

test('cancelling keeps what was written and ends the upstream request', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const abort = new AbortController();
  const generation = ask(client, '/long 2000', { signal: abort.signal });
  await until(generation, written(40));
  abort.abort();
  const end = await generation.ended;
  expect(end).toMatchObject({ phase: 'cancelled', stop: { state: 'cancelled' } });
  expect(answerText(end).length).toBeGreaterThanOrEqual(40);
  await emulator.idle();
  expect(emulator.open).toBe(0);
});

test('a failure in mid-answer is how the answer ends, with what was written before it', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const end = await ask(client, '/fault exception throttlingException 20\n/long 300').ended;
  expect(end).toMatchObject({ phase: 'failed', stop: { error: { code: 'SB_THROTTLED' } } });
  expect(answerText(end)).not.toBe('');
});

test('a model that does not exist is refused in words', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const end = await ask(client, 'Hi', {}, 'no-such-model').ended;
  expect(end).toMatchObject({ phase: 'failed', stop: { error: { code: 'SB_UNKNOWN_MODEL' } } });
});

test('the catalogue names the models and what answers', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const { models, upstream } = await client.models();
  expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(['anthropic', 'llama3']));
  expect(upstream.region).toBe('us-east-1');
});

test('a conversation carries its turns', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const conversation = createConversation(client);
  const settled = () => until(conversation, ({ running }) => !running);
  conversation.ask({ prompt: '/say One.', model: 'anthropic' });
  await settled();
  conversation.ask({ prompt: '/echo', model: 'anthropic' });
  const { turns } = await settled();
  expect(turns.map(({ answer }) => answer.phase)).toEqual(['completed', 'completed']);
  expect(JSON.parse(emulator.requests.at(-1)?.body ?? '').messages).toHaveLength(3);
});

test('a server that leaves finishes what runs here, and is left then', async () => {
  await using server = await start();
  using client = createClient({ url: server.url });
  const generation = ask(client, '/long 200');
  await until(generation, written(20));
  const stopped = server.stop();
  expect(await generation.ended).toMatchObject({ phase: 'completed' });
  await until(client.connection.state, ({ state }) => state === 'offline');
  await stopped;
});

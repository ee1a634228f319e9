import { randomUUID } from 'node:crypto';
import type { ServerFrame } from '@streambed/protocol/frames';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import {
  chunkFrame,
  claudeEvents,
  claudeWhole,
  exceptionFrame,
  llamaEvents,
  llamaWhole,
  streamBody,
} from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { awsError, type Exchange, type ReplayServer, startReplayServer } from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

/**
 * What the recordings prove, proven with frames made by hand for whoever has no recordings; and the ways a stream
 * breaks that no recording can show. Whole running server, real sockets.
 */

const deltas = ['Streams ', 'carry ', 'tök', 'ens 🌊', ', ', 'one\n', 'by one.'];
const text = deltas.join('');
const claude = 'anthropic';
const llama = 'llama3';
const endText = 'the end of the test';

const stream = (body: Uint8Array, ending?: Exchange['ending']): Exchange => ({
  status: 200,
  headers: {
    'Content-Type': 'application/vnd.amazon.eventstream',
    'X-Amzn-Bedrock-Content-Type': 'application/json',
    'x-amzn-RequestId': '11111111-1111-4111-8111-111111111111',
  },
  body,
  ...(ending !== undefined && { ending }),
});
const whole = (body: unknown): Exchange => ({
  status: 200,
  headers: {
    'Content-Type': 'application/json',
    'x-amzn-RequestId': '11111111-1111-4111-8111-111111111111',
  },
  body: Buffer.from(JSON.stringify(body)),
});

const claudeFrames = claudeEvents(deltas).map((event) => chunkFrame(event));
/** The start of Claude's stream, up to and with its first two pieces of text. */
const started = Buffer.concat(claudeFrames.slice(0, 4));
const startedText = deltas.slice(0, 2).join('');
/** The frame of the second piece of text, with one bit of its payload turned over. */
const damaged = Buffer.from(claudeFrames[3] as Uint8Array);
damaged[damaged.length - 30] = (damaged[damaged.length - 30] as number) ^ 1;

const exchanges: Readonly<Record<string, Exchange>> = {
  'claude-stream': stream(Buffer.concat(claudeFrames)),
  'llama-stream': stream(streamBody(llamaEvents(deltas))),
  'claude-whole': whole(claudeWhole(text)),
  'llama-whole': whole(llamaWhole(text)),
  'several-blocks': whole({
    ...claudeWhole(''),
    content: [
      { type: 'thinking', thinking: 'Not to be shown.', signature: 'c2ln' },
      { type: 'text', text: 'Before, ' },
      { type: 'tool_use', id: 'toolu_bdrk_1', name: 'look', input: {} },
      { type: 'text', text: 'and after.' },
    ],
  }),
  'claude-unknown-events': stream(
    streamBody([
      { type: 'ping' },
      ...claudeEvents(deltas).flatMap((event) => [
        { type: 'weather_report', sky: 'clear' },
        { ...event, later: true },
      ]),
    ]),
  ),
  'no-such-model': awsError(400, 'ValidationException', 'The provided model identifier is invalid.'),
  'no-access': awsError(
    403,
    'AccessDeniedException',
    "You don't have access to the model with the specified model ID.",
  ),
  throttled: awsError(429, 'ThrottlingException', 'Too many requests, please wait before trying again.'),
  'not-bedrock': {
    status: 502,
    headers: { 'Content-Type': 'text/html' },
    body: Buffer.from('<html><h1>502 Bad Gateway</h1></html>'),
  },
  'exception-first': stream(exceptionFrame('validationException', 'The image is too small.')),
  'exception-midstream': stream(
    Buffer.concat([started, exceptionFrame('modelStreamErrorException', 'The model has stumbled.')]),
  ),
  'cut-between-frames': stream(started, 'cut'),
  'cut-in-a-frame': stream(Buffer.concat([started, claudeFrames[4]?.subarray(0, 40) as Uint8Array]), 'cut'),
  'ended-too-soon': stream(started),
  'ended-in-a-frame': stream(Buffer.concat([started, claudeFrames[4]?.subarray(0, 40) as Uint8Array])),
  'llama-ended-too-soon': stream(streamBody(llamaEvents(deltas).slice(0, 3))),
  'bit-flipped': stream(Buffer.concat([...claudeFrames.slice(0, 3), damaged, ...claudeFrames.slice(4)])),
};

describe('hand-made frames through the whole server', () => {
  let replay: ReplayServer;
  let server: RunningServer;

  beforeAll(async () => {
    replay = await startReplayServer({
      random: seededRandom('places to cut the hand-made streams'),
      answer: ({ body }) => {
        const name = /hand-made:([\w-]+)/.exec(body.toString('utf8'))?.[1] ?? '';
        return name === 'the-end' ? awsError(400, 'ValidationException', endText) : exchanges[name];
      },
    });
    server = await startInProcess(upstreamAt(replay.url));
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  /** What `/ws/model` sends for one prompt. A prompt that must fail comes after it and marks the end. */
  async function ask(model: string, streaming: 0 | 1, exchange: string): Promise<readonly string[]> {
    await using socket = await connect(`${server.url}/ws/model?model=${model}&streaming=${streaming}`);
    socket.send(`hand-made:${exchange}`);
    socket.send('hand-made:the-end');
    const messages = await socket.until((m) => m.startsWith('error: ') && m.includes(endText));
    return messages.slice(0, -1);
  }

  /** The events of one generation over `/ws`. */
  async function generate(exchange: string) {
    await using socket = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
    const request = {
      model: claude,
      max_tokens: 64,
      messages: [{ role: 'user', content: `hand-made:${exchange}` }],
    };
    socket.send(JSON.stringify({ type: 'generate', id: randomUUID(), request }));
    const texts = await socket.until((frame) => frame.includes('"generation_stop"'));
    return texts
      .map((frame) => JSON.parse(frame) as ServerFrame)
      .flatMap((frame) => (frame.type === 'event' ? [frame.event] : []));
  }

  test('Claude and Llama stream each piece of text as its own message', async () => {
    expect(await ask(claude, 1, 'claude-stream')).toEqual(deltas);
    expect(await ask(llama, 1, 'llama-stream')).toEqual(deltas);
  });

  test('Claude and Llama answer whole, in one message, without streaming', async () => {
    expect(await ask(claude, 0, 'claude-whole')).toEqual([text]);
    expect(await ask(llama, 0, 'llama-whole')).toEqual([text]);
    expect(await ask(claude, 0, 'several-blocks')).toEqual(['Before, and after.']);
  });

  test('events and fields nobody knows do no harm', async () => {
    expect(await ask(claude, 1, 'claude-unknown-events')).toEqual(deltas);
  });

  test.for([
    ['no-such-model', /has no model .*AWS_REGION/],
    ['no-access', /no access to .*modelaccess/],
    ['throttled', /throttl|Too many requests/i],
    ['not-bedrock', /502|Bedrock/],
    ['exception-first', /The image is too small/],
  ] as const)('an error before the first token is one clear message: %s', async ([name, meaning]) => {
    // Only a stream has frames; and what is retried takes its seconds.
    const both = name === 'no-such-model' || name === 'no-access';
    for (const streaming of both ? ([0, 1] as const) : ([1] as const)) {
      const messages = await ask(claude, streaming, name);
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatch(/^error: /);
      expect(messages[0]).toMatch(meaning);
      expect(messages[0]).not.toMatch(/<html>|AKIDEXAMPLE|\n\s+at /);
    }
  });

  test.for([
    ['exception-midstream', 'SB_MODEL_ERROR', /stumbled/],
    ['cut-between-frames', 'SB_UPSTREAM_CUT', /broke off/],
    ['cut-in-a-frame', 'SB_UPSTREAM_CUT', /broke off/],
    ['ended-too-soon', 'SB_UPSTREAM_CUT', /broke off/],
    ['ended-in-a-frame', 'SB_UPSTREAM_CUT', /broke off/],
  ] as const)('a stream that breaks keeps its text and says so: %s', async ([name, code, meaning]) => {
    const messages = await ask(claude, 1, name);
    expect(messages.slice(0, -1).join('')).toBe(startedText);
    expect(messages.at(-1)).toMatch(/^error: /);
    expect(messages.at(-1)).toMatch(meaning);

    const events = await generate(name);
    expect(events.at(-1)).toMatchObject({ type: 'generation_stop', state: 'failed', error: { code } });
    expect(events.filter(({ type }) => type === 'message_stop')).toEqual([]);
  });

  test('a Llama stream without its stop reason is a cut', async () => {
    const messages = await ask(llama, 1, 'llama-ended-too-soon');
    expect(messages.slice(0, -1).join('')).toBe(deltas.slice(0, 3).join(''));
    expect(messages.at(-1)).toMatch(/^error: .*broke off/);
  });

  test('a frame with one bit flipped ends the answer, and nothing of it is shown', async () => {
    const messages = await ask(claude, 1, 'bit-flipped');
    expect(messages.slice(0, -1).join('')).toBe(deltas[0]);
    expect(messages.at(-1)).toMatch(/^error: .*damaged/);
    const stop = (await generate('bit-flipped')).at(-1);
    expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CORRUPT' } });
  });

  test('a name of no model is an error of its own, and the socket lives', async () => {
    await using socket = await connect(`${server.url}/ws/model?model=gpt-17&streaming=1`);
    socket.send('hand-made:claude-stream');
    expect(await socket.next()).toMatch(/^error: .*gpt-17/);
    socket.send('hand-made:claude-stream');
    expect(await socket.next()).toMatch(/^error: /);
  });

  test('no model at all is an error that says what to add', async () => {
    await using socket = await connect(`${server.url}/ws/model`);
    socket.send('hand-made:claude-stream');
    expect(await socket.next()).toMatch(/^error: .*model=anthropic/);
  });

  test('prompts on one socket are answered in order, and a binary message is read as text', async () => {
    await using socket = await connect(`${server.url}/ws/model?model=anthropic&streaming=no`);
    socket.send('hand-made:claude-whole');
    socket.send(Buffer.from('hand-made:no-such-model'));
    socket.send('hand-made:claude-whole');
    expect(await socket.next()).toBe(text);
    expect(await socket.next()).toMatch(/^error: /);
    expect(await socket.next()).toBe(text);
  });

  test("the tutorial's parameters stand in the query and reach the model", async () => {
    const query = new URLSearchParams({
      model: claude,
      streaming: 'FALSE',
      max_tokens: '77',
      temperature: '0.25',
      top_k: '5',
      system: 'Speak plainly.',
    });
    query.append('stop_sequences', 'END');
    const before = replay.requests.length;
    await using socket = await connect(`${server.url}/ws/model?${query}`);
    socket.send('hand-made:claude-whole');
    expect(await socket.next()).toBe(text);
    const body = JSON.parse(replay.requests[before]?.body.toString('utf8') ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 77,
      temperature: 0.25,
      top_k: 5,
      stop_sequences: ['END'],
    });
    expect(JSON.stringify(body.system)).toContain('Speak plainly.');
    expect(body).not.toHaveProperty('model');
    expect(body).not.toHaveProperty('stream');
  });

  test('a closed socket ends its upstream request', async () => {
    // An answer that starts and then never goes on.
    await using held = await startReplayServer({ answer: () => stream(started, 'open') });
    await using alone = await startInProcess(upstreamAt(held.url));
    await using socket = await connect(`${alone.url}/ws/model?model=anthropic&streaming=1`);
    socket.send('anything');
    await socket.next();
    expect(held.open).toBe(1);
    socket.socket.close();
    await held.idle();
    expect(held.open).toBe(0);
  });

  test.for([
    ['STREAMBED_TIMEOUT_FIRST_EVENT_MS', 0, 'no first event'],
    ['STREAMBED_TIMEOUT_IDLE_MS', started.length, 'fell silent'],
    ['STREAMBED_TIMEOUT_TOTAL_MS', started.length, 'not done within the deadline'],
  ] as const)('a deadline of the environment holds: %s', async ([variable, after, meaning]) => {
    const gate = Promise.withResolvers<void>();
    await using held = await startReplayServer({
      answer: () => ({ ...stream(Buffer.concat(claudeFrames)), hold: { after, gate: gate.promise } }),
    });
    await using hasty = await startInProcess(upstreamAt(held.url, { env: { [variable]: '250' } }));
    await using socket = await connect(`${hasty.url}/ws/model?model=anthropic&streaming=1`);
    socket.send('anything');
    const messages = await socket.until((message) => message.startsWith('error: '));
    expect(messages.slice(0, -1).join('')).toBe(after === 0 ? '' : startedText);
    expect(messages.at(-1)).toContain(meaning);
    expect(messages.at(-1)).toContain(variable);
    // The upstream request is not left hanging.
    await held.idle();
  });
});

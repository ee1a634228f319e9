import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import type { GenerationEvent } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { readServerSentEvents } from '../../../../../packages/client/src/sse.ts';
import { readFrames } from '../../../../../test/support/frames.ts';
import { type Gateway, type GatewaySettings, startGateway } from '../../../test/gateway.ts';

const words = ['one ', 'two ', 'three ', 'four ', 'five ', 'six '];
const hello = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] });
const nova = 'us.amazon.nova-2-lite-v1:0';

function post(
  { url }: Pick<Gateway, 'url'>,
  path: string,
  body = hello,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/model/${path}`, { method: 'POST', body, headers });
}

/** The events that others read of a generation, up to the first for which `last` is true. */
async function watch(
  { url }: Pick<Gateway, 'url'>,
  answer: Response,
  last: (event: GenerationEvent) => boolean = () => false,
): Promise<GenerationEvent[]> {
  const id = answer.headers.get('x-streambed-generation');
  const log = await fetch(`${url}/streambed/v1/generations/${id}/events`);
  const events: GenerationEvent[] = [];
  for await (const { name, data } of readServerSentEvents(log.body as ReadableStream<Uint8Array>)) {
    if (name === 'attached') continue;
    events.push(JSON.parse(data) as GenerationEvent);
    if (last(events.at(-1) as GenerationEvent)) break;
  }
  return events;
}

async function framesOf(answer: Response) {
  return readFrames(new Uint8Array(await answer.arrayBuffer()));
}

const said = (events: readonly GenerationEvent[]) =>
  events
    .map((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
    )
    .join('');

test('a generation that was asked in AWS’s words is watched live in ours', async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = () => failing(say(words), { type: 'stall', after: 5, until: gate.promise });
  await using gateway = await startGateway({ emulator: { script } });
  const native = JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 99, messages: [] });
  for (const [path, body] of [
    ['claude-haiku/converse-stream', hello],
    [`${nova}/converse-stream`, hello],
    ['claude-haiku/invoke-with-response-stream', native.replace('[]', '[{"role":"user","content":"Hi"}]')],
    ['llama3/invoke-with-response-stream', '{"prompt":"Hi"}'],
  ] as const) {
    const answer = await post(gateway, path, body);
    expect(answer.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    const reading = framesOf(answer);
    // While it stalls, what has come is there already.
    await watch(gateway, answer, (event) => event.type === 'content_block_delta');
    gate.resolve();
    await reading;
    const events = await watch(gateway, answer);
    expect(said(events)).toBe(words.join(''));
    expect(events.at(-1)).toMatchObject({ type: 'generation_stop', state: 'completed' });
  }
});

test('a native body that nobody here speaks has a start, an end and its counts', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(words) } });
  for (const [path, body] of [
    [`${nova}/invoke-with-response-stream`, hello],
    [`${nova}/invoke`, hello],
    ['amazon.titan-embed-text-v2%3A0/invoke', '{"inputText":"Hi"}'],
  ] as const) {
    const answer = await post(gateway, path, body);
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    const events = await watch(gateway, answer);
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
      'generation_stop',
    ]);
    expect(events.at(-1)).toMatchObject({
      state: 'completed',
      usage: { input_tokens: expect.any(Number) },
      bedrock: { opaque: true, attempts: 1 },
    });
  }
});

test('what is wrong is said in AWS’s shape, whatever it is', async () => {
  await using gateway = await startGateway();
  const cases: readonly [() => Promise<Response>, number, string][] = [
    [() => post(gateway, 'claude-haiku/nonsense'), 404, 'ResourceNotFoundException'],
    [() => post(gateway, 'converse'), 404, 'ResourceNotFoundException'],
    [() => post(gateway, 'claud-haiku/converse'), 400, 'ValidationException'],
    [() => post(gateway, 'claude-haiku/converse', 'no JSON'), 400, 'ValidationException'],
    [() => post(gateway, 'claude-haiku/converse', ''), 400, 'ValidationException'],
    [() => post(gateway, 'claude-haiku/converse', 'x'.repeat(26 * 1024 * 1024)), 400, 'ValidationException'],
    [
      () => post(gateway, 'claude-haiku/converse', hello, { origin: 'https://x.example' }),
      403,
      'AccessDeniedException',
    ],
    [() => fetch(`${gateway.url}/async-invoke`, { method: 'POST', body: '{}' }), 400, 'ValidationException'],
    [() => fetch(`${gateway.url}/foundation-models`), 400, 'ValidationException'],
  ];
  for (const [asked, status, name] of cases) {
    const answer = await asked();
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([status, name]);
    expect(answer.headers.get('x-amzn-requestid')).toBeTruthy();
    expect(Object.keys((await answer.json()) as object)).toEqual(['message']);
  }
});

test('a request that has passed through is refused in a way that another server understands', async () => {
  await using gateway = await startGateway({ emulator: { script: () => 'fine' } });
  await (await post(gateway, 'claude-haiku/converse', hello, { 'x-streambed-hop': 'before' })).text();
  const hops = gateway.emulator.requests[0]?.headers['x-streambed-hop'] ?? '';
  expect(hops).toMatch(/^before, ./);
  const answer = await post(gateway, 'claude-haiku/converse', hello, { 'x-streambed-hop': hops });
  expect(answer.status).toBe(508);
  await using outer = await startGateway({ env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: gateway.url } });
  const looped = await post(outer, 'claude-haiku/converse', hello, {
    'x-streambed-hop': hops.replace('before, ', ''),
  });
  expect(looped.status).toBe(508);
});

/** Stalls in mid-answer, for good. */
const stalled: GatewaySettings['emulator'] = {
  script: () => failing(say(words), { type: 'stall', after: 4, until: new Promise(() => {}) }),
};

test.each<[string, GatewaySettings, (gateway: Gateway, answer: Response) => unknown, string]>([
  [
    'silence past the deadline',
    { emulator: stalled, argv: ['--timeout-idle-ms', '50'] },
    () => {},
    'modelStreamErrorException',
  ],
  [
    'a server that leaves',
    { emulator: stalled },
    (gateway) => void gateway.server.stop(),
    'serviceUnavailableException',
  ],
  [
    'somebody else who cancels',
    { emulator: stalled },
    ({ url }, answer) => {
      const id = answer.headers.get('x-streambed-generation');
      return fetch(`${url}/streambed/v1/generations/${id}/cancel`, { method: 'POST' });
    },
    'modelStreamErrorException',
  ],
  [
    'a log that is full',
    {
      emulator: {
        script: () => say(Array.from({ length: 400 }, () => 'word ')),
        pace: { firstTokenMs: 1, tokensPerSecond: 500, jitter: 0 },
      },
      tuning: { log: { sizePerGeneration: 2_000 } },
    },
    () => {},
    'modelStreamErrorException',
  ],
])('%s ends a stream with an exception frame, never with a good end', async (_what, settings, then, type) => {
  await using gateway = await startGateway(settings);
  const answer = await post(gateway, 'claude-haiku/converse-stream');
  expect(answer.status).toBe(200);
  const reading = framesOf(answer);
  await watch(gateway, answer, (event) => event.type === 'content_block_delta').catch(() => {});
  await then(gateway, answer);
  const frames = await reading;
  expect(frames.at(-1)).toMatchObject({ kind: 'exception', type, payload: { message: /./ } });
  expect(frames.filter(({ kind }) => kind === 'exception')).toHaveLength(1);
  expect(frames.some(({ type: event }) => event === 'metadata')).toBe(false);
  await gateway.emulator.idle();
});

// More than the kernel's buffers take.
const long: Script = () => say(Array.from({ length: 10_000 }, () => 'x'.repeat(3000)));
const roomy = { sizePerGeneration: 64 * 1024 * 1024 };

/** A caller that reads the head of its answer and no more. Returns what ends it. */
async function openStuck({ url }: Gateway): Promise<Disposable> {
  const asked = httpRequest(`${url}/model/claude-haiku/converse-stream`, { method: 'POST' });
  asked.on('error', () => {});
  asked.end(hello);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  response.pause();
  return { [Symbol.dispose]: () => asked.destroy() };
}

test('a caller who takes nothing is dropped, and the upstream with it', async () => {
  await using gateway = await startGateway({
    emulator: { script: long },
    tuning: { connection: { stallMs: 50 }, log: roomy },
  });
  using _stuck = await openStuck(gateway);
  await gateway.emulator.idle();
  expect(gateway.emulator.requests[0]?.endedBy).toBe('client');
});

test('a server that stops does not wait for a caller who takes nothing', async () => {
  await using gateway = await startGateway({ emulator: { script: long }, tuning: { log: roomy } });
  using _stuck = await openStuck(gateway);
  const startedAt = performance.now();
  await gateway.server.stop();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await gateway.emulator.idle();
});

test('below a base path too', async () => {
  await using gateway = await startGateway({
    argv: ['--base-path', '/bed'],
    emulator: { script: () => 'fine' },
  });
  expect((await post(gateway, 'claude-haiku/converse')).status).toBe(200);
});

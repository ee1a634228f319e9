import { randomUUID } from 'node:crypto';
import { type Emulator, type Fault, say, startEmulator } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { ask, openFrameSocket, stopOf } from '../apps/server/test/gateway.ts';
import { httpForms } from './fault-matrix/http-doors.ts';
import { deltas } from './fault-matrix/scenario.ts';
import { readFrames } from './support/frames.ts';
import { type ChildServer, startAsChild, startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

/** An answer that took several attempts: its client can't tell, and whoever wants to know finds what was tried. */

let emulator: Emulator;
/** What Bedrock does to the next requests to a model, one each. */
const bad: Fault[] = [];
beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    script: () => say(deltas),
    faults: ({ path }) => (path.startsWith('/model/') ? bad.shift() : undefined),
  });
});
afterAll(() => emulator?.stop());

const unavailable: Fault = { type: 'error', name: 'ServiceUnavailableException' };
const throttled: Fault = { type: 'error', name: 'ThrottlingException' };
const cut: Fault = { type: 'cut', at: 'headers' };

/** The same for every answer: names, times and padding are its own. */
function withoutNames(text: string): string {
  return text
    .replace(/"(p|obfuscation)":"\w*"/g, '"$1":""')
    .replace(/\b(chatcmpl-|[a-z]+_(bdrk_)?)[\w-]{12,}/g, '$1…')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')
    .replace(/"(\w*(_at|_ms|Ms|created|atency))":\d+(\.\d+)?/g, '"$1":0');
}

const ownHeaders = [
  'content-length',
  'date',
  'x-request-id',
  'request-id',
  'x-amzn-requestid',
  'x-streambed-generation',
];

function post(url: string, form: (typeof httpForms)[number], stream: boolean): Promise<Response> {
  return fetch(url + form.path(stream), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...form.headers },
    body: JSON.stringify(form.body('Hello.', stream)),
  });
}

/** All that a client of HTTP gets to see. */
async function answerTo({ url }: RunningServer, form: (typeof httpForms)[number], stream: boolean) {
  const response = await post(url, form, stream);
  const bytes = Buffer.from(await response.arrayBuffer());
  const isBinary = response.headers.get('content-type')?.includes('eventstream') === true;
  const body = isBinary ? JSON.stringify(readFrames(bytes).map(unwrapped)) : bytes.toString('utf8');
  const { 'x-streambed-attempts': attempts, ...headers } = Object.fromEntries(response.headers);
  const shared = Object.entries(headers).map(([name, value]) =>
    ownHeaders.includes(name) ? name : `${name}: ${withoutNames(value)}`,
  );
  return {
    attempts,
    seen: { status: response.status, headers: shared, body: withoutTrace(withoutNames(body)) },
  };
}

/** What is in a native event's envelope, readable. */
function unwrapped(frame: ReturnType<typeof readFrames>[number]) {
  const { bytes } = frame.payload as { bytes?: string };
  return bytes === undefined ? frame : { ...frame, payload: Buffer.from(bytes, 'base64').toString('utf8') };
}

/** Our own API says at the end of an answer what was tried: that much may differ. */
function withoutTrace(text: string): string {
  return text.replace(/"attempts":\d+/g, '"attempts":0').replace(/,"failed_attempts":\[[^\]]*\]/g, '');
}

describe.each(httpForms)('$name', (form) => {
  // One each: throttles make a server go slowly for a while.
  let server: RunningServer;
  beforeAll(async () => {
    server = await startInProcess(upstreamAt(emulator.url), {
      bedrock: { retry: { budget: 1000 }, random: () => 0 },
    });
  });
  afterAll(() => server?.stop());

  test.each([true, false])('looks the same at the second attempt (streamed: %s)', async (stream) => {
    const first = await answerTo(server, form, stream);
    expect(first.attempts).toBe('1');
    for (const fault of [unavailable, throttled, cut]) {
      bad.push(fault);
      const second = await answerTo(server, form, stream);
      expect([fault, second.attempts]).toEqual([fault, '2']);
      expect(second.seen).toEqual(first.seen);
    }
  });

  test('names a time to wait where throttles never end and AWS names none', async () => {
    bad.push(throttled, throttled, throttled);
    const response = await post(server.url, form, true);
    await response.body?.cancel();
    expect([response.status, response.headers.get('x-streambed-attempts')]).toEqual([429, '3']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThanOrEqual(1000);
  });
});

describe('a socket', () => {
  let server: ChildServer;
  beforeAll(async () => {
    server = await startAsChild(upstreamAt(emulator.url, { env: { STREAMBED_LOG_LEVEL: 'warn' } }));
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('can’t tell either; the end of the generation and the log say what was tried', async () => {
    const framesOf = async () => {
      await using client = await openFrameSocket(server);
      client.send(ask(randomUUID(), 'Hello.'));
      return await client.untilStop();
    };
    const first = await framesOf();
    bad.push(unavailable);
    const second = await framesOf();
    const shown = (frames: typeof first) => withoutTrace(withoutNames(JSON.stringify(frames)));
    expect(shown(second)).toBe(shown(first));

    const failed = {
      code: 'SB_UPSTREAM_UNAVAILABLE',
      target: expect.stringMatching(/claude/),
      region: 'us-east-1',
    };
    expect(stopOf(second).bedrock).toMatchObject({ attempts: 2, failed_attempts: [failed] });
    expect(stopOf(first).bedrock).not.toHaveProperty('failed_attempts');
    const generation = second.find(({ type }) => type === 'accepted') as { generation: string };
    const kept = await fetch(`${server.url}/streambed/v1/generations/${generation.generation}`);
    expect(JSON.stringify(await kept.json())).toContain('"failed_attempts":[{');
    const rows = await fetch(`${server.url}/streambed/v1/usage/records?generation=${generation.generation}`);
    expect(await rows.json()).toMatchObject({ records: [{ attempts: 2, state: 'completed' }] });
    const line = server.output.split('\n').find((one) => one.includes(generation.generation)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', attempt: 1, code: 'SB_UPSTREAM_UNAVAILABLE' });
  });

  test('nor can a plain one', async () => {
    const messagesOf = async () => {
      await using socket = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
      socket.send('Hello.');
      return await socket.until((_message, all) => all.length === deltas.length);
    };
    const first = await messagesOf();
    bad.push(cut);
    expect(await messagesOf()).toEqual(first);
    expect(bad).toEqual([]);
  });
});

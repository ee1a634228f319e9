import { connect } from 'node:net';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, it } from 'vitest';
import { nativeEvents, readFrames, splitFrames } from '../../../test/support/frames.ts';
import { haiku, invoke, type Json, llama3, messages, oldHaiku, post, streamed } from '../test/ask.ts';
import { type Emulator, startEmulator } from './index.ts';

const body = messages('/long 40');

async function withFault(fault: string): Promise<Response> {
  const emulator = await startEmulator({ pace: 'instant', faultRules: [fault] });
  const response = await post(emulator, haiku, 'invoke-with-response-stream', body);
  const bytes = await response.arrayBuffer();
  await emulator.stop();
  return new Response(bytes, { status: response.status, headers: response.headers });
}

const bytesOf = async (fault: string) => Buffer.from(await (await withFault(fault)).arrayBuffer());

/** What arrives of a stream's body over a raw socket, one piece for each chunk of the HTTP body. */
async function chunks(emulator: Emulator, headers = ''): Promise<readonly Buffer[]> {
  const socket = connect(emulator.port, '127.0.0.1');
  const text = JSON.stringify(body);
  socket.write(
    `POST /model/${haiku}/invoke-with-response-stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n${headers}Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  const all = Buffer.concat(parts);
  const pieces: Buffer[] = [];
  for (let at = all.indexOf('\r\n\r\n') + 4; ; ) {
    const end = all.indexOf('\r\n', at);
    const size = Number.parseInt(all.subarray(at, end).toString('latin1'), 16);
    if (size === 0) return pieces;
    pieces.push(all.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
}

describe('a damaged frame', () => {
  it('has a wrong prelude checksum', async () => {
    const [good, bad] = [await bytesOf('empty times 0'), await bytesOf('corrupt prelude 3')];
    expect(bad.length).toBe(good.length);
    const changed = splitFrames(good).findIndex(
      (frame, place) => !Buffer.from(splitFrames(bad)[place] ?? []).equals(frame),
    );
    expect(changed).toBe(3);
    expect(() => readFrames(bad)).toThrow(/prelude/i);
  });

  it('names a length that is not its own, under a right checksum', async () => {
    const [good, bad] = [await bytesOf('empty times 0'), await bytesOf('corrupt length 3')];
    const at = splitFrames(good)
      .slice(0, 3)
      .reduce((sum, frame) => sum + frame.length, 0);
    expect(bad.readUInt32BE(at)).toBe(good.readUInt32BE(at) + 9);
    expect(() => readFrames(bad)).toThrow();
  });
});

describe('a frame that is right, and strange', () => {
  it('is of a type nobody knows, and nothing is missing', async () => {
    const [good, strange] = [await bytesOf('empty times 0'), await bytesOf('unknown 4')];
    const frames = readFrames(strange);
    expect(frames[4]).toMatchObject({ kind: 'event', type: 'somethingNew' });
    expect(nativeEvents(strange)).toEqual(nativeEvents(good));
  });

  it('is huge, and nothing is missing', async () => {
    const [good, huge] = [await bytesOf('empty times 0'), await bytesOf('huge 3000000 4')];
    expect(splitFrames(huge)[4]?.length).toBe(3_000_000);
    expect(nativeEvents(huge)).toEqual(nativeEvents(good));
  });
});

describe('the same bytes, cut otherwise', () => {
  it('come one at a time, together, or in drips', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const good = Buffer.concat(await chunks(emulator));
    for (const [fault, check] of [
      ['bytes', (sizes: number[]) => expect(Math.max(...sizes)).toBe(1)],
      ['together', (sizes: number[]) => expect(sizes).toEqual([good.length])],
      [
        'drip 500 1',
        (sizes: number[]) => expect(sizes.slice(0, -1).every((size) => size === 500)).toBe(true),
      ],
    ] as const) {
      const pieces = await chunks(emulator, `x-emulator-fault: ${fault}\r\n`);
      expect(Buffer.concat(pieces), fault).toEqual(good);
      check(pieces.map(({ length }) => length));
    }
  });

  it('come so for whole answers too', async () => {
    await using emulator = await startEmulator({ pace: 'instant', faultRules: ['bytes'] });
    expect((await invoke(emulator, haiku, messages('/say hello'))).json.content[0].text).toBe('hello');
  });
});

describe('a clock that is wrong', () => {
  it('refuses the signature, and a client that learns from Date gets through', async () => {
    await using emulator = await startEmulator({ pace: 'instant', faultRules: ['skew 3600'] });
    const client = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const answer = await client.send(
      new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages('/say through')) }),
    );
    expect(answer.body.transformToString()).toContain('through');
    await emulator.idle();
    expect(emulator.requests).toHaveLength(2);
    client.destroy();
  });
});

describe('the x-emulator-fault header', () => {
  it('spoils its own request, so many times', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const ask = (fault: string) =>
      post(emulator, haiku, 'invoke', messages('/say hi'), {
        headers: { authorization: 'Bearer x', 'x-emulator-fault': fault },
      });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await ask('unavailable times 2')).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect((await ask('expired')).headers.get('x-amzn-errortype')).toMatch(/^ExpiredTokenException:/);
    const wrong = await ask('nonsense');
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      message: expect.stringContaining('I know no fault "nonsense"'),
    });
  });
});

describe('the control API', () => {
  const api = async (emulator: Emulator, method: string, path: string, json?: unknown) => {
    const response = await fetch(`${emulator.url}/_emulator/${path}`, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: response.status, json: (await response.json()) as Json };
  };

  it('arms, lists and disarms faults by model and operation', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const armed = await api(emulator, 'POST', 'faults', {
      fault: 'throttle',
      match: { modelId: '*claude-haiku*', operation: 'InvokeModel' },
      times: 2,
    });
    expect(armed).toMatchObject({ status: 201, json: { id: 'fault-1', fault: 'throttle' } });
    const status = async (model: string, request: unknown) => (await invoke(emulator, model, request)).status;
    expect(await status(llama3, { prompt: 'hi' })).toBe(200);
    expect((await streamed(emulator, haiku, body)).length).toBeGreaterThan(1000);
    expect(await status(haiku, body)).toBe(429);
    expect((await api(emulator, 'GET', 'faults')).json.faults).toMatchObject([{ id: 'fault-1', struck: 1 }]);
    expect(await status(haiku, body)).toBe(429);
    expect(await status(haiku, body)).toBe(200);

    await api(emulator, 'POST', 'faults', { fault: 'internal' });
    expect(await status(haiku, body)).toBe(500);
    expect((await api(emulator, 'DELETE', 'faults/fault-2')).status).toBe(200);
    expect((await api(emulator, 'DELETE', 'faults/fault-2')).status).toBe(404);
    expect(await status(haiku, body)).toBe(200);
    expect((await api(emulator, 'DELETE', 'faults')).json).toEqual({ faults: [] });
  });

  it('strikes by chance, the same for the same seed', async () => {
    const run = async (seed: string) => {
      await using emulator = await startEmulator({ pace: 'instant' });
      await api(emulator, 'POST', 'faults', { fault: 'unavailable', probability: 0.4, seed });
      const statuses: number[] = [];
      for (let n = 0; n < 40; n++) statuses.push((await invoke(emulator, llama3, { prompt: `${n}` })).status);
      return statuses;
    };
    const first = await run('a');
    expect(first.filter((status) => status === 503).length).toBeGreaterThan(5);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(10);
    expect(await run('a')).toEqual(first);
    expect(await run('b')).not.toEqual(first);
  });

  it('tells what is open and what was received, without keys', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const gate = new AbortController();
    const waiting = post(emulator, haiku, 'invoke', messages('/fault stall headers'), {
      signal: gate.signal,
    });
    await emulator.received(1);
    expect((await api(emulator, 'GET', 'state')).json).toMatchObject({ open: 1, received: 1, faults: [] });
    gate.abort();
    await expect(waiting).rejects.toThrow();
    const { json } = await api(emulator, 'GET', 'requests');
    expect(json.requests[0]).toMatchObject({
      operation: 'InvokeModel',
      modelId: haiku,
      headers: { authorization: '(left out)' },
    });
    await api(emulator, 'DELETE', 'requests');
    expect((await api(emulator, 'GET', 'requests')).json).toEqual({ received: 1, requests: [] });
  });

  it.each([
    ['POST', 'faults', { fault: 'nonsense' }, 400],
    ['POST', 'faults', { fault: 'throttle', when: 1 }, 400],
    ['POST', 'faults', { fault: 'throttle', times: -1 }, 400],
    ['POST', 'faults', { fault: 'throttle', probability: 2 }, 400],
    ['POST', 'faults', { fault: 'throttle', match: { model: 'x' } }, 400],
    ['POST', 'faults', 'text', 400],
    ['PUT', 'limits', { tokens: 1 }, 400],
    ['GET', 'nothing', undefined, 404],
  ])('refuses %s %s %j', async (method, path, json, status) => {
    await using emulator = await startEmulator();
    const answer = await api(emulator, method, path, json);
    expect(answer.status).toBe(status);
    expect(answer.json.message).not.toBe('');
  });

  it('is not for web pages of others', async () => {
    await using emulator = await startEmulator();
    const response = await fetch(`${emulator.url}/_emulator/state`, {
      headers: { origin: 'http://evil.test' },
    });
    expect(response.status).toBe(403);
  });
});

describe('limits', () => {
  it('throttle requests and tokens in the words of AWS, for each model, until a minute has passed', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await using emulator = await startEmulator({
      pace: 'instant',
      now: () => new Date(now),
      limits: { requestsPerMinute: 2 },
    });
    const ask = () => invoke(emulator, haiku, messages('hi'));
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    expect(await ask()).toMatchObject({
      status: 429,
      json: { message: 'Too many requests, please wait before trying again.' },
    });
    expect((await invoke(emulator, oldHaiku, messages('hi'))).status).toBe(200);
    now += 61_000;
    expect((await ask()).status).toBe(200);
  });

  it('reserve all of max_tokens, and book what was used', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    await fetch(`${emulator.url}/_emulator/limits`, {
      method: 'PUT',
      body: JSON.stringify({ tokensPerMinute: 3000 }),
    });
    const ask = (max_tokens: number) => invoke(emulator, oldHaiku, messages('/long 200', { max_tokens }));
    expect(await ask(3000)).toMatchObject({
      status: 429,
      json: { message: 'Too many tokens, please wait before trying again.' },
    });
    for (let n = 0; n < 3; n++) expect((await ask(1000)).status).toBe(200);
    expect((await streamed(emulator, oldHaiku, messages('hi', { max_tokens: 1000 }))).length).toBeGreaterThan(
      500,
    );
    expect((await ask(2500)).status).toBe(429);
  });
});

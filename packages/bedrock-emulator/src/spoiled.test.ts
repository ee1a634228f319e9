import { EventStreamCodec } from '@smithy/eventstream-codec';
import { describe, expect, it } from 'vitest';
import { readFrames, splitFrames } from '../../../test/support/frames.ts';
import { haiku, invoke, llama3, messages, post, said, streamed } from '../test/ask.ts';
import { type Fault, type ReceivedRequest, startEmulator } from './index.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** What arrives of a stream, whole or not. */
async function arrived(response: Response): Promise<{ readonly bytes: Buffer; readonly broken: boolean }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), broken: false };
  } catch {
    return { bytes: Buffer.concat(chunks), broken: true };
  }
}

async function stream(fault: Fault | undefined, model = haiku) {
  await using emulator = await startEmulator({ pace: 'instant', faults: () => fault });
  const body = model === haiku ? messages('/long 60') : { prompt: '/long 60' };
  const response = await post(emulator, model, 'invoke-with-response-stream', body);
  const result = await arrived(response);
  await emulator.idle();
  return { ...result, response, endedBy: emulator.requests[0]?.endedBy };
}

describe('a fault in a stream', () => {
  it('an exception frame comes first, after some events, or before the last one', async () => {
    for (const [after, expected] of [
      [0, 0],
      [5, 5],
      [9999, -1],
    ] as const) {
      const whole = readFrames((await stream(undefined)).bytes).length;
      const spoiled = await stream({ type: 'exception', name: 'throttlingException', after });
      const frames = readFrames(spoiled.bytes);
      expect(spoiled).toMatchObject({ broken: false, endedBy: 'fault' });
      expect(frames).toHaveLength((expected === -1 ? whole - 1 : expected) + 1);
      expect(frames.at(-1)).toEqual({
        kind: 'exception',
        type: 'throttlingException',
        payload: { message: 'Too many requests, please wait before trying again.' },
      });
    }
  });

  it('a cut leaves half a frame and a broken connection', async () => {
    const { bytes, broken, endedBy } = await stream({ type: 'cut', at: 'mid-frame', after: 3 });
    expect({ broken, endedBy }).toEqual({ broken: true, endedBy: 'fault' });
    const whole = (await stream(undefined)).bytes;
    const [a, b, c, d] = splitFrames(whole);
    if (!a || !b || !c || !d) throw new Error('too short');
    const start = a.length + b.length + c.length;
    expect(bytes.length).toBeGreaterThan(start);
    expect(bytes.length).toBeLessThan(start + d.length);
    expect(bytes).toEqual(whole.subarray(0, bytes.length));
  });

  it.each([haiku, llama3])('a clean end comes after all text and before the stop (%s)', async (model) => {
    const fault: Fault = { type: 'cut', at: 'before-stop', clean: true };
    const { bytes, broken, endedBy } = await stream(fault, model);
    expect({ broken, endedBy }).toEqual({ broken: false, endedBy: 'fault' });
    const all = (await stream(undefined, model)).bytes;
    const missing = readFrames(all).length - readFrames(bytes).length;
    expect(missing).toBe(model === haiku ? 3 : 1);
  });

  it('a cut before the headers sends nothing at all', async () => {
    await using emulator = await startEmulator({
      pace: 'instant',
      faults: () => ({ type: 'cut', at: 'headers' }),
    });
    await expect(post(emulator, haiku, 'invoke-with-response-stream', messages('hi'))).rejects.toThrow();
    await expect(post(emulator, haiku, 'invoke', messages('hi'))).rejects.toThrow();
    await emulator.idle();
    expect(emulator.requests.map(({ endedBy }) => endedBy)).toEqual(['fault', 'fault']);
  });

  it('a corrupt frame fails its checksum, the others do not', async () => {
    const { bytes, endedBy } = await stream({ type: 'corrupt', after: 4 });
    expect(endedBy).toBe('fault');
    const wrong = splitFrames(bytes).map((frame) => {
      try {
        codec.decode(frame);
        return false;
      } catch {
        return true;
      }
    });
    expect(wrong.indexOf(true)).toBe(4);
    expect(wrong.filter((one) => one)).toHaveLength(1);
  });

  it('an empty body is a 200 without a frame', async () => {
    const { response, bytes, endedBy } = await stream({ type: 'empty' });
    expect([response.status, bytes.length, endedBy]).toEqual([200, 0, 'fault']);
  });

  it('a stall holds until its promise settles, then nothing is missing', async () => {
    const whole = (await stream(undefined)).bytes;
    for (const after of ['headers', 0, 4] as const) {
      const gate = Promise.withResolvers<void>();
      await using emulator = await startEmulator({
        pace: 'instant',
        faults: () => ({ type: 'stall', after, until: gate.promise }),
      });
      const asked = post(emulator, haiku, 'invoke-with-response-stream', messages('/long 60'));
      await emulator.received(1);
      if (after !== 'headers') {
        const reader = (await asked).clone().body?.getReader();
        if (after !== 0) expect((await reader?.read())?.done).toBe(false);
        void reader?.cancel();
      }
      expect(emulator.open).toBe(1);
      gate.resolve();
      expect(Buffer.from(await (await asked).arrayBuffer())).toEqual(whole);
      await emulator.idle();
      expect(emulator.requests[0]?.endedBy).toBe('done');
    }
  });

  it('a stall without an end lasts until the client leaves', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const leaving = new AbortController();
    const asked = post(emulator, haiku, 'invoke-with-response-stream', messages('/fault stall headers'), {
      signal: leaving.signal,
    });
    await emulator.received(1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');
  });
});

describe('a fault in a whole answer', () => {
  const whole = async (fault: Fault) => {
    await using emulator = await startEmulator({ pace: 'instant', faults: () => fault });
    const result = await arrived(await post(emulator, haiku, 'invoke', messages('/long 60')));
    await emulator.idle();
    return { ...result, endedBy: emulator.requests[0]?.endedBy };
  };

  it('an exception becomes its HTTP error', async () => {
    await using emulator = await startEmulator({
      pace: 'instant',
      faults: () => ({ type: 'exception', name: 'modelTimeoutException', message: 'Too slow.' }),
    });
    expect(await invoke(emulator, haiku, messages('hi'))).toMatchObject({
      status: 408,
      json: { message: 'Too slow.' },
    });
  });

  it('a cut breaks the body', async () => {
    for (const at of ['mid-frame', 'before-stop'] as const)
      expect(await whole({ type: 'cut', at })).toMatchObject({ broken: true, endedBy: 'fault' });
  });

  it('a clean end leaves JSON that does not end', async () => {
    const { bytes, broken } = await whole({ type: 'cut', at: 'before-stop', clean: true });
    expect(broken).toBe(false);
    expect(() => JSON.parse(bytes.toString())).toThrow();
    expect(JSON.parse(`${bytes}}`)).toHaveProperty('content');
  });

  it('corrupt is not JSON, empty is empty', async () => {
    const { bytes } = await whole({ type: 'corrupt' });
    expect(() => JSON.parse(bytes.toString())).toThrow();
    expect((await whole({ type: 'empty' })).bytes).toHaveLength(0);
  });
});

describe('faults', () => {
  it('are decided by the request, also where it is wrong in itself', async () => {
    const seen: ReceivedRequest[] = [];
    await using emulator = await startEmulator({
      pace: 'instant',
      faults: (request) => {
        seen.push(request);
        return seen.length < 3
          ? { type: 'error', name: 'ThrottlingException', message: 'Not now.' }
          : undefined;
      },
    });
    for (let n = 0; n < 2; n++)
      expect(await invoke(emulator, 'nobody', '{')).toMatchObject({
        status: 429,
        json: { message: 'Not now.' },
      });
    expect((await invoke(emulator, 'nobody', '{')).status).toBe(400);
    expect(seen[0]).toMatchObject({ modelId: 'nobody', body: '{' });
    await emulator.idle();
    expect(emulator.requests.map(({ endedBy }) => endedBy)).toEqual(['fault', 'fault', 'done']);
  });

  it('of a prompt strike only so many times where it says so', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const body = messages('/fault throttle times 2\n/say there');
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await invoke(emulator, haiku, body)).status);
    expect(statuses).toEqual([429, 429, 200, 200]);
    expect(await said(emulator, '/fault nothing known')).toContain('Say an error name');
  });

  it('do not spoil the next answer to the same request', async () => {
    let broken = true;
    await using emulator = await startEmulator({
      pace: 'instant',
      faults: () => (broken ? { type: 'corrupt' } : undefined),
    });
    const body = messages('/long 60');
    expect(() => readFrames(Buffer.alloc(0))).not.toThrow();
    await expect(streamed(emulator, haiku, body).then(readFrames)).rejects.toThrow();
    broken = false;
    expect(readFrames(await streamed(emulator, haiku, body)).length).toBeGreaterThan(10);
  });
});

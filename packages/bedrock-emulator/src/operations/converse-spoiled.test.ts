import { describe, expect, it } from 'vitest';
import { readFrames, splitFrames } from '../../../../test/support/frames.ts';
import { haiku, post } from '../../test/ask.ts';
import { type Fault, startEmulator } from '../index.ts';

const body = { messages: [{ role: 'user', content: [{ text: '/say one two three four five' }] }] };

/** What arrives of an answer until it breaks. */
async function arrives(fault: Fault, operation: string) {
  await using emulator = await startEmulator({ pace: 'instant', faults: () => fault });
  const chunks: Uint8Array[] = [];
  let broken = false;
  try {
    const response = await post(emulator, haiku, operation, body);
    for await (const chunk of response.body ?? []) chunks.push(chunk);
  } catch {
    broken = true;
  }
  return { bytes: Buffer.concat(chunks), broken };
}

describe('a bad day of ConverseStream', () => {
  it('breaks before the headers', async () => {
    expect(await arrives({ type: 'cut', at: 'headers' }, 'converse-stream')).toEqual({
      bytes: Buffer.alloc(0),
      broken: true,
    });
  });

  it('ends with all text said and the message unfinished', async () => {
    const { bytes, broken } = await arrives(
      { type: 'cut', at: 'before-stop', clean: true },
      'converse-stream',
    );
    expect(broken).toBe(false);
    const types = readFrames(bytes).map(({ type }) => type);
    expect(types[0]).toBe('messageStart');
    expect(types).toContain('contentBlockDelta');
    expect(types).not.toContain('messageStop');
    expect(types).not.toContain('metadata');
  });

  it('breaks in mid-frame', async () => {
    const { bytes } = await arrives(
      { type: 'cut', at: 'mid-frame', after: 2, clean: true },
      'converse-stream',
    );
    const frames = splitFrames(bytes);
    expect(readFrames(Buffer.concat(frames.slice(0, 2))).map(({ type }) => type)).toEqual([
      'messageStart',
      'contentBlockDelta',
    ]);
    expect(() => readFrames(bytes)).toThrow();
  });

  it('spoils a checksum, and sends nothing at all', async () => {
    const { bytes } = await arrives({ type: 'corrupt', after: 1 }, 'converse-stream');
    expect(() => readFrames(bytes)).toThrow(/checksum/);
    expect((await arrives({ type: 'empty' }, 'converse-stream')).bytes).toHaveLength(0);
  });
});

describe('a bad day of Converse', () => {
  it('cuts the body, spoils it, and leaves it out', async () => {
    const cut = await arrives({ type: 'cut', at: 'mid-frame', clean: true }, 'converse');
    expect(() => JSON.parse(cut.bytes.toString())).toThrow();
    expect((await arrives({ type: 'corrupt' }, 'converse')).bytes.toString()).toMatch(/^~"metrics"/);
    expect((await arrives({ type: 'empty' }, 'converse')).bytes).toHaveLength(0);
  });
});

it('takes its time when it is told to', async () => {
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 60, tokensPerSecond: 100, jitter: 0 },
  });
  for (const operation of ['converse', 'converse-stream']) {
    const started = performance.now();
    const response = await post(emulator, haiku, operation, body);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(performance.now() - started).toBeGreaterThan(95);
    const metrics =
      operation === 'converse' ? JSON.parse(bytes.toString()) : readFrames(bytes).at(-1)?.payload;
    expect(metrics).toMatchObject({ metrics: { latencyMs: 110 } });
  }
});

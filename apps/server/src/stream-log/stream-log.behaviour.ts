import { type EncodedEvent, encodeEvent, type GenerationId } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogLimits } from './memory.ts';
import type { LogBatch, StreamLog } from './stream-log.ts';

const generation = 'gen_behaviour' as GenerationId;
const roomy: LogLimits = { eventsPerGeneration: 1_000, sizePerGeneration: 1_000_000, sizeInAll: 2_000_000 };

export function textDelta(text: string): EncodedEvent {
  return encodeEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
}

export const stop: EncodedEvent = encodeEvent({
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
});

/** What every stream log promises, whatever it is made of. */
export function describeStreamLog(name: string, make: (limits: LogLimits) => StreamLog): void {
  describe(`stream log: ${name}`, () => {
    const open = (limits: Partial<LogLimits> = {}) => {
      const log = make({ ...roomy, ...limits });
      log.open(generation);
      return log;
    };

    test('a late reader gets every event once, in order, and its end', async () => {
      const log = open();
      await log.append(generation, [textDelta('a'), textDelta('b')]);
      await log.append(generation, [stop]);
      expect(await readAll(log)).toEqual([
        [1, textDelta('a').json],
        [2, textDelta('b').json],
        [3, stop.json],
      ]);
      expect(log.head(generation)).toBe(3);
    });

    test('a live reader gets the same as a late one', async () => {
      const log = open();
      const live = readAll(log);
      await log.append(generation, [textDelta('a')]);
      await log.append(generation, [textDelta('b'), stop]);
      expect(await live).toEqual(await readAll(log));
    });

    test('reads strictly after the cursor', async () => {
      const log = open();
      await log.append(generation, [textDelta('a'), textDelta('b'), stop]);
      expect((await readAll(log, 2)).map(([seq]) => seq)).toEqual([3]);
      expect(await readAll(log, 3)).toEqual([]);
    });

    test('any cut into batches, read from any cursor, is the same sequence', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.string(), { maxLength: 5 }), { maxLength: 12 }),
          fc.nat(40),
          fc.integer({ min: 1, max: 200 }),
          async (batches, cursor, maxBatch) => {
            const log = open();
            const expected = [...batches.flat().map(textDelta), stop].map(({ json }, i) => [i + 1, json]);
            const after = Math.min(cursor, expected.length);
            const live = readAll(log, after, maxBatch);
            for (const batch of batches) await log.append(generation, batch.map(textDelta));
            await log.append(generation, [stop]);
            expect(await live).toEqual(expected.slice(after));
            expect(await readAll(log, after, maxBatch)).toEqual(expected.slice(after));
          },
        ),
        { numRuns: 60 },
      );
    });

    test('what has piled up comes in batches no larger than asked for', async () => {
      const log = open();
      await log.append(
        generation,
        Array.from({ length: 10 }, () => textDelta('x'.repeat(100))),
      );
      await log.append(generation, [stop]);
      const batches: LogBatch[] = [];
      for await (const batch of log.read(generation, { ...from(0), maxBatch: 500 })) batches.push(batch);
      expect(batches.length).toBeGreaterThan(3);
      for (const { events } of batches) {
        const size = events.reduce((sum, { json }) => sum + json.length, 0);
        expect(events.length === 1 || size <= 500).toBe(true);
      }
    });

    test('a reader that stops listening ends quietly', async () => {
      const log = open();
      const leave = new AbortController();
      const reading = readAll(log, 0, undefined, leave.signal);
      await log.append(generation, [textDelta('a')]);
      leave.abort();
      expect((await reading).length).toBeLessThanOrEqual(1);
    });

    test('a generation past its bound is refused whole, and its end still fits', async () => {
      for (const limits of [{ eventsPerGeneration: 2 }, { sizePerGeneration: 200 }, { sizeInAll: 200 }]) {
        const log = open(limits);
        await log.append(generation, [textDelta('a')]);
        const three = ['b', 'c', 'd'].map(textDelta);
        await expect(log.append(generation, three)).rejects.toMatchObject({ code: 'SB_LOG_FULL' });
        expect(log.head(generation)).toBe(1);
        await log.append(generation, [stop]);
        expect((await readAll(log)).length).toBe(2);
      }
    });

    test('nothing follows the end', async () => {
      const log = open();
      await log.append(generation, [stop]);
      await expect(log.append(generation, [textDelta('late')])).rejects.toThrow(/ended/);
    });

    test('what is erased is gone, for its readers too, and gives its room back', async () => {
      const log = open();
      await log.append(generation, [textDelta('secret')]);
      const reading = readAll(log, 1);
      log.erase(generation);
      log.erase(generation);
      await expect(reading).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
      await expect(readAll(log)).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
      expect(log.size).toBe(0);
    });
  });
}

function from(after: number) {
  return { after, signal: new AbortController().signal };
}

/** Everything after a cursor, as seq and JSON. */
async function readAll(
  log: StreamLog,
  after = 0,
  maxBatch?: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly (readonly [number, string])[]> {
  const read: (readonly [number, string])[] = [];
  for await (const { first, events } of log.read(generation, {
    after,
    signal,
    ...(maxBatch !== undefined && { maxBatch }),
  })) {
    events.forEach(({ json }, index) => {
      read.push([first + index, json]);
    });
  }
  return read;
}

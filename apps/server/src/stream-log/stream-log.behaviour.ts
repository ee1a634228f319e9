import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Burst,
  type ClientId,
  type EncodedEvent,
  encodeEvent,
  type GenerationId,
  type GenerationStop,
} from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectGarbage } from '../../../../test/support/collect-garbage.ts';
import { defaultKeep, type KeepLimits, type LogLimits } from './memory-options.ts';
import type { GenerationRecord, LogBatch, StreamLog } from './stream-log.ts';

const owner = { project: 'p', user: 'u' };
const holder = { cancel: () => {} };
const roomy: LogLimits = { eventsPerGeneration: 1_000, sizePerGeneration: 1_000_000, sizeInAll: 2_000_000 };

export function textDelta(text: string): EncodedEvent {
  return encodeEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
}

export const stop: EncodedEvent & { readonly event: GenerationStop } = encodeEvent({
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
}) as EncodedEvent & { readonly event: GenerationStop };

/** Text deltas that came together. */
export function burstOf(...texts: readonly string[]): Burst {
  let said = '';
  const ends = texts.map((text) => {
    said += Buffer.from(JSON.stringify(text).slice(1, -1)).toString('latin1');
    return said.length;
  });
  return new Burst(0, 'text_delta', said, ends);
}

let made = 0;

/** A record of a generation that was never there before. */
export function aRecord(more: Partial<GenerationRecord> = {}): GenerationRecord {
  made += 1;
  return {
    generation: `gen_behaviour_${made}` as GenerationId,
    owner,
    model: 'anthropic',
    store: 'resume',
    startedAt: Date.now(),
    node: 'node_1',
    ...more,
  };
}

export interface LogSettings {
  readonly limits: LogLimits;
  readonly keep: KeepLimits;
  readonly now: () => number;
}

/** What every stream log promises, whatever it is made of. */
export function describeStreamLog(
  name: string,
  make: (settings: LogSettings) => Promise<StreamLog> | StreamLog,
): void {
  describe(`stream log: ${name}`, () => {
    const openLog = async (settings: Partial<LogSettings> = {}): Promise<StreamLog> => {
      const log = await make({ limits: roomy, keep: defaultKeep, now: Date.now, ...settings });
      onTestFinished(() => log.close());
      return log;
    };
    const open = async (limits: Partial<LogLimits> = {}) => {
      const log = await openLog({ limits: { ...roomy, ...limits } });
      return { log, generation: await opened(log) };
    };

    test('a late reader gets every event once, in order, and its end', async () => {
      const { log, generation } = await open();
      await log.append(generation, [textDelta('a'), textDelta('b')]);
      await log.append(generation, [stop]);
      expect(await readAll(log, generation)).toEqual([
        [1, textDelta('a').json],
        [2, textDelta('b').json],
        [3, stop.json],
      ]);
      expect(await log.find(owner, { generation })).toMatchObject({ head: 3, stop: stop.event });
    });

    test('a live reader gets the same as a late one', async () => {
      const { log, generation } = await open();
      const live = readAll(log, generation);
      await log.append(generation, [textDelta('a')]);
      await log.append(generation, [textDelta('b'), stop]);
      expect(await live).toEqual(await readAll(log, generation));
    });

    test('reads strictly after the cursor', async () => {
      const { log, generation } = await open();
      await log.append(generation, [textDelta('a'), textDelta('b'), stop]);
      expect((await readAll(log, generation, 2)).map(([seq]) => seq)).toEqual([3]);
      expect(await readAll(log, generation, 3)).toEqual([]);
    });

    test('any cut into batches, read from any cursor, is the same sequence', async () => {
      const log = await openLog();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), { maxLength: 12 }),
          fc.nat(40),
          fc.integer({ min: 1, max: 200 }),
          async (batches, cursor, maxBatch) => {
            const generation = await opened(log);
            const expected = [...batches.flat().map(textDelta), stop].map(({ json }, i) => [i + 1, json]);
            const after = Math.min(cursor, expected.length);
            const live = readAll(log, generation, after, maxBatch);
            for (const batch of batches) await log.append(generation, batch.map(textDelta));
            await log.append(generation, [stop]);
            expect(await live).toEqual(expected.slice(after));
            expect(await readAll(log, generation, after, maxBatch)).toEqual(expected.slice(after));
          },
        ),
        { numRuns: 60 },
      );
    });

    test('many generations at once stay apart', async () => {
      const log = await openLog();
      const generations = await Promise.all(Array.from({ length: 20 }, () => opened(log)));
      await Promise.all(
        generations.map(async (generation, index) => {
          for (let event = 0; event < 10; event += 1)
            await log.append(generation, [textDelta(`${index}.${event}`)]);
          await log.append(generation, [stop]);
        }),
      );
      for (const [index, generation] of generations.entries()) {
        const expected = Array.from({ length: 10 }, (_, event) => textDelta(`${index}.${event}`).json);
        const read = await readAll(log, generation);
        expect(read.map(([, json]) => json)).toEqual([...expected, stop.json]);
      }
    });

    test('what has piled up comes in batches no larger than asked for', async () => {
      const { log, generation } = await open();
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

    test('a burst is the events that it is, from whatever seq and in whatever batches it is read', async () => {
      const log = await openLog();
      const said = fc.string({ unit: 'grapheme', maxLength: 10 });
      const together = fc.array(said, { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(together, fc.boolean()), { minLength: 1, maxLength: 6 }),
          fc.nat(1000),
          fc.integer({ min: 1, max: 1500 }),
          async (appends, cursor, maxBatch) => {
            const generation = await opened(log);
            for (const [texts, asBurst] of appends) {
              await log.append(generation, asBurst ? [burstOf(...texts)] : texts.map(textDelta));
            }
            await log.append(generation, [burstOf('bye'), stop]);
            const texts = [...appends.flatMap(([some]) => some), 'bye'];
            const expected = [...texts.map((text) => textDelta(text).json), stop.json].map(
              (json, index) => [index + 1, json] as const,
            );
            const after = cursor % expected.length;
            expect(await readAll(log, generation, after, maxBatch)).toEqual(expected.slice(after));
            await log.erase(generation);
          },
        ),
        { numRuns: 50 },
      );
    });

    test('a burst counts as the events that it is, and takes little more room than what it says', async () => {
      const { log, generation } = await open({ eventsPerGeneration: 3 });
      await log.append(generation, [burstOf('a', 'b')]);
      await expect(async () => log.append(generation, [burstOf('c', 'd')])).rejects.toMatchObject({
        code: 'SB_LOG_FULL',
      });
      expect(await log.find(owner, { generation })).toMatchObject({ head: 2 });
      expect(log.size).toBe('ab'.length + 2 * 8);
    });

    test('a reader that stops listening ends quietly', async () => {
      const { log, generation } = await open();
      const leave = new AbortController();
      const reading = readAll(log, generation, 0, undefined, leave.signal);
      await log.append(generation, [textDelta('a')]);
      leave.abort();
      expect((await reading).length).toBeLessThanOrEqual(1);
    });

    test('a generation past its bound is refused whole, and its end still fits', async () => {
      for (const limits of [{ eventsPerGeneration: 2 }, { sizePerGeneration: 200 }, { sizeInAll: 200 }]) {
        const { log, generation } = await open(limits);
        await log.append(generation, [textDelta('a')]);
        const three = ['b', 'c', 'd'].map(textDelta);
        await expect(async () => log.append(generation, three)).rejects.toMatchObject({
          code: 'SB_LOG_FULL',
        });
        expect((await log.find(owner, { generation }))?.head).toBe(1);
        await log.append(generation, [stop]);
        expect((await readAll(log, generation)).length).toBe(2);
      }
    });

    test('nothing follows the end', async () => {
      const { log, generation } = await open();
      await log.append(generation, [stop]);
      await expect(async () => log.append(generation, [textDelta('late')])).rejects.toThrow(/ended/);
    });

    test('what is erased is gone, for its readers too, and gives its room back', async () => {
      const { log, generation } = await open();
      await log.append(generation, [textDelta('secret')]);
      const reading = readAll(log, generation, 1);
      const refused = expect(reading).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
      await log.erase(generation);
      await log.erase(generation);
      await refused;
      await expect(readAll(log, generation)).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
      expect(await log.find(owner, { generation })).toBeUndefined();
      expect(log.size).toBe(0);
    });

    test('an id is claimed once, even twice at once, and stays known when its content is gone', async () => {
      const log = await openLog();
      const id = 'mine' as ClientId;
      const [one, two] = await Promise.all([
        log.open(aRecord({ id, digest: 'd' }), holder),
        log.open(aRecord({ id, digest: 'd' }), holder),
      ]);
      expect(two.record).toEqual(one.record);
      expect((await log.find(owner, { id }))?.record).toEqual(one.record);
      await log.append(one.record.generation, [stop]);
      await log.erase(one.record.generation);
      expect(await log.find(owner, { id })).toMatchObject({ expired: true, record: { digest: 'd' } });
      expect((await log.open(aRecord({ id }), holder)).record).toEqual(one.record);
    });

    test('nobody else finds it, by either name', async () => {
      const log = await openLog();
      const id = 'mine' as ClientId;
      const { record } = await log.open(aRecord({ id }), holder);
      for (const other of [
        { project: 'p', user: 'v' },
        { project: 'q', user: 'u' },
      ]) {
        expect(await log.find(other, { generation: record.generation })).toBeUndefined();
        expect(await log.find(other, { id })).toBeUndefined();
      }
    });

    test('cancelling reaches whoever runs it, until it has ended', async () => {
      const log = await openLog();
      let cancelled = 0;
      const record = aRecord();
      await log.open(record, { cancel: () => (cancelled += 1) });
      log.cancel(record.generation);
      log.cancel('gen_none' as GenerationId);
      expect(cancelled).toBe(1);
      await log.append(record.generation, [stop]);
      log.cancel(record.generation);
      expect(cancelled).toBe(1);
    });

    test('whoever ran it is let go of at its end, while its events are kept', async () => {
      const log = await openLog();
      const record = aRecord();
      const open = async () => {
        const runs = { cancel: () => {} };
        await log.open(record, runs);
        return new WeakRef(runs);
      };
      const ran = await open();
      await nextTurn();
      collectGarbage();
      expect(ran.deref()).toBeDefined();
      await log.append(record.generation, [stop]);
      await nextTurn();
      collectGarbage();
      expect(ran.deref()).toBeUndefined();
      expect(await readAll(log, record.generation)).toEqual([[1, stop.json]]);
    });

    test('what has ended is forgotten in time, oldest first, but never what is still read', async () => {
      let now = Date.now();
      const log = await openLog({ keep: { ...defaultKeep, ms: 1_000 }, now: () => now });
      const [first, second] = [await opened(log), await opened(log)];
      await log.append(first, [textDelta('a'), stop]);
      now += 600;
      await log.append(second, [stop]);
      const reading = log.read(first, { ...from(0), maxBatch: 1 })[Symbol.asyncIterator]();
      await reading.next();
      now += 600;
      log.sweep();
      expect(await log.find(owner, { generation: first })).toBeDefined();
      await reading.return?.();
      log.sweep();
      expect(await log.find(owner, { generation: first })).toBeUndefined();
      expect(await log.find(owner, { generation: second })).toBeDefined();
    });

    test('past its bound of endings or of memory, the newest stay readable', async () => {
      for (const keep of [
        { ...defaultKeep, generations: 2 },
        { ...defaultKeep, size: 2_000 },
      ]) {
        const log = await openLog({ keep });
        let last: GenerationId | undefined;
        for (let index = 0; index < 10; index += 1) {
          last = await opened(log);
          await log.append(last, [textDelta('x'.repeat(500)), stop]);
        }
        expect(log.size).toBeLessThan(4_000);
        expect(await readAll(log, last as GenerationId)).toHaveLength(2);
      }
    });
  });
}

/** Opens a new generation in a log. */
export async function opened(log: StreamLog, more: Partial<GenerationRecord> = {}): Promise<GenerationId> {
  return (await log.open(aRecord(more), holder)).record.generation;
}

function from(after: number) {
  return { after, signal: new AbortController().signal };
}

/** Everything after a cursor, as seq and JSON. */
export async function readAll(
  log: StreamLog,
  generation: GenerationId,
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

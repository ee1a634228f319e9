import {
  encodeEvent,
  type GenerationEvent,
  type GenerationId,
  type GenerationStop,
  StreambedError,
} from '@streambed/protocol';
import { expect, test } from 'vitest';
import { MemoryStreamLog } from '../../stream-log/memory.ts';
import { HeldReading } from './held-reading.ts';

const generation = 'gen_1' as GenerationId;
const owner = { project: 'default', user: 'local' };
const delta = (text: string): GenerationEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const stop: GenerationStop = {
  type: 'generation_stop',
  state: 'failed',
  stop_reason: null,
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
  error: new StreambedError('SB_INTERNAL').toInfo(),
};

async function opened() {
  const log = new MemoryStreamLog();
  const record = { generation, owner, model: 'm', store: 'none', startedAt: Date.now(), node: 'n' } as const;
  await log.open(record, { cancel: () => {} });
  const add = (...events: GenerationEvent[]) => log.append(generation, events.map(encodeEvent));
  const gone = new AbortController();
  return { log, add, gone, reading: new HeldReading(log, generation, gone.signal) };
}

async function typesIn(reading: HeldReading): Promise<string[]> {
  const types: string[] = [];
  for await (const { events } of reading) types.push(...events.map(({ event }) => event.type));
  return types;
}

test('what was waited for comes first, and nothing is missing', async () => {
  const { log, add, reading } = await opened();
  const known = reading.untilStatusIsKnown(60_000);
  await add(delta('a'));
  expect(await known).toBeUndefined();
  await add(delta('b'), stop);
  expect(await typesIn(reading)).toEqual(['content_block_delta', 'content_block_delta', 'generation_stop']);
  expect(log.readers).toBe(0);
});

test('where nothing comes in time the rest is read all the same', async () => {
  const { add, reading } = await opened();
  expect(await reading.untilStatusIsKnown(0)).toBeUndefined();
  await add(delta('a'), stop);
  expect(await typesIn(reading)).toEqual(['content_block_delta', 'generation_stop']);
});

test('an end before which nothing was said is told, and the log let go of', async () => {
  const { log, add, reading } = await opened();
  const known = reading.untilStatusIsKnown(60_000);
  await add(stop);
  expect(await known).toEqual(stop);
  await reading.end();
  expect(log.readers).toBe(0);
});

test('who leaves before anything was said lets go of the log', async () => {
  const { log, reading, gone } = await opened();
  const known = reading.untilStatusIsKnown(60_000);
  expect(log.readers).toBe(1);
  gone.abort();
  expect(await known).toBeUndefined();
  await reading.end();
  expect(log.readers).toBe(0);
});

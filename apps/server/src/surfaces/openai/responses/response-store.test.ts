import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyMessage, type GenerationId, type GenerationStop } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../database/database.ts';
import type { GenerationView } from '../../../stream-log/stream-log.ts';
import { responseIdOf } from './item-ids.ts';
import { ResponseRows } from './response-rows.ts';
import { ResponseStore, type StoredResponse } from './response-store.ts';

const owner = { project: 'p', user: 'u' };
const other = { project: 'p', user: 'other' };
const limits = { ms: 1000, size: 10_000, responses: 100, sizeOnDisk: 10_000 };
const answer = { message: emptyMessage, stop: { state: 'completed' } as GenerationStop };

const generation = (name: string) => `gen_${name.padEnd(22, '0')}` as GenerationId;
const idOf = (name: string) => responseIdOf(generation(name));
const response = (name: string, input = 'x'): StoredResponse => ({
  generation: generation(name),
  owner,
  params: { model: 'm', input },
  startedAt: 1,
});

async function setup() {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-response-store-'));
  const database = await openDatabase({ dir, log: { info: () => {} } });
  const clock = { now: 0 };
  const running = new Set<GenerationId>();
  const rows = new ResponseRows(database);
  const open = (durable = true, more: Partial<typeof limits> = {}) =>
    new ResponseStore({
      limits: { ...limits, ...more },
      runs: (id) => running.has(id),
      now: () => clock.now,
      ...(durable && { rows }),
    });
  return {
    clock,
    running,
    rows,
    open,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

test('a response is its owner’s, and kept for a while after its last use', async () => {
  await using at = await setup();
  const store = at.open(false);
  await store.put(response('a'));
  expect(await store.get(other, idOf('a'))).toBeUndefined();
  expect(await store.get(owner, 'resp_unknown')).toBeUndefined();
  at.clock.now = 900;
  expect(await store.get(owner, idOf('a'))).toMatchObject({ params: { input: 'x' } });
  at.clock.now = 1800;
  store.sweep();
  expect(await store.get(owner, idOf('a'))).toBeDefined();
  at.clock.now = 2800;
  store.sweep();
  expect(await store.get(owner, idOf('a'))).toBeUndefined();
  expect(store.size).toBe(0);
});

test('what still runs is not forgotten', async () => {
  await using at = await setup();
  const store = at.open(false);
  await store.put(response('a'));
  at.running.add(generation('a'));
  at.clock.now = 5000;
  store.sweep();
  at.running.clear();
  at.clock.now = 5900;
  store.sweep();
  expect(await store.get(owner, idOf('a'))).toBeDefined();
});

test('memory is bounded: what was used least lately goes', async () => {
  await using at = await setup();
  const store = at.open(false);
  await store.put(response('a', 'x'.repeat(4000)));
  await store.put(response('b', 'x'.repeat(4000)));
  await store.get(owner, idOf('a'));
  await store.put(response('c', 'x'.repeat(4000)));
  const left = await Promise.all(['a', 'b', 'c'].map((name) => store.get(owner, idOf(name))));
  expect(left.map((stored) => stored !== undefined)).toEqual([true, false, true]);
  expect(store.size).toBeLessThan(limits.size);
});

test('the log’s own forgetting takes it along, unless something goes on from its answer', async () => {
  await using at = await setup();
  const store = at.open();
  const forgotten = (name: string, endedAt: number): GenerationView =>
    ({
      record: { generation: generation(name), store: 'resume' },
      endedAt,
      head: 1,
      expired: true,
    }) as GenerationView;
  for (const name of ['kept', 'old', 'erased']) await store.put(response(name), { durable: true });
  await store.keepAnswer(generation('kept'), answer);
  await store.keepAnswer(generation('erased'), answer);
  at.clock.now = 1500;
  store.logForgot(forgotten('kept', 0));
  store.logForgot(forgotten('erased', 1400));
  expect(await store.get(owner, idOf('kept'))).toMatchObject({ answer });
  await expect.poll(() => at.rows.find(owner, generation('erased'))).toBeUndefined();
  expect(await store.get(owner, idOf('erased'))).toBeUndefined();
});

test('one that is to be stored is there after a restart, with its answer; others are not', async () => {
  await using at = await setup();
  const before = at.open();
  await before.put(response('a'), { durable: true });
  await before.keepAnswer(generation('a'), answer);
  await before.put(response('b'));
  const after = at.open();
  expect(await after.get(owner, idOf('a'))).toEqual({ ...response('a'), answer });
  expect(await after.get(other, idOf('a'))).toBeUndefined();
  expect(await after.get(owner, idOf('b'))).toBeUndefined();
  await after.forget(generation('a'));
  expect(await at.open().get(owner, idOf('a'))).toBeUndefined();
});

test('the disk is bounded in time and in size', async () => {
  await using at = await setup();
  const store = at.open();
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    at.clock.now = index;
    await store.put(response(name, 'x'.repeat(4000)), { durable: true });
  }
  await at.rows.sweep(-1, limits.sizeOnDisk);
  expect(await at.rows.find(owner, generation('a'))).toBeUndefined();
  expect(await at.rows.find(owner, generation('b'))).toBeDefined();
  await at.rows.used(generation('c'), 900);
  await at.rows.sweep(900, limits.sizeOnDisk);
  expect(await at.rows.find(owner, generation('b'))).toBeUndefined();
  expect(await at.rows.find(owner, generation('c'))).toBeDefined();
});

test('a disk that fails keeps nothing half', async () => {
  await using at = await setup();
  const rows = Object.assign(Object.create(at.rows), { put: async () => Promise.reject(new Error('full')) });
  const store = new ResponseStore({ limits, runs: () => false, rows });
  await expect(store.put(response('a'), { durable: true })).rejects.toThrow('full');
  expect(store.size).toBe(0);
});

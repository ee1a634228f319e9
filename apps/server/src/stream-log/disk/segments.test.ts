import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientId, GenerationId } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { defaultKeep } from '../memory-options.ts';
import { aRecord, describeStreamLog, opened, readAll, stop, textDelta } from '../stream-log.behaviour.ts';
import { createWriteAt, type WriteAt, writeByThread } from './disk-write.ts';
import { defaultDiskLimits, type SegmentLogOptions, SegmentStreamLog } from './segments.ts';

const owner = { project: 'p', user: 'u' };

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-log-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Opens a log that is closed at the end of the test; `abandon` leaves it as `kill -9` does. */
async function openLog(options: Partial<SegmentLogOptions> & { dir: string }): Promise<SegmentStreamLog> {
  const log = await SegmentStreamLog.open(options);
  onTestFinished(() => log.close());
  return log;
}

/** A disk that takes, while it is `slow`, as long for a write as the test says. */
function aSlowDisk() {
  const waiting: (() => void)[] = [];
  let wake = () => {};
  const disk = {
    slow: false,
    writes: 0,
    writeAt: (async (file, bytes, position) => {
      if (disk.slow) {
        disk.writes += 1;
        wake();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      await writeByThread(file, bytes, position);
    }) satisfies WriteAt as WriteAt,
    /** Resolves when so many slow writes have begun. */
    asked: async (writes: number) => {
      while (disk.writes < writes) await new Promise<void>((resolve) => (wake = resolve));
    },
    /** Lets the write that waits go on. */
    release: () => waiting.shift()?.(),
  };
  return disk;
}

const segmentsIn = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('events-'));
const contentOf = (dir: string) =>
  readdirSync(dir)
    .map((name) => readFileSync(join(dir, name), 'latin1'))
    .join('');
const disk = (more: Partial<typeof defaultDiskLimits>) => ({ ...defaultDiskLimits, ...more });

describeStreamLog('segments', (settings) => openLog({ dir: aFolder(), ...settings }));

describeStreamLog('segments, read from disk', (settings) =>
  openLog({
    dir: aFolder(),
    ...settings,
    keep: { ...settings.keep, size: 0 },
    disk: disk({ segmentBytes: 300 }),
  }),
);

test('after a restart what has ended is readable as it was, byte for byte', async () => {
  const dir = aFolder();
  const first = await openLog({ dir });
  const id = 'mine' as ClientId;
  const generation = await opened(first, { id });
  const events = ['a', 'ü', '😀\n"', 'd'].map(textDelta);
  await first.append(generation, events.slice(0, 1));
  await first.append(generation, [...events.slice(1), stop]);
  const before = await readAll(first, generation);
  const view = await first.find(owner, { id });

  const second = await openLog({ dir });
  expect(await readAll(second, generation)).toEqual(before);
  expect(await readAll(second, generation, 2)).toEqual(before.slice(2));
  expect(await second.find(owner, { id })).toMatchObject({ ...view, endedAt: expect.any(Number) });
  expect((await second.open(aRecord({ id }), { cancel: () => {} })).record.generation).toBe(generation);
});

test('what ran when the process went is interrupted, with its text and what was counted kept', async () => {
  const dir = aFolder();
  const first = await openLog({ dir });
  const generation = await opened(first);
  const unheard = await opened(first);
  await first.append(generation, [textDelta('half')]);

  const second = await openLog({ dir });
  const [half, end] = await readAll(second, generation);
  expect(half).toEqual([1, textDelta('half').json]);
  expect(JSON.parse(end?.[1] ?? '')).toMatchObject({
    type: 'generation_stop',
    state: 'interrupted',
    error: { code: 'SB_INTERRUPTED' },
  });
  expect((await readAll(second, unheard)).map(([seq]) => seq)).toEqual([1]);
  // Said once: a third run finds an end there.
  const third = await openLog({ dir });
  expect(await readAll(third, generation)).toHaveLength(2);
});

test('what is in memory only leaves nothing on disk, and is gone after a restart', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const generation = await opened(log, { store: 'none' });
  await log.append(generation, [textDelta('secret'), stop]);
  expect(contentOf(dir)).not.toContain('secret');
  const again = await openLog({ dir });
  expect(await again.find(owner, { generation })).toBeUndefined();
});

test('wherever the last write was cut off, readers get a true beginning and one end', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const generation = await opened(log);
  const texts = Array.from({ length: 6 }, (_, index) => `text ${index}`);
  for (const text of texts) await log.append(generation, [textDelta(text)]);
  const [name = ''] = segmentsIn(dir);
  const whole = readFileSync(join(dir, name));
  const index = readFileSync(join(dir, 'generations.log'));
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), fc.boolean(), async (cut, garbage) => {
      const copy = mkdtempSync(join(tmpdir(), 'streambed-torn-'));
      writeFileSync(join(copy, 'generations.log'), index);
      writeFileSync(join(copy, name), whole.subarray(0, cut));
      if (garbage) writeFileSync(join(copy, name), Buffer.alloc(40, 7), { flag: 'a' });
      const torn = await SegmentStreamLog.open({ dir: copy });
      const read = await readAll(torn, generation);
      const events = read.slice(0, -1).map(([, json]) => json);
      expect(events).toEqual(texts.slice(0, events.length).map((text) => textDelta(text).json));
      expect(read.at(-1)?.[1]).toContain('"interrupted"');
      await torn.close();
      rmSync(copy, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

test('a damaged record in the middle costs what follows it in its generation, and no other', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const hurt = await opened(log);
  const fine = await opened(log);
  await log.append(hurt, [textDelta('one')]);
  await log.append(hurt, [textDelta('damaged')]);
  await log.append(fine, [textDelta('fine')]);
  await log.append(hurt, [textDelta('three'), stop]);
  await log.append(fine, [stop]);
  const [name = ''] = segmentsIn(dir);
  const content = readFileSync(join(dir, name), 'latin1').replace('damaged', 'DAMAGED');
  writeFileSync(join(dir, name), content, 'latin1');
  const again = await openLog({ dir });
  expect((await readAll(again, fine)).map(([, json]) => json)).toEqual([textDelta('fine').json, stop.json]);
  const [one, end] = await readAll(again, hurt);
  expect(one?.[1]).toBe(textDelta('one').json);
  expect(end?.[1]).toContain('"interrupted"');
});

test('a torn index costs only what it was about to hold', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const first = await opened(log);
  await log.append(first, [stop]);
  const path = join(dir, 'generations.log');
  await opened(log);
  truncateSync(path, statSync(path).size - 3);
  const again = await openLog({ dir });
  expect(await readAll(again, first)).toHaveLength(1);
});

test('what is erased is no longer on disk, though its neighbours are, and its id stays known', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const id = 'mine' as ClientId;
  const generation = await opened(log, { id });
  const neighbour = await opened(log);
  await log.append(generation, [textDelta('a secret')]);
  await log.append(neighbour, [textDelta('no secret'), stop]);
  await log.append(generation, [textDelta('another secret'), stop]);
  await log.erase(generation);
  expect(contentOf(dir)).not.toContain('a secret');
  expect(contentOf(dir)).not.toContain('another secret');
  for (const each of [log, await openLog({ dir })]) {
    expect(await readAll(each, neighbour)).toHaveLength(2);
    expect(await each.find(owner, { id })).toMatchObject({ expired: true });
    expect(await each.find(owner, { generation })).toBeUndefined();
  }
});

test('all that generations append within a turn of the event loop is one write', async () => {
  const quick = createWriteAt();
  const sizes: number[] = [];
  const log = await openLog({
    dir: aFolder(),
    writeAt: (file, bytes, position) => {
      sizes.push(bytes.length);
      return quick(file, bytes, position);
    },
  });
  const generations = await Promise.all(Array.from({ length: 200 }, () => opened(log)));
  await Promise.all(generations.map((generation) => log.append(generation, [textDelta('a')])));
  sizes.length = 0;
  await Promise.all(generations.map((generation) => log.append(generation, [textDelta('b'), stop])));
  expect(sizes).toHaveLength(1);
  for (const generation of generations) expect(await readAll(log, generation)).toHaveLength(3);
});

test('while the disk takes its time nobody sees what it has not taken, and the rest goes together', async () => {
  const disk = aSlowDisk();
  const log = await openLog({ dir: aFolder(), writeAt: disk.writeAt });
  const [one, two] = [await opened(log), await opened(log)];
  disk.slow = true;
  const first = log.append(one, [textDelta('a')]);
  await disk.asked(1);
  const second = [log.append(one, [textDelta('b')]), log.append(two, [stop])];
  expect(await log.find(owner, { generation: one })).toMatchObject({ head: 0 });
  disk.release();
  await first;
  expect(await log.find(owner, { generation: one })).toMatchObject({ head: 1 });
  await disk.asked(2);
  expect(await log.find(owner, { generation: two })).toMatchObject({ head: 0 });
  disk.release();
  await Promise.all(second);
  expect(disk.writes).toBe(2);
  expect(await log.find(owner, { generation: one })).toMatchObject({ head: 2 });
});

test('what is erased while it is being written is not on disk afterwards', async () => {
  const disk = aSlowDisk();
  const dir = aFolder();
  const log = await openLog({ dir, writeAt: disk.writeAt });
  const [generation, neighbour] = [await opened(log), await opened(log)];
  disk.slow = true;
  const appending = [
    log.append(generation, [textDelta('a secret')]),
    log.append(neighbour, [textDelta('none')]),
  ];
  await disk.asked(1);
  const waiting = log.append(neighbour, [stop]);
  disk.slow = false;
  const erasing = log.erase(generation);
  disk.release();
  await Promise.all([...appending, waiting, erasing]);
  expect(contentOf(dir)).not.toContain('a secret');
  await expect(async () => log.append(generation, [stop])).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
  expect(await readAll(log, neighbour)).toHaveLength(2);
});

test('what a failing disk did not erase is erased when it works again', async () => {
  const dir = aFolder();
  const quick = createWriteAt();
  let broken = false;
  const writeAt: WriteAt = (file, bytes, position) => {
    // The index still gets through.
    if (broken && bytes.every((byte) => byte === 0)) throw new Error('EIO');
    return quick(file, bytes, position);
  };
  const log = await openLog({ dir, writeAt });
  const [generation, neighbour] = [await opened(log), await opened(log)];
  await log.append(generation, [textDelta('a secret'), stop]);
  await log.append(neighbour, [textDelta('none')]);
  broken = true;
  await expect(log.erase(generation)).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
  expect(contentOf(dir)).toContain('a secret');
  broken = false;
  log.sweep();
  await log.close();
  expect(contentOf(dir)).not.toContain('a secret');
});

test('a file goes when nothing in it is kept any more', async () => {
  let now = Date.now();
  const dir = aFolder();
  const log = await openLog({
    dir,
    now: () => now,
    keep: { ...defaultKeep, ms: 1_000 },
    disk: disk({ segmentMs: 100 }),
  });
  for (let index = 0; index < 10; index += 1) {
    await log.append(await opened(log), [textDelta('x'.repeat(100)), stop]);
    now += 200;
  }
  log.sweep();
  expect(segmentsIn(dir).length).toBeLessThan(8);
  now += 2_000;
  log.sweep();
  await log.append(await opened(log), [stop]);
  log.sweep();
  await log.close();
  expect(segmentsIn(dir)).toHaveLength(1);
});

test('after a restart what is too old is not there, not even on disk', async () => {
  let now = Date.now();
  const dir = aFolder();
  const keep = { ...defaultKeep, ms: 1_000 };
  const log = await openLog({ dir, keep, now: () => now });
  const id = 'old' as ClientId;
  await log.append(await opened(log, { id }), [textDelta('old secret'), stop]);
  await log.append(await opened(log), [textDelta('still running')]);
  now += 1_500;
  const again = await openLog({ dir, keep, now: () => now });
  expect(await again.find(owner, { id })).toMatchObject({ expired: true });
  expect(contentOf(dir)).not.toContain('old secret');
  expect(contentOf(dir)).toContain('still running');
});

test('ids are known for a day, also across restarts, and then forgotten', async () => {
  let now = Date.now();
  const dir = aFolder();
  const id = 'mine' as ClientId;
  const log = await openLog({ dir, now: () => now });
  await log.append(await opened(log, { id, startedAt: now }), [stop]);
  now += 23 * 60 * 60_000;
  const later = await openLog({ dir, now: () => now });
  expect(await later.find(owner, { id })).toMatchObject({ expired: true });
  now += 2 * 60 * 60_000;
  expect(await (await openLog({ dir, now: () => now })).find(owner, { id })).toBeUndefined();
});

test('past its share of the disk the oldest endings go, and what runs goes on in memory', async () => {
  const dir = aFolder();
  const bytes = 40_000;
  const log = await openLog({ dir, disk: disk({ bytes, segmentBytes: 4_000 }) });
  let last: GenerationId | undefined;
  for (let index = 0; index < 60; index += 1) {
    last = await opened(log);
    await log.append(last, [textDelta('x'.repeat(1_500)), stop]);
    expect(log.bytesOnDisk).toBeLessThanOrEqual(bytes);
  }
  expect(await readAll(log, last as GenerationId)).toHaveLength(2);
  const running = await opened(log);
  for (let index = 0; index < 60; index += 1) await log.append(running, [textDelta('y'.repeat(1_500))]);
  await log.append(running, [stop]);
  expect(await readAll(log, running)).toHaveLength(61);
  expect(log.bytesOnDisk).toBeLessThanOrEqual(bytes);
});

test('a failing disk: new stored ones are refused, running ones go on, and it is said when it works again', async () => {
  const dir = aFolder();
  let broken = false;
  const said: (string | undefined)[] = [];
  const failing: WriteAt = async (file, bytes, position) => {
    if (!broken) return writeByThread(file, bytes, position);
    // As a full disk does: a part of it is written.
    await writeByThread(file, bytes.subarray(0, bytes.length >> 1), position);
    throw new Error('ENOSPC');
  };
  const log = await openLog({ dir, writeAt: failing, onDisk: (trouble) => said.push(trouble?.message) });
  const running = await opened(log);
  await log.append(running, [textDelta('before')]);
  broken = true;
  await log.append(running, [textDelta('during')]);
  const id = 'refused' as ClientId;
  await expect(opened(log, { id })).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
  expect(await log.find(owner, { id })).toBeUndefined();
  const unstored = await opened(log, { id, store: 'none' });
  await log.append(unstored, [stop]);
  broken = false;
  await log.append(running, [textDelta('after'), stop]);
  expect(await readAll(log, running)).toHaveLength(4);
  const stored = await opened(log);
  await log.append(stored, [textDelta('fine'), stop]);
  expect(said).toEqual(['ENOSPC', undefined]);

  const again = await openLog({ dir });
  expect(await readAll(again, stored)).toHaveLength(2);
  // Of the one that ran meanwhile its beginning is there, and that it was interrupted.
  const texts = (await readAll(again, running)).map(([, json]) => json);
  expect(texts[0]).toBe(textDelta('before').json);
  expect(texts.at(-1)).toContain('"interrupted"');
});

test('a restart on a full disk still says how everything ended', async () => {
  const dir = aFolder();
  const log = await openLog({ dir });
  const running = await opened(log);
  await log.append(running, [textDelta('half')]);
  const ended = await opened(log);
  await log.append(ended, [textDelta('whole'), stop]);
  const full: WriteAt = async () => {
    throw new Error('ENOSPC');
  };
  const again = await openLog({ dir, writeAt: full });
  expect(await readAll(again, ended)).toHaveLength(2);
  const [half, end] = await readAll(again, running);
  expect(half?.[1]).toBe(textDelta('half').json);
  expect(end?.[1]).toContain('"interrupted"');
  expect(await readAll(again, running, 1)).toHaveLength(1);
  await expect(opened(again)).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
});

test('the index is written anew when it has grown, and loses nothing by it', async () => {
  const dir = aFolder();
  const log = await openLog({ dir, keep: { ...defaultKeep, generations: 5 } });
  const ids = Array.from({ length: 10_200 }, (_, index) => `id-${index}` as ClientId);
  for (let from = 0; from < ids.length; from += 100) {
    await Promise.all(
      ids.slice(from, from + 100).map(async (id) => log.append(await opened(log, { id }), [stop])),
    );
  }
  const again = await openLog({ dir });
  for (const id of ids) expect(await again.find(owner, { id })).toBeDefined();
});
